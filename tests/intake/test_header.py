"""A table is recognised by its header, whatever else of its own columns it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.intake.header import find
from xueji_lib.register import schema


@pytest.mark.parametrize("table_id", sorted(schema.TABLES))
@given(data=st.data())
def test_required_columns_and_any_others_of_its_own_are_enough(table_id: str, data: st.DataObject) -> None:
    table = schema.TABLES[table_id]
    required = [c.header for c in table if c.required]
    optional = [c.header for c in table if not c.required]
    more = data.draw(st.lists(st.sampled_from(optional), unique=True, max_size=12)) if optional else []
    header = data.draw(st.permutations([*required, *more]))
    found = find([header])
    assert found is not None
    assert found.table.id == table_id
    assert set(found.columns) >= {c.id for c in table if c.header in header}


def test_a_column_that_only_another_table_has_decides() -> None:
    header = ["学校名称", "年级", "班号", "姓名", "性别", "身份证件号", "全国学籍号", "在校情况"]
    found = find([header])
    assert found is not None
    assert found.table.id == "headcount"
