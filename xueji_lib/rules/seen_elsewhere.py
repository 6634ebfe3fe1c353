"""Pupils of a register whom another school of the county has in its headcount: who, where, with what papers.

Two schools of one 中心校 are one here. Source: docs/reading-conditions.md, 6 and 11.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import RowIndexes, Truth, any_of, truth, yes
from xueji_lib.county.rows import Ints, KeyIndex, Keys, Rows
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import TransferResult
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, group_texts, in_ledger, students_in
from xueji_lib.rules.evidence_text import Fact
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.ledger_numbers import numbers_of
from xueji_lib.rules.one_school import without_register

PENDING_OR_AGREED = (TransferResult.APPROVED, TransferResult.PENDING)


class SeenElsewhere(NamedTuple):
    """Pairs: a headcount row (``there``) and a register row of another school (``pupil``) with the same number.
    ``strange``: the headcount row says 在校 and its school has no register row of the pupil; ``arranged``: either
    school's transfers have the pupil as 同意 or 办理中."""

    there: RowIndexes
    pupil: RowIndexes
    strange: Truth
    arranged: Truth


def seen_elsewhere(inquiry: Inquiry) -> SeenElsewhere:
    """All such pairs of the county, but those whose headcount is a 特殊教育学校's, and those of a pupil who went up to
    the next stage (起始年级 there, the last grade of the stage before on the register here: R406)."""
    county, rows = inquiry.county, inquiry["headcount"]
    there, pupil = county.reconciled.registered_elsewhere
    ordinary = ~county.special[rows.school[there]]
    there, pupil = there[ordinary], pupil[ordinary]
    strange = county.reconciled.present_unregistered[there].doubted(without_register(inquiry, rows.school[there]))
    strange = strange & ~_registered_too(inquiry, pupil, rows.school[there])
    went_up = next_stage(rows["grade"].take(there), inquiry["register"]["grade"].take(pupil))
    pending = inquiry["transfers"]["result"].isin(PENDING_OR_AGREED)
    who, ledger = students_in(inquiry, rows, "transfers")
    nowhere = truth(np.zeros(len(there), dtype=bool))
    there_too = any_of(len(rows), who, pending[ledger])[there] if len(ledger) else nowhere
    return SeenElsewhere(there, pupil, strange & ~went_up, _moving_from(inquiry, pupil, pending) | there_too)


def _moving_from(inquiry: Inquiry, pupils: RowIndexes, pending: Truth) -> Truth:
    """Per register row (by row index): a transfer of its school of which ``pending`` holds is the pupil's, or has a
    number of the pupil's: papers that carry it are no sign that there are none."""
    rows, register = inquiry["transfers"], inquiry["register"]
    answer = in_ledger(inquiry, "transfers", pending)[pupils]
    for kind in NUMBER_KEYS:
        row, held = numbers_of(inquiry, rows, kind)
        pair, at = KeyIndex(Keys(held)).join(Keys(register.key(kind)[pupils]))
        near = rows.school[row[at]] == register.school[pupils[pair]]
        answer = answer | any_of(len(pupils), pair[near], pending[row[at[near]]])
    return answer


def _registered_too(inquiry: Inquiry, pupil: RowIndexes, school: Ints) -> Truth:
    """Per register row (by row index) and school: that school's register, or its 中心校's, has the pupil too, by either
    number."""
    county, register = inquiry.county, inquiry["register"]
    group, n = county.group, len(county.school_ids)
    student, other = county.registry.elsewhere(register)
    pair, at = KeyIndex(Keys(student * n + group[register.school[other]] + 1)).join(Keys(pupil * n + group[school] + 1))
    return any_of(len(pupil), pair, county.registry.on_register[other[at]])


def next_stage(there: Cells, here: Cells) -> Truth:
    """Per pair of grades: the first of a stage there, the last of the stage before here (7 and 6, 10 and 9)."""
    with np.errstate(invalid="ignore"):
        went_up = np.isin(there.values, ENTRY_GRADES[1:]) & (there.values == here.values + 1)
        possible = (np.isin(there.values, ENTRY_GRADES[1:]) | ~there.known) & (
            np.isin(here.values, FINAL_GRADES[:2]) | ~here.known
        )
    return truth(went_up, possible & ~(there.known & here.known))


def places_seen(inquiry: Inquiry, pupils: RowIndexes) -> dict[int, str]:
    """Register row index → where else in the county that pupil is 在校 by number, as evidence says it."""
    county, rows = inquiry.county, inquiry["headcount"]
    there, pupil = county.reconciled.registered_elsewhere
    seen = np.isin(pupil, pupils) & yes(county.reconciled.present)[there]
    there, pupil = there[seen], pupil[seen]
    schools = county.names[rows.school[there]]
    texts = [f"{name}（{where}）" for name, where in zip(schools, classes_of(rows, there), strict=True)]
    return {row: f"；按号码查到在 {text} 点名在校" for row, text in group_texts(pupil, texts).items()}


def class_text(grade: float, class_no: float) -> str:
    """3 年级 2 班; a question mark where one is not known."""
    g, c = ("？" if np.isnan(x) else f"{x:g}" for x in (grade, class_no))
    return f"{g} 年级 {c} 班"


def seen_facts(inquiry: Inquiry, there: RowIndexes) -> dict[str, Fact]:
    """For evidence about headcount rows: ``other`` their school, ``other_class`` their class."""
    rows = inquiry["headcount"]
    return {"other": inquiry.county.names[rows.school[there]], "other_class": classes_of(rows, there)}


def classes_of(rows: Rows, at: RowIndexes) -> list[str]:
    """``class_text`` of these rows."""
    grades, numbers = rows["grade"].values[at], rows["class_no"].values[at]
    return [class_text(grade, number) for grade, number in zip(grades, numbers, strict=True)]
