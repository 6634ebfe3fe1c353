"""A comparison of two answers for the screen: what came, went and changed, by check and by school."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from xueji_lib.judge.comparison import Comparison, ComparisonLine
from xueji_lib.reports.workbooks.workbook import text_width

_SCHOOLS: Final = 20
HEADS: Final = ("原有", "现有", "增加", "减少", "变动")
CAUTION: Final = "减少的不一定是改正了：没有查成、无法判定的，在后面写明；逐条见 --out 写的工作簿。"


def lines(comparison: Comparison, *, book: str = "") -> list[str]:
    """``book``: the workbook that was written, which has every finding."""
    before, after = comparison.before, comparison.after
    counts = (len(comparison.gained), len(comparison.lost), len(comparison.changed))
    out = [
        f"{before.name}：疑点 {len(before.findings)} 条；{after.name}：{len(after.findings)} 条",
        "增加 {} 条，减少 {} 条，性质、程度或期限变动 {} 条".format(*counts),
    ]
    if comparison.by_rule:
        out += [
            "",
            "按检查",
            *table(("编号", *HEADS, "没查全的学校", "题目"), [_rule(line) for line in comparison.by_rule]),
        ]
    schools = comparison.by_school
    if schools:
        rows = [(line.id, *_counts(line), line.name) for line in schools[:_SCHOOLS]]
        out += ["", "按学校", *table(("学校标识码", *HEADS, "学校"), rows)]
        rest = len(schools) - _SCHOOLS
        out += [f"其余 {rest} 所，见 --out 写的工作簿"] if rest > 0 else []
    if not comparison.by_rule and not schools:
        out.append("没有不同。")
    if len(comparison.lost):
        out += ["", CAUTION]
    return [*out, *([f"已生成：{book}"] if book else [])]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows below their headings as aligned text; the last column is ragged, so that names may be long."""
    texts = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(text_width(row[i]) for row in texts) for i in range(len(heads) - 1)]
    return [
        "  ".join([*(cell + " " * (wide - text_width(cell)) for cell, wide in zip(row, widths, strict=False)), row[-1]])
        for row in texts
    ]


def unexamined(line: ComparisonLine) -> str:
    """At how many schools the check said nothing or not all, before and after: 3→5; "" where nothing is to be said."""
    was, now = line.unexamined
    if was is None and now is None:
        return ""
    texts = ["没有这条" if n is None else str(n) for n in (was, now)]
    return "" if was == now == 0 else texts[0] if was == now else "→".join(texts)


def _counts(line: ComparisonLine) -> tuple[int, ...]:
    return line.before, line.after, line.gained, line.lost, line.changed


def _rule(line: ComparisonLine) -> tuple[object, ...]:
    return line.id, *_counts(line), unexamined(line), line.name
