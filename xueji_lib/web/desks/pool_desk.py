"""离校学生去向台账 on the bureau's page: a table to read, by township; what a row opens says why and since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from xueji_lib.support.errors import UsageError
from xueji_lib.views.children_pool import Pool
from xueji_lib.views.pool_rows import NOT_SEEN, PoolChild
from xueji_lib.web.panels.table_panel import Block, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles

LATE: Final = "已过期限"
_SENIOR, _LEADS, _MORE_NAMES = "高中", "只是线索", "姓名不一"
_MARKS: Final[Mapping[str, Callable[[PoolChild], bool]]] = {
    LATE: lambda child: child.step.late is True,
    _LEADS: lambda child: child.only_leads,
    _SENIOR: lambda child: child.senior,
    _MORE_NAMES: lambda child: len(child.names) > 1,
}


def columns(townships: Sequence[str]) -> tuple[TableColumn, ...]:
    """The table's columns; a township is a filter."""
    return (
        TableColumn("student", "学生", "open", narrow=False),
        TableColumn("township", "乡镇", "text", tuple(townships)),
        TableColumn("left", "离开哪里", narrow=False),
        TableColumn("workdays", "工作日"),
        TableColumn("seen", "在哪里见到", narrow=False),
        TableColumn("step", "下一步", narrow=False),
        TableColumn("due", "期限"),
        TableColumn("actor", "由谁办", narrow=False),
        TableColumn("marks", "提示", "marks"),
    )


class PoolTable(NoFiles):
    """The desk (``TableDesk``) of the pool. ``read``: the pool as it is now, without what people have closed."""

    def __init__(self, desk: CountyDesk, read: Callable[[], Pool]) -> None:
        self._desk, self._read = desk, read
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    @property
    def pool(self) -> Pool:
        """The pool as it is now."""
        return self._read()

    def rows(self) -> list[Row]:
        return [_row(child) for child in self.pool.children]

    def step(self, *_: Any, **__: Any) -> Any:
        raise UsageError("这张表只看：处理在那所学校的核查清单里作")

    def blocks(self, row_id: str) -> list[Block]:
        child = next((child for child in self.pool.children if child.id == row_id), None)
        if child is None:
            return [{"kind": "text", "label": "现在", "text": "有关的疑点都已销号或排除"}]
        since = f"{child.since}（{child.since_by}）" if child.since else child.since_by
        checks = "\n".join(f"{f.rule_id} {f.title}（{f.nature}）：{f.school}" for f in child.found_by)
        texts = {
            "证件号": f"{child.ref or '没有号码'}　{child.category}".strip(),
            "从何时起": since,
            "查出的检查": checks,
            "期限": child.due_text,
        }
        if len(child.names) > 1:
            texts["姓名"] = f"{'、'.join(child.names)}：号码或记录相同而姓名不同，先核对是不是同一人"
        return [{"kind": "text", "label": label, "text": text} for label, text in texts.items()]


def _row(child: PoolChild) -> Row:
    cells = {
        "township": child.township,
        "student": child.name,
        "left": child.left,
        "workdays": "" if child.workdays is None else str(child.workdays),
        "seen": child.seen or NOT_SEEN,
        "step": child.step_text,
        "due": str(child.step.due or child.step.why),
        "actor": child.step.actor,
    }
    marks = tuple(mark for mark, holds in _MARKS.items() if holds(child))
    return Row(child.id, (child.id,), cells, "", marks=marks, waiting=child.step.late is True)
