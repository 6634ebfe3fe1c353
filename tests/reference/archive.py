"""The reference's county with what else violations 1 to 3 read: changes of earlier terms, rows that were refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from tests.reference.outcome import Said, name_of
from tests.reference.rows import Row, on_register, read, same_number
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, all_of, any_of, equals, known, negate
from tests.reference.world import World, linked
from xueji_lib.register import schema
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
        self._earlier_components: dict[tuple[str, Any], list[list[Row]]] = {}
        self.refused = {
            row["school_id"]
            for row in rejected.to_dict("records")
            if row["table"] == "register" and row["code"] != "D07" and row["rows"] > 0
        }

    def component(self, row: Row) -> list[Row]:
        """A ledger of an earlier term is a ledger of its own."""
        if row not in self.term_of:
            return super().component(row)
        term, school = self.term_of[row], row["school_id"]
        if (term, school) not in self._earlier_components:
            ledger = [r for r in self.earlier_changes if (self.term_of[r], r["school_id"]) == (term, school)]
            self._earlier_components[term, school] = linked(ledger, same_number)
        return next(some for some in self._earlier_components[term, school] if row in some)

    def all_changes(self) -> list[Row]:
        """信息修改台账 of the county, earlier terms too."""
        return [*self.tables.get("changes", []), *self.earlier_changes]

    def distinct_changes(self) -> dict[Row, Answer]:
        """The same, to be counted: what a later term's ledger repeats stands once. The rows, and whether each is
        another row than all those of later terms."""
        rows = self.all_changes()
        term = {row: self.term_of.get(row, self.term.id) for row in rows}
        another = {row: negate(any_of(alike(row, other) for other in rows if term[other] > term[row])) for row in rows}
        return {row: answer for row, answer in another.items() if answer is not False}


def alike(left: Row, right: Row) -> Answer:
    """Rows of two terms' ledgers are one in every cell; a column that one of them lacks may be, one that both lack is
    none."""
    answers: list[Answer] = []
    for column in schema.CHANGES.columns:
        a, b = (row.cells.get(column.id, UNKNOWN) for row in (left, right))
        open_ = (a is UNKNOWN) != (b is UNKNOWN)
        if column.id in ("school_id", "register_no", "field"):
            answers.append(bool(a == b) if known(a) and known(b) else None if open_ and BLANK in (a, b) else a is b)
        elif open_ or (a is UNKNOWN and column.id in ("before", "after", "platform_date")):
            answers.append(None)
        else:
            answers.append(bool(a == b) if known(a) and known(b) else a is b)
    return all_of(*answers)


def by_school(rows: list[Row], world: World, question: Callable[[Row], Answer]) -> list[Said]:
    """One question to every row, a subject a person. The rows are one school's; the question sees one at a time."""
    if not rows:
        return []
    person = world.persons(rows, str(rows[0]["school_id"]))
    here = {row: on_register(row) if row.table == "register" else True for row in rows}
    return [Said(person[row], name_of(row), all_of(here[row], question(row))) for row in rows]


def is_special(world: World, school: str) -> bool:
    """特殊教育学校, as far as the directory says; one of unknown kind counts as any other."""
    return school in world.schools and equals(world.kind(school), "特殊教育学校") is True


def number_of(row: Row) -> bool:
    """It has a number at all."""
    return known(row["id_number"]) or known(row["register_no"])
