"""Write into the store what people entered in the casebook and the rules need: roll-calls and explanations.

Done before the county is judged; doing it again changes nothing.
"""

from __future__ import annotations

from sqlalchemy import select

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Event, heads
from xueji_lib.casebook.log.tables import EVENTS
from xueji_lib.casebook.rollcall import into_store
from xueji_lib.county.onsite import keep
from xueji_lib.register import schema
from xueji_lib.store import Store

FILE = "学校补充说明"


def write_rules_input(book: Casebook, store: Store, term: str) -> None:
    """Write the roll-calls and explanations of all schools in a term into the store. Raises StoreError."""
    query = select(EVENTS.c.kind, EVENTS.c.school_id).where(EVENTS.c.term == term).distinct()
    with book.reading() as connection:
        written = {(str(kind), str(school)) for kind, school in connection.execute(query)}
    for kind, school_id in sorted(written):
        if kind == "rollcall":
            into_store(book, store, school_id, term)
    schools = sorted(school for kind, school in written if kind == "explanation")
    records = [record for school_id in schools for record in _explained(book, school_id, term)]
    if schools:
        keep(store, term, schema.EXPLANATIONS, records, FILE, book.now())


def _explained(book: Casebook, school_id: str, term: str) -> list[dict[str, object]]:
    about: dict[str, list[Event]] = {}
    for event in book.events(school_id, term, ("explanation",)):
        about.setdefault(event.subject, []).append(event)
    records = []
    for subject in sorted(about):
        body = heads(about[subject])[-1].body
        row = {"school_id": school_id, "school_note": body["note"], **{k: body[k] for k in _PERSON}}
        records.append({name: value for name, value in (row | {"measure": body["measure"]}).items() if value})
    return records


_PERSON = ("name", "id_number", "register_no", "grade", "class_no")
