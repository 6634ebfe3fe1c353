"""A school in the seven violations against the middle of like schools and its own last term, as an SVG (see
``chart``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import escape

from xueji_lib.judge.standing import ViolationStanding

_INK, _FAINT = "#1f2a37", "#66717e"
_OWN, _OVER, _BAND, _MIDDLE, _EARLIER = "#1d4f7c", "#b5483f", "#dbe1e8", "#5b6673", "#8b95a1"
_WIDTH, _HEIGHT = 560, 304
_LEFT, _ROOM, _TOP, _ROW = 150.0, 330.0, 20.0, 36.0
_BAR, _TALL = 13.0, 28.0  # the school's bar, the band of like schools


def standing_svg(lines: Sequence[ViolationStanding]) -> str:
    """Per 100 pupils: a bar for the school, the middle half of like schools as a band with its median, a ring for the
    last term. Where the number of pupils or the middle is not known, that part is left out. One ``<svg>``
    element."""
    most = max([_reach(line) for line in lines], default=0.0) or 1.0
    shapes = [shape for row, line in enumerate(lines) for shape in _row(_TOP + row * _ROW, line, _ROOM / most)]
    axis = f'<path d="M{_LEFT} 2V{_TOP + len(lines) * _ROW - 16:.1f}" stroke="{_EARLIER}" stroke-width=".8"/>'
    legend = _legend(any(line.middle for line in lines), any(line.last_rate is not None for line in lines))
    return (
        f'<svg role="img" aria-label="{escape(_alternative(lines))}" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12.5" '
        f'dominant-baseline="central">\n' + "\n".join([*shapes, axis, *legend]) + "\n</svg>"
    )


def _reach(line: ViolationStanding) -> float:
    return max(line.rate or 0.0, line.middle.get("q3", 0.0), line.last_rate or 0.0)


def _row(middle: float, line: ViolationStanding, scale: float) -> Iterator[str]:
    yield _text(_LEFT - 8, middle, line.name, _INK, "end")
    if line.middle:
        q1, median, q3 = (_LEFT + line.middle[name] * scale for name in ("q1", "median", "q3"))
        yield _box(q1, middle, max(q3 - q1, 1), _TALL, _BAND)
        yield _box(median - 1, middle, 2, _TALL, _MIDDLE)
    over = bool(line.middle) and line.rate is not None and line.rate > line.middle["q3"]
    if line.rate:
        yield _box(_LEFT, middle, line.rate * scale, _BAR, _OVER if over else _OWN)
    if line.last_rate is not None:
        x = _LEFT + line.last_rate * scale
        yield f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="3.6" fill="#fff" stroke="{_EARLIER}" stroke-width="1.8"/>'
    colour = _OVER if over else _INK if line.count or line.unlooked else _FAINT
    yield _text(_LEFT + _ROOM + 12, middle, f"{line.count} 条{'＊' if line.unlooked else ''}", colour)


def _legend(middle: bool, earlier: bool) -> Iterator[str]:
    y, x = _HEIGHT - 14.0, 2.0
    items = [(_OWN, 14.0, 9.0, "本校")]
    if middle:
        items += [
            (_OVER, 14, 9, "本校，多于四分之三的同类学校"),
            (_BAND, 14, 18, "同类学校中间一半"),
            (_MIDDLE, 2, 18, "中位"),
        ]
    for colour, width, height, words in items:
        yield _box(x, y, width, height, colour)
        yield _text(x + width + 5, y, words, _FAINT, size=11.5)
        x += width + 18 + 11.7 * len(words)
    if earlier:
        yield f'<circle cx="{x + 4:.1f}" cy="{y:.1f}" r="3.6" fill="#fff" stroke="{_EARLIER}" stroke-width="1.8"/>'
        yield _text(x + 12, y, "上学期", _FAINT, size=11.5)


def _box(x: float, middle: float, width: float, height: float, colour: str) -> str:
    top = middle - height / 2
    return f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.0f}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str = "start", size: float = 0) -> str:
    sized = f' font-size="{size}"' if size else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}"{sized}>{escape(text)}</text>'


def _alternative(lines: Sequence[ViolationStanding]) -> str:
    parts = [f"{line.name} {line.count} 条{'，' + line.place if line.place else ''}" for line in lines]
    return "本校七项违规情形与同类学校中位：" + "；".join(parts)
