"""抽样清单: the samples of a school as a workbook to print, a sheet a question: whom, what the records say, and room
for what the paper says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.register import labels
from xueji_lib.register.sampling import CLASSES, GUARDIANS
from xueji_lib.reports.letters.visit_plan_letter import trail_words
from xueji_lib.reports.workbooks.workbook import Book, SheetColumn, unbroken
from xueji_lib.visit.sample_draw import DrawnSample

FILE: Final = "抽样清单.xlsx"
_AGREE: Final = "□ 一致\n□ 不一致"
_NO_TROUBLE: Final = "□ 没有\n□ 有，写明"
_ROOM: Final = "\n" * 4
"""Room to write, below a class."""


def content(school: str, term: str, day: dt.date, samples: Sequence[tuple[str, DrawnSample]]) -> bytes:
    """The workbook; ``samples``: each with what its question asks. The same samples give the same bytes."""
    book = Book(f"抽样清单 {school}", day)
    footer = f"抽样清单　{school}　{labels.term(term)}　内部资料，号码已遮盖"
    for ask, sample in samples:
        sheet = book.sheet(sample.question, footer)
        book.head(sheet, f"{sample.question}　{ask}", f"{school}　{sample.words}")
        columns = _columns(sample)
        at = book.table(sheet, columns, [_row(n, sample, item) for n, item in enumerate(sample.items, 1)], top=2)
        drawn = f"种子 {sample.seed}，{sample.who} {labels.moment(sample.at)} 抽取"
        notes = [
            f"对照：{sample.against}。" if sample.against else "",
            *(f"换下：{name_of(of['old'])} → {name_of(of['new'])}，理由：{of['why']}" for of in sample.replaced),
            f"第 {sample.times} 次抽取。理由：{sample.why}" if sample.why else "",
            f"{drawn}，留痕{trail_words(sample.line, sample.check_value)}。",
            "检查人签字：　　　　　　　　　　　　学校在场人签字：　　　　　　　　　　　　　　年　　月　　日",
        ]
        for note in filter(None, notes):
            book.note(sheet, at, note, [column.width for column in columns])
            at += 1
        book.keep_together(sheet, range(max(3, 2 + len(sample.items)), at), 2)
    return book.content()


def name_of(item: Mapping[str, Any]) -> str:
    """七年级3班 马丽, or a class."""
    return f"{item['place']} {item['name']}".strip()


def _columns(sample: DrawnSample) -> list[SheetColumn]:
    heads: tuple[tuple[str, int], ...]
    tail: tuple[tuple[str, int], ...]
    if sample.unit == CLASSES:
        heads = (("班级", 16), ("名册、学校记录", 24))
        tail = (("应到", 9), ("实到", 9), ("不在场的姓名和去向", 44), ("名册上没有的学生", 30))
    else:
        heads = (("学生", 22), ("年级班", 12), ("系统、台账的记录", 50))
        told_by = ("家长怎样说", "有无问题") if sample.unit == GUARDIANS else ("纸质材料上写的", "是否一致")
        tail = ((told_by[0], 34), (told_by[1], 11), ("备注", 16))
    first = SheetColumn("序号", 6, centre=True)
    told = [SheetColumn(head, width, wrap=True) for head, width in heads]
    return [first, *told, *(SheetColumn(head, width, wrap=True, fill=True) for head, width in tail)]


def _row(number: int, sample: DrawnSample, item: Mapping[str, Any]) -> list[Any]:
    lines = []
    for record in item["records"]:
        told = "；".join(f"{head} {value or '（空）'}" for head, value in record["shown"])
        lines.append(told if sample.unit == CLASSES else f"〔{record['table']}〕{told}")
    if sample.unit == CLASSES:
        return [number, item["place"], "\n".join(lines) + _ROOM, "", "", "", ""]
    box = _NO_TROUBLE if sample.unit == GUARDIANS else _AGREE
    return [number, f"{item['name']}\n{item['ref']}".strip(), item["place"], unbroken("\n".join(lines)), "", box, ""]
