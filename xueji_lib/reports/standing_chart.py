"""A school in the seven violations against the county's middle and its own last terms, as an SVG (see ``chart``)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from xueji_lib.reports import chart
from xueji_lib.standing import Line

_OWN, _OVER, _BAND, _MIDDLE, _EARLIER = "#1d4f7c", "#b5483f", "#dfe4ea", "#5b6673", "#8b95a1"
_WIDTH, _HEIGHT = 560, 318
_LEFT, _RIGHT = 0.262, 0.835


def standing_svg(lines: Sequence[Line]) -> str:
    """Per 100 pupils: a bar for the school, the middle half of the county as a band with its median, a dot for the
    last term. Where no pupils are known, or no middle is told, that part is left out. One ``<svg>`` element."""
    with mpl.rc_context(chart.SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=72)
        canvas: Any = FigureCanvasSVG(figure)
        axes = figure.add_axes((_LEFT, 0.12, _RIGHT - _LEFT, 0.87))
        span = max([_reach(line) for line in lines] + [0.1]) * 1.04
        for row, line in enumerate(lines):
            _row(axes, row, line, span)
        axes.axvline(0, color=_EARLIER, linewidth=0.8, clip_on=False)
        axes.set_xlim(0, span)
        axes.set_ylim(len(lines) - 0.45, -0.55)
        axes.set_axis_off()
        _legend(figure, any(line.middle for line in lines), any(line.earlier for line in lines))
        buffer = io.StringIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return chart.inline(buffer.getvalue(), _alternative(lines))


def _reach(line: Line) -> float:
    earlier = line.earlier[-1][2] if line.earlier else None
    return max(line.rate or 0, line.middle.get("q3", 0), earlier or 0)


def _row(axes: Axes, row: int, line: Line, span: float) -> None:
    axes.text(-0.025 * span, row, line.name, ha="right", va="center", color=chart.INK)
    if line.middle:
        q1, q3 = line.middle["q1"], line.middle["q3"]
        axes.barh(row, q3 - q1, left=q1, height=0.82, color=_BAND, linewidth=0, clip_on=False)
        axes.plot([line.middle["median"]] * 2, [row - 0.41, row + 0.41], color=_MIDDLE, linewidth=1.6, clip_on=False)
    over = bool(line.middle) and line.rate is not None and line.rate > line.middle["q3"]
    axes.barh(row, line.rate or 0, height=0.34, color=_OVER if over else _OWN, linewidth=0, clip_on=False)
    if line.earlier and line.earlier[-1][2] is not None:
        axes.plot(
            [line.earlier[-1][2]], [row], "o", markersize=6, color="white", markeredgecolor=_EARLIER, clip_on=False
        )
    mark = "＊" if line.unlooked else ""
    colour = _OVER if over else chart.INK if line.count or line.unlooked else chart.FAINT
    axes.text(span * 1.03, row, f"{line.count} 条{mark}", ha="left", va="center", color=colour)


def _legend(figure: Figure, middle: bool, earlier: bool) -> None:
    items = [("▬", _OWN, "本校")]
    items += (
        [("▬", _OVER, "本校，多于四分之三的学校"), ("▮", _BAND, "全县中间一半"), ("│", _MIDDLE, "中位")]
        if middle
        else []
    )
    items += [("○", _EARLIER, "上学期")] if earlier else []
    x = 0.0
    for sign, colour, words in items:
        figure.text(x, 0.045, sign, ha="left", va="center", color=colour, size=13)
        figure.text(x + 0.03, 0.045, words, ha="left", va="center", color=chart.FAINT, size=11)
        x += 0.05 + 0.0205 * len(words)


def _alternative(lines: Sequence[Line]) -> str:
    parts = [f"{line.name} {line.count} 条{'，' + line.place if line.place else ''}" for line in lines]
    return "本校七项违规情形与全县中位：" + "；".join(parts)
