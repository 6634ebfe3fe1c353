"""Columns that were text when a segment was written and are codes today (是否孤儿): read as intake would read them now.

A word that the code set does not have is unknown, as one that intake refuses (D06).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register.code_words import code_sets
from xueji_lib.register.schema import Kind, Table
from xueji_lib.register.unknown_cells import UNKNOWN, columns_of, text_of
from xueji_lib.store.at_rest import coded, labels


def as_codes(part: pa.Table, table: Table) -> pa.Table:
    """Rows of a segment, with the texts of what is unknown; such columns hold labels of their code sets."""
    for column in table:
        if column.kind is not Kind.CODE or column.id not in part.column_names:
            continue
        texts = part.column(column.id)
        if not pa.types.is_dictionary(texts.type):
            part = _as_codes(part, column.id, pc.dictionary_encode(texts).combine_chunks(), column.codes or "")
    return part


def _as_codes(part: pa.Table, column: str, texts: pa.DictionaryArray, code_set: str) -> pa.Table:
    words = [code_sets()[code_set].label(text) for text in texts.dictionary.to_pylist()]
    values = pa.array(words, pa.large_string()).take(texts.indices)
    part = part.set_column(part.column_names.index(column), column, values.dictionary_encode())
    refused = np.asarray(pc.and_(texts.is_valid(), values.is_null()))
    return _unknown_too(part, column, refused) if refused.any() else part


def _unknown_too(part: pa.Table, column: str, where: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Table:
    """The column is unknown in these rows, besides what is."""
    codes, texts = coded(part.column(UNKNOWN))
    more = [text_of({*columns_of(text), column}) for text in texts]
    distinct = list(dict.fromkeys([*texts, *more]))
    own, other = (np.array([distinct.index(text) for text in some], dtype=np.int32) for some in (texts, more))
    unknown = labels(np.where(where, other[codes], own[codes]), distinct)
    return part.set_column(part.column_names.index(UNKNOWN), UNKNOWN, unknown)
