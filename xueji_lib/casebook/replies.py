"""What a school wrote into its 问题台账, taken as its report of what it put right: the same step as on its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xueji_lib.casebook import cases
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError

_STEP = "学校已报整改"


@dataclass(frozen=True, slots=True)
class Applied:
    """``skipped``: a sentence for every row that was filled in and changed nothing."""

    reported: int
    skipped: tuple[str, ...]


def apply(
    book: Casebook, actor: Actor, school_id: str, rows: pd.DataFrame, *, term: str, today: dt.date
) -> Applied:  # fmt: skip
    """Report what the rows (table ``replies``, at rest) say; rows left blank are passed over.

    Raises UsageError, and changes nothing, where a row is about a finding that is not the school's; StoreError.
    """
    known = {case.id: case for case in cases.of_school(book, school_id, today)}
    listed = rows.to_dict("records")
    if strangers := sum(labels.text(row["finding_id"]) not in known for row in listed):
        raise UsageError(f"有 {strangers} 个疑点编号不是贵校的，整个文件没有收。请用本页下载的问题台账填")
    done, skipped = 0, []
    for row in listed:
        case, body = known[labels.text(row["finding_id"])], _body(row)
        if not any(body.values()):
            continue
        if case.state == _STEP and all(case.body.get(name, "") == value for name, value in body.items()):
            continue  # the same file again
        try:
            cases.decide(book, actor, case.id, {"to": _STEP, **body}, term=term, today=today, seen=case.seen)
            done += 1
        except UsageError as error:
            who = " ".join(filter(None, [case.finding["title"], case.finding["student"]]))
            skipped.append(f"第 {int(row['_row'])} 行（{who}）没有报上：{error}")
    return Applied(done, tuple(skipped))


def _body(row: Mapping[Any, Any]) -> dict[str, str]:
    """What the row says; a remark without a measure is no report, and the step will say what is missing."""
    measure, remark = labels.text(row["measure"]), labels.text(row["school_note"])
    note = f"{measure}（{remark}）" if measure and remark else measure
    person = labels.text(row["person"])
    return {"note": note, "person": person, "done": labels.text(row["done_date"])}
