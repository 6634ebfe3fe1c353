"""What became of each check (``views.check_records``) as lines for the screen."""

from __future__ import annotations

from collections.abc import Sequence

from xueji_lib.casebook.check_record import MANY
from xueji_lib.reports.manual.as_text import grid
from xueji_lib.reports.manual.page import ManualTable
from xueji_lib.views.check_records import HEADS, HINT, CheckLine, CheckRecords


def lines(checks: CheckRecords, *, of_part: bool = False) -> list[str]:
    """Those that are mostly wrong by name, then every judged one, and how many were never judged. ``of_part``: the
    casebook knows only the schools of a package."""
    screen = ["只按这个数据包里的学校。"] if of_part else []
    screen += [
        f"过半不属实：{line.rule_id} {line.title}，误报率 {line.share}。误判提示：xueji rules show {line.rule_id}"
        for line in checks.mostly_wrong
    ]
    if checks.judged:
        screen += [*_grid(checks.judged), "", HINT]
    else:
        screen.append("还没有认定过一条，各项检查准不准还不知道。")
    if checks.never:
        listed = "、".join(line.rule_id for line in checks.never)
        screen.append(f"查出过疑点、还没有认定过一条的 {len(checks.never)} 项：{listed}")
    if checks.by_people:
        screen += ["", "现场发现（不是程序查出的）：", *_grid(checks.by_people)]
    if checks.judged and not checks.mostly_wrong:
        screen.append(f"没有认定 {MANY} 条以上而过半不属实的检查。")
    return screen


def _grid(listed: Sequence[CheckLine]) -> list[str]:
    return grid(ManualTable("", HEADS, tuple(line.cells for line in listed)))
