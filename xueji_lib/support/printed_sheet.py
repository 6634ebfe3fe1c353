"""How a sheet of a workbook is printed: on which paper, how large, in how many sets of pages side by side.

Nothing is printed smaller than ``SMALLEST`` points. A list that would have to shrink below that on A4 goes to A3, or
its columns are divided into sets of pages, each with the first columns again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SMALLEST: Final = 8.0
"""Points that the smallest text of a printed sheet has at the least."""
TEXT: Final = 10.0
"""Points of a sheet's smallest text before it is shrunk."""
A4, A3 = 9, 8
MARGINS: Final = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.65}
"""Inches."""
_SHORT: Final = {A4: 793.7, A3: 1122.5}
_LONG: Final = {A4: 1122.5, A3: 1587.4}
_INCH: Final = 96
_LEAST: Final = SMALLEST / TEXT
_SPARE: Final = 0.97
"""Of the paper, what a set of pages fills: programs do not agree to the last pixel how wide a column is."""
_ROW: Final = 15.0
"""Points of a row whose height nobody set."""


class Fitted(NamedTuple):
    """How a sheet was fitted: the scale (1.0: as it is), and how many points of it fit one page, downwards."""

    scale: float
    page: float


def set_up(sheet: Worksheet, *, landscape: bool) -> None:
    """Set paper, margins and the direction of a sheet that is as wide as its paper."""
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(**MARGINS)
    sheet.fit_to_pages(1, 0)


def set_footer(sheet: Worksheet, text: str) -> None:
    """Set the foot of every page: the text, page and number of pages. It is not shrunk with the list."""
    foot = f"&L&9{text[:90].replace('&', '&&')}&R&9第 &P 页 共 &N 页"
    sheet.set_footer(foot, {"scale_with_doc": False})


def fit(
    sheet: Worksheet, widths: Sequence[float], *, landscape: bool = True, kept: int = 0, in_sets: bool = False
) -> Fitted:
    """Choose paper and size for printed columns of these widths (in characters).

    ``in_sets``: rather sets of A4 than A3; ``kept``: so many first columns are printed again on each set.
    """
    pixels = [pixels_of(width) for width in widths]
    for paper in (A4,) if in_sets else (A4, A3):
        if (scale := min(1.0, _room(paper, landscape) / sum(pixels))) >= _LEAST:
            sheet.set_paper(paper)
            sheet.fit_to_pages(1, 0)
            return _fitted(paper, landscape, scale)
    room = _room(A4, landscape) * _SPARE
    starts, widest = _divided(pixels, kept, room / _LEAST)
    sheet.set_paper(A4)
    scale = min(1.0, room / widest)
    sheet.set_print_scale(int(100 * scale))
    if kept:
        sheet.repeat_columns(0, kept - 1)
    sheet.set_v_pagebreaks(starts)
    return _fitted(A4, landscape, scale)


def keep_together(sheet: Worksheet, fitted: Fitted, heights: Mapping[int, float], rows: range, repeated: float) -> None:
    """Begin a page before these rows where they would come onto two: a line to sign on stands by what is signed.

    ``heights``: of the rows of the sheet, in points; ``repeated``: of the heading on every page.
    """
    page, used, pages = 0, 0.0, {}
    for row in range(rows.stop):
        height = heights.get(row, _ROW)
        if used + height > fitted.page * _SPARE:
            page, used = page + 1, repeated
        used += height
        pages[row] = page
    if pages[rows.start] != pages[rows.stop - 1]:
        sheet.set_print_scale(int(100 * fitted.scale))  # programs pass over breaks where they are to fit a width
        sheet.set_h_pagebreaks([rows.start])


def _fitted(paper: int, landscape: bool, scale: float) -> Fitted:
    high = (_SHORT if landscape else _LONG)[paper] - (MARGINS["top"] + MARGINS["bottom"]) * _INCH
    return Fitted(scale, high * 0.75 / scale)


def _room(paper: int, landscape: bool) -> float:
    """Pixels between the margins."""
    return (_LONG if landscape else _SHORT)[paper] - (MARGINS["left"] + MARGINS["right"]) * _INCH


def _divided(pixels: Sequence[int], kept: int, room: float) -> tuple[list[int], int]:
    """Where sets of pages begin so that each is at most ``room`` wide, and how wide the widest is."""
    again = sum(pixels[:kept])
    starts: list[int] = []
    widest = width = again
    for column in range(kept, len(pixels)):
        if width + pixels[column] > room and width > again:
            starts.append(column)
            width = again
        width += pixels[column]
        widest = max(widest, width)
    return starts, widest


def pixels_of(width: float) -> int:
    """A column's width on the screen, as Excel has it: seven pixels a character and five for its margins."""
    return int(width * 7 + 0.5) + 5 if width >= 1 else int(width * 12 + 0.5)
