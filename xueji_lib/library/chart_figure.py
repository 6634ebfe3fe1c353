"""A figure of matplotlib that shows Chinese and shows itself in a notebook, whatever back end the notebook has."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any, Final, TypeVar

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xueji_lib.support.errors import UsageError

__all__ = ["ChartFigure", "canvas", "named", "panels"]

_FAMILIES: Final = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Noto Sans CJK JP", "Heiti SC", "Noto Serif CJK SC",
    "Noto Serif CJK JP", "SimSun", "Songti SC", "Arial Unicode MS",
)  # fmt: skip
"""Families with Chinese characters, the better first. matplotlib knows a collection of fonts by its first one alone."""

T = TypeVar("T")


class ChartFigure(Figure):
    """As every ``Figure``; a notebook shows it as a picture that needs nothing outside itself."""

    def _repr_html_(self) -> str:
        buffer = io.StringIO()
        kind = "path" if _family() else "none"  # without a font of our own the browser draws the words
        with mpl.rc_context({"svg.fonttype": kind, "svg.hashsalt": "xueji"}):
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            self.savefig(buffer, format="svg", metadata=nothing)
        svg = buffer.getvalue()
        title = escape(self.get_suptitle(), quote=True)
        svg = svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
        return f'<div class="xj-chart" style="max-width:{self.get_figwidth():.1f}in">{svg}</div>'


@contextmanager
def canvas(width: float, height: float, title: str) -> Iterator[tuple[ChartFigure, Axes]]:
    """A figure (inches) with one pair of axes, to be drawn on in the block."""
    with panels(1, 1, width, height, title) as (figure, (axes,)):
        yield figure, axes


@contextmanager
def panels(
    rows: int, columns: int, width: float, height: float, title: str
) -> Iterator[tuple[ChartFigure, list[Axes]]]:
    """A figure (inches) with rows × columns of axes, row by row, to be drawn on in the block."""
    family = _family()
    if not family:
        warnings.warn(f"这台电脑上没有中文字体，存成图片时汉字会是方框。请装一种，如 {_FAMILIES[0]}", stacklevel=4)
    with mpl.rc_context({"font.family": [*([family] if family else []), "DejaVu Sans"], "hatch.linewidth": 0.5}):
        figure = ChartFigure(figsize=(width, height), layout="constrained")
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
        every: list[Axes] = [figure.add_subplot(rows, columns, number + 1) for number in range(rows * columns)]
        for axes in every:
            axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
            axes.tick_params(length=0)
        yield figure, every
        figure.draw_without_rendering()  # here, so that whatever is made as it is drawn has the font too
        figure.set_layout_engine("none")  # where things are stays: drawn again it is the same picture


def named(word: str, known: Mapping[str, T]) -> T:
    """The value of a word. Raises UsageError naming those that there are."""
    if word not in known:
        raise UsageError(f"by 里没有“{word}”。可以写：{'、'.join(known)}")
    return known[word]


def _family() -> str:
    installed: set[Any] = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in _FAMILIES if family in installed), "")
