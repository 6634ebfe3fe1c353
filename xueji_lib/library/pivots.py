"""``xj.pivot``: a tally as a table of rows and columns of one's own choice; no zero where nobody looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.library.shown_table import ShownTable
from xueji_lib.library.tallies import COLUMNS, MARK, sums
from xueji_lib.notebook.by_hand import is_live
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.reports.pages.piece import HtmlPiece, line
from xueji_lib.support.errors import UsageError, XuejiError

__all__ = ["Pivot", "pivot", "row_labels", "shown_label"]

BY: Final[Mapping[str, str]] = {
    "township": "乡镇", "school": "学校", "violation": "违规情形", "check": "检查", "term": "学期",
}  # fmt: skip
SHOWN: Final[Mapping[str, str]] = {
    "facts": "事实", "leads": "线索", "undecided": "判不了", "unexamined": "没查成",
}  # fmt: skip
NOTES: Final = (
    f"事实、线索：疑点的条数，是否属实由督查人员认定。{MARK}：其中有检查没查或没有查全，实际可能更多。",
    "没查：该查的一项也没有查成，不等于没有。不适用：这里没有要查的。空：没有这一行列的检查。",
    "判不了：查了而资料不明的学生、班、学校，一项检查算一次。没查成：没有查或没有查全的检查项数，一所学校一项算一次。",
)
HEADINGS: Final[Mapping[str, str]] = dict(
    zip(
        COLUMNS,
        "学期 基准日 目录 乡镇 学校标识码 学校 违规情形 编号 检查 状态 查得怎样 对象数 事实 线索 判不了".split(),
        strict=True,
    )
)
_TOTAL: Final = "合计"
_KEY: Final = "\x1f"
"""Between what a label is sorted by and the label."""
_NO_TOWNSHIP: Final = "（没有写乡镇）"
_OF_COUNTY: Final = "（记在县）"


def pivot(
    tally: pd.DataFrame,
    rows: str = "township",
    columns: str = "term",
    show: str | Sequence[str] = ("facts", "leads", "unexamined"),
) -> Pivot:
    """A table of ``tally`` (``OpenedStore.tally``, or rows of it). ``rows``, ``columns``: township, school, violation,
    check or term, ``columns`` also ""; ``show``: facts, leads, undecided, unexamined, one or several, in a text with
    commas between too. Raises UsageError for another word."""
    chosen = (
        [part.strip() for part in show.replace("，", ",").split(",") if part.strip()]
        if isinstance(show, str)
        else [*show]
    )
    for words, known, what in (([rows], BY, "行"), ([columns] if columns else [], BY, "列"), (chosen, SHOWN, "数")):
        for word in words:
            if word not in known:
                offered = "、".join(f"{name}（{named}）" for name, named in known.items())
                raise UsageError(f"{what}里没有“{word}”。可以写：{offered}")
    if not chosen or rows == columns:
        raise UsageError("行和列不能相同" if chosen else "没有写要看什么数")
    return Pivot(tally, rows, columns, tuple(chosen))


@dataclass(frozen=True, repr=False)
class Pivot:
    """A table of one's own. ``table``: as it is shown, with its frame."""

    tally: pd.DataFrame
    rows: str
    columns: str
    show: tuple[str, ...]

    @property
    def table(self) -> ShownTable:
        """The table, with its notes; its workbook holds every row of the tally besides."""
        by = [
            row_labels(self.tally, name) if name else pd.Series(_KEY, self.tally.index)
            for name in (self.rows, self.columns)
        ]
        cells = sums(self.tally, by)
        cells |= {(_TOTAL, column): of for (column,), of in sums(self.tally, by[1:]).items()}
        rows, columns = [*sorted(set(by[0])), _TOTAL], sorted(set(by[1]))
        names = {(c, m): f"{c.partition(_KEY)[0]}/{m}".lstrip("/") for c in columns for m in self.show}
        figures: list[dict[str, int | str]] = [
            {name: cells[row, c].cell(m) if (row, c) in cells else "" for (c, m), name in names.items()} for row in rows
        ]
        lines = [{"row": shown_label(row), **figure} for row, figure in zip(rows, figures, strict=True)]
        frame = pd.DataFrame(lines, columns=["row", *names.values()])
        headings = {"row": BY[self.rows]}
        headings |= {name: f"{shown_label(c)} {SHOWN[m]}".strip() for (c, m), name in names.items()}
        title = f"{BY[self.rows]}{f' × {BY[self.columns]}' if self.columns else ''}"
        details = {"明细": ShownTable(self.tally, HEADINGS)}
        return ShownTable(frame, headings, title, NOTES, details)

    def save(self, file: str | Path) -> HtmlPiece:
        """Write the table as an Excel workbook; the line that says so. A blank ``file``: nothing is written. Raises as
        ``ShownTable.save``."""
        if not str(file):
            return line("没有写文件名，没有存。")
        return line(f"已存：{self.table.save(file)}")

    def choose(self) -> Any:
        """Menus to choose rows, columns and figures by, where somebody sits before the notebook; else a line that says
        so."""
        if not is_live():
            return line("在 JupyterLab 里打开，这里可以自己选行、列和数，存成 Excel。上面的表按开头的参数格。")
        return self.menus()

    def menus(self) -> Any:
        """The menus, as a widget."""
        import ipywidgets as widgets  # type: ignore[import-untyped]

        rows = widgets.Dropdown(options=_options(BY), value=self.rows, description="行")
        columns = widgets.Dropdown(options=[("（没有）", ""), *_options(BY)], value=self.columns, description="列")
        show = widgets.SelectMultiple(options=_options(SHOWN), value=self.show, description="数", rows=len(SHOWN))
        file = widgets.Text(value="自己的表.xlsx", description="存成")
        button, said, area = widgets.Button(description="存成 Excel"), widgets.HTML(), widgets.HTML()

        def chosen() -> Pivot:
            return pivot(self.tally, rows.value, columns.value, show.value)

        def look(_: object = None) -> None:
            area.value, said.value = _shown(lambda: chosen().table._repr_html_()), ""

        def keep(_: object) -> None:
            said.value = _shown(lambda: chosen().save(file.value).html)

        for menu in (rows, columns, show):
            menu.observe(look, "value")
        button.on_click(keep)
        look()
        return widgets.VBox([widgets.HBox([rows, columns, show]), area, widgets.HBox([file, button, said])])

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return repr(self.table)


