"""Which numbers belong to pupils of one school who look the same once numbers are masked: one name, one masked number.

So that an id does not depend on whose finding there is, all are asked for whom the school has: on its register of this
term or the one before, or in a row of the table that the check judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xueji_lib.county import County
from xueji_lib.county.kleene import Flags
from xueji_lib.county.rows import Ints, Keys
from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry
from xueji_lib.rules.pupil_numbers import PupilNumber, best_numbers
from xueji_lib.rules.subjects import Subjects

Look = tuple[int, str, str]
"""School code (0 in checks that the county is charged with), name, masked number."""


def lookalikes(
    county: County, entry: Entry, subjects: Subjects, school: Ints, pupils: Sequence[PupilNumber]
) -> list[tuple[str, ...]]:
    """For each of these pupils the numbers, in order, of all who look like them, their own among them; () for a pupil
    without a number. ``school``: the code of the school that is charged with each."""
    school = np.zeros_like(school) if entry.of_county else school
    looks = _looks(school, pupils)
    numbers: dict[Look, set[str]] = {look: set() for look in looks if look[2]}
    if not numbers:
        return [()] * len(pupils)
    others = [*_of_rows(county, entry, subjects, numbers)]
    registered = [] if entry.of_county else _of_registers(county, looks, {look[:2] for look, _ in others})
    for look, number in [*zip(looks, (pupil.number for pupil in pupils), strict=True), *others, *registered]:
        if look in numbers:
            numbers[look].add(number)
    return [tuple(sorted(numbers.get(look, ()))) for look in looks]


def _looks(school: Ints, pupils: Sequence[PupilNumber]) -> list[Look]:
    return [
        (code, pupil.name, identity.mask_id(pupil.number)) for code, pupil in zip(school.tolist(), pupils, strict=True)
    ]


def _of_registers(county: County, looks: Sequence[Look], named: set[tuple[int, str]]) -> Iterator[tuple[Look, str]]:
    """The registers' pupils of these schools and names: where several have one, or a table has others of it
    (``named``)."""
    schools = np.array([look[0] for look in looks], dtype=np.int64)
    keys = county.pupils_by_name.keys(schools, [look[1] for look in looks])
    asked = np.flatnonzero(county.pupils_by_name.several(keys) | [look[:2] in named for look in looks])
    for i, number in county.pupils_by_name.numbers(Keys(keys[asked])):
        school, name, _ = looks[asked[i]]
        yield (school, name, identity.mask_id(number)), number


def _of_rows(
    county: County, entry: Entry, subjects: Subjects, looks: dict[Look, set[str]]
) -> Iterator[tuple[Look, str]]:
    """The pupils of the table's rows, as the check tells them apart; those whom a register has anyway are left out."""
    who = subjects.who
    if who.table.id == "register" and not entry.of_county:
        return
    strangers = county.first_in_register(who) < 0
    names = list({name for _, name, _ in looks})
    schools = list({school for school, _, _ in looks})

    def concerned(row_is: Flags, school: Ints) -> Flags:
        return row_is if entry.of_county else row_is & np.isin(school, schools)

    rows = subjects.row_indexes
    far = strangers[rows] | (subjects.school != who.school[rows])
    judged = np.flatnonzero(concerned(far, subjects.school))
    named = np.isin(who.strings("name", rows[judged]).astype(str), names)
    # Of a pupil of the county who is on a register, the name there may be another.
    judged = judged[named | ~strangers[rows[judged]]]
    school = np.zeros(len(judged), dtype=np.int64) if entry.of_county else subjects.school[judged]
    pupils = best_numbers(county, subjects, judged)
    yield from zip(_looks(school, pupils), (pupil.number for pupil in pupils), strict=True)
    if entry.of_county or len(rows) == len(who):
        return
    unjudged = strangers.copy()
    unjudged[rows] = False
    left = np.flatnonzero(concerned(unjudged, who.school))
    left = left[np.isin(who.strings("name", left).astype(str), names)]
    everyone = np.arange(len(who))
    plainly = Subjects(who, everyone, who.school, county.persons(who), plain=True)
    pupils = best_numbers(county, plainly, left)
    yield from zip(_looks(who.school[left], pupils), (pupil.number for pupil in pupils), strict=True)
