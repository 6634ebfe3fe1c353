"""Which findings speak of one child: those that rest on one row, or on rows with one number.

A child is never lost by being taken for another: where the names differ, all of them are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.register import labels
from xueji_lib.views.traced_records import TracedRow

_MASKED: Final = "*"


@dataclass(frozen=True)
class Traces:
    """One child's findings (rows of findings.csv), and the rows of the store behind them."""

    findings: Sequence[Mapping[str, Any]]
    records: Sequence[TracedRow]

    def of(self, *tables: str) -> list[TracedRow]:
        """The rows of these tables."""
        return [record for record in self.records if record.table in tables]

    @property
    def rules(self) -> set[str]:
        """The checks that found the child."""
        return {str(row["rule_id"]) for row in self.findings}

    @property
    def names(self) -> list[str]:
        """Every name that the child is written with, that of the findings first."""
        written = [row["student"] for row in self.findings] + [record.row.get("name") for record in self.records]
        return list(dict.fromkeys(filter(None, map(labels.text, written))))


def by_child(findings: Sequence[Mapping[str, Any]], records: Mapping[str, Sequence[TracedRow]]) -> list[Traces]:
    """The findings child by child. ``records``: source → the rows that stand there."""
    groups = _Groups(len(findings))
    behind = [_behind(row, records) for row in findings]
    first: dict[object, int] = {}
    for position, (row, own) in enumerate(zip(findings, behind, strict=True)):
        ties: set[object] = {number for record in own for number in record.numbers}
        ties |= {id(record) for record in own}
        ties |= {source for source in _sources(row) if source not in records and _MASKED not in source}
        for tie in ties:
            groups.join(position, first.setdefault(tie, position))
    listed: dict[int, list[int]] = {}
    for position in range(len(findings)):
        listed.setdefault(groups.root(position), []).append(position)
    return [
        Traces(
            [findings[i] for i in positions],
            list({id(record): record for i in positions for record in behind[i]}.values()),
        )
        for positions in listed.values()
    ]


def _sources(row: Mapping[str, Any]) -> list[str]:
    return [source for source in labels.text(row["sources"]).split(" | ") if source]


def _behind(row: Mapping[str, Any], records: Mapping[str, Sequence[TracedRow]]) -> list[TracedRow]:
    """The rows behind a finding. Where several stand in one line (lists side by side), the one of the finding's name;
    none where that does not tell."""
    chosen: list[TracedRow] = []
    for source in _sources(row):
        there = records.get(source, ())
        named = there if len(there) < 2 else [r for r in there if labels.text(r.row.get("name")) == row["student"]]
        chosen += named if len(named) == 1 else []
    return chosen


class _Groups:
    """Positions that were joined, be it through others, have one root."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, position: int) -> int:
        while self._parent[position] != position:
            self._parent[position] = self._parent[self._parent[position]]
            position = self._parent[position]
        return position

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low