def shown_label(label: str) -> str:
    """What people read of a label of ``row_labels``."""
    return label.rpartition(_KEY)[2]


def row_labels(tally: pd.DataFrame, by: str) -> pd.Series:
    """What each row is counted under: a key to sort by, ``_KEY``, what people read."""
    county = tally["school_id"] == ""
    match by:
        case "township":
            town = tally["township"]
            label = ("0" + town + _KEY + town).where(town != "", f"1{_KEY}{_NO_TOWNSHIP}")
            return label.where(~county, f"2{_KEY}{_OF_COUNTY}")
        case "school":
            name = tally["school"].where(tally["school"] != "", tally["school_id"])
            return ("0" + tally["school_id"] + _KEY + name).where(~county, f"1{_KEY}{_OF_COUNTY}")
        case "violation":
            names = {n: f"{n}{_KEY}{labels.violation(n)}、{short}" for n, short in VIOLATIONS_SHORT.items()}
            return tally["violation"].map(names).fillna(f"8{_KEY}（不在七种之内）")
        case "check":
            titles = dict(zip(tally["rule_id"], tally["title"], strict=True))
            return tally["rule_id"].map({rule: f"{rule}{_KEY}{rule} {title}" for rule, title in titles.items()})
        case _:
            return tally["term"].map({term: f"{term}{_KEY}{labels.short_term(term)}" for term in set(tally["term"])})


def _options(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(shown, word) for word, shown in words.items()]


def _shown(make: Callable[[], str]) -> str:
    """The HTML, or what is wrong with what was chosen."""
    try:
        return make()
    except XuejiError as error:
        return line(str(error)).html
