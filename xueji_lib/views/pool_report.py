"""控辍保学 by month and quarter: how many children are in the pool, by grade and 学生类别, and what became of those in
the ledger.

Counted from the pool and the ledger as they are on the day; what is due when are the county's own figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store
from xueji_lib.views.children_pool import Pool
from xueji_lib.views.dropout_steps import BACK
from xueji_lib.views.pool_rows import PoolChild

CATEGORIES: Final = ("残疾", "留守", "孤儿", "单亲", "其他")
"""学生类别 of the ledger. A child of several counts under the first of them."""
NOT_WRITTEN: Final = "未填"
HEADS: Final = (*CATEGORIES, NOT_WRITTEN)
NO_GRADE: Final = "年级不详"
TOTAL: Final = "合计"
_COUNTY_TABLES: Final = "returned_date outcome found_date".split()


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter. ``name``: 2026年11月; ``last``: its last day, or where that is earlier (not ``whole``) the
    day of the check; ``due``: the day by which its report is due."""

    kind: str
    name: str
    first: dt.date
    last: dt.date
    whole: bool
    due: dt.date

    def holds(self, day: dt.date | None) -> bool:
        """Whether the day is in it."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True)
class PeriodReport:
    """``rows``: grade → numbers by ``HEADS`` and their sum, the last row all grades. ``facts``: what else is told, a
    word and a number each."""

    period: Period
    rows: Mapping[str, Sequence[int]]
    facts: Sequence[tuple[str, int]]

    @property
    def total(self) -> int:
        """The children in the pool."""
        return self.rows[TOTAL][-1]


def periods(as_of: dt.date, policy: Policy) -> tuple[Period, Period]:
    """The month and the quarter of a day."""
    month = _period("月报", f"{as_of.year}年{as_of.month}月", as_of.month, 1, as_of, policy["pool_month_due_days"])
    quarter = (as_of.month - 1) // 3
    name = f"{as_of.year}年第{'一二三四'[quarter]}季度"
    return month, _period("季报", name, quarter * 3 + 1, 3, as_of, policy["pool_quarter_due_days"])


def _period(kind: str, name: str, month: int, months: int, as_of: dt.date, due_day: int) -> Period:
    first = dt.date(as_of.year, month, 1)
    after = dt.date(as_of.year + (month + months > 12), (month + months - 1) % 12 + 1, 1)
    end = after - dt.timedelta(1)
    due = after + dt.timedelta(max(due_day, 1) - 1)
    return Period(kind, name, first, min(end, as_of), as_of >= end, due)


def reports(pool: Pool, store: Store, policy: Policy) -> list[PeriodReport]:
    """The month's and the quarter's report, up to the day of the check."""
    ledger = _ledger(store, pool.term_id)
    return [_report(pool, ledger, period) for period in periods(pool.as_of, policy)]


def _report(pool: Pool, ledger: pd.DataFrame, period: Period) -> PeriodReport:
    children = pool.children
    counts: dict[int | None, list[int]] = {}
    for child in children:
        counts.setdefault(child.grade, [0] * len(HEADS))[_category(child)] += 1
    ordered = sorted(counts, key=lambda grade: (grade is None, grade or 0))
    rows = {labels.grade(grade) or NO_GRADE: [*counts[grade], sum(counts[grade])] for grade in ordered}
    rows[TOTAL] = [sum(row[i] for row in rows.values()) for i in range(len(HEADS) + 1)]
    facts = [
        ("本期新增（按起算日）", sum(period.holds(child.since) for child in children)),
        ("起算日不明", sum(child.since is None for child in children)),
        ("查到在他校就读", sum(bool(child.seen) for child in children)),
        ("已列入劝返台账", sum(child.in_ledger for child in children)),
        ("下一步已过期限", sum(child.step.late is True for child in children)),
        ("名单中的高中学生", sum(child.senior for child in children)),
        *_of_ledger(ledger, period),
    ]
    return PeriodReport(period, rows, facts)


def _category(child: PoolChild) -> int:
    own = child.category.split("、")
    return next((i for i, name in enumerate(CATEGORIES) if name in own), len(CATEGORIES))


def _of_ledger(ledger: pd.DataFrame, period: Period) -> list[tuple[str, int]]:
    returned = pd.to_datetime(ledger["returned_date"])
    back = returned.between(pd.Timestamp(period.first), pd.Timestamp(period.last))
    now = pd.Timestamp(period.last)
    is_back = (returned <= now) | ledger["outcome"].astype("str").isin(BACK)
    taught = ledger["outcome"].astype("str") == BACK[1]
    return [
        ("劝返台账在册", len(ledger)),
        ("　其中本期复学", int(back.sum())),
        ("　其中送教上门", int((taught & ~back).sum())),
        ("　其中尚未复学", int((~is_back).sum())),
    ]


def _ledger(store: Store, term: str) -> pd.DataFrame:
    if not store.has(term, "dropouts"):
        return pd.DataFrame({name: pd.Series(dtype="datetime64[ns]") for name in _COUNTY_TABLES})
    return store.read(term, "dropouts", _COUNTY_TABLES)
