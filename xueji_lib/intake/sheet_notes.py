"""What is to be said of sheets that are taken in, and is no fault: hidden rows, a header and nothing below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.register import schema

Taken = Sequence[tuple[str, RawSheet]]
"""(file, as it is shown; sheet) of those that are taken in."""

_OFTEN_EMPTY: Final = frozenset(
    {"transfers", "suspensions", "changes", "dropouts", "disclosures", "complaints", "annex1", "replies"}
)
"""Tables that hold what happened: where nothing did, they are handed in empty."""


def hidden_rows(taken: Taken) -> Iterator[str]:
    """A sentence for each sheet with rows that are not to be seen."""
    for file, sheet in taken:
        if sheet.hidden_rows:
            yield (
                f"{_place(file, sheet)}有 {sheet.hidden_rows} 行是隐藏的（或被筛选掉的），照样收下。"
                "不该收的请删去那几行再交"
            )


def without_records(taken: Taken) -> Iterator[str]:
    """A sentence for each file with a list's header and no record: a form not filled in, or a list cut off. Of ledgers,
    which are often empty, one for all; a file is named in no other's sentence, for schools read those about them."""
    lists: dict[str, list[str]] = {}
    ledgers: Counter[str] = Counter()
    for file, sheet in taken:
        if sheet.table is None or len(sheet.rows) or sheet.above or sheet.hidden:
            continue
        if sheet.table in _OFTEN_EMPTY:
            ledgers[schema.TABLES[sheet.table].header] += 1
        else:
            lists.setdefault(file, []).append(schema.TABLES[sheet.table].header)
    for file, headers in lists.items():
        names = "、".join(dict.fromkeys(headers))
        yield f"“{file}”里的{names}只有表头，没有一行记录，没有收到内容。没有填的请填好再交，导出不全的请重新导出"
    if ledgers:
        counts = "，".join(f"{header} {number} 张" for header, number in sorted(ledgers.items()))
        yield f"只有表头、没有一行记录的台账：{counts}。没有事可记的不用管"


def _place(file: str, sheet: RawSheet) -> str:
    return f"“{file}”" + (f"工作表“{masked_name(sheet.sheet)}”" if sheet.sheet else "")
