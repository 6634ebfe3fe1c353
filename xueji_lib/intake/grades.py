"""Grade and class of whole columns: judged once a distinct (grade, class name, kind of school)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xueji_lib.intake import classes, values
from xueji_lib.intake.columns import Encoded, Flags, Ints
from xueji_lib.intake.work import Work

PAIRS = (("grade", "class_no"), ("resume_grade", "resume_class"))


@dataclass(frozen=True, slots=True)
class Placed:
    """One column, a value and a flag for each kept row."""

    column: str
    array: pa.Array
    unknown: Flags


def place(work: Work, grade: str, class_no: str, school: Ints, keep: Ints) -> tuple[Placed, Placed]:
    """Both columns of the kept rows; what is not understood is reported (D06)."""
    g, g_damage = _prepared(work, grade)
    c, c_damage = _prepared(work, class_no)
    kinds = list(dict.fromkeys([*work.setting.directory.kinds, None]))
    of_school = np.array([kinds.index(k) for k in (*work.setting.directory.kinds, None)], dtype=np.int64)
    kind = of_school[np.where(school < 0, len(of_school) - 1, school)]
    wide = len(c.distinct) + 1
    key = ((g.codes + 1) * wide + c.codes + 1) * len(kinds) + kind
    distinct, inverse = np.unique(key, return_inverse=True)
    g_texts, c_texts = _texts(g, g_damage), _texts(c, c_damage)
    placements = []
    for number in distinct:
        rest, kind_code = divmod(int(number), len(kinds))
        g_code, c_code = divmod(rest, wide)
        # A damaged grade is not an absent one: the class name does not stand in for it.
        text = values.DAMAGED_TEXT if g_code and g_damage[g_code - 1] else g_texts[g_code]
        stages = classes.Stages(work.setting.first_year, kinds[kind_code])
        placements.append(classes.place(text, c_texts[c_code], stages))
    grades = [(p.grade, p.grade_fault) for p in placements]
    numbers = [(p.class_no, p.class_fault) for p in placements]
    return (
        _placed(work, grade, g, g_damage, grades, inverse, keep),
        _placed(work, class_no, c, c_damage, numbers, inverse, keep),
    )


def _placed(
    work: Work,
    column: str,
    encoded: Encoded,
    damage: npt.NDArray[np.int8],
    answers: list[tuple[int | None, str]],
    inverse: Ints,
    keep: Ints,
) -> Placed:
    array = pa.array([value for value, _ in answers], pa.int32()).take(pa.array(inverse))
    why = np.array([fault for _, fault in answers], dtype=object)[inverse] if answers else np.empty(0, dtype=object)
    damaged = encoded.spread(damage, 0).astype(np.int8)
    present = work.stack.present(column)
    for kind in np.unique(damaged[keep]):
        if kind:
            code, message = values.FAULTS[int(kind)]
            work.add_rows(keep[damaged[keep] == kind], column, code, message, encoded)
    for message in sorted({fault for _, fault in answers if fault}):
        bad = keep[(why[keep] == message) & (damaged[keep] == 0) & present[keep]]
        work.add_rows(bad, column, "D06", message, encoded)
    empty = array.is_null().to_numpy(zero_copy_only=False).astype(bool)
    unknown = empty & (~present | (damaged > 0) | (why != ""))
    return Placed(column, array.take(pa.array(keep)), unknown[keep])


def _prepared(work: Work, column: str) -> tuple[Encoded, npt.NDArray[np.int8]]:
    if not work.has(column):
        none = np.full(len(work.stack), -1, dtype=np.int64)
        return Encoded(none, pa.array([], pa.large_string())), np.zeros(0, dtype=np.int8)
    encoded = work.stack[column]
    texts = values.without_signs(work.table[column], values.prepare(encoded.distinct))
    return Encoded(encoded.codes, texts.values), texts.fault


def _texts(encoded: Encoded, damage: npt.NDArray[np.int8]) -> list[str]:
    """Place 0 is the missing cell."""
    return ["", *("" if bad else str(t) for t, bad in zip(encoded.distinct.to_pylist(), damage, strict=True))]
