"""The picture of docs/architecture.md: the packages as layers, and beside them what lies outside the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 1000
TOP: Final = 74
HEIGHT: Final = 64
"""Of a layer, in pixels; the next one begins GAP below it."""
GAP: Final = 10
BOXES_LEFT: Final = 150
BOXES_RIGHT: Final = 700
OUTSIDE_LEFT: Final = 770
OUTSIDE_RIGHT: Final = 985
INK: Final = "#1f2a37"
SOFT: Final = "#5b6673"


@dataclass(frozen=True, slots=True)
class Box:
    """A package. ``step``: its place on the way of the data, 0 where it is not on it."""

    package: str
    caption: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Outside:
    """What a layer reads (``arrow`` "in"), writes ("out") or both ("both")."""

    title: str
    caption: str
    arrow: str


@dataclass(frozen=True, slots=True)
class Layer:
    label: str
    boxes: tuple[Box, ...]
    outside: Outside | None = None


LAYERS: Final = (
    Layer(
        "entrances",
        (
            Box("cli", "the command line"),
            Box("library", "the door of notebooks", 7),
            Box("web", "pages behind a log-in", 7),
            Box("lab", "a county tries a rule"),
        ),
        Outside("browser, other tools", "inspectors, principals, analysts", "both"),
    ),
    Layer(
        "runs",
        (
            Box("doctor", "is all well"),
            Box("batch", "all schools, resumable", 7),
            Box("exchange", "JSON, a data package", 7),
            Box("notebook", "papermill, warm engine", 7),
        ),
        Outside("out/", "a folder a school, one county", "out"),
    ),
    Layer(
        "lays out",
        (
            Box("reports", "letters, workbooks, pages", 6),
            Box("views", "dashboards", 6),
            Box("visit", "plan, sample, record"),
        ),
        Outside("templates/", "Word, HTML; offices edit them", "in"),
    ),
    Layer(
        "remembers",
        (Box("casebook", "what people decided; never changed, only added to", 5),),
        Outside("SQLite or PostgreSQL", "events, trail, evidence", "both"),
    ),
    Layer(
        "takes in",
        (Box("intake", "any file to clean columns, every row accounted for", 1),),
        Outside("inbox", "xlsx, xls, csv of any school", "in"),
    ),
    Layer(
        "judges",
        (
            Box("judge", "the engine, statuses", 4),
            Box("local_rules", "the county's own"),
            Box("rules", "a function a check", 4),
        ),
        Outside("data/rules_local/", "checks a county wrote", "in"),
    ),
    Layer("one county", (Box("county", "who is who, register against headcount, once", 3),)),
    Layer(
        "at rest",
        (Box("store", "immutable segments, one file says what is current", 2),),
        Outside("xueji-store/", "Parquet, a folder a term", "both"),
    ),
    Layer(
        "ground",
        (
            Box("register", "tables, terms, figures, words"),
            Box("support", "files, locks, processes"),
            Box("warm_papermill", "notebooks in a warm process"),
        ),
        Outside("data/", "catalogue, figures, calendar", "in"),
    ),
)

STEPS: Final = (
    "1 cleaned once   2 at rest   3 who is who   4 judged once   5 decided by people   6 laid out   7 handed out"
)


_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    'font-family="Helvetica, Arial, sans-serif" role="img" aria-label="Packages of xueji_lib as layers">'
)
_ARROW_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    f'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="{SOFT}"/></marker></defs>'
)


READING: Final = "An import goes downwards, or to the right within a layer. Numbers: the way of the data."


def packages() -> list[str]:
    """From the top: an import goes only downwards."""
    return [box.package for layer in LAYERS for box in layer.boxes]


def svg() -> str:
    """The picture as a file: no script, no font and no address of its own."""
    bottom = TOP + len(LAYERS) * (HEIGHT + GAP)
    parts = [
        _HEAD.format(width=WIDTH, height=bottom + 34),
        _ARROW_TIP,
        '<rect width="100%" height="100%" fill="#fff"/>',
        _text(15, 30, "xueji_lib", 19, weight="bold"),
        _text(
            15, 54, "An import goes downwards, or to the right within a layer. Numbers: the way of the data.", 14, SOFT
        ),
        _text(OUTSIDE_LEFT, 54, "outside the program", 14, SOFT),
    ]
    for index, layer in enumerate(LAYERS):
        parts += _layer(layer, TOP + index * (HEIGHT + GAP))
    parts += [_text(15, bottom + 18, STEPS, 14, SOFT), "</svg>"]
    return "\n".join(parts) + "\n"


def _layer(layer: Layer, top: int) -> Iterator[str]:
    middle = top + HEIGHT // 2
    yield f'<rect x="5" y="{top}" width="{BOXES_RIGHT + 5}" height="{HEIGHT}" rx="6" fill="#eef1f4"/>'
    yield _text(15, middle + 5, layer.label, 14, SOFT)
    width = (BOXES_RIGHT - BOXES_LEFT - GAP * (len(layer.boxes) - 1)) // len(layer.boxes)
    for index, box in enumerate(layer.boxes):
        yield from _box(box, BOXES_LEFT + index * (width + GAP), top + 6, width)
    if layer.outside:
        yield from _outside(layer.outside, top)


def _box(box: Box, left: int, top: int, width: int) -> Iterator[str]:
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{HEIGHT - 12}" rx="4" fill="#fff" stroke="#1d4f7c"/>'
    yield _text(left + 10, top + 21, box.package, 16, weight="bold")
    yield _text(left + 10, top + 41, box.caption, 13, SOFT)
    if box.step:
        centre = left + width - 16
        yield f'<circle cx="{centre}" cy="{top + 16}" r="10" fill="#1d4f7c"/>'
        yield _text(centre, top + 21, str(box.step), 13, "#fff", "bold", "middle")


def _outside(thing: Outside, top: int) -> Iterator[str]:
    start, end, middle = BOXES_RIGHT + 12, OUTSIDE_LEFT - 4, top + HEIGHT // 2
    tips = {"in": 'marker-start="url(#tip)"', "out": 'marker-end="url(#tip)"'}
    tips["both"] = f"{tips['in']} {tips['out']}"
    yield f'<path d="M{start} {middle}H{end}" stroke="{SOFT}" stroke-width="1.5" fill="none" {tips[thing.arrow]}/>'
    yield (
        f'<rect x="{OUTSIDE_LEFT}" y="{top + 6}" width="{OUTSIDE_RIGHT - OUTSIDE_LEFT}" height="{HEIGHT - 12}" rx="4" '
        f'fill="#fbf6ec" stroke="#c9a35a"/>'
    )
    yield _text(OUTSIDE_LEFT + 10, top + 27, thing.title, 14, weight="bold")
    yield _text(OUTSIDE_LEFT + 10, top + 47, thing.caption, 13, SOFT)


def _text(
    left: int, base: int, words: str, size: int, fill: str = INK, weight: str = "normal", anchor: str = "start"
) -> str:
    return (
        f'<text x="{left}" y="{base}" font-size="{size}" fill="{fill}" font-weight="{weight}" '
        f'text-anchor="{anchor}" xml:space="preserve">{escape(words)}</text>'
    )
