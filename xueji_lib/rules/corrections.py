"""Whether a change of number, birth date or sex put right what had been written wrongly (更正错录).

What was there contradicts the pupil's two other items or is a number that fails its check (R205, R206), what is there
now agrees with them. The others are as the school's register has them now; of a pupil who is not on it they are not
known, and that alone leaves it open: nothing is concluded from the two values beside one another. Source: the lead of
R301 in the catalogue (名册找不到该生的按未知，作线索).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import RowIndexes, Truth, agreed, not_no, truth
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity
from xueji_lib.register.vocabulary import ChangedField, IdType
from xueji_lib.rules.changed_values import change_value
from xueji_lib.rules.inquiry import Inquiry

_FIELDS = (ChangedField.ID_NUMBER, ChangedField.BIRTH_DATE, ChangedField.SEX)


def corrects(inquiry: Inquiry, rows: Rows) -> Truth:
    """Per row of a ledger of changes: it is such a correction. No for every other 修改项目."""
    answer = truth(np.zeros(len(rows), dtype=bool))
    link = inquiry.county.link_of(rows)
    alone = np.flatnonzero(link.first < 0)
    at, pupils = np.append(link.left, alone), np.append(link.right, np.full(len(alone), -1))
    for field in _FIELDS:
        of_field = rows["field"].eq(field, blank=False)
        some = not_no(of_field)[at]
        if some.any():
            # A pupil who stands in the register twice: only what both rows say alike.
            mended = agreed(len(rows), at[some], _mends(inquiry, rows, field, at[some], pupils[some]))
            answer = answer | (of_field & mended)
    return answer


def _mends(inquiry: Inquiry, rows: Rows, field: str, at: RowIndexes, pupils: RowIndexes) -> Truth:
    """Per change of this field and register row of its pupil (-1: none)."""
    before, after = (_items(inquiry, rows, column, field, at, pupils) for column in ("before", "after"))
    written_before = rows.strings("before", at)
    same = np.asarray(written_before == rows.strings("after", at), dtype=bool) & ~pd.isna(written_before)
    same |= np.asarray(before.changed == after.changed, dtype=bool) & ~pd.isna(after.changed)
    listed = np.asarray(pupils >= 0, dtype=bool)
    mends = before.contradicts(field) & after.agrees(field) & truth(~(same & listed))
    if field == ChangedField.ID_NUMBER:
        # What the register does not say of the other two can only be what the new number says, or nothing is mended.
        written = _written(after.changed)
        birth = np.where(np.isnat(before.birth), written[0], before.birth)
        sex = np.where(pd.isna(before.sex), written[1], before.sex)
        likely = before._replace(birth=birth, sex=sex).contradicts(field)
        mends = mends & truth(not_no(likely) | ~listed)
    return mends


def _written(numbers: npt.NDArray[np.object_]) -> tuple[Any, Any]:
    """Birth date and sex of sound numbers of 18 digits; NaT and None for any other."""
    parsed = identity.parse_ids(numbers.tolist())
    sound = (parsed.form == 18) & parsed.check_ok
    birth = np.where(sound, parsed.birth.astype("datetime64[D]"), np.datetime64("NaT", "D"))
    return birth, np.where(sound, parsed.sex, np.full(len(sound), None, dtype=object))


class _Items(NamedTuple):
    """Number, birth date and sex a row; ``changed``: that of the three which a change is about, as text."""

    number: _Numbers
    birth: Any
    sex: Any
    changed: npt.NDArray[np.object_]

    def contradicts(self, field: str) -> Truth:
        if field == ChangedField.ID_NUMBER:
            return self.number.fails | self.number.differs(self.birth) | self.number.differs_in_sex(self.sex)
        return (
            self.number.differs(self.birth)
            if field == ChangedField.BIRTH_DATE
            else self.number.differs_in_sex(self.sex)
        )

    def agrees(self, field: str) -> Truth:
        fits_birth, fits_sex = self.number.says(self.birth), self.number.says_sex(self.sex)
        if field == ChangedField.ID_NUMBER:
            return ~self.number.fails & fits_birth & fits_sex
        return ~self.number.fails & (fits_birth if field == ChangedField.BIRTH_DATE else fits_sex)


class _Numbers:
    """身份证件号 a row, as far as R205 and R206 look at them. ``texts``: None where a number is not known."""

    def __init__(
        self, texts: npt.NDArray[np.object_], other_paper: npt.NDArray[np.bool_], as_of: np.datetime64
    ) -> None:
        parsed = identity.parse_ids(texts.tolist())
        unknown = np.array([text is None for text in texts], dtype=bool)
        birth = parsed.birth.astype("datetime64[D]")
        impossible = np.isnat(birth) | (birth > as_of)
        wrong = (parsed.form == 0) | impossible | ((parsed.form == 18) & ~parsed.check_ok)
        self._birth, self._sex = birth, parsed.sex
        self.fails = truth(wrong & ~other_paper, unknown & ~other_paper)
        sound = (parsed.form == 18) & parsed.check_ok & ~impossible & ~other_paper
        self._sound = truth(sound, unknown & ~other_paper)
        self._written = truth(~wrong, unknown)

    def differs(self, birth: Any) -> Truth:
        """A sound number of 18 digits has another birth date."""
        return self._sound & truth(self._birth != birth, np.isnat(birth))

    def differs_in_sex(self, sex: Any) -> Truth:
        """A sound number of 18 digits is of the other sex."""
        return self._sound & self._other_sex(sex)

    def says(self, birth: Any) -> Truth:
        """The number has this birth date."""
        return self._written & truth(self._birth == birth, np.isnat(birth) | np.isnat(self._birth))

    def says_sex(self, sex: Any) -> Truth:
        """The number is of this sex."""
        return self._written & ~self._other_sex(sex)

    def _other_sex(self, sex: Any) -> Truth:
        unknown = np.array([None in pair for pair in zip(self._sex, sex, strict=True)], dtype=bool)
        return truth(np.asarray(self._sex != sex, dtype=bool), unknown)


def _items(inquiry: Inquiry, rows: Rows, column: str, field: str, at: RowIndexes, pupils: RowIndexes) -> _Items:
    """Number, birth date and sex of the pupils of these changes: the changed one as ``column`` (修改前, 修改后) has it,
    the others as the register has them."""
    register = inquiry["register"]
    written = {text: change_value(field, text) for text in set(rows.strings(column, at)) if isinstance(text, str)}
    changed = np.array([written.get(text) for text in rows.strings(column, at)], dtype=object)
    number = changed if field == ChangedField.ID_NUMBER else register["id_number"].take(pupils).strings
    sex = changed if field == ChangedField.SEX else register["sex"].take(pupils).strings
    birth_cells = register["birth_date"].take(pupils)
    birth = np.where(birth_cells.known, birth_cells.values, np.datetime64("NaT")).astype("datetime64[D]")
    if field == ChangedField.BIRTH_DATE:
        birth = np.array([value or "NaT" for value in changed], dtype="datetime64[D]")
    kind = register["id_type"].take(pupils)
    other_paper = kind.known & np.asarray(kind.strings != IdType.RESIDENT_CARD.value, dtype=bool)
    return _Items(_Numbers(number, other_paper, inquiry.county.days), birth, sex, changed)
