"""One school's casebook: whatever is asked of it, no row of another school comes out or goes in. On both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, join, literal_column, select, text, update

from xueji_lib.casebook import cases, evidence, explanations, measures, signoff
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.access.fence import open_casebook
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook, Deed
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.log.tables import (
    ACCOUNTS,
    API_TOKENS,
    EVENTS,
    FILES,
    GUESSES,
    META,
    METADATA,
    SESSIONS,
    SIGHTINGS,
    TRAIL,
)
from xueji_lib.casebook.seen_on_site import add_on_site
from xueji_lib.casebook.sightings import sightings
from xueji_lib.support.errors import StoreError, UsageError

from .conftest import DIRECTOR, INSPECTOR, Clock, Office

TODAY = dt.date(2026, 11, 20)
PDF = b"%PDF-1.4 of another school %%EOF"


@pytest.fixture
def own(office: Office, url: str, sample: Any) -> Iterator[Casebook]:
    """The casebook of ODD, in a county whose findings are nearly all BIG's."""
    with open_casebook(office.book.folder, url, sample.ODD, Clock()) as opened:
        yield opened


@pytest.fixture
def others(office: Office, sample: Any) -> list[str]:
    """BIG's findings, one of them judged and with a file."""
    found = [one.id for one in cases.of_school(office.book, sample.BIG, TODAY)]
    cases.decide(office.desk(INSPECTOR, TODAY), found[0], {"to": "属实", "note": "别校的事"})
    evidence.attach(office.desk(INSPECTOR), sample.BIG, f"finding/{found[0]}", "a.pdf", PDF)
    return found


def test_only_its_own_rows_are_seen(own: Casebook, office: Office, others: list[str], sample: Any) -> None:
    mine = cases.of_county(own, TODAY)
    assert mine and {one.sighting.school_id for one in mine} == {sample.ODD}
    assert cases.of_school(own, sample.BIG, TODAY) == [] and own.events(sample.BIG) == []
    assert evidence.of_school(own, sample.BIG) == {}
    with own.reading() as connection:
        assert {line.school_id for line in trail.lines(connection)} <= {sample.ODD}
        assert {one.school_id for one in sightings(connection)} == {sample.ODD}
    with pytest.raises(UsageError):
        cases.case(own, others[0], TODAY)
    sha = evidence.of_school(office.book, sample.BIG)[f"finding/{others[0]}"][0].sha256
    assert evidence.content(office.book, sha) == PDF
    for asked in (sha, "../" * 8 + "etc/passwd", "%" * 64, sha.upper(), ""):
        with pytest.raises(UsageError):
            evidence.content(own, asked)


def test_a_visit_that_is_prepared_is_not_seen(own: Casebook, office: Office, sample: Any) -> None:
    with office.book.writing() as connection:
        for kind in ("visit", "draw", "record"):
            office.book.put(
                connection, INSPECTOR, Deed(kind, f"{kind} 1", sample.ODD, sample.TERM, kind, {"seed": "7"})
            )
    assert len(office.book.events(sample.ODD, sample.TERM, ("visit", "draw", "record"))) == 3
    assert own.events(sample.ODD) == [] and own.about("draw", "draw 1") == []


def test_a_principal_works_on_his_own(own: Casebook, office: Office, sample: Any) -> None:
    """All he is there to do goes through the fence: the file, the report that it is put right."""
    finding = cases.of_school(office.book, sample.ODD, TODAY)[0].id
    body = {"to": "属实", "note": "查实"}
    cases.decide(office.desk(INSPECTOR, TODAY), finding, body)
    body = {"to": "已通知", "due": "2026-12-18"}
    cases.decide(office.desk(DIRECTOR, TODAY), finding, body)
    principal = Desk(own, office.store, Actor("马校长", "principal", sample.ODD), sample.TERM, TODAY)
    evidence.attach(principal, sample.ODD, f"finding/{finding}", "a.pdf", PDF)
    body = {"to": "学校已报整改", "note": "已补办", "person": "马云", "done": "2026-11-19"}
    done = cases.decide(principal, finding, body)
    assert done.state == "学校已报整改"
    assert evidence.content(own, evidence.of_school(own, sample.ODD)[f"finding/{finding}"][0].sha256) == PDF
    own.log("马校长", "下载", sample.ODD)
    assert office.book.verify().broken == ""


