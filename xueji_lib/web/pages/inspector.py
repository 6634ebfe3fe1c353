"""The inspector's page for one school, part by part; ``notebooks/checklist.ipynb`` shows them.

Nothing here judges: findings come from the kept answer (``results``), what people decide goes to the casebook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

from IPython.display import display

from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.closed_findings import apart_ids
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.sightings import last_day
from xueji_lib.judge import school_background
from xueji_lib.judge.results import Results, School
from xueji_lib.notebook.parameters import parameters
from xueji_lib.register import catalogue, labels
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports.pages import background_page
from xueji_lib.reports.pages.piece import HtmlPiece, style
from xueji_lib.store import part_note
from xueji_lib.support.errors import StoreError
from xueji_lib.views.since_signed import SinceSigned, since_signed
from xueji_lib.web.desks import on_site_desk
from xueji_lib.web.desks.findings_desk import ACTIONS, COLUMNS, FIELDS, GROUPS, FindingsTable
from xueji_lib.web.pages import inspector_visit
from xueji_lib.web.pages.html_pieces import piece
from xueji_lib.web.pages.opening_errors import shows_errors
from xueji_lib.web.pages.section import Section
from xueji_lib.web.pages.visitor import inspecting
from xueji_lib.web.panels.live_piece import LivePiece
from xueji_lib.web.panels.overview import Overview
from xueji_lib.web.panels.panel import shared_layout
from xueji_lib.web.panels.questions import Questions
from xueji_lib.web.panels.roll_call import Roll
from xueji_lib.web.panels.sign_off import SignOffPanel
from xueji_lib.web.panels.table_panel import TableForm, TablePanel, with_bounds
from xueji_lib.web.shared.school_desk import SchoolDesk

_MOST_LISTED: Final = 12  # findings of a kind shown before the rest is only counted


@dataclass(frozen=True, slots=True)
class Checklist:
    """The page's parts. ``note``: which school was taken where none was named; ``schools``: (id, name) to choose
    from."""

    desk: SchoolDesk
    answer: Results
    school: School
    note: str
    schools: tuple[tuple[str, str], ...]
    layout: Any

    def overview(self) -> Section:
        """The head of the page: how far the inspection is, what changed since the school was signed last, and what its
        findings are held against."""
        desk = self.desk
        key = f"{desk.actor.name}/{desk.school_id}/since"
        with desk.at_one_moment():
            head = Overview(desk, self.school, self.note, self.schools, self.layout)
            since = [] if self._since() is None else [LivePiece(desk, key, self._since_piece)]
            return Section(head, *since, self._held_against())

    def _since(self) -> SinceSigned | None:
        return since_signed(self.desk, self.school)

    def _since_piece(self) -> HtmlPiece:
        return piece(
            "checklist_since", since=self._since(), style=style(), most=_MOST_LISTED, class_label=labels.class_label
        )

    def _held_against(self) -> HtmlPiece:
        """Schools like it, and its own earlier terms, folded."""
        apart = apart_ids(self.desk.book, self.desk.today)
        held_against = school_background.of_answer(self.desk.store, self.answer, apart).of_school(self.school.id)
        return piece("checklist_held_against", style=style(), **background_page.values(held_against))

    def section(self, violation: int) -> None:
        """Show one of the seven violations: its on-site questions, and its findings."""
        desk, edition = self.desk, self.school.edition
        with desk.at_one_moment():
            display(Questions(desk, self.school, catalogue.load(edition), violation, self.layout))  # type: ignore[no-untyped-call]
            display(self._table(violation))  # type: ignore[no-untyped-call]

    def _table(self, violation: int) -> TablePanel:
        desk = self.desk
        key = f"{desk.actor.name}/{desk.school_id}/findings{violation}"
        findings = FindingsTable(desk, partial(_of_violation, str(violation)))
        empty = "系统没有查出疑点。没有查成的检查，见本节开头。"
        form = TableForm(COLUMNS, ACTIONS, with_bounds(FIELDS, desk.today), empty=empty, upload=True, groups=GROUPS)
        return TablePanel(findings, key, form, self.layout)

    def rollcall(self) -> Section:
        """The roll-call of the school's classes, and what waits for the school's word because of it."""
        desk = self.desk
        waiting = on_site_desk.OnSiteTable(desk, on_site_desk.called_and_awaits_school)
        key = f"{desk.actor.name}/{desk.school_id}/on_site"
        form = TableForm(
            on_site_desk.COLUMNS,
            on_site_desk.ACTIONS,
            on_site_desk.FIELDS,
            title=CaseState.ON_SITE,
            empty=f"没有等学校说明的。{on_site_desk.HINT}",
            waiting="学校还没有说明",
            upload=True,
        )
        with desk.at_one_moment():
            return Section(
                Roll(desk, self.school, desk.today, self.layout), TablePanel(waiting, key, form, self.layout)
            )

    def visit_record(self) -> Section:
        """现场检查记录, who signs it, and the papers of the visit."""
        with self.desk.at_one_moment():
            return inspector_visit.section(self.desk, self.school, self.layout)

    def signoff(self) -> SignOffPanel:
        """The end of the page: measure and signatures."""
        edition = self.school.edition
        with self.desk.at_one_moment():
            return SignOffPanel(self.desk, Policy.load(edition), self.layout, catalogue.load(edition).questions)


def _of_violation(violation: str, case: Case) -> bool:
    """Also what an inspector wrote down and the school has not explained: it is decided where it was seen."""
    return case.finding["violation"] == violation and (case.by_hand or not case.awaits_school)


@shows_errors
def open_page(
    school_id: object = "",
    term: object = "",
    as_of: object = "",
    store: object = "",
    environment: Mapping[str, str] | None = None,
) -> Checklist:
    """The inspector's page for one school; refused before anything is read where the visitor may not see it.

    Parameters as in ``notebook.parameters``; without ``school_id``, the address may name a school (?school=…).

    ``as_of`` "": the findings are those of the last check (today's where there was none), and due dates are held
    against today. Raises UsageError, StoreError.
    """
    environment = os.environ if environment is None else environment
    actor = inspecting(environment, store)
    requested_school = school_id or _school_in_address(environment)
    request = parameters(requested_school, term, as_of, store, environment=environment)
    workplace, inspection = request.workplace, request.inspection
    book, today = workplace.open_casebook(), inspection.as_of
    if not as_of:
        inspection = replace(inspection, as_of=last_day(book, inspection.term_id) or today)
    answer = judged(workplace, inspection)
    try:
        school = answer.school(request.school_id)
    except StoreError:  # another process judged the county at this moment and replaced these results
        answer = judged(workplace, inspection)
        school = answer.school(request.school_id)
    desk = SchoolDesk.of(Desk(book, workplace.store, actor, inspection.term_id, today), school.id)
    carried = part_note(workplace.store.root).get("schools")  # of a package; other schools are names alone
    named = zip(answer.schools["school_id"], answer.schools["school_name"], strict=True)
    choices = () if school_id else tuple(pair for pair in named if carried is None or pair[0] in carried)
    note = "" if requested_school else "没有指定学校，这里是名录里的第一所。"
    return Checklist(desk, answer, school, note, choices, shared_layout())


def _school_in_address(environment: Mapping[str, str]) -> str:
    """The school that the page's address names, or "". An inspector may see every school, so this needs no
    permission."""
    named = parse_qs(environment.get("QUERY_STRING", "")).get("school", [""])
    return named[0][:100]
