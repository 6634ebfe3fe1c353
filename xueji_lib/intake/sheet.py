"""From a grid to the rows of one table: which rows are records, and their cells as columns of text.

Nothing is judged here but the shape: titles, blank rows, totals, footers and repeated headers are skipped and
counted; merged cells are filled. Source: data contract, section 2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xueji_lib.intake import header
from xueji_lib.intake.grid import Grid, Merge, as_text
from xueji_lib.intake.header import Header
from xueji_lib.register import schema

TITLE, HEADER, BLANK, TOTAL, FOOTER, BEYOND = "标题", "表头", "空行", "合计", "落款", "表外"
NO_TABLE = "非数据表"

_MARKED_ROWS = 5
_TABLES = 50  # of one sheet, at most; no sheet of a person's has more

_TOTAL_WORDS = frozenset({"合计", "小计", "总计", "共计", "累计"})
_TOTAL = re.compile(r"^(?:本页|本班|本校|全校|全县|年级|班级|学校)?(?:合计|小计|总计|共计|累计)(?:[:(（\d共人].*)?$")
_FOOTER = re.compile(
    r"^(?:(?:填表|填报|制表|审核|复核|经办|负责|核对|校对|统计|上报|联系)(?:人|单位|日期|时间)?|(?:校长|单位负责人|分管领导|班主任)(?:签字|签名|签章)?"
    r"|学校\(?(?:公章|盖章)\)?|单位\(?(?:公章|盖章)\)?|说明|注|备注|填表说明|联系电话|日期|年月日)\d?[:、．.]"
    r"|^\(?(?:公章|盖章|签章|单位盖章|学校盖章)\)?$"
)
_DIGITS = re.compile(r"\d{6}|[*＊]{3}")
_IDENTITY = ("name", "id_number", "register_no")


@dataclass(slots=True)
class RawSheet:
    """One sheet, read. ``columns``: id → text of each record (null never; "" blank). ``rows``: Excel row numbers.

    ``read`` = records + skipped. ``context``: title texts above the header, which may name the school.
    ``table`` None: not a table; then ``why`` says what the user should know (empty: nothing to say).
    """

    file: int
    sheet: str
    table: str | None = None
    header_row: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    columns: dict[str, pa.Array] = field(default_factory=dict)
    rows: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    read: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    context: tuple[str, ...] = ()
    why: str = ""
    beyond: int = 0
    own: bool = False
    """A page of the kit's own, not for import."""


_NO_HEADER = (
    f"前 {header.SEARCH_ROWS} 行里找不到认识的表头。请对照 xueji templates 给出的台账样式改表头，"
    "或把不是台账的文件移出收件夹"
)
_EXPLAINS = re.compile("说明|字典|代码表|代码|填报要求|填写要求|示例|样例|参数|选项|下拉|目录|封面")


def take(file: int, grid: Grid) -> list[RawSheet]:
    """Read a grid: a sheet for every table in it, one below the other; none for an empty grid."""
    grid.rows = _without_tail(grid.rows)
    if not grid.rows:
        return []
    found: list[RawSheet] = []
    start, rest = 0, grid
    while rest.rows:
        sheet, stop = _first_table(file, rest, last=len(found) + 1 == _TABLES)
        sheet.rows += start
        sheet.header_row += start if sheet.header_row else 0
        # What stands above the first table may name the school for those below it.
        sheet.context += tuple(text for above in found for text in above.context)
        found.append(sheet)
        start, rest = start + stop, _below(rest, stop)
    return found


def _first_table(file: int, grid: Grid, last: bool) -> tuple[RawSheet, int]:
    """The grid's first table, and the place where the next begins (the grid's end where ``last``)."""
    end = len(grid.rows)
    sheet = RawSheet(file, grid.name, read=end + grid.beyond, beyond=grid.beyond)
    if _not_for_import(grid.rows):
        sheet.skipped, sheet.own = {NO_TABLE: sheet.read}, True
        return sheet, end
    found = header.find(grid.rows, grid.merges)
    if found is None:
        sheet.skipped = {NO_TABLE: sheet.read}
        sheet.why = "" if grid.hidden or _EXPLAINS.search(grid.name) else _NO_HEADER
        return sheet, end
    stop = _fill_sheet(sheet, grid, found, last)
    if stop < end:
        sheet.read = stop + grid.beyond
        above = Grid(grid.name, grid.rows[:stop], grid.merges, grid.hidden, grid.beyond)
        _fill_sheet(sheet, above, found, last=True)
    return sheet, stop


