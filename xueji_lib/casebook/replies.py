"""What a school wrote into its 问题台账, taken as its report of what it put right: the same step as on its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from xueji_lib import labels
from xueji_lib.casebook import cases
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor
from xueji_lib.errors import UsageError

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
    filled = [
        row for row in rows.to_dict("records") if any(labels.text(row[n]) for n in ("measure", "person", "done_date"))
    ]
    if strangers := sum(labels.text(row["finding_id"]) not in known for row in rows.to_dict("records")):
        raise UsageError(f"有 {strangers} 个疑点编号不是贵校的，整个文件没有收。请用本页下载的问题台账填")
    done, skipped = 0, []
    for row in filled:
        case = known[labels.text(row["finding_id"])]
        body = {"to": _STEP, "note": labels.text(row["measure"]), "person": labels.text(row["person"])}
        body |= {"done": labels.text(row["done_date"])}
        if case.state == _STEP and all(case.body.get(name) == value for name, value in body.items() if name != "to"):
            continue  # the same file again
        try:
            cases.decide(book, actor, case.id, body, term=term, today=today, seen=case.seen)
            done += 1
        except UsageError as error:
            who = " ".join(filter(None, [case.finding["title"], case.finding["student"]]))
            skipped.append(f"第 {int(row['_row'])} 行（{who}）没有报上：{error}")
    return Applied(done, tuple(skipped))
