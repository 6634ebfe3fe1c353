"""Whether a run of the checks becomes what the casebook says, or is only a look.

What holds in a term is what the newest data say, at the latest 检查基准日 that has come. A later day (to see what will
be overdue) and a term that is over are looks: they are marked so on paper, and never enter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from xueji_lib.casebook.log.tables import RUNS
from xueji_lib.register import labels
from xueji_lib.register.inspection import Inspection
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True, slots=True)
class EnteredRun:
    """A run that the casebook has. ``data_order``: how often the data had changed before it (``Store.data_order``)."""

    n: int
    term: str
    as_of: str
    fingerprint: str
    data_order: int


def last_entered(connection: Connection) -> EnteredRun | None:
    """The newest run that entered; None where none did."""
    columns = (RUNS.c.n, RUNS.c.term, RUNS.c.as_of, RUNS.c.fingerprint, RUNS.c.data_order)
    row = connection.execute(select(*columns).order_by(RUNS.c.n.desc()).limit(1)).first()
    return None if row is None else EnteredRun(int(row[0]), str(row[1]), str(row[2]), str(row[3]), int(row[4]))


def blocked_by(last: EnteredRun | None, inspection: Inspection, data_order: int) -> str:
    """Why a run cannot replace the one that entered last, as a Chinese sentence; "" where it can."""
    if last is None:
        return ""
    if inspection.term_id < last.term:
        return f"核查台账已经进入{labels.term(last.term)}，{labels.term(inspection.term_id)}的核查不再计入"
    if inspection.term_id > last.term:
        return ""
    if data_order < last.data_order:
        return (
            f"数据仓的数据比核查台账上一次核查用的旧（基准日 {last.as_of}）：可能恢复过备份。"
            "确实要以现在的数据为准，加 --standing"
        )
    if data_order == last.data_order and inspection.as_of.isoformat() < last.as_of:
        return (
            f"数据没有变，核查台账里已有基准日 {last.as_of} 的核查，{inspection.as_of} 在它之前，所以不计入。"
            "那一次是时钟不对造成的，就加 --standing 更正"
        )
    return ""


def must_not_look(inspection: Inspection, today: dt.date) -> None:
    """Raises UsageError where a look is asked to enter (``--standing``)."""
    if look := inspection.look(today):
        raise UsageError(f"--standing 只能用于已经到的日期和没有结束的学期。{look}")