def _title_above(rows: list[list[Any]], head: Header, place: int) -> int:
    """Place where a table begins whose header stands at ``place``: its title and the blank rows above are its own."""
    while place > head.data and _count(rows[place - 1], frozenset()) <= 1:
        place -= 1
    return place


def _below(grid: Grid, start: int) -> Grid:
    """The rows from ``start`` on, as a grid of their own."""
    if start == len(grid.rows):
        return Grid(grid.name, [])
    merges = [((r0 - start, c0), (r1 - start, c1)) for (r0, c0), (r1, c1) in grid.merges if r0 >= start]
    return Grid(grid.name, grid.rows[start:], merges, grid.hidden)


def _not_for_import(rows: list[list[Any]]) -> bool:
    """A page of the kit's own that is for the eye: its headings may look like a ledger's."""
    return any(type(c) is str and schema.NO_IMPORT_MARK in c for row in rows[:_MARKED_ROWS] for c in row)


def _without_tail(rows: list[list[Any]]) -> list[list[Any]]:
    """The rows up to the last one with anything in it."""
    end = len(rows)
    while end and not any(c != "" and (type(c) is not str or c.strip()) for c in rows[end - 1]):
        end -= 1
    return rows[:end]


def _fill_sheet(sheet: RawSheet, grid: Grid, head: Header, last: bool) -> int:
    """Fill in what the grid's table says. Where another table stands below it, nothing is filled in but the place of
    that one is returned (never where ``last``)."""
    rows = grid.rows
    sheet.table = head.table.id
    sheet.header_row = head.first + 1
    sheet.texts = dict(head.texts)
    sheet.ignored = head.ignored
    titles = (c.strip() for row in rows[: head.first] for c in row if type(c) is str)
    sheet.context = tuple(dict.fromkeys(t for t in titles if t))
    skipped: Counter[str] = Counter()
    for row in rows[: head.first]:
        skipped[TITLE if any(row) else BLANK] += 1
    skipped[HEADER] += head.rows
    if grid.beyond:
        skipped[BEYOND] += grid.beyond
    kept, stop = _records(rows, head, grid.merges, frozenset(sheet.context), skipped, last)
    if stop < len(rows):
        return stop
    below = [m for m in grid.merges if m[1][0] >= head.data]
    if below:
        _fill_merged(rows, kept, below)
    sheet.skipped = {k: n for k, n in sorted(skipped.items()) if n}
    sheet.rows = np.array(kept, dtype=np.int32) + 1
    chosen = [rows[i] for i in kept]
    by_place = list(zip_longest(*chosen, fillvalue=""))
    blank = ("",) * len(chosen)
    for column, place in head.columns.items():
        sheet.columns[column] = _texts(by_place[place] if place < len(by_place) else blank)
    return stop


def _texts(cells: tuple[Any, ...]) -> pa.Array:
    if cells and type(cells[0]) is str and cells.count(cells[0]) == len(cells):
        return pa.repeat(pa.scalar(cells[0], pa.large_string()), len(cells))
    try:
        return pa.array(cells, pa.large_string())
    except (pa.ArrowException, TypeError, UnicodeError):
        # Only a column with numbers or dates in it comes here.
        texts = [as_text(c) for c in cells]
        try:
            return pa.array(texts, pa.large_string())
        except UnicodeError:
            return pa.array([t.encode("utf-8", "replace").decode() for t in texts], pa.large_string())


