"""A list whose title, sheet or file names another term than the one it is taken in for: taken in, and said (D14).

Only lists that hold for one term. A ledger may go on from term to term, and 排摸上报 names its term in a column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.report import Problem, SheetReport
from xueji_lib.register import labels

_LISTS: Final = frozenset({"register", "headcount", "annex1", "classes"})
_LONGEST_TITLE: Final = 60
"""Characters; a longer text above a table explains something."""
_CODE: Final = "D14"

_YEAR: Final = r"(?<![\d与比较照自从至到])(?<!20\d\d[-/])(20\d{2})"
"""Not after a word that makes it the other term of a comparison, and not the second year of two."""
_NEXT: Final = r"[-/至](?:20)?(\d{2})(?!\d)"
_NUMBER: Final = r"第?([一二12上下])半?学期"
_SEASON: Final = r"([春秋])(?!季?(?:入学|招|新生|毕业|级|届|生)|节|游)"
_SCHOOL_YEAR: Final = r"(?:学年度?|年度)"
_NOT_THE_YEAR: Final = r"(?!入学|招|新生|毕业)"
"""What follows a year that is no term of the list's: of a cohort."""
_FORMS: Final = (
    re.compile(rf"{_YEAR}{_NEXT}{_SCHOOL_YEAR}?{_NUMBER}"),
    re.compile(rf"{_YEAR}{_NEXT}{_SCHOOL_YEAR}{_SEASON}"),
    re.compile(rf"{_YEAR}{_NEXT}-([12])(?!\d)"),
    re.compile(rf"{_YEAR}()学年度?{_NUMBER}"),
    re.compile(rf"{_YEAR}()年?{_SEASON}"),
    re.compile(rf"{_YEAR}{_NEXT}{_SCHOOL_YEAR}(){_NOT_THE_YEAR}"),
)
_SECOND: Final = frozenset("二2下春")
_DASHES: Final = re.compile("[‐‑‒–—―−－~～]+")
_DROPPED: Final = re.compile(r"[\s()\[\]【】〔〕,，、。:：·_]+")


def named(text: str) -> set[str]:
    """The terms that a title names, 2025-2026-2; 2025-2026 where it names a school year and no half of it."""
    plain = _DROPPED.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
    if len(plain) > _LONGEST_TITLE:
        return set()
    terms = set()
    for form in _FORMS:
        for first, following, half in form.findall(plain):
            year = int(first)
            if following and int(following) != (year + 1) % 100:
                continue
            if half == "春" and not following:  # 2026年春季 is the school year that began the year before
                year -= 1
            second = "-2" if half in _SECOND else "-1"
            terms.add(f"{year}-{year + 1}{second if half else ''}")
        plain = form.sub(" ", plain)
    return terms


def problems(file: str, name: str, sheets: Sequence[tuple[RawSheet, SheetReport]], term: str) -> Iterator[Problem]:
    """``file``: as it is shown; ``name``: its own, without folders. ``sheets``: with what came of them.

    Nothing more is said of a list that another one has taken the place of, and once what is written once: the name of
    a file, the title above blocks side by side."""
    reported: set[tuple[str, str]] = set()
    for sheet, account in sheets:
        if sheet.table not in _LISTS or not account.accepted or _CODE in account.rejected:
            continue
        sources = {"标题": _named(sheet.context), "工作表名": named(sheet.sheet), "文件名": named(name)}
        other = _other(set().union(*sources.values()), term)
        where = next((source for source, terms in sources.items() if other in terms), "")
        of_sheet = "" if where == "文件名" else masked_name(sheet.sheet)
        if where and (of_sheet, where) not in reported:
            reported.add((of_sheet, where))
            yield Problem(file, of_sheet, 0, "", _CODE, _message(where, other, term))


def _named(texts: Iterable[str]) -> set[str]:
    return set().union(*map(named, texts))


def _other(terms: set[str], term: str) -> str:
    """The one term that is named, where it is another; a school year is no other term beside one of its halves."""
    halves = {half for half in terms if half.count("-") == 2}
    alone = halves | {year for year in terms - halves if not any(half.startswith(year) for half in halves)}
    (other, *more) = alone or {""}
    return "" if more or term.startswith(other) else other


def _message(where: str, other: str, term: str) -> str:
    written = labels.term(other) if other.count("-") == 2 else f"{other.replace('-', '—')}学年"
    return (
        f"{where}写的是{written}，这次按{labels.term(term)}收下了，请核对：不是本学期的，请换成本学期的再交；"
        f"是本学期的，请改{where}"
    )
