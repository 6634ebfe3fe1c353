"""The seven violations at a glance, as an SVG whose text the browser draws (no font is needed here).

Written directly: bars and words are few, and a drawing library takes 50 ms a school for the same picture. The same
counts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import Severity

COLOURS: Final[Mapping[str, str]] = {
    Severity.GENERAL: "#b9c3cf",
    Severity.SERIOUS: "#d9a44a",
    Severity.GRAVE: "#b5483f",
}
_INK, _FAINT = "#1f2a37", "#8b95a1"
# Where things are: the size of the picture, the bars' left edge and room, the first row's middle, a row, a bar.
_WIDTH, _HEIGHT = 470, 268
_LEFT, _ROOM, _TOP, _ROW, _BAR = 162.0, 270.0, 21.0, 33.2, 18.6


def violations_svg(counts: Mapping[int, Mapping[str, int]]) -> str:
    """Stacked bars, one a violation. ``counts[violation][severity]`` is a number of findings; missing = 0.

    Returns one ``<svg>`` element, scalable (viewBox), with a text alternative.
    """
    shapes = "\n".join([*_bars(counts), *_legend()])
    return (
        f'<svg role="img" aria-label="{_alternative(counts)}" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12" '
        f'dominant-baseline="central">\n{shapes}\n</svg>'
    )


def _bars(counts: Mapping[int, Mapping[str, int]]) -> Iterator[str]:
    totals = {number: sum(counts.get(number, {}).values()) for number in VIOLATIONS_SHORT}
    scale = _ROOM / max(*totals.values(), 1)
    for row, (number, total) in enumerate(totals.items()):
        middle, left = _TOP + row * _ROW, _LEFT
        for severity in reversed(SEVERITIES):
            width = counts.get(number, {}).get(severity, 0) * scale
            if width:
                box = f'x="{left:.1f}" y="{middle - _BAR / 2:.1f}" width="{width:.1f}" height="{_BAR}"'
                yield f'<rect {box} fill="{COLOURS[severity]}"/>'
            left += width
        name = f"{labels.violation(number)}、{VIOLATIONS_SHORT[number]}"
        yield _text(_LEFT - 7, middle, name, _INK, "end")
        yield _text(left + 5, middle, str(total), _INK if total else _FAINT)
    bottom = _TOP + (len(totals) - 0.5) * _ROW
    yield f'<path d="M{_LEFT} 3V{bottom:.1f}" stroke="{_FAINT}" stroke-width="0.8"/>'


def _legend() -> Iterator[str]:
    for index, severity in enumerate(reversed(SEVERITIES)):
        left = _LEFT + 61 * index
        yield f'<rect x="{left:.1f}" y="250.5" width="10" height="10" fill="{COLOURS[severity]}"/>'
        yield _text(left + 15, 255.5, severity, _FAINT)


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{text}</text>'


def _alternative(counts: Mapping[int, Mapping[str, int]]) -> str:
    parts = [f"{VIOLATIONS_SHORT[v]} {sum(counts.get(v, {}).values())} 条" for v in VIOLATIONS_SHORT]
    return "七项违规情形的疑点条数：" + "，".join(parts)
