"""A manual page as Markdown (docs/rules) and as lines for the screen."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from xueji_lib.register.catalogue import VIOLATIONS, Catalogue
from xueji_lib.register.policy import Policy
from xueji_lib.reports.manual.page import READING, Block, ManualPage, ManualTable, Points, Quote, page
from xueji_lib.reports.manual.texts import Manual

WIDEST: Final = 110
"""A table wider than so many columns of a screen is written row by row."""
MADE: Final = "本页由 `python docs/generate.py` 生成，不要手改。"

INTRODUCTION: Final = (
    "每页写明：查什么、准确的条件、依据通知的哪一句、例子、误判提示、怎样改正、要用的表、用到的数字。",
    "在命令行里看同样的内容：`xueji rules show R101`，数字按本县的 `data/policy`。",
    "“事实”是记录本身就能看出不符合规定，“线索”只是值得问一问。两种都只是**疑点**，督查人员核实以后才算属实。",
    "条件里的约定见[条件怎样读](../reading-conditions.md)，条款全文见[通知](../notice.md)。",
)


# ---- Markdown ----


def markdown(manual_page: ManualPage) -> str:
    """The page as a document beside its index."""
    parts = [f"# {manual_page.id} {_safe(manual_page.title)}", f"[全部检查](README.md)　{MADE}"]
    for section in manual_page.sections:
        parts.append(f"## {section.title}")
        parts += [_markdown(block) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Quote):
        source = f"{_safe(block.source)}：\n\n" if block.source else ""
        return f"{source}> {_safe(block.words)}"
    if isinstance(block, Points):
        return "\n".join(f"- {_safe(item)}" for item in block.items)
    if isinstance(block, ManualTable):
        lines = [f"| {' | '.join(map(_safe, row))} |" for row in (block.header, *block.rows)]
        lines.insert(1, "|" + "---|" * len(block.header))
        caption = f"**{_safe(block.caption)}**\n\n" if block.caption else ""
        return caption + "\n".join(lines)
    if block == READING:
        return READING.replace("“条件怎样读”（docs/reading-conditions.md）", "[条件怎样读](../reading-conditions.md)")
    return _safe(block)


def _safe(text: str) -> str:
    """Without the signs that Markdown takes for its own."""
    return re.sub(r"([\\*<|])", r"\\\1", text)


def index(catalogue: Catalogue) -> str:
    """docs/rules/README.md: the checks by violation, and the on-site questions."""
    count = f"{len(catalogue.entries)} 条检查，每条一页；{len(catalogue.questions)} 个现场询问。"
    parts = [f"# 检查手册（{catalogue.edition} 版）", count + MADE, *INTRODUCTION]
    for number, text in VIOLATIONS.items():
        entries = [entry for entry in catalogue.entries.values() if entry.violation == number]
        rows = [f"| [{e.id}]({e.id}.md) | {_safe(e.title)} | {e.severity} | {e.nature} |" for e in entries]
        parts.append(f"## {number} {text}")
        parts.append("\n".join(["| 编号 | 检查 | 严重程度 | 性质 |", "|---|---|---|---|", *rows]))
        asks = [f"- **{ask.id}** {_safe(ask.ask)}" for ask in catalogue.questions if ask.violation == number]
        parts += ["现场询问（数据判不了，到校问）：", "\n".join(asks)] if asks else []
    return "\n\n".join(parts) + "\n"


def documents(catalogue: Catalogue, policy: Policy, manual: Manual) -> dict[str, str]:
    """The files of docs/rules, by name."""
    pages = {f"{entry.id}.md": markdown(page(entry, policy, manual)) for entry in catalogue.entries.values()}
    return {"README.md": index(catalogue), **pages}


# ---- the screen ----


def lines(manual_page: ManualPage) -> list[str]:
    """The page for a console, tables lined up."""
    screen = [f"{manual_page.id} {manual_page.title}"]
    for section in manual_page.sections:
        screen += ["", f"【{section.title}】"]
        for block in section.blocks:
            screen += _lines(block)
    return screen


def _lines(block: Block) -> list[str]:
    if isinstance(block, Quote):
        return [f"  {block.source}：“{block.words}”" if block.source else f"  {block.words}"]
    if isinstance(block, Points):
        return [f"  · {item}" for item in block.items]
    if isinstance(block, ManualTable):
        return ([f"  〔{block.caption}〕"] if block.caption else []) + grid(block)
    return [f"  {block}"]


def grid(manual_table: ManualTable) -> list[str]:
    """A table for a console, its columns lined up; too wide a one row by row."""
    header = manual_table.header
    table = (header, *manual_table.rows)
    widths = [max(_width(row[i]) for row in table) for i in range(len(header))]
    if sum(widths) + 2 * len(widths) > WIDEST:
        return [f"  {row[0]}　{_spoken(header, row)}" for row in manual_table.rows]
    return ["  " + "  ".join(map(_padded, row, widths)).rstrip() for row in table]


def _spoken(header: tuple[str, ...], row: tuple[str, ...]) -> str:
    return "；".join(f"{head} {cell}" for head, cell in zip(header[1:], row[1:], strict=True))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a screen: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "FWA" else 1 for c in text)
