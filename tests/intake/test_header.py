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


REGISTER = [c.header for c in schema.REGISTER]
COUNTED = "学校标识码 年级 班号 姓名 性别 出生日期 身份证件号".split()


@pytest.mark.parametrize(
    ("table_id", "header"),
    [
        ("headcount", [*COUNTED, *"全国学籍号 民族 现住址 联系电话 在校情况 情形".split()]),
        ("headcount", [*REGISTER, "在校情况", "情形", "去向或来源"]),
        ("headcount", [*REGISTER, "是否在校", "核对日期", "核对人"]),
        ("headcount", [*COUNTED, "在校情况"]),
        ("transfers", [*REGISTER, "办理方向", "转学原因", "申请日期", "办理结果"]),
        ("transfers", [*REGISTER, "转学类型", "原因", "申请时间"]),
        ("suspensions", [*REGISTER, "休学原因", "申请日期", "休学起始日期"]),
        ("changes", [*REGISTER, "修改项目", "修改前", "修改后", "平台修改日期"]),
        ("dropouts", [*REGISTER, "发现日期", "处理结果"]),
        ("annex1", [*REGISTER, "人籍不一致类型", "情形", "整改措施"]),
        ("register", [*REGISTER, "在校状态", "联系方式", "备注"]),
        ("register", [*REGISTER, "类型"]),
        ("register", [*REGISTER, "休学原因"]),
        ("register", [*REGISTER, "转学原因"]),
        ("register", [*REGISTER, "申请时间", "审核结果"]),
        ("register", [*COUNTED, "全国学籍号", "就读方式", "联系电话", "家庭住址", "是否留守儿童"]),
    ],
)
def test_what_a_table_alone_asks_about_pupils_tells_it_whatever_a_register_has_too(
    table_id: str, header: list[str]
) -> None:
    head = find([header])
    assert head is not None
    assert head.table.id == table_id
    if table_id == "headcount":
        assert "出生日期" in head.ignored


def test_it_tells_the_table_from_the_second_row_of_a_header_too() -> None:
    first = [*REGISTER, "核对情况", "", ""]
    second = [*("" for _ in REGISTER), "在校情况", "情形", "核对人"]
    merges = [((0, len(REGISTER)), (0, len(REGISTER) + 2)), *(((0, n), (1, n)) for n in range(len(REGISTER)))]
    head = find([first, second, ["1"]], merges)
    assert head is not None
    assert (head.table.id, head.rows) == ("headcount", 2)
