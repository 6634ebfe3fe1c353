"""The seven violations at a glance, as an SVG whose text the browser draws (no font is needed here).

Drawn by matplotlib's SVG canvas directly: no pyplot, no global state, no date, fixed ids, so the same
counts give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from xueji_lib import labels
from xueji_lib.catalogue import SEVERITIES, VIOLATIONS_SHORT

COLOURS: Final[Mapping[str, str]] = {"一般": "#b9c3cf", "较重": "#d9a44a", "严重": "#b5483f"}
INK, FAINT = "#1f2a37", "#8b95a1"
SETTINGS: Final[Any] = {"svg.fonttype": "none", "svg.hashsalt": "xueji", "font.size": 12}
_WIDTH, _HEIGHT = 470, 268


def violations_svg(counts: Mapping[int, Mapping[str, int]]) -> str:
    """Stacked bars, one a violation. ``counts[violation][severity]`` is a number of findings; missing = 0.

    Returns one ``<svg>`` element, scalable (viewBox), with a text alternative.
    """
    rows = list(VIOLATIONS_SHORT)
    totals = [sum(counts.get(v, {}).values()) for v in rows]
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        # The fallback font has no Chinese glyphs to measure; the browser draws the text, so it does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=72)
        canvas: Any = FigureCanvasSVG(figure)
        axes = figure.add_axes((0.345, 0.11, 0.575, 0.88))
        left = [0] * len(rows)
        for severity in reversed(SEVERITIES):
            widths = [counts.get(v, {}).get(severity, 0) for v in rows]
            axes.barh(
                range(len(rows)), widths, left=left, height=0.56, color=COLOURS[severity], linewidth=0, clip_on=False
            )
            left = [a + b for a, b in zip(left, widths, strict=True)]
        span = max([*totals, 1])
        for row, (number, total) in enumerate(zip(rows, totals, strict=True)):
            name = f"{labels.violation(number)}、{VIOLATIONS_SHORT[number]}"
            axes.text(-0.025 * span, row, name, ha="right", va="center", color=INK)
            axes.text(total + 0.02 * span, row, str(total), ha="left", va="center", color=INK if total else FAINT)
        axes.axvline(0, color=FAINT, linewidth=0.8, clip_on=False)
        axes.set_xlim(0, span)
        axes.set_ylim(len(rows) - 0.45, -0.55)
        axes.set_axis_off()
        _legend(figure, SEVERITIES)
        buffer = io.StringIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return inline(buffer.getvalue(), _alternative(counts))


def _legend(figure: Figure, severities: Sequence[str]) -> None:
    for place, severity in enumerate(reversed(severities)):
        x = 0.345 + 0.13 * place
        figure.text(x, 0.045, "■", ha="left", va="center", color=COLOURS[severity])
        figure.text(x + 0.032, 0.045, severity, ha="left", va="center", color=FAINT)


def _alternative(counts: Mapping[int, Mapping[str, int]]) -> str:
    parts = [f"{VIOLATIONS_SHORT[v]} {sum(counts.get(v, {}).values())} 条" for v in VIOLATIONS_SHORT]
    return "七项违规情形的疑点条数：" + "，".join(parts)


def inline(svg: str, alternative: str) -> str:
    """Only the element, as HTML takes it: no XML head, no metadata, no style rule for the whole page.

    The fonts go too: the text takes those of the page around it.
    """
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style.*?</defs>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r" font-family: [^;\"]*;", "", svg)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{alternative}" ', 1)
