"""The reference for R204: what a school reported against what its register and headcount say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.reference.archive import Archive
from tests.reference.outcome import NO_DATA, Reply, Rulebook, Said
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, any_of, known
from tests.reference.world import Row

BOOK = Rulebook()
Bounds = tuple[int, int]


@BOOK.rule("R204", "reports register headcount")
def r204(world: Archive, school: str) -> Reply:
    rows = [row for row in world.of("reports", school) if not known(row["term"]) or row["term"] == world.term.id]
    if not rows:
        return NO_DATA
    sure = [row for row in rows if known(row["term"])]
    answers = [differs(world, school, row) for row in rows if may_be_latest(row, sure)]
    same = bool(sure) and all(answer is answers[0] for answer in answers)
    return [Said("", "", answers[0] if same else None)]


def may_be_latest(row: Row, sure: list[Row]) -> bool:
    """No row that surely is the term's is later: by 上报日期 (one without any comes first)."""
    for other in sure:
        if other is row or row["report_date"] is UNKNOWN or other["report_date"] is UNKNOWN:
            continue
        mine, theirs = (r["report_date"] if known(r["report_date"]) else dt.date.min for r in (row, other))
        if theirs > mine:
            return False
    return True


def differs(world: Archive, school: str, row: Row) -> Answer:
    """Any figure given is not what was counted."""
    return any_of(outside(row[column], ways) for column, ways in counted(world, school).items())


def outside(figure: Any, ways: list[Bounds]) -> Answer:
    """``ways``: the least and the most it may be, once for every way in which open rows may turn out."""
    if not known(figure):
        return False if figure is BLANK else None
    answers = {not low <= figure <= high for low, high in ways}
    return answers.pop() if len(answers) == 1 else None


def counted(world: Archive, school: str) -> dict[str, list[Bounds]]:
    register, headcount = world.of("register", school), world.of("headcount", school)
    suspected = world.matches(school).suspected
    present = sum(row["presence"] == "在校" for row in headcount)
    open_ = sum(not known(row["presence"]) for row in headcount)
    gone = {student: answer for student, _, answer in world.registered_absent(school)}
    extra = [answer for _, answer in world.present_unregistered(school)]
    perhaps = sum(not known(row["presence"]) for row in suspected)
    everyone = len(register)
    return {
        "on_register": [(-1, -1), (0, 10**6)] if school in world.refused else [(everyone, everyone)],
        "at_school": [(present + n, present + n) for n in range(open_ + 1)],
        "registered_absent": _ways(list(gone.values()), sum(r["presence"] == "不在校" for r in suspected), perhaps),
        "present_unregistered": _ways(extra, sum(r["presence"] == "在校" for r in suspected), perhaps),
    }


def _ways(answers: list[Answer], suspected: int, perhaps: int) -> list[Bounds]:
    """With and without the suspected ones, ``perhaps`` of whom may have to be counted too."""
    sure, open_ = sum(answer is True for answer in answers), sum(answer is None for answer in answers)
    return [(sure + n, sure + n + suspected + m) for n in range(open_ + 1) for m in range(perhaps + 1)]
