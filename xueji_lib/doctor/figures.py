"""Checks what only the county can know: its calendar, and figures that it has not confirmed yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from xueji_lib.doctor.diagnosis import Diagnosis, good, to_do
from xueji_lib.register.calendar import Calendar, MissingHolidays
from xueji_lib.register.policy import UNCONFIRMED, Policy, in_force
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError


def calendar(terms: Sequence[str], today: dt.date) -> Iterator[Diagnosis]:
    """Whether the calendar has every term of the store, and the public holidays of the years of these terms and of
    today."""
    try:
        county_calendar = Calendar.load()
    except UsageError as error:
        yield to_do("校历读不出来", str(error))
        return
    missing = [term for term in terms if term not in county_calendar.terms]
    if missing:
        yield to_do(
            f"校历里没有 {'、'.join(missing)} 学期，这些学期核查不了",
            f"在 {paths.data('calendar', 'terms.toml')} 里写上开学和放假的日期",
        )
    known_terms = [county_calendar.terms[term] for term in terms if term in county_calendar.terms]
    years = sorted({today.year, *(day.year for term in known_terms for day in (term.start, term.end))})
    unknown = [year for year in years if not _has_year(county_calendar, year)]
    for year in unknown:
        yield to_do(
            f"校历缺 {year} 年节假日安排，期限落到这一年的检查会是“出错”",
            f"国务院公布后，在 {paths.data('calendar')} 里补 holidays-{year}.toml，写法见那里的 README.md",
        )
    if not missing and not unknown:
        listed = f"{'、'.join(terms)} 学期的起止、" if terms else ""
        yield good(f"校历：{listed}{'、'.join(map(str, years))} 年的节假日都有")


def _has_year(calendar: Calendar, year: int) -> bool:
    try:
        calendar.is_workday(dt.date(year, 1, 1))
    except MissingHolidays:
        return False
    return True


def unconfirmed(terms: Sequence[str], today: dt.date) -> Iterator[Diagnosis]:
    """Which figures of the editions in force, and which facts in letters, are still marked 待县局确认."""
    try:
        known_terms = Calendar.load().terms
        days = [known_terms[term].start for term in terms if term in known_terms] or [today]
        editions = sorted({in_force(day) for day in days})
        by_edition = [(edition, _figures(edition)) for edition in editions]
    except UsageError as error:
        yield to_do("数字文件读不出来", str(error))
        return
    for edition, figures in by_edition:
        file = paths.data("policy", f"{edition}.toml")
        if figures:
            yield to_do(
                "\n".join([f"{edition} 版的数字，{len(figures)} 个还没有确认", *figures]),
                f"逐个与文件核对，在 {file} 里改 value，把 source 改成文件名",
            )
        else:
            yield good(f"{edition} 版的数字都确认过")
    letters = paths.data("letters.toml")
    lines = letters.read_text("utf-8-sig").splitlines() if letters.is_file() else []
    open_ = [number for number, line in enumerate(lines, 1) if number > 1 and UNCONFIRMED in line]
    if open_:
        yield to_do(
            f"文书里的内容，{len(open_)} 行还没有确认（第 {'、'.join(map(str, open_))} 行）",
            f"发文前在 {letters} 里确认，确认后删掉“{UNCONFIRMED}”",
        )


def _figures(edition: str) -> list[str]:
    policy = Policy.load(edition)
    return [
        f"{name} = {policy.figures[name]}（{source}）"
        for name, source in policy.sources.items()
        if UNCONFIRMED in source
    ]
