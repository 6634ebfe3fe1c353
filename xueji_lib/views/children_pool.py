"""离校学生去向台账: every child whom nobody surely teaches, from the checks that the county names (``pool_rules``).

A row a child, with all checks that found it: where it left, since when, where it was seen, what is next and whose turn
it is. Nothing is judged: the findings are the kept answer's, the days those of the rows that they rest on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar, previous_term_id
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store
from xueji_lib.views.pool_children import by_child
from xueji_lib.views.pool_rows import NO_TOWNSHIP, PoolChild, PoolRowMaker
from xueji_lib.views.pool_steps import PoolSetting
from xueji_lib.views.traced_records import traced


@dataclass(frozen=True)
class Pool:
    """The children by township, in each first those away the longest. ``gap``: where the checks that feed it said
    nothing, or not all, as a sentence; "" where they were all made."""

    term_id: str
    as_of: dt.date
    edition: str
    children: tuple[PoolChild, ...]
    rules: tuple[str, ...]
    gap: str = ""
    townships: tuple[str, ...] = ()

    def of(self, township: str) -> Pool:
        """The same, of one township."""
        own = tuple(child for child in self.children if child.township == township)
        return replace(self, children=own, townships=(township,))


class PoolData:
    """What a pool is made from: an answer's findings, and the rows of the store that they rest on, read once.

    ``today``: the day that working days and deadlines are counted to; default: the day of the check.
    """

    def __init__(self, answer: Results, store: Store, today: dt.date | None = None) -> None:
        """Raises StoreError, and UsageError where the policy lacks a figure."""
        calendar, policy = Calendar.load(), Policy.load(answer.edition)
        self._answer, self._today = answer, today or answer.as_of
        self._rules = policy.texts("pool_rules")
        findings = answer.findings[answer.findings["rule_id"].isin(self._rules)]
        self._rows = [_texts(row) for row in findings.to_dict("records")]
        sources = {source for row in self._rows for source in labels.text(row["sources"]).split(" | ") if source}
        self._records = traced(store, answer.term_id, sources)
        names = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
        term = calendar.term(answer.term_id)
        setting = PoolSetting(self._today, term, policy, calendar, lambda school: names.get(school) or school)
        self._maker = PoolRowMaker(answer, setting, _former_townships(store, answer.term_id))

    def pool(self, settled: Collection[str] = frozenset()) -> Pool:
        """The children of the findings that nobody has closed. ``settled``: ids of those that somebody has."""
        rows = [row for row in self._rows if row["finding_id"] not in settled]
        children = [self._maker.child(traces) for traces in by_child(rows, self._records)]
        children.sort(key=_order)
        townships = tuple(dict.fromkeys(child.township for child in children))
        answer, gap = self._answer, _gap(self._answer, self._rules)
        return Pool(answer.term_id, self._today, answer.edition, tuple(children), self._rules, gap, townships)


def pool(answer: Results, store: Store, settled: Collection[str] = frozenset()) -> Pool:
    """The pool of an answer on its day, from the data that it was made from (``PoolData``). Raises StoreError,
    UsageError."""
    return PoolData(answer, store).pool(settled)


def _order(child: PoolChild) -> tuple[bool, str, int, str, str, str]:
    """By township; within one, those who are away the longest come first."""
    unknown = child.township == NO_TOWNSHIP
    return unknown, child.township, -(child.workdays or 0), child.school_id, child.name, child.id


def _former_townships(store: Store, term: str) -> dict[str, str]:
    before = previous_term_id(term)
    if not store.has(before, "schools"):
        return {}
    directory = store.directory(before, ["school_id", "township"])
    return {str(s): labels.text(t) for s, t in zip(directory["school_id"], directory["township"], strict=True)}


def _texts(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _gap(answer: Results, rules: Collection[str]) -> str:
    """What of the checks was not made: nobody found is not nobody there."""
    made = answer.coverage[answer.coverage["rule_id"].isin(rules)]
    rows = made[made["status"].isin(labels.NOT_EXAMINED)]
    schools = int(rows.loc[rows["school_id"] != "", "school_id"].nunique())
    of_county = sorted(set(rows.loc[rows["school_id"] == "", "rule_id"]))
    unknown = sorted(set(rules) - set(made["rule_id"]))
    parts = [f"另有 {schools} 所学校这些检查没有查成或没有查全"] if schools else []
    parts += [f"全县的 {'、'.join(of_county)} 没有查成或没有查全"] if of_county else []
    parts += [f"pool_rules 里的 {'、'.join(unknown)} 不是这一版的检查"] if unknown else []
    return f"{'；'.join(parts)}，不等于没有。" if parts else ""
