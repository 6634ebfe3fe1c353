"""The sheet 填表说明 of a blank ledger: what each column takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.register.codes import CodeSet
from xueji_lib.register.schema import Column, Kind, Table
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn

TITLE: Final = "填表说明"

_HOW: Final = {
    Kind.SCHOOL: "10 位学校标识码",
    Kind.DATE: "日期，如 2026-09-01",
    Kind.MONTH: "年和月，如 202609",
    Kind.GRADE: "1 到 12：小学 1—6，初中 7—9，高中 10—12",
    Kind.CLASS: "班的序号，如 3",
    Kind.COUNT: "整数",
    Kind.ID: "18 位，照证件写全；本列是文本，不会被改成科学计数",
    Kind.REGISTER_NO: "19 位，G、L 或 J 开头",
    Kind.PHONE: "电话号码",
    Kind.TERM: "学年学期，如 2026-2027-1",
    Kind.SCHOOL_YEAR: "学年，如 2026-2027",
    Kind.NAME: "姓名",
    Kind.TEXT: "文字",
}
_HOW_OF: Final = {
    "name": "姓名，与学籍名册上的一致",
    "check_no": "生成时已填好，不要改动；写在空行里的学生没有，留空",
}
_NOTES: Final = {
    "headcount": (
        "一人一行。名册上的人都要写在校情况；不在校的再写情形、去向、学校说明。",
        "名册上没有、人在班里的，写在下面的空行，年级、班号也要写，在校情况选“在校”。",
        "核对提示只供核对时看，导入时不用。核对编号不要改动：同名的也靠它认人，里面没有号码。",
        "本表没有身份证件号，也不必填。填好的表含学生姓名，请按保密要求保管和传送。",
    ),
}


def write_guide(book: Book, table: Table, columns: Sequence[Column], codes: Mapping[str, CodeSet]) -> None:
    """Add the sheet: a row a column of the ledger."""
    sheet = book.sheet(TITLE, table.header, landscape=False)
    rows = [["必填" if c.required else "", f"〔{c.header}〕", how(c, codes)] for c in columns if c.id != "hint"]
    heads = [SheetColumn("要求", 6), SheetColumn("列名", 28), SheetColumn("怎样填", 56, wrap=True)]
    notes = [
        f"{table.header}：表头不要改，不要加列、合并格；多出来的行留空即可。深色表头是必填的列。",
        *_NOTES.get(table.id, ()),
    ]
    for at, note in enumerate(notes):
        sheet.merge_range(at, 0, at, 2, note, book.format(text_wrap=True))
        sheet.set_row(at, 30)
    book.table(sheet, heads, rows, top=len(notes) + 1)


def how(column: Column, codes: Mapping[str, CodeSet]) -> str:
    """What a cell of the column takes, in a sentence."""
    if column.id in _HOW_OF:
        return _HOW_OF[column.id]
    if not column.codes:
        return _HOW[column.kind]
    code_set = codes[column.codes]
    return f"{'如' if code_set.open else '选一个'}：{'、'.join(labels_of(code_set))}"


def labels_of(codes: CodeSet) -> list[str]:
    """The canonical labels, in the order of data/codes/codes.toml."""
    return list(dict.fromkeys(codes.labels.values()))
