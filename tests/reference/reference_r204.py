"""The reference for R204: what a school reported against what its register and headcount say."""

from __future__ import annotations

import datetime as dt

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
    return any_of(outside(row, column, bounds) for column, bounds in counted(world, school).items())


def outside(row: Row, column: str, bounds: tuple[Bounds, bool]) -> Answer:
    """``bounds``: the least and the most it may be, and whether anything between is as good as equal."""
    (low, high), fits = bounds
    figure = row[column]
    if not known(figure):
        return False if figure is BLANK else None
    if low <= figure <= high:
        return False if fits or low == high else None
    return True


def counted(world: Archive, school: str) -> dict[str, tuple[Bounds, bool]]:
    register, headcount = world.of("register", school), world.of("headcount", school)
    found = world.matches(school)
    present = sum(row["presence"] == "在校" for row in headcount)
    open_ = sum(not known(row["presence"]) for row in headcount)
    return {
        "on_register": ((0, 10**6) if school in world.refused else (len(register), len(register)), False),
        "at_school": ((present, present + open_), False),
        "registered_absent": (_absent(world, school, found.suspected), open_ == 0),
        "present_unregistered": (_present(world, school, found.suspected), open_ == 0),
    }


def _absent(world: Archive, school: str, suspected: dict[Row, Row]) -> Bounds:
    pairs = {student: answer for student, _, answer in world.registered_absent(school)}
    certain = sum(answer is True for answer in pairs.values())
    possible = len(pairs) + sum(row["presence"] != "在校" for row in suspected)
    return certain, possible


def _present(world: Archive, school: str, suspected: dict[Row, Row]) -> Bounds:
    rows = world.present_unregistered(school)
    certain = sum(answer is True for _, answer in rows)
    return certain, len(rows) + sum(row["presence"] != "不在校" for row in suspected)
