"""``xj.charts``: the charts of the kit's pages as figures of matplotlib; a notebook shows them, ``savefig`` saves them.

Each is drawn from a frame of the door, so that rows left out beforehand are left out of it. Facts, leads and what was
not examined are always drawn apart. matplotlib is loaded when the first one is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xueji_lib.register.catalogue import VIOLATIONS_SHORT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.patches import Rectangle

    from xueji_lib.library.chart_figure import ChartFigure
    from xueji_lib.library.tallies import Sum

__all__ = ["heat_map", "statuses", "terms", "violations"]

FACT, LEAD, UNKNOWN, INK, FAINT = "#1d4f7c", "#a9c3da", "#d8dce1", "#1f2a37", "#66717e"
_MOST_ROWS: Final = 60
_HATCH: Final = "////"
_EXAMINED: Final = {"全查": "#6f9a7c", "部分": "#d9a44a", "没查": "#d99a93", "不适用": "#e3e7ec"}


def violations(findings: pd.DataFrame, by: str = "nature") -> ChartFigure:
    """Findings by violation, a bar each. ``findings``: ``OpenedStore.findings``; ``by``: "nature" (facts, leads) or
    "severity". Raises UsageError for another word."""
    from xueji_lib.judge.results import tally
    from xueji_lib.library.chart_figure import canvas, named
    from xueji_lib.register.catalogue import SEVERITIES
    from xueji_lib.register.vocabulary import Nature
    from xueji_lib.reports.pages.chart import COLOURS

    colours: dict[str, dict[str, str]] = {
        "nature": {Nature.FACT: FACT, Nature.LEAD: LEAD},
        "severity": {severity: COLOURS[severity] for severity in SEVERITIES[::-1]},
    }
    parts = named(by, colours)
    counts = tally(findings, by)
    with canvas(7.2, 3.6, "七种违规情形的疑点（条）") as (figure, axes):
        left = dict.fromkeys(VIOLATIONS_SHORT, 0)
        for word, colour in parts.items():
            values = [counts.get(v, {}).get(word, 0) for v in VIOLATIONS_SHORT]
            hatch = _HATCH if word == Nature.LEAD else ""
            axes.barh(
                _names(), values, left=list(left.values()), color=colour, label=word, hatch=hatch, edgecolor="#fff"
            )
            left = {v: left[v] + n for v, n in zip(left, values, strict=True)}
        for row, (v, total) in enumerate(left.items()):
            words = "　".join(f"{word} {counts.get(v, {}).get(word, 0)}" for word in parts) if total else "0"
            axes.text(total, row, f" {words}", va="center", color=INK if total else FAINT, fontsize=8.5)
        axes.invert_yaxis()
        axes.set_xlim(0, max(1, *left.values()) * 1.45)
        axes.set_xticks([])
        axes.legend(loc="lower right", frameon=False, fontsize=8.5)
    return figure


def heat_map(tally: pd.DataFrame, by: str = "township") -> ChartFigure:
    """Townships or schools × violations. ``tally``: ``OpenedStore.tally``, of one term; ``by``: "township" or "school".
    A cell says facts / leads; ＊: not all was examined; 没查: nothing was. Raises UsageError."""
    from xueji_lib.library.chart_figure import canvas, named
    from xueji_lib.library.pivots import row_labels, shown_label
    from xueji_lib.library.tallies import Examination, sums

    named(by, {"township": 1, "school": 1})
    rows = row_labels(tally, by)
    cells = sums(tally, [rows, tally["violation"]])
    totals = tally[["facts", "leads"]].sum(axis=1).groupby(rows).sum().sort_index()
    shown = list(totals.sort_values(ascending=False, kind="stable").index[:_MOST_ROWS])
    left = len(totals) - len(shown)
    title = "各乡镇七种违规情形：事实 / 线索" if by == "township" else "各校七种违规情形：事实 / 线索"
    with canvas(9.2, 1.4 + 0.3 * max(len(shown), 1), title) as (figure, axes):
        deepest = max([of.facts + of.leads for of in cells.values()], default=0) or 1
        for y, row in enumerate(shown):
            for x, v in enumerate(VIOLATIONS_SHORT):
                of = cells.get((row, v))
                dark = 0 if of is None else (of.facts + of.leads) / deepest
                words = "" if of is None else _both(of)
                unlooked = words == Examination.NOT
                colour = UNKNOWN if unlooked else (0.71, 0.28, 0.25, 0.06 + 0.5 * dark if dark else 0)
                axes.add_patch(_box(x - 0.5, y - 0.5, colour, _HATCH if unlooked else ""))
                axes.text(x, y, words, ha="center", va="center", fontsize=8, color=INK if dark or unlooked else FAINT)
        axes.set_xlim(-0.5, len(VIOLATIONS_SHORT) - 0.5)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xticks(range(len(VIOLATIONS_SHORT)), _names(), rotation=22, ha="left", fontsize=8.5)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(shown)), [shown_label(row) for row in shown], fontsize=8.5)
        rest = f"　只画疑点最多的 {_MOST_ROWS} 行，另有 {left} 行没有画。" if left > 0 else ""
        axes.set_xlabel(
            f"＊：其中有检查没查或没有查全，实际可能更多。没查：不等于没有。{rest}", fontsize=8, color=FAINT
        )
    return figure


def terms(tally: pd.DataFrame) -> ChartFigure:
    """Findings by term, a panel a violation, and a last one of what was not examined. ``tally``: of any number of
    terms."""
    from xueji_lib.library.chart_figure import panels
    from xueji_lib.library.tallies import sums
    from xueji_lib.register import labels

    names = sorted(set(tally["term"]))
    ticks = [labels.short_term(term) for term in names]
    alone = "：只有一个学期，看不出变化" if len(names) == 1 else "：目录、数字、交表的学校不同，不能直接相比"
    title = f"逐学期的疑点（条，事实 / 线索）{alone}"
    with panels(2, 4, 9.6, 4.6, title) as (figure, all_axes):
        cells = sums(tally, [tally["term"], tally["violation"]])
        for axes, (v, name) in zip(all_axes, VIOLATIONS_SHORT.items(), strict=False):
            of = [cells.get((term, v)) for term in names]
            facts, leads = ([0 if sum_ is None else getattr(sum_, what) for sum_ in of] for what in ("facts", "leads"))
            axes.bar(ticks, facts, color=FACT, label="事实", width=0.55)
            axes.bar(ticks, leads, bottom=facts, color=LEAD, hatch=_HATCH, edgecolor="#fff", label="线索", width=0.55)
            for x, sum_ in enumerate(of):
                words = "没有" if sum_ is None else _both(sum_)
                axes.text(x, facts[x] + leads[x], words, ha="center", va="bottom", fontsize=8)
            axes.set_ylim(0, max(1, *(f + n for f, n in zip(facts, leads, strict=True))) * 1.25)
            axes.set_title(name, fontsize=9)
        unexamined = [sum(of.unexamined for (term, _), of in cells.items() if term == name) for name in names]
        axes = all_axes[-1]
        axes.bar(ticks, unexamined, color=UNKNOWN, hatch=_HATCH, edgecolor="#fff", width=0.55)
        for x, number in enumerate(unexamined):
            axes.text(x, number, str(number), ha="center", va="bottom", fontsize=8)
        axes.set_ylim(0, max(1, *unexamined) * 1.25)
        axes.set_title("没查、没查全（项次）", fontsize=9, color=FAINT)
        figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
        for axes in all_axes:
            axes.set_yticks([])
            axes.set_xlim(-0.8, max(len(names), 3) - 0.2)
    return figure


def statuses(tally: pd.DataFrame) -> ChartFigure:
    """How far the checks of each violation were made: pairs of school and check, in per cent. ``tally``: as above."""
    from xueji_lib.library.chart_figure import canvas

    counts = tally.groupby(["violation", "examined"]).size().to_dict()
    with canvas(7.2, 3.6, "各项检查查得怎样（学校 × 检查，%）") as (figure, axes):
        left = dict.fromkeys(VIOLATIONS_SHORT, 0.0)
        totals = {v: sum(counts.get((v, word), 0) for word in _EXAMINED) or 1 for v in VIOLATIONS_SHORT}
        for word, colour in _EXAMINED.items():
            values = [100 * counts.get((v, word), 0) / totals[v] for v in VIOLATIONS_SHORT]
            hatch = _HATCH if word == "没查" else ""
            axes.barh(
                _names(), values, left=list(left.values()), color=colour, label=word, hatch=hatch, edgecolor="#fff"
            )
            for row, (v, value) in enumerate(zip(left, values, strict=True)):
                if value >= 6:
                    axes.text(left[v] + value / 2, row, f"{value:.0f}", ha="center", va="center", fontsize=8)
                left[v] += value
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xticks([])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4, frameon=False, fontsize=8.5)
    return figure


def _names() -> list[str]:
    from xueji_lib.register import labels

    return [f"{labels.violation(v)}、{name}" for v, name in VIOLATIONS_SHORT.items()]


def _both(of: Sum) -> str:
    """Facts / leads, or the word that stands where no number says anything."""
    facts, leads = of.cell("facts"), of.cell("leads")
    return str(facts) if facts == leads and not str(facts)[0].isdigit() else f"{facts} / {leads}"


def _box(x: float, y: float, colour: Any, hatch: str) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="#fff", hatch=hatch)
