"""What somebody's own notebook is run for: each school, township or term, with the data that it rests on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge.results import Results
from xueji_lib.notebook.audit import find_school
from xueji_lib.reports import verdicts
from xueji_lib.reports.case_states import CaseStates
from xueji_lib.support.errors import UsageError

SCHOOL: Final = "school"
TOWNSHIP: Final = "township"
TERM: Final = "term"
NEEDED: Final[Mapping[str, str]] = {SCHOOL: "school_id", TOWNSHIP: "township", TERM: "term"}
"""The parameter without which all runs would be the same."""
NO_TOWNSHIP: Final = "（名录没写乡镇）"
_NOT_IN_A_NAME: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]+|^\.+|[. ]+$')


@dataclass(frozen=True, slots=True)
class Unit:
    """One run to be made. ``key``: its folder's name; ``parameters``: what the notebook is told of it; ``mark``:
    changes with the data that it rests on."""

    key: str
    title: str
    parameters: Mapping[str, Any]
    mark: str


def units(each: str, workplace: Workplace, answer: Results, states: Mapping[str, CaseStates]) -> list[Unit]:
    """The runs of ``each`` kind, in the order of the directory. A term rests on all its data, a school on its own."""
    store, term = workplace.store, answer.term_id
    if each == TERM:
        earlier = [known for known in store.terms() if known <= term]
        county = _digest([answer.fingerprint, *sorted(f"{key} {verdicts.mark(states[key])}" for key in states)])
        return [
            Unit(known, f"{known} 学期", {"term": known}, _digest([store.fingerprint(known), county]))
            for known in earlier
        ]
    marks = {
        school_id: _digest([mark, store.school_mark(term, school_id), verdicts.mark(states.get(school_id))])
        for school_id, mark in answer.marks().items()
    }
    if each == SCHOOL:
        names = zip(answer.schools["school_id"].astype(str), answer.schools["school_name"], strict=True)
        return [
            Unit(school_id, str(name or school_id), {"school_id": school_id, "term": term}, marks[school_id])
            for school_id, name in names
        ]
    return list(_townships(answer, term, marks))


def _townships(answer: Results, term: str, marks: Mapping[str, str]) -> Iterator[Unit]:
    keys = set[str]()
    townships = answer.schools["township"].astype("object").where(answer.schools["township"].notna(), "")
    for township, schools in answer.schools.groupby(townships, sort=False):
        name = str(township).strip()
        key = _NOT_IN_A_NAME.sub("_", name) or NO_TOWNSHIP
        if key.casefold() in keys:  # two names that a file system cannot tell apart
            key = f"{key}-{_digest([name])[:6]}"
        keys.add(key.casefold())
        mark = _digest(sorted(marks[str(school_id)] for school_id in schools["school_id"]))
        yield Unit(key, name or NO_TOWNSHIP, {"township": name, "term": term}, mark)


def chosen(units: list[Unit], each: str, only: list[str], schools: pd.DataFrame) -> list[Unit]:
    """Those that are asked for by name. Raises UsageError for a name that is none."""
    if each == SCHOOL:
        wanted = {find_school(schools, name) for name in only}
        return [unit for unit in units if unit.key in wanted]
    known = {name for unit in units for name in (unit.key, unit.title)}
    for name in only:
        if name not in known:
            raise UsageError(f"没有 {name}。有：{'、'.join(unit.title for unit in units)}")
    return [unit for unit in units if {unit.key, unit.title} & set(only)]


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
