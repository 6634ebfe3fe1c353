"""The Chinese words for codes that every report and page uses: grades, classes, terms, statuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from xueji_lib.register.vocabulary import CoverageStatus

PRIMARY: Final = "一二三四五六七八九"
NUMERALS: Final = "一二三四五六七"

STATUSES: Final[Mapping[str, str]] = {
    CoverageStatus.FOUND: "有疑点，见下文",
    CoverageStatus.NOT_FOUND: "查过，没有发现",
    CoverageStatus.UNDECIDED: "有的对象资料不明，判不了",
    CoverageStatus.NO_DATA: "缺表，没有查",
    CoverageStatus.CRASHED: "程序出错，没有查成",
    CoverageStatus.NOT_IMPLEMENTED: "本版尚不能查",
    CoverageStatus.NOT_APPLICABLE: "本校或此时不适用",
}
"""Coverage statuses, in the order in which they are shown, and what each tells an inspector."""

NOT_EXAMINED: Final = (
    CoverageStatus.CRASHED,
    CoverageStatus.NO_DATA,
    CoverageStatus.UNDECIDED,
    CoverageStatus.NOT_IMPLEMENTED,
)
"""Statuses under which a rule says nothing, or not everything, about the school."""

DISCLAIMER: Final = "所列各条都是疑点：“事实”由记录本身推出，“线索”只是要问一问的理由；经督查人员核实才作数。"


def is_blank(value: Any) -> bool:
    """Whether a cell is missing or empty."""
    return value is None or value is pd.NaT or value is pd.NA or value == "" or value != value


def text(value: Any) -> str:
    """A cell as text; a missing one is empty; a date is ISO; a whole number has no point."""
    if is_blank(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def evidence(evidence_text: Any, nature_reason: Any) -> str:
    """A finding's evidence as people read it: where a check of facts makes only a lead, the reason stands behind."""
    reason = text(nature_reason)
    return f"{text(evidence_text)}（只算线索：{reason}）" if reason else text(evidence_text)


def grade(value: Any) -> str:
    """1–9 一年级…九年级, 10–12 高一…高三."""
    if is_blank(value):
        return ""
    number = int(value)
    if 1 <= number <= 9:
        return f"{PRIMARY[number - 1]}年级"
    if 10 <= number <= 12:
        return f"高{PRIMARY[number - 10]}"
    return f"{number}年级"


def class_label(grade_no: Any, class_no: Any) -> str:
    """七年级3班; either part may be missing."""
    return grade(grade_no) + ("" if is_blank(class_no) else f"{int(class_no)}班")


ON_SITE_SOURCES: Final = ("现场点名:", "现场检查:")


def sources(listed: str) -> str:
    """``file:sheet:row | …`` for reading: each sheet once, with its rows; what people saw at a school as it stands."""
    rows: dict[str, list[str]] = {}
    if listed.startswith(ON_SITE_SOURCES):
        return listed.replace(":", " ")
    for part in filter(None, listed.split(" | ")):
        file, _, row = part.rpartition(":")
        rows.setdefault(file.rstrip(":"), []).append(row)
    return "；".join(f"{file} 第 {'、'.join(dict.fromkeys(row_numbers))} 行" for file, row_numbers in rows.items())


def term(term_id: str) -> str:
    """2026-2027-1 → 2026—2027学年第一学期."""
    first, second, half = term_id.split("-")
    return f"{first}—{second}学年第{'一' if half == '1' else '二'}学期"


def moment(at: str) -> str:
    """A UTC moment in ISO as this machine's local time: 2026-11-25 16:21."""
    return dt.datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")


def violation(number: int) -> str:
    """1 → 一."""
    return NUMERALS[number - 1]


def short_term(term_id: str) -> str:
    """2026-2027-1 → 2026秋, 2025-2026-2 → 2026春."""
    first, second, half = term_id.split("-")
    return f"{first}秋" if half == "1" else f"{second}春"
