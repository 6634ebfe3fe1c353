"""A principal explains several students at once, and takes all blank forms along in one file."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from tests.dashboards.conftest import County
from xueji_lib.casebook import explanations
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook, Conflict
from xueji_lib.casebook.log.events import Actor
from xueji_lib.register.schema import TABLES
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.explanation_desk import DONE, STEP, ExplanationTable
from xueji_lib.web.pages.principal_papers import SchoolPapers
from xueji_lib.web.shared.school_desk import SchoolDesk

pytestmark = pytest.mark.slow


def test_several_students_are_explained_at_once_or_none(county: County) -> None:
    with Casebook.open(county.store) as book:
        principal = Desk(book, county.store, Actor("王校长", "principal", county.own), county.term, county.today)
        table = ExplanationTable(SchoolDesk.of(principal, county.own))
        free = [row for row in table.rows() if row.steps.get(STEP) == ("note",)][:2]
        assert len(free) == 2
        chosen = {row.id: row.seen for row in free}
        words = {"note": "随父母外出务工，已联系上"}
        with pytest.raises(UsageError, match="丁诚：核对表里写的措施"):
            table.step(chosen, STEP, {**words, "measure": "已发转学联系函"})
        with pytest.raises(UsageError, match="名单"):
            table.step({**chosen, "f" * 16: ()}, STEP, words)
        assert all(not book.about("explanation", f"{county.term}/{county.own}/{ref}") for ref in chosen)

        after = table.step(chosen, STEP, words)
        assert {(row.state, row.cells["note"]) for row in after} == {(DONE, words["note"])} and len(after) == 2
        table.step(chosen, STEP, words)  # a browser that got no answer asks twice
        written = [book.about("explanation", f"{county.term}/{county.own}/{ref}") for ref in chosen]
        assert [len(events) for events in written] == [1, 1], "each student has an explanation of its own"
        with pytest.raises(Conflict):
            table.step(chosen, STEP, {"note": "又看了看"})
        now = explanations.mismatches(book, county.store, county.own, county.term)
        assert {one.note for one in now if one.ref in chosen} == {words["note"]}


def test_all_blank_forms_are_one_file(county: County) -> None:
    with Casebook.open(county.store) as book:
        principal = Desk(book, county.store, Actor("王校长", "principal", county.own), county.term, county.today)
        papers = SchoolPapers(SchoolDesk.of(principal, county.own), county.inbox, None, None, lambda: "本校")
        name, content = next(offer for offer in papers.offers() if offer.id == "blank").make()
    assert name == "本校-空白表册.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert len(packed.namelist()) == len(TABLES)
        heads = {
            str(openpyxl.load_workbook(io.BytesIO(packed.read(file))).active.title) for file in packed.namelist()
        }  # fmt: skip
    assert heads == {table.header for table in TABLES.values()}
