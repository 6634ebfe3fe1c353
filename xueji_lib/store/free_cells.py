"""Free cells as everything that reads a store gets them: without the numbers, addresses and birthdays typed into them.

What was handed in lies in the store as it was; here it is masked once, for whatever shows, compares or carries it on.
Source: the data contract, 4 (privacy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register.masking import mask_text
from xueji_lib.register.schema import Table
from xueji_lib.store.segments import Segments

_SUSPECT: Final = (
    r"\pN|[@＠﹫]|微信|wxid"
    r"|[〇○零一二三四五六七八九十](?:[〇○零一二三四五六七八九十]{3}|\s?[号组社队栋幢座单室户楼月])"
)
"""Whatever is masked holds something of this; most columns hold nothing of it, and one look is enough."""
_NAMES_OF_FILES: Final = ("_file", "_sheet")


def read(segments: Segments, table: Table, number: int, schools: Sequence[str], names: Sequence[str]) -> pa.Table:
    """These stored columns of these schools' rows, their free cells masked. Raises StoreError."""
    return masked(table, segments.read(table, number, schools, names), int(segments.term[:4]))


def masked(table: Table, part: pa.Table, year: int) -> pa.Table:
    """The rows with their free cells masked. ``year``: in which their school year begins."""
    wanted = {*(column.id for column in table if column.is_free), *_NAMES_OF_FILES}

    def mask_cell(text: str) -> str:
        return mask_text(text, year)

    for place, name in enumerate(part.column_names):
        if name in wanted:
            column = part.column(name)
            shown = _column(column, mask_cell)
            if shown is not column:
                part = part.set_column(place, part.schema.field(name), shown)
    return part


def _column(column: pa.ChunkedArray, mask: Callable[[str], str]) -> pa.ChunkedArray:
    """The column itself where nothing in it had to be masked."""
    chunks = [_array(chunk, mask) for chunk in column.chunks]
    if all(new is old for new, old in zip(chunks, column.chunks, strict=True)):
        return column
    whole = pa.chunked_array(chunks, column.type)
    return whole.unify_dictionaries() if pa.types.is_dictionary(column.type) else whole


def _array(array: pa.Array, mask: Callable[[str], str]) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        words = array.dictionary
        shown = _array(words, mask)  # words that became the same share one code
        return array if shown is words else shown.take(array.indices).dictionary_encode().cast(array.type)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    suspects = pc.fill_null(pc.match_substring_regex(array, _SUSPECT), False)
    if not pc.any(suspects).as_py():
        return array
    cells = array.filter(suspects).dictionary_encode()
    texts = cells.dictionary.to_pylist()
    shown = [mask(text) for text in texts]
    if shown == texts:
        return array
    return pc.replace_with_mask(array, suspects, pa.array(shown, array.type).take(cells.indices))
