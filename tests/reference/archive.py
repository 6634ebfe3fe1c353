"""The reference's county with what else violations 1 to 3 read: changes of earlier terms, rows that were refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pandas as pd

from tests.reference.outcome import Said, name_of
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, any_of, equals, known
from tests.reference.world import Row, World, read, same_number
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.register.policy import Policy


class Archive(World):
    """``refused``: schools whose register lost a row that was not a repeated one."""

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        earlier_changes: pd.DataFrame,
        rejected: pd.DataFrame,
        term: Term,
        as_of: dt.date,
        policy: Policy,
        calendar: Calendar,
    ) -> None:
        super().__init__(frames, term, as_of, policy, calendar)
        self.earlier_changes = read("changes", earlier_changes)
        terms = earlier_changes["_term"].tolist() if "_term" in earlier_changes else []
        self.term_of = dict(zip(self.earlier_changes, terms, strict=True))
        self.refused = {
            row["school_id"]
            for row in rejected.to_dict("records")
            if row["table"] == "register" and row["code"] != "D07" and row["rows"] > 0
        }

    def all_changes(self) -> list[Row]:
        """信息修改台账 of the county, earlier terms too."""
        return [*self.tables.get("changes", []), *self.earlier_changes]

    def distinct_changes(self) -> list[Row]:
        """The same, to be counted: what a later term's ledger repeats stands once."""
        rows = self.all_changes()
        columns = ("school_id", "register_no", "field", "before", "after", "platform_date")
        same = {row: tuple(row[c] if known(row[c]) else None for c in columns) for row in rows}
        last = {}
        for row in rows:
            last[same[row]] = max(last.get(same[row], ""), self.term_of.get(row, self.term.id))
        return [row for row in rows if self.term_of.get(row, self.term.id) == last[same[row]]]

    def done_late(self, done: object, start: object, days: int) -> Answer:
        """``done`` > start + days 的期限, or it is blank and as_of > that."""
        if done is BLANK:
            return self.overdue(start, days)
        return self.later_than_deadline(done, start, days)

    def over_report_days(self) -> Answer:
        return self.overdue(self.term.start, self.policy["report_days"])

    def ledger_of(self, table: str, school: str, student: Row) -> list[Row]:
        """The school's ledger rows of a student, on its register or not; none where there is no such table."""
        if student.table == "register":
            return self.of_register_student(table, school, student)
        return [row for row in self.of(table, school) if same_number(row, student)]


def by_school(rows: list[Row], world: World, question: Callable[[Row], Answer]) -> list[Said]:
    """One question to every row, a subject a person. The rows are one school's; the question sees one at a time."""
    if not rows:
        return []
    person = world.persons(rows, str(rows[0]["school_id"]))
    return [Said(person[row], name_of(row), question(row)) for row in rows]


def sure_or_open(answers: list[Answer]) -> Answer:
    """或."""
    return any_of(answers)


def is_special(world: World, school: str) -> bool:
    """特殊教育学校, as far as the directory says; one of unknown kind counts as any other."""
    return school in world.schools and equals(world.kind(school), "特殊教育学校") is True


def number_of(row: Row) -> bool:
    """It has a number at all."""
    return known(row["id_number"]) or known(row["register_no"])


def unless_blank(cell: object, answer: Answer) -> Answer:
    """A blank cell leaves the answer False; an unknown one leaves a yes open."""
    if cell is BLANK:
        return False
    return None if cell is UNKNOWN and answer is not False else answer
