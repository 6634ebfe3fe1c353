"""A column that was text when a segment was written and is a code today: read as intake would read it now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from xueji_lib.county.rows import Rows
from xueji_lib.register import schema
from xueji_lib.register.schema import Column, Table
from xueji_lib.store import at_rest, segments
from xueji_lib.store.segments import Segments

SCHOOL, TERM = "2164000001", "2026-2027-1"


def as_text(table: Table) -> Table:
    """The table as it was while 是否孤儿 was any text."""
    return replace(table, columns=tuple(Column(c.id, c.header) if c.id == "orphan" else c for c in table))


@pytest.fixture
def handed_in() -> list[str | None]:
    return ["是", "否", "√", "有", "是（事实孤儿）", "孤儿", "非孤儿", "0", "不详", None]


def test_words_of_an_old_segment_are_read_as_labels(tmp_path: Path, handed_in: list[str | None]) -> None:
    old = as_text(schema.REGISTER)
    records = [{"school_id": SCHOOL, "name": f"马{n}", "orphan": word} for n, word in enumerate(handed_in)]
    frame = at_rest.from_records(old, records, "名册.xlsx", "一1")
    file = segments.path(tmp_path / TERM, 1, "register")
    file.parent.mkdir(parents=True)
    digest = segments.write(file, old, at_rest.to_arrow(old, frame), 1)
    names = at_rest.picked(schema.REGISTER, ["name", "orphan"])
    stored = Segments(tmp_path, TERM, {"segments": {"1": {"register": digest}}, "tables": {}})
    read = at_rest.to_frame(stored.read(schema.REGISTER, 1, [SCHOOL], names))
    orphan = Rows(schema.REGISTER, read, pd.Index([SCHOOL], dtype=object))["orphan"]
    assert orphan.strings.tolist() == ["是", "否", "是", "是", "是", "是", "否", "否", None, None]
    assert orphan.unknown.tolist() == [False] * 8 + [True, False]
    assert orphan.blank.tolist() == [False] * 9 + [True]