def _records(
    rows: list[list[Any]],
    head: Header,
    merges: Sequence[Merge],
    titles: frozenset[str],
    skipped: Counter[str],
    last: bool,
) -> tuple[list[int], int]:
    """Places of the rows that are records, and where another table begins (the end; always so where ``last``)."""
    wide = {r0 for (r0, c0), (r1, c1) in merges if c1 - c0 >= 2}
    headers = rows[head.first : head.data]
    probe = [place for column, place in head.columns.items() if column != header.SCHOOL_NAME][:3]
    identity = [head.columns[c] for c in _IDENTITY if c in head.columns]
    numbers = [head.columns[c] for c in _IDENTITY[1:] if c in head.columns]
    name = head.columns.get("name")
    leftmost = min(head.columns.values())
    kept: list[int] = []
    for place in range(head.data, len(rows)):
        row = rows[place]
        # A row with a number is a record, whatever else it says; most rows end here.
        if any(_number(row, n) for n in numbers):
            kept.append(place)
            continue
        first = _first(row, head.serial)
        if first < 0:
            skipped[BLANK] += 1
            continue
        lead = row[first]
        if type(lead) is str:
            if place in wide and _count(row, head.serial) == 1 and first != name:
                skipped[TITLE] += 1
                continue
            if ("计" in lead and _TOTAL.match(header_text(lead))) or _is_total(row, name):
                skipped[TOTAL] += 1
                continue
            if _FOOTER.match(header_text(lead)):
                skipped[FOOTER] += 1
                continue
            if any(_same(row, h, probe) for h in headers):
                skipped[HEADER] += 1
                continue
            if not last and header.is_header(row, lead):
                return kept, _title_above(rows, head, place)
            if lead.strip() in titles and not any(_has(row, i) for i in identity if i != first):
                skipped[TITLE] += 1
                continue
            if (
                head.table.per_student
                and first == leftmost
                and first not in identity
                and not any(_has(row, i) for i in identity)
                and not any(c.isdecimal() for c in lead)
                and _count(row, head.serial) == 1
            ):
                skipped[TITLE] += 1
                continue
        elif _is_total(row, name):
            skipped[TOTAL] += 1
            continue
        kept.append(place)
    return kept, len(rows)


def header_text(text: str) -> str:
    """A cell without white space, wide colons and brackets narrowed."""
    return "".join(text[:200].split()).replace("：", ":").replace("（", "(").replace("）", ")")


def _first(row: Sequence[Any], serial: frozenset[int]) -> int:
    """Place of the first cell with anything in it, row numbers (序号) aside; -1 where there is none."""
    for i, cell in enumerate(row):
        if cell == "" or (type(cell) is str and not cell.strip()):
            continue
        if i not in serial or (type(cell) is str and not cell.strip().isdecimal()):
            return i
    return -1


def _count(row: Sequence[Any], serial: frozenset[int]) -> int:
    return sum(1 for i, c in enumerate(row) if c != "" and i not in serial and (type(c) is not str or c.strip()))


def _has(row: Sequence[Any], place: int) -> bool:
    return place < len(row) and row[place] != "" and (type(row[place]) is not str or bool(row[place].strip()))


def _number(row: Sequence[Any], place: int) -> bool:
    """Something like a number of a person stands there, ruined or masked ones included."""
    if place >= len(row):
        return False
    cell = row[place]
    return bool(_DIGITS.search(cell)) if type(cell) is str else isinstance(cell, int | float) and abs(cell) > 1e6


def _is_total(row: Sequence[Any], name: int | None) -> bool:
    if not _TOTAL_WORDS.isdisjoint(c for c in row[:8] if type(c) is str):
        return True
    if name is None or name >= len(row) or type(row[name]) is not str or "计" not in row[name]:
        return False
    return bool(_TOTAL.match(header_text(row[name])))


def _same(row: Sequence[Any], head: Sequence[Any], places: Sequence[int]) -> bool:
    """The header once more, as on every printed page."""
    return all(p < len(row) and p < len(head) and row[p] == head[p] and row[p] != "" for p in places)


def _fill_merged(rows: list[list[Any]], kept: Sequence[int], merges: Sequence[Merge]) -> None:
    """Merged cells say the same in every cell they cover. Rows that are no records stay as they are."""
    records = set(kept)
    width = max((len(rows[i]) for i in kept), default=0)
    for (r0, c0), (r1, c1) in merges:
        if r0 >= len(rows) or c0 >= len(rows[r0]) or rows[r0][c0] == "":
            continue
        value = rows[r0][c0]
        for r in range(r0, min(r1, len(rows) - 1) + 1):
            if r not in records:
                continue
            row = rows[r]
            row.extend("" for _ in range(min(c1 + 1, width) - len(row)))
            for c in range(c0, min(c1 + 1, width)):
                if row[c] == "":
                    row[c] = value


def table_of(sheet: RawSheet) -> schema.Table:
    """The sheet's table. The sheet must have one."""
    return schema.TABLES[sheet.table or ""]
