"""Rows that say the same, however it is written: by what their cells mean where the kit uses them, else by their text
without white space. Only rows that look like another one by their telling cells are compared further."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake import classes
from xueji_lib.intake.columns import Encoded, Flags, Ints, first_of_equal
from xueji_lib.intake.work import Work
from xueji_lib.register import identity
from xueji_lib.register.schema import Column, Kind


def first_that_says_the_same(work: Work) -> Ints:
    """Per row: the first row of the same file that says the same in every cell (itself, mostly)."""
    return first_of_equal(work.stack.file, (meaning(work, column) for column in telling_first(work)))


def word_for_word(work: Work, rows: Ints, others: Ints) -> Flags:
    """Per pair of rows: every cell is the same text."""
    same = np.ones(len(rows), dtype=bool)
    for column in work.stack.ids:
        codes = work.stack[column].codes
        same &= codes[rows] == codes[others]
    return same


def meaning(work: Work, column: str, *, missing_is_blank: bool = False) -> Encoded:
    """The column with one code for what says the same. ``missing_is_blank``: a column that is not there says what an
    empty cell says."""
    encoded = work.stack[column]
    texts = pa.chunked_array([pa.array([""], pa.large_string()), _meanings(work, column, encoded.distinct)])
    whole = texts.combine_chunks().dictionary_encode()
    of_text = whole.indices.to_numpy(zero_copy_only=False).astype(np.int64)  # what is blank is 0
    codes = of_text[encoded.codes + 1]
    if not missing_is_blank:
        codes = np.where(encoded.missing, -1, codes)
    return Encoded(codes, whole.dictionary)


def telling_first(work: Work) -> list[str]:
    """The columns, those of many texts first, what the kit does not use last."""
    names = {column.id for column in work.table}
    return sorted(work.stack.ids, key=lambda column: (column not in names, -len(work.stack[column].distinct)))


def _meanings(work: Work, column: str, distinct: pa.Array) -> pa.Array:
    """A text for each of the column's, equal where they say the same."""
    spec = next((c for c in work.table if c.id == column), None)
    if spec is None or spec.kind is Kind.SCHOOL:
        return identity.squeeze(distinct)
    if spec.kind in (Kind.GRADE, Kind.CLASS):
        squeezed = identity.squeeze(distinct).to_pylist()
        return pa.array([_grade_or_class(spec, str(text)) for text in squeezed], pa.large_string())
    parsed = work.parsed(spec)
    texts = parsed.values.cast(pa.large_string())
    if not texts.null_count:
        return texts
    return pc.coalesce(texts, pc.if_else(pa.array(parsed.fault > 0), distinct, ""))


def _grade_or_class(column: Column, text: str) -> str:
    """A grade as a number, a class as one where it has no grade in it."""
    if column.kind is Kind.GRADE:
        return str(classes.grade(text) or text)
    named = classes.class_name(text) if text else None
    return str(named.number) if named is not None and named.number is not None and named.grade is None else text
