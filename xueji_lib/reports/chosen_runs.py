"""Which result of a term somebody means: a kept one by its day or as the last one, or a folder with findings.csv."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from xueji_lib.judge import shelf
from xueji_lib.judge.comparison import ROW, Side
from xueji_lib.judge.results import Results
from xueji_lib.reports.csv_files import COVERAGE, unsafe
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

LAST: Final = ("这一次", "这次", "最近", "最近一次")
BEFORE_LAST: Final = ("上一次", "上次", "前一次")
_DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_READ: Final = ("findings", "coverage", "schools")


@dataclass(frozen=True)
class Runs:
    """Where results are looked for. ``open_store``: called only where a kept one is asked for; ``term``: "" where it
    was not said, then the latest that has kept results."""

    open_store: Callable[[], Store]
    term: str = ""

    def side(self, text: str) -> Side:
        """The result that ``text`` names. Raises UsageError, StoreError."""
        path = Path(text)
        if path.exists():
            return _from_files(self._file(path))
        day = _DAY.fullmatch(text.strip())
        if day is None and text.strip() not in (*LAST, *BEFORE_LAST):
            raise UsageError(f"找不到“{text}”。{_HOW}")
        answer = self._of_day(day) if day else self._of_word(text.strip())
        return Side(f"{answer.as_of}（{answer.edition} 版）", answer.findings, answer.coverage)

    @cached_property
    def _kept(self) -> list[Results]:
        """The kept results of the term, the latest first. Raises UsageError where there are none."""
        store = self.open_store()
        terms = [self.term] if self.term else sorted(store.terms(), reverse=True)
        for term in terms:
            if answers := list(shelf.days(store, term, _READ)):
                return answers
        raise UsageError(f"数据仓 {store.root} 里没有 {self.term or '任何学期'} 的判定结果。先运行 xueji batch")

    def _of_word(self, word: str) -> Results:
        position = int(word in BEFORE_LAST)
        if position >= len(self._kept):
            raise UsageError(f"只留着一次判定结果（{self._days()}），没有{word}。{_HOW}")
        return self._kept[position]

    def _of_day(self, day: re.Match[str]) -> Results:
        try:
            wanted = dt.date(*map(int, day.groups()))
        except ValueError:
            raise UsageError(f"{day[0]} 不是日期，应写成 2026-11-20 这样") from None
        for answer in self._kept:
            if answer.as_of == wanted:
                return answer
        raise UsageError(f"{self._kept[0].term_id} 没有留着 {wanted} 的判定结果。留着的：{self._days()}")

    def _days(self) -> str:
        return "、".join(str(answer.as_of) for answer in self._kept)

    def _file(self, place: Path) -> Path:
        """The findings.csv that is meant. Raises UsageError where there is none, or several terms have one."""
        if place.is_file():
            return place
        own = [place / "findings.csv", *([place / self.term / "findings.csv"] if self.term else [])]
        there = [file for file in own if file.is_file()] or sorted(place.glob("*/findings.csv"))
        if not there:
            raise UsageError(f"{place} 里没有 findings.csv。{_HOW}")
        if len(there) > 1:
            raise UsageError(
                f"{place} 里有几个学期的结果（{'、'.join(f.parent.name for f in there)}）。加 --term 说明哪一个"
            )
        return there[0]


_HOW: Final = (
    "可以写：留着判定结果的检查基准日（如 2026-11-20）、上一次、这一次，"
    "或 xueji batch、xueji check 写了 findings.csv 的文件夹"
)


def _from_files(file: Path) -> Side:
    findings = _read(file, ROW)
    beside = file.with_name("coverage.csv")
    return Side(str(file.parent), findings, _read(beside, COVERAGE) if beside.is_file() else None)


def _read(file: Path, needed: list[str]) -> pd.DataFrame:
    """A CSV file of the data contract, all text. Raises UsageError where it is none."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            rows = [{name: unsafe(value or "") for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"读不了 {file}：{error}。要的是程序写的、没有用 Excel 另存过的文件") from None
    if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
        raise UsageError(f"{file} 缺列：{'、'.join(missing)}。要的是 xueji batch 或 xueji check 写的文件")
    return pd.DataFrame(rows, columns=list(reader.fieldnames or ()), dtype="str")
