"""The list of schools an inspector starts from: how far each is, searched, filtered and sorted as its address says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.judge import shelf
from xueji_lib.register import labels
from xueji_lib.store import Store, part_note
from xueji_lib.views.school_progress import NOT_BEGUN, PROGRESS, SchoolProgress, of_county
from xueji_lib.web.shared.county_desk import CountyDesk

FIGURES: Final = ("total", "waiting", "true", "grave", "per_hundred", "unexamined")
"""Sorted the most first: who sorts figures looks for the worst."""
_SORTS: Final = ("name", "township", "kind", "progress", *FIGURES)


@dataclass(frozen=True, slots=True)
class SchoolQuery:
    """What the address asks for. ``text``: in the school's name, township or id; ``mine``: where this person has
    decided; ``sort``: a field of SchoolProgress, "" for the list's own order; ``back``: in reverse."""

    text: str = ""
    township: str = ""
    kind: str = ""
    progress: str = ""
    mine: bool = False
    sort: str = ""
    back: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> SchoolQuery:
        """The query of an address's fields; what is not known is left out."""
        sort = asked.get("sort", "")
        return cls(
            asked.get("text", "").strip()[:60], asked.get("township", "")[:60], asked.get("kind", "")[:60],
            asked.get("progress", "")[:60], bool(asked.get("mine")), sort if sort in _SORTS else "",
            bool(asked.get("back")),
        )  # fmt: skip

    def sorted_by(self, column: str) -> str:
        """The address's fields that sort by a column; by the same column again, in reverse."""
        turned = replace(self, sort=column, back=self.sort == column and not self.back)
        fields = {name: getattr(turned, name) for name in turned.__slots__}
        return urlencode({name: "1" if value is True else value for name, value in fields.items() if value})

    def direction(self, column: str) -> str:
        """The value of aria-sort for a column."""
        down = self.back != (column in FIGURES)
        return "none" if self.sort != column else "descending" if down else "ascending"

    def chosen(self, schools: Sequence[SchoolProgress], person: str) -> list[SchoolProgress]:
        """The schools that pass, in order."""
        passing = [
            school
            for school in schools
            if self.text in f"{school.name} {school.township} {school.school_id}"
            and self.township in ("", school.township)
            and self.kind in ("", school.kind)
            and self.progress in ("", school.progress)
            and (not self.mine or person in school.people)
        ]
        if not self.sort:
            return passing
        return sorted(passing, key=self._key, reverse=self.direction(self.sort) == "descending")

    def _key(self, school: SchoolProgress) -> Any:
        value = getattr(school, self.sort)
        if self.sort == "progress":
            return PROGRESS.index(value)
        return -1.0 if value is None else value


@dataclass(frozen=True, slots=True)
class SchoolListing:
    """All schools. ``term`` in words; ``as_of``: the day of the newest answer, "" where the county was never judged;
    ``changed``: its data changed since."""

    term: str
    as_of: str
    changed: bool
    schools: Sequence[SchoolProgress]

    def values(self, field: str) -> list[str]:
        """The different values of a field, to choose from."""
        if field == "progress":
            return list(PROGRESS)
        return sorted({getattr(school, field) for school in self.schools} - {""})


class SchoolBoard:
    """Keeps the last listing until something changes."""

    def __init__(self, store: Store, book: Casebook) -> None:
        self._store, self._book = store, book
        self._kept: tuple[tuple[Any, ...], SchoolListing] | None = None

    def listing(self) -> SchoolListing:
        """The schools of the newest term. Judges nothing. Raises StoreError."""
        terms = self._store.terms()
        if not terms:
            return SchoolListing("", "", False, [])
        term, today = terms[-1], dt.date.today()
        answer = shelf.newest(self._store, term)
        known = (term, self._store.fingerprint(term), answer and answer.as_of, self._book.mark(), today)
        if self._kept is None or self._kept[0] != known:
            if answer is None:
                self._kept = (known, SchoolListing(labels.term(term), "", False, _unjudged(self._store, term)))
            else:
                desk = CountyDesk(self._book, self._store, Actor("door", "inspector"), term, today, names={})
                carried = part_note(self._store.root).get("schools")  # of a package; other schools are names alone
                schools = of_county(answer, desk.cases(), desk.signed())
                schools = [school for school in schools if carried is None or school.school_id in carried]
                changed = not shelf.holds(self._store, answer)
                self._kept = (known, SchoolListing(labels.term(term), answer.as_of.isoformat(), changed, schools))
        return self._kept[1]


def _unjudged(store: Store, term: str) -> list[SchoolProgress]:
    rows = [
        SchoolProgress(
            str(row["school_id"]), labels.text(row["school_name"]) or str(row["school_id"]),
            labels.text(row["township"]), labels.text(row["school_kind"]), 0, 0, 0, 0, None, 0, NOT_BEGUN, (),
        )
        for _, row in store.directory(term).iterrows()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.township, row.school_id))
