"""Which rows below a header are records, and what the others are.

The questions of ``KINDS`` are asked one after the other; the first that fits decides, so their order is what this
module says. A row with a person's number in it is a record whatever else it holds. Source: data contract, section 2.

More than 250 lines: one list of questions, each asked only where all before it were answered no.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.intake import classes, header, name_labels, told
from xueji_lib.intake.column_signs import are_column_signs
from xueji_lib.intake.header import Header
from xueji_lib.intake.readers.grid import Merge
from xueji_lib.intake.words_around import DAY_LINE, is_example, is_instruction
from xueji_lib.intake.words_around import FOOTER as FOOTER_WORDS
from xueji_lib.intake.words_around import TOTAL as TOTAL_WORDS

RECORD, ANOTHER_TABLE = "记录", "另一张表"
TITLE, HEADER, BLANK, TOTAL, FOOTER = "标题", "表头", "空行", "合计", "落款"
EXAMPLE, INSTRUCTION = "示例", "填写要求"
"""What a row is; all but the first two are skipped and counted."""

_TOTAL_SIGNS: Final = frozenset("计共数到生")
_PUNCTUATED: Final = re.compile("[，。；：！？;!?]|:.")
_TOTAL_WORDS: Final = frozenset({"合计", "小计", "总计", "共计", "累计"})
_PERSONS_NUMBER: Final = re.compile(r"\d{6}|[*＊]{3}")
_ID_LIKE: Final = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_EXAMPLES_WITHIN: Final = 3
"""Rows below a header among which an example may have a number of its own."""
_NAME: Final = re.compile(r"^[一-鿿㐀-䶿·•.]{2,15}$|^[A-Za-z][A-Za-z .·]{2,40}$")
_SURE_CELLS: Final = frozenset({"男", "女", "在校", "不在校", "√", "×"})
_IDENTITY: Final = ("name", "id_number", "register_no")


@dataclass(frozen=True, slots=True)
class TableShape:
    """What the rows of a table are judged by; columns are their places in a row.

    ``wide``: rows in which a merge over three columns and more begins. ``headers``: the header's own rows, ``probe``:
    the columns by which they are known again. ``identity``: who a row is about; ``numbers``: of those the numbers.
    ``width``: cells of the header with anything in them, row numbers aside. ``titles``: the texts above the header.
    ``is_last``: no other table is looked for.
    """

    head: Header
    wide: frozenset[int]
    headers: Sequence[Sequence[Any]]
    probe: Sequence[int]
    identity: Sequence[int]
    numbers: Sequence[int]
    name: int | None
    leftmost: int
    width: int
    titles: frozenset[str]
    is_last: bool

    @classmethod
    def of(
        cls, rows: Sequence[Sequence[Any]], head: Header, merges: Sequence[Merge], titles: frozenset[str], is_last: bool
    ) -> TableShape:
        columns = head.columns
        return cls(
            head=head,
            wide=frozenset(top for (top, left), (_, right) in merges if right - left >= 2),
            headers=rows[head.first : head.data],
            probe=[column_index for column, column_index in columns.items() if column != header.SCHOOL_NAME][:3],
            identity=[columns[column] for column in _IDENTITY if column in columns],
            numbers=[columns[column] for column in _IDENTITY[1:] if column in columns],
            name=columns.get("name"),
            leftmost=min(columns.values()),
            width=len(set(columns.values())) + len(head.ignored),
            titles=titles,
            is_last=is_last,
        )


@dataclass(slots=True)
class SheetRow:
    """A row that holds no number. ``first``: place of the first cell with anything in it, row numbers (序号) aside, -1
    where there is none; ``lead``: that cell."""

    at: int
    cells: Sequence[Any]
    first: int
    lead: Any

    @property
    def has_text(self) -> bool:
        return type(self.lead) is str


@dataclass(slots=True)
class SheetRows:
    """``records``: places of the rows that are records. ``headings``: (place, text) of titles between them. ``stop``:
    where another table begins (the end where none does)."""

    records: list[int]
    headings: list[tuple[int, str]]
    stop: int


def records(rows: Sequence[Sequence[Any]], shape: TableShape, skipped: Counter[str]) -> SheetRows:
    """What the rows below the header are."""
    record_rows: list[int] = []
    headings: list[tuple[int, str]] = []
    numbers, serial = shape.numbers, shape.head.serial
    start = shape.head.data
    no_examples = start + _EXAMPLES_WITHIN
    has_digits = _digits(rows, numbers[0]) if numbers else [False] * len(rows)
    for at in range(start, len(rows)):
        if has_digits[at] and at >= no_examples:
            record_rows.append(at)  # most rows end here
            continue
        cells = rows[at]
        if has_persons_number(cells, numbers) and (at >= no_examples or not _is_example(cells, shape)):
            record_rows.append(at)
            continue
        first = _first(cells, serial)
        row = SheetRow(at, cells, first, cells[first] if first >= 0 else None)
        kind = next(kind for question, kind in KINDS if question(row, shape))
        if kind == RECORD:
            record_rows.append(at)
        elif kind == ANOTHER_TABLE:
            return SheetRows(record_rows, headings, _title_above(rows, shape.head, at))
        else:
            skipped[kind] += 1
            if kind in (TITLE, FOOTER) and type(row.lead) is str:
                headings.append((at, row.lead.strip()))
    return SheetRows(record_rows, headings, len(rows))


def records_above(rows: Sequence[Sequence[Any]], shape: TableShape) -> tuple[list[int], list[int]]:
    """Of the rows above the header: those that are records under its columns, and those that look like records but
    do not fit (a person's number stands where the header has none)."""
    fitting: list[int] = []
    strange: list[int] = []
    if not shape.head.table.per_student:
        return fitting, strange
    for at in range(shape.head.first):
        cells = rows[at]
        if has_persons_number(cells, shape.numbers) and count(cells, shape.head.serial) >= 2 and _named(cells, shape):
            fitting.append(at)
        elif holds_id(cells):
            strange.append(at)
        elif count(cells, shape.head.serial) >= shape.width and _named(cells, shape) and is_known_cell(cells, shape):
            fitting.append(at)
    return fitting, strange


# ---- the rows above a header ----


def holds_id(cells: Sequence[Any]) -> bool:
    """Something like a person's 18 characters stands in the row."""
    return any(_ID_LIKE.search(c) if type(c) is str else type(c) is float and 1e17 <= c < 1e18 for c in cells if c)


def _named(cells: Sequence[Any], shape: TableShape) -> bool:
    """What stands in the column of names may be one."""
    name = cells[shape.name] if shape.name is not None and shape.name < len(cells) else ""
    return type(name) is str and bool(_NAME.match("".join(name.split()))) and not header.is_known(name)


def is_known_cell(cells: Sequence[Any], shape: TableShape) -> bool:
    """A sex, a grade, a class or whether one is there stands in its column."""
    for column in ("sex", "grade", "class_no", "presence"):
        place = shape.head.columns.get(column, -1)
        cell = cells[place] if 0 <= place < len(cells) else ""
        text = str(cell).strip()
        if text and (
            text in _SURE_CELLS
            or (column in ("grade", "class_no") and (classes.grade(text) or classes.class_name(text)))
        ):
            return True
    return False


# ---- the questions ----


def _is_blank(row: SheetRow, _shape: TableShape) -> bool:
    return row.first < 0


def _is_wide_title(row: SheetRow, shape: TableShape) -> bool:
    """One text over three merged columns and more, and not in the column of names."""
    alone = row.at in shape.wide and count(row.cells, shape.head.serial) == 1
    return row.has_text and alone and row.first != shape.name


def _is_total(row: SheetRow, shape: TableShape) -> bool:
    if row.has_text and _says_total(row.lead):
        return True
    if not _TOTAL_WORDS.isdisjoint(cell for cell in row.cells[:8] if type(cell) is str):
        return True
    name = _name_cell(row, shape)
    return type(name) is str and _says_total(name)


def _is_footer(row: SheetRow, shape: TableShape) -> bool:
    """A signature, a note, a page line: it is the row's first text or stands where a name should, and no other cell
    tells of a person."""
    name = _name_cell(row, shape)
    if row.has_text and shape.name is not None and not has(row.cells, shape.name):
        return bool(FOOTER_WORDS.match(header_text(row.lead))) and not _is_day_in_its_column(row, shape)
    if row.has_text and _says_footer(row.lead, shape, row.first):
        return True
    return type(name) is str and bool(name) and shape.name != row.first and _says_footer(name, shape, shape.name or 0)


def _is_day_in_its_column(row: SheetRow, shape: TableShape) -> bool:
    return row.first in shape.head.columns.values() and bool(DAY_LINE.match(header_text(row.lead)))


def _is_sentence(row: SheetRow, shape: TableShape) -> bool:
    """One text alone, too long or too punctuated for anything that a list has in a cell, among rows about persons."""
    return (
        row.has_text
        and shape.head.table.per_student
        and count(row.cells, frozenset()) == 1
        and (len(row.lead.strip()) > 16 or bool(_PUNCTUATED.search(row.lead)))
    )


def _is_example_row(row: SheetRow, shape: TableShape) -> bool:
    return row.has_text and shape.head.table.per_student and _is_example(row.cells, shape)


def _is_instruction(row: SheetRow, shape: TableShape) -> bool:
    return row.has_text and row.at - shape.head.data < _EXAMPLES_WITHIN and is_instruction(row.cells)


def _is_column_signs(row: SheetRow, shape: TableShape) -> bool:
    """Below the header; among persons numbers of columns stand below the header of every page."""
    is_near = row.at - shape.head.data < _EXAMPLES_WITHIN
    if not (is_near or shape.head.table.per_student):
        return False
    return are_column_signs(row.cells, shape.width, shape.head.columns.get("sex"), only_ordinals=not is_near)


def _is_never_a_title(row: SheetRow, shape: TableShape) -> bool:
    return holds_id(row.cells) or (shape.width > 2 and count(row.cells, shape.head.serial) >= shape.width)


def _is_header_again(row: SheetRow, shape: TableShape) -> bool:
    """The header once more, as on every printed page."""
    return row.has_text and any(_same(row.cells, head, shape.probe) for head in shape.headers)


def _is_another_header(row: SheetRow, shape: TableShape) -> bool:
    return row.has_text and not shape.is_last and header.is_header(row.cells, row.lead)


def _is_title_again(row: SheetRow, shape: TableShape) -> bool:
    """A title from above the header, and nobody's name or number beside it."""
    named = any(has(row.cells, column_index) for column_index in shape.identity if column_index != row.first)
    return row.has_text and row.lead.strip() in shape.titles and not named


def _is_place_heading(row: SheetRow, shape: TableShape) -> bool:
    """A grade or a class alone where a name should stand."""
    return (
        row.first == shape.name
        and name_labels.is_place(name_of(row.cells, shape))
        and count(row.cells, frozenset()) == 1
    )


def _is_count_label(row: SheetRow, shape: TableShape) -> bool:
    """应到人数, 3: a count and what is counted; 三年级, 3."""
    if not _is_in_list(shape):
        return False
    is_of_place = name_labels.is_place(name_of(row.cells, shape)) and count(row.cells, shape.head.serial) <= 2
    return is_of_place or name_labels.is_count(_label(row, shape))


def _is_signature_label(row: SheetRow, shape: TableShape) -> bool:
    """班主任, 张三: somebody who answers for the list, or a day; the school below it. A pupil has more cells."""
    if not _is_in_list(shape):
        return False
    is_label = name_labels.is_signature(_label(row, shape)) or name_labels.is_school(name_of(row.cells, shape))
    return is_label and 3 * count(row.cells, shape.head.serial) <= 2 * max(shape.width, 3)


def _is_in_list(shape: TableShape) -> bool:
    """The table is a list of persons, with their names."""
    return shape.head.table.per_student and shape.name is not None


def _label(row: SheetRow, shape: TableShape) -> str:
    """What stands where the name should; where nothing does, what stands first."""
    return name_of(row.cells, shape) or (name_labels.plain(row.lead) if row.has_text else "")


def _is_class_heading(row: SheetRow, shape: TableShape) -> bool:
    """七（1）班 alone, in a list that has no column for it: the class of those below."""
    return (
        row.has_text
        and "class_no" not in shape.head.columns
        and any(column.id == "class_no" for column in shape.head.table)
        and count(row.cells, frozenset()) == 1
        and told.is_said_in(row.lead)
    )


def _is_kind_heading(row: SheetRow, shape: TableShape) -> bool:
    """In 附件1: what kind of mismatch follows."""
    is_annex1 = shape.head.table.id == "annex1" and "kind" not in shape.head.columns
    return row.has_text and is_annex1 and count(row.cells, frozenset()) == 1 and bool(told.kind([row.lead]))


def _is_group_heading(row: SheetRow, shape: TableShape) -> bool:
    """One text without any digit in the first column, among rows about persons, where no person stands."""
    return (
        row.has_text
        and shape.head.table.per_student
        and row.first == shape.leftmost
        and row.first not in shape.identity
        and not any(has(row.cells, column_index) for column_index in shape.identity)
        and not any(character.isdecimal() for character in row.lead)
        and count(row.cells, shape.head.serial) == 1
    )


KINDS: Final[tuple[tuple[Callable[[SheetRow, TableShape], bool], str], ...]] = (
    (_is_blank, BLANK),
    (_is_header_again, HEADER),
    (_is_another_header, ANOTHER_TABLE),
    (_is_example_row, EXAMPLE),
    (_is_instruction, INSTRUCTION),
    (_is_column_signs, INSTRUCTION),
    (_is_total, TOTAL),
    (_is_never_a_title, RECORD),
    (_is_class_heading, TITLE),
    (_is_kind_heading, TITLE),
    (_is_wide_title, TITLE),
    (_is_footer, FOOTER),
    (_is_title_again, TITLE),
    (_is_place_heading, TITLE),
    (_is_count_label, TOTAL),
    (_is_signature_label, FOOTER),
    (_is_sentence, FOOTER),
    (_is_group_heading, TITLE),
    (lambda _row, _shape: True, RECORD),
)
"""(question, what a row is that fits)."""


# ---- what the questions look at ----


def header_text(text: str) -> str:
    """A cell without white space, wide colons and brackets narrowed."""
    return "".join(text[:200].split()).replace("：", ":").replace("（", "(").replace("）", ")")


def count(cells: Sequence[Any], serial: frozenset[int]) -> int:
    """Cells with anything in them, row numbers aside."""
    return sum(1 for i, c in enumerate(cells) if c != "" and i not in serial and (type(c) is not str or c.strip()))


def has(cells: Sequence[Any], column_index: int) -> bool:
    """Anything stands there."""
    return (
        column_index < len(cells)
        and cells[column_index] != ""
        and (type(cells[column_index]) is not str or bool(cells[column_index].strip()))
    )


def _first(cells: Sequence[Any], serial: frozenset[int]) -> int:
    for i, cell in enumerate(cells):
        if cell == "" or (type(cell) is str and not cell.strip()):
            continue
        if i not in serial or (type(cell) is str and not cell.strip().isdecimal()):
            return i
    return -1


def _digits(rows: Sequence[Sequence[Any]], place: int) -> list[bool]:
    """Per row: six digits and more stand in this place, and nothing else."""
    return [
        place < len(cells) and type(cells[place]) is str and len(cells[place]) > 5 and cells[place].isdecimal()
        for cells in rows
    ]


def has_persons_number(cells: Sequence[Any], column_indices: Sequence[int]) -> bool:
    """Something like a number of a person stands in one of these places, ruined or masked ones included."""
    for column_index in column_indices:
        cell = cells[column_index] if column_index < len(cells) else ""
        if type(cell) is str:
            if cell and ((cell.isdecimal() and len(cell) > 5) or _PERSONS_NUMBER.search(cell)):
                return True
        elif isinstance(cell, int | float) and abs(cell) > 1e6:
            return True
    return False


def _is_example(cells: Sequence[Any], shape: TableShape) -> bool:
    first = next((i for i, cell in enumerate(cells) if cell != "" and (type(cell) is not str or cell.strip())), -1)
    return is_example(cells, shape.name, shape.numbers, first)


def name_of(cells: Sequence[Any], shape: TableShape) -> str:
    """What stands where the name should, as a label; empty where that is nothing, or too long for one."""
    cell = cells[shape.name] if shape.name is not None and shape.name < len(cells) else ""
    if type(cell) is str:
        return name_labels.plain(cell) if cell else ""
    return str(int(cell)) if type(cell) in (int, float) and cell == int(cell) else ""


def _name_cell(row: SheetRow, shape: TableShape) -> Any:
    return row.cells[shape.name] if shape.name is not None and shape.name < len(row.cells) else None


def _says_total(text: str) -> bool:
    return any(character in _TOTAL_SIGNS for character in text) and bool(TOTAL_WORDS.match(header_text(text)))


def _says_footer(text: str, shape: TableShape, place: int) -> bool:
    """In a column of free words (备注) a text is what is said of a person, in one of days a day is a day."""
    plain = header_text(text)
    columns = shape.head.columns
    if place == shape.name or place not in columns.values():
        return bool(FOOTER_WORDS.match(plain))
    return place <= shape.leftmost and bool(FOOTER_WORDS.match(plain)) and not DAY_LINE.match(plain)


def _same(cells: Sequence[Any], head: Sequence[Any], column_indices: Sequence[int]) -> bool:
    return all(p < len(cells) and p < len(head) and cells[p] == head[p] and cells[p] != "" for p in column_indices)


def _title_above(rows: Sequence[Sequence[Any]], head: Header, at: int) -> int:
    """Where a table begins whose header stands at ``at``: its title and the blank rows above are its own."""
    while at > head.data and count(rows[at - 1], frozenset()) <= 1:
        at -= 1
    return at
