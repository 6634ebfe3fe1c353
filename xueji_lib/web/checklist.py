"""The inspector's page for one school, piece by piece; ``notebooks/checklist.ipynb`` shows them.

Nothing here judges: findings come from the kept answer (``results``), what people decide goes to the casebook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from IPython.display import display

from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.sightings import last_day
from xueji_lib.judge.results import School
from xueji_lib.notebook.asked import parameters
from xueji_lib.register import catalogue
from xueji_lib.register.policy import Policy
from xueji_lib.support.errors import StoreError
from xueji_lib.web.desk import SchoolDesk
from xueji_lib.web.failing import told
from xueji_lib.web.findings import ACTIONS, COLUMNS, FIELDS, Findings
from xueji_lib.web.overview import Overview
from xueji_lib.web.panel import shared_layout
from xueji_lib.web.questions import Questions
from xueji_lib.web.roll import Roll
from xueji_lib.web.sign import SignOff
from xueji_lib.web.table import Table
from xueji_lib.web.visitor import inspecting


@dataclass(frozen=True, slots=True)
class Checklist:
    """``note`` says what was chosen where nothing was given; ``schools``: those that may be chosen instead."""

    desk: SchoolDesk
    school: School
    note: str
    schools: tuple[tuple[str, str], ...]
    layout: Any

    def overview(self) -> Overview:
        questions = catalogue.load(self.school.edition).questions
        return Overview(self.desk, self.school, questions, self.note, self.schools, self.layout)

    def section(self, violation: int) -> None:
        """One of the seven: what to ask, and what the machine found."""
        display(Questions(self.desk, self.school, catalogue.load(self.school.edition), violation, self.layout))  # type: ignore[no-untyped-call]
        display(self._table(violation))  # type: ignore[no-untyped-call]

    def _table(self, violation: int) -> Table:
        desk = self.desk
        key = f"{desk.actor.name}/{desk.school_id}/findings{violation}"
        found = Findings(desk, partial(_of_violation, str(violation)))
        empty = "系统没有查出疑点。没有查成的检查，见本节开头。"
        return Table(found, key, COLUMNS, ACTIONS, FIELDS, empty=empty, upload=True, layout=self.layout)

    def rollcall(self) -> Roll:
        return Roll(self.desk, self.school, self.desk.today, self.layout)

    def signoff(self) -> SignOff:
        return SignOff(self.desk, Policy.load(self.school.edition), self.layout)


def _of_violation(violation: str, case: Case) -> bool:
    return case.finding["violation"] == violation


@told
def open_page(
    school_id: object = "",
    term: object = "",
    as_of: object = "",
    store: object = "",
    environment: Mapping[str, str] | None = None,
) -> Checklist:
    """Who may not see the page gets an error before anything is read. Parameters as in ``asked.parameters``; without
    ``school_id``, the address may name a school (?school=…): an inspector may see all of them.

    ``as_of`` "": the findings are those of the last check (today's where there was none), and due dates are held
    against today. Raises UsageError, StoreError.
    """
    said = os.environ if environment is None else environment
    actor = inspecting(said)
    wanted = school_id or _asked(said)
    asked = parameters(wanted, term, as_of, store)
    url = said.get("XUEJI_CASEBOOK", "")
    book = Casebook.open(asked.store, url)
    day = asked.as_of if as_of else last_day(book, asked.term) or asked.as_of
    answer = judged(asked.store, asked.term, day, url=url)
    try:
        school = answer.school(asked.school_id)
    except StoreError:  # another process judged anew this very moment and put its answer in the place of ours
        answer = judged(asked.store, asked.term, day, url=url)
        school = answer.school(asked.school_id)
    desk = SchoolDesk(book, asked.store, actor, school.id, asked.term, asked.as_of)
    listed = () if school_id else tuple(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
    note = "" if wanted else "没有指定学校，这里是名录里的第一所。"
    return Checklist(desk, school, note, listed, shared_layout())


def _asked(environment: Mapping[str, str]) -> str:
    """The school that the address asks for. Which school is shown is no matter of who may do what."""
    named = parse_qs(environment.get("QUERY_STRING", "")).get("school", [""])
    return named[0][:100]
