"""Take what a school wrote into its 问题台账 as its report of what it put right: the same step as on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook import cases
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.renamed import current_ids
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

_STEP: Final = CaseState.REPORTED


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a file. ``reported``: findings; ``skipped``: a Chinese sentence for every row that was filled in and
    changed nothing."""

    reported: int
    skipped: tuple[str, ...]


def apply(desk: Desk, school_id: str, rows: pd.DataFrame) -> Applied:
    """Report what the rows (table ``replies``, at rest) say; rows left blank are passed over.

    Raises UsageError, and changes nothing, where a row is about a finding that is not the school's; StoreError.
    """
    cases_by_id = {case.id: case for case in cases.of_school(desk.book, school_id, desk.today)}
    with desk.book.reading() as connection:
        renamed = current_ids(connection, school_id)
    cases_by_id |= {former: cases_by_id[current] for former, current in renamed.items() if current in cases_by_id}
    listed = rows.to_dict("records")
    if strangers := sum(labels.text(row["finding_id"]) not in cases_by_id for row in listed):
        raise UsageError(f"有 {strangers} 个疑点编号不是贵校的，整个文件没有收。请用本页下载的问题台账填")
    reported, skipped = 0, []
    for row in listed:
        case, body = cases_by_id[labels.text(row["finding_id"])], _body(row)
        if not any(body.values()):
            continue
        if case.state == _STEP and all(case.body.get(name, "") == value for name, value in body.items()):
            continue  # the same file again
        try:
            cases.decide(desk, case.id, {"to": _STEP, **body}, seen=case.seen)
            reported += 1
        except UsageError as error:
            who = " ".join(filter(None, [case.finding["title"], case.finding["student"]]))
            skipped.append(f"第 {int(row['_row'])} 行（{who}）没有报上：{error}")
    return Applied(reported, tuple(skipped))


def _body(row: Mapping[Any, Any]) -> dict[str, str]:
    """What the row says; a remark without a measure is no report, and the step will say what is missing."""
    measure, remark = labels.text(row["measure"]), labels.text(row["school_note"])
    note = f"{measure}（{remark}）" if measure and remark else measure
    person = labels.text(row["person"])
    return {"note": note, "person": person, "done": labels.text(row["done_date"])}
