"""The reference for R204: what a school reported against what its register and headcount say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.reference.archive import Archive
from tests.reference.outcome import NO_DATA, Reply, Rulebook, Said
from tests.reference.rows import Row, on_register
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, any_of, known

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
    matches = world.matches(school)
    suspected = matches.suspected
    present = sum(row["presence"] == "在校" for row in headcount)
    open_ = sum(not known(row["presence"]) for row in headcount)
    sure = sum(on_register(row) is True for row in register)
    absent, on_leave = absentees(world, school)
    extra = [answer for row, answer in world.present_unregistered(school) if matches.namesakes_of(row) is None]
    away = [row for row, student in suspected.items() if student["school_id"] == school]
    here = [row for row in suspected if row["school_id"] == school]
    more, least = _company(world, school, headcount, register)
    return {
        "on_register": [(-1, -1), (0, 10**6)]
        if school in world.refused
        else [(n, n) for n in range(sure, len(register) + 1)],
        "at_school": [(present + n, present + n) for n in range(open_ + 1)],
        "registered_absent": [
            (low + n + leave, high + n + leave)
            for low, high in _ways(absent, *_may_count(away, "不在校"))
            for n in least
            for leave in ({0} | set(range(sum(a is True for a in on_leave), len(on_leave) + 1)))
        ],
        "present_unregistered": [
            (low + n, high + n) for low, high in _ways(extra, *_may_count(here, "在校")) for n in more
        ],
    }


def absentees(world: Archive, school: str) -> tuple[list[Answer], list[Answer]]:
    """Of each student (namesakes apart) whether 在籍不在校, and of those on leave by both whether they are away:
    all of these are counted or none."""
    absent: dict[Row, Answer] = {}
    matches = world.matches(school)
    for student, _, answer in world.registered_absent(school):
        if matches.namesakes_of(student) is None:
            absent[student] = any_of([absent.get(student, False), answer])
    on_leave: dict[Row, Answer] = {}
    for student, _, answer in world.absences(school):
        if matches.namesakes_of(student) is None and student not in absent:
            on_leave[student] = any_of([on_leave.get(student, False), answer])
    return list(absent.values()), list(on_leave.values())


def _company(world: Archive, school: str, headcount: list[Row], register: list[Row]) -> tuple[list[int], list[int]]:
    """Namesakes: how many of them may be 在校不在籍, and how many 在籍不在校."""
    more, least = [0], [0]
    matches = world.matches(school)
    for some in matches.namesakes:
        if not any(row in headcount for row in some.rows) and not any(s in register for s in some.students):
            continue
        rows, students = len(some.rows), len(some.students)
        here = sum(row["presence"] == "在校" for row in some.rows)
        open_ = sum(not known(row["presence"]) for row in some.rows)
        extra, gone = set(), set()
        # Who is in class at another school of the 中心校 is not away, whichever row here is his.
        elsewhere = sum(any(row["presence"] == "在校" for row in matches.rows_of(s)) for s in some.students)
        for present in range(here, here + open_ + 1):
            away = rows - present
            for paired in {min(rows, students)} if some.paired or rows != students else range(rows + 1):
                for of_them in range(max(0, paired - away), min(paired, present) + 1):
                    extra.add(present - of_them)
                    away_here = paired - of_them
                    gone |= set(range(max(0, away_here - elsewhere), min(away_here, students - elsewhere) + 1))
        more = sorted({a + b for a in more for b in extra})
        least = sorted({a + b for a in least for b in gone})
    return more, least


def _may_count(rows: list[Row], presence: str) -> tuple[int, int]:
    return sum(row["presence"] == presence for row in rows), sum(not known(row["presence"]) for row in rows)


def _ways(answers: list[Answer], suspected: int, perhaps: int) -> list[Bounds]:
    """With and without the suspected ones, ``perhaps`` of whom may have to be counted too."""
    sure, open_ = sum(answer is True for answer in answers), sum(answer is None for answer in answers)
    return [(sure + n, sure + n + suspected + m) for n in range(open_ + 1) for m in range(perhaps + 1)]