def test_nothing_is_written_for_another(own: Casebook, office: Office, others: list[str], sample: Any) -> None:
    before = own.mark()
    for actor in (Actor("马校长", "principal", sample.ODD), Actor("马校长", "principal", sample.BIG), INSPECTOR):
        body = {"to": "不属实", "note": "x"}
        desk = Desk(own, office.store, actor, sample.TERM, TODAY)
        with pytest.raises((UsageError, StoreError)):
            cases.decide(desk, others[0], body)
        with pytest.raises((UsageError, StoreError)):
            evidence.attach(desk, sample.BIG, "finding/x", "a.pdf", PDF)
        with pytest.raises((UsageError, StoreError)):
            signoff.step(replace(desk, actor=DIRECTOR), sample.BIG, "sign")
        with pytest.raises((UsageError, StoreError)):
            own.log(actor.name, "下载", sample.BIG)
    whole = {"finding_id": "x", "school_id": sample.BIG, "evidence": "", "edition": "2020-154", "severity": "较重"}
    with pytest.raises(StoreError), own.writing() as connection:
        add_on_site(connection, whole, sample.TERM, TODAY)
    assert own.mark() == before
    assert explanations and measures  # their own tests


STATEMENTS: list[Callable[[], Any]] = [
    lambda: text("SELECT * FROM events"),
    lambda: "SELECT * FROM events",
    lambda: select(ACCOUNTS),
    lambda: select(SESSIONS),
    lambda: select(GUESSES),
    lambda: select(API_TOKENS),
    lambda: select(EVENTS.alias("e")),
    lambda: select(EVENTS).where(EVENTS.c.id.in_(select(EVENTS.c.id).where(EVENTS.c.school_id != ""))),
    lambda: select(select(EVENTS).subquery()),
    lambda: select(select(EVENTS).cte("c")),
    lambda: select(EVENTS.c.id).union_all(select(EVENTS.c.id)),
    lambda: select(EVENTS).select_from(join(EVENTS, SIGHTINGS, EVENTS.c.subject == SIGHTINGS.c.finding_id)),
    lambda: select(literal_column("*")).select_from(text("events")),
    lambda: select(select(EVENTS.c.body).limit(1).scalar_subquery()),
    lambda: select(META.c.value).where(select(EVENTS.c.id).exists()),
    lambda: delete(EVENTS),
    lambda: delete(TRAIL),
    lambda: update(EVENTS).values(school_id="2164000004"),
    lambda: update(SIGHTINGS).values(present=False),
    lambda: update(ACCOUNTS).values(role="director"),
    lambda: insert(EVENTS).from_select(["id"], select(EVENTS.c.id)),
    lambda: insert(ACCOUNTS).values(name="x"),
    lambda: insert(SIGHTINGS).values(school_id="2164000004"),
    lambda: insert(TRAIL).values(n=9),
    lambda: insert(FILES).from_select(["sha256"], select(EVENTS.c.body)),
]


def test_statements_that_could_reach_beyond_are_refused(own: Casebook) -> None:
    for number, make in enumerate(STATEMENTS):
        made = make()
        with own.writing() as connection:
            run = connection.exec_driver_sql if isinstance(made, str) else connection.execute
            try:
                run(made)
                said = "went through"
            except StoreError as refused:
                said = str(refused)
        assert "本校的范围" in said, number


def test_rows_beside_a_statement_are_refused(own: Casebook, office: Office, sample: Any) -> None:
    with office.book.reading() as connection:
        row = dict(connection.execute(select(SIGHTINGS).limit(1)).mappings().one())
    with pytest.raises(StoreError), own.writing() as connection:
        connection.execute(insert(SIGHTINGS), [row])
    with pytest.raises(StoreError), own.writing() as connection:
        connection.execute(insert(TRAIL).values(school_id=sample.ODD), [{"school_id": sample.BIG}])


def test_every_table_is_thought_of() -> None:
    """A new table is closed to principals until someone says which of its rows are a school's."""
    from xueji_lib.casebook.access import fence as scoped

    known = {table.name for table in (*scoped._READ, ACCOUNTS, API_TOKENS, GUESSES, SESSIONS)}
    assert {table.name for table in METADATA.sorted_tables} == known
    assert all("school_id" in table.c for table in scoped._OF_SCHOOL)
    assert Accounts
