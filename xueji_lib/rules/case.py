"""What one rule is handed: the county, its catalogue entry, periods, and ``judge``.

A rule is pure: it reads tables, never changes them, and returns a ``Verdict``. The engine adds everything
else. A verdict's rows may be table rows or pairs of rows; rows with the same school and subject are one
subject, and one finding.
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.cells import Cells, Flags, Places, Truth, maybe, not_no, truth
from xueji_lib.county.rows import Ints, Rows
from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry
from xueji_lib.register.policy import Policy
from xueji_lib.register.schema import Private
from xueji_lib.rules.findings import Hit

Days = npt.NDArray[np.datetime64]
Fact = Cells | npt.NDArray[Any] | Sequence[str] | Callable[[Places], Sequence[str]] | str
"""A value a judged row for the evidence text; a callable is asked for the hit rows only."""


class NotApplicable(Exception):
    """The rule does not apply in this term or on this day; the text says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One truth a judged row, who it is charged to and whom it is about.

    ``describe(places)`` gives what a finding shows of these judged rows, in their order; school and subject are
    filled in by whoever asks.
    """

    school: Ints
    subject: Ints
    hit: Truth
    gap: Flags
    applies: Flags
    describe: Callable[[Places], list[Hit]]
    years: frozenset[int] = frozenset()


@dataclass
class Case:
    """The county before one rule."""

    county: County
    entry: Entry
    _gaps: list[Flags] = field(default_factory=list)
    _years: set[int] = field(default_factory=set)
    notes: dict[int, list[str]] = field(default_factory=dict)

    # ---- shortcuts ----

    def __getitem__(self, table: str) -> Rows:
        return self.county[table]

    @property
    def policy(self) -> Policy:
        return self.county.policy

    @property
    def as_of(self) -> dt.date:
        return self.county.as_of

    def note(self, school: Ints, text: str) -> None:
        """Add a sentence to coverage's reason: ``{n}`` rows of each school were left aside."""
        for code, n in zip(*np.unique(school[school >= 0], return_counts=True), strict=True):
            self.notes.setdefault(int(code), []).append(text.format(n=n))

    # ---- periods ----

    def past(self, start: Cells | Days, days: int, blank: bool | None = None) -> Truth:
        """as_of > start + days, moved to the next working day. ``blank``: the answer for a blank start."""
        return self.later(self.county.days, start, days, blank)

    def later(self, day: Cells | np.datetime64, start: Cells | Days, days: int, blank: bool | None = None) -> Truth:
        """day > the deadline ``days`` after ``start``; no calendar is asked where start + days >= day."""
        begin, empty, unknown = _dates(start)
        end, end_empty, end_unknown = _dates(day, len(begin))
        empty, unknown = empty | end_empty, unknown | end_unknown
        asked = ~(empty | unknown) & (end > begin + np.timedelta64(days, "D"))
        deadline, gap = self.county.calendar.deadlines(begin, days)
        gap &= asked
        self._gap(gap, begin + np.timedelta64(days, "D"))
        with np.errstate(invalid="ignore"):
            result = asked & ~gap & (end > deadline)
        if blank is None:
            return truth(result, unknown | empty | gap)
        return truth(np.where(empty, blank, result), (unknown | gap) & ~empty)

    def deadline(self, start: Cells | Days, days: int) -> Days:
        """The deadlines themselves, for evidence; NaT where there is none."""
        return self.county.calendar.deadlines(_dates(start)[0], days)[0]

    def workdays(self, after: Cells | Days, until: Cells | np.datetime64) -> npt.NDArray[np.int64]:
        """Working days d, after < d <= until, for evidence."""
        begin = _dates(after)[0]
        return self.county.calendar.workdays_between(begin, _dates(until, len(begin))[0])[0]

    def more_workdays(self, after: Cells, until: Cells | np.datetime64, limit: int, blank: bool | None = None) -> Truth:
        """Working days from ``after`` to ``until`` > limit."""
        begin, empty, unknown = _dates(after)
        end, end_empty, end_unknown = _dates(until, len(begin))
        empty, unknown = empty | end_empty, unknown | end_unknown
        asked = ~(empty | unknown) & (end > begin + np.timedelta64(limit, "D"))
        count, gap = self.county.calendar.workdays_between(begin, end)
        gap &= asked
        self._gap(gap, begin)
        result = asked & ~gap & (count > limit)
        if blank is None:
            return truth(result, unknown | empty | gap)
        return truth(np.where(empty, blank, result), (unknown | gap) & ~empty)

    def in_window(self, day: Cells) -> tuple[Truth, npt.NDArray[np.int64]]:
        """The day lies in the first N working days of its term (policy transfer_window_workdays), and the
        place of that term. A day before the first known term is unknown."""
        calendar, n = self.county.calendar, self.policy["transfer_window_workdays"]
        begin, empty, unknown = _dates(day)
        effective, place = calendar.handed_in(begin)
        end, gap = calendar.window_ends(place, n)
        self._gap(gap, effective)
        with np.errstate(invalid="ignore"):
            inside = effective <= end
        return truth(inside, empty | unknown | (place < 0) | gap), place

    def window_text(
        self, day: Cells, place: npt.NDArray[np.int64], what: str = "申请"
    ) -> Callable[[Places], list[str]]:
        """申请 2026-09-16；窗口 2026-08-31 至 2026-09-11（第10个工作日）, for the hit rows."""
        terms = list(self.county.calendar.terms.values())
        n = self.policy["transfer_window_workdays"]

        def texts(places: Places) -> list[str]:
            ends = {p: self.county.calendar.window_end(terms[p], n) for p in set(place[places].tolist()) if p >= 0}
            return [
                f"{what} {day.values[i]}；窗口 {terms[p].start} 至 {ends[p]}（第{n}个工作日）"
                for i, p in zip(places, place[places], strict=True)
            ]

        return texts

    def term_starts(self, day: Cells) -> Cells:
        """开学日 of the term that each day belongs to; unknown where the term is."""
        begin, empty, unknown = _dates(day)
        _, place = self.county.calendar.handed_in(begin)
        return Cells(self.county.calendar.starts(place), empty, unknown | (~empty & (place < 0)))

    def handed_in(self, day: Cells) -> Cells:
        """The day on which each counts as handed in (a day in the holidays counts as the next 开学日)."""
        begin, empty, unknown = _dates(day)
        effective, place = self.county.calendar.handed_in(begin)
        return Cells(effective, empty, unknown | (~empty & (place < 0)))

    def _gap(self, gap: Flags, days: Days) -> None:
        if gap.any():
            self._gaps.append(gap)
            years = days[gap].astype("datetime64[Y]").astype(int) + 1970
            self._years |= {int(y) for y in np.append(years, self.as_of.year)} - _known_years(self.county)

    # ---- judging ----

    def judge(
        self,
        hit: Truth,
        evidence: str | Callable[[Places], Sequence[str]],
        *,
        who: Rows,
        at: Places | None = None,
        school: Ints | None = None,
        person: Ints | None = None,
        applies: Flags | Truth | None = None,
        facts: Mapping[str, Fact] | None = None,
        sources: Sequence[tuple[Rows, Places]] | Callable[[Places], Sequence[str]] | None = None,
        grade: npt.NDArray[Any] | None = None,
        class_no: npt.NDArray[Any] | None = None,
        extra: Fact | None = None,
        secret: Fact | None = None,
        severity: Fact | None = None,
    ) -> Verdict:
        """Make a verdict on the rows ``at`` (default: all) of ``who``.

        ``evidence`` is a template: ``{column}`` is that row's cell (masked where personal), ``{fact}`` one of
        ``facts`` (aligned with ``at``). ``person`` tells subjects apart (default: the student for student
        scope); ``extra`` is what a subject holds besides (phone, date and party), as it may be shown, and ``secret``
        what tells subjects apart that look the same so.
        """
        places = np.arange(len(who)) if at is None else at
        school = who.school[places] if school is None else school
        if person is None:
            everyone = self.county.persons(who)
            person = everyone if at is None else everyone[places]
        fits = _flags(applies, len(places)) & (school != -2)
        hit = truth(fits) & hit
        gap = np.zeros(len(places), dtype=bool)
        for flags in self._gaps:
            if len(flags) == len(places):
                gap |= flags
        given = dict(facts or {})

        def describe(chosen: Places) -> list[Hit]:
            rows = places[chosen]
            name, own_grade, own_class, number = self._subject(who, rows)
            text = evidence(chosen) if callable(evidence) else self._fill(evidence, who, rows, given, chosen)
            if callable(sources):
                origin = list(sources(chosen))
            else:
                named = [(who, places)] if sources is None else sources
                origin = _joined([(table, spots[chosen]) for table, spots in named])
            columns = (
                name,
                own_grade if grade is None else np.asarray(grade[chosen], dtype=float).tolist(),
                own_class if class_no is None else np.asarray(class_no[chosen], dtype=float).tolist(),
                number,
                _texts("" if extra is None else extra, chosen),
                number if secret is None else _texts(secret, chosen),
                _texts(self.entry.severity if severity is None else severity, chosen),
                [identity.mask_text(t) for t in text],
                origin,
            )
            return [Hit(*row) for row in zip(*columns, strict=True)]

        return Verdict(school, person, hit, gap & maybe(hit), fits, describe, frozenset(self._years))

    def _subject(self, who: Rows, rows: Places) -> tuple[list[str], list[float], list[float], list[str]]:
        """name, grade, class_no, number of these rows' students; what a ledger lacks is taken from the register."""
        if self.entry.scope != "student":
            nothing = [math.nan] * len(rows)
            return [""] * len(rows), nothing, nothing, [""] * len(rows)
        register = self.county.registry.rows
        linked = who.table.id in ("register", "residents") or not len(register)
        first = np.full(len(rows), -1) if linked else self.county.link_of(who).first[rows]
        known = first >= 0
        safe = np.where(known, first, 0)
        places = []
        for column in ("grade", "class_no"):
            own = who[column].values[rows] if who.has(column) else np.full(len(rows), np.nan)
            other = np.where(known, register[column].values[safe], np.nan) if known.any() else np.nan
            places.append(np.asarray(np.where(np.isnan(own), other, own), dtype=float).tolist())
        number = np.full(len(rows), None, dtype=object)
        for table, spots, ok in ((who, rows, np.ones(len(rows), dtype=bool)), (register, safe, known)):
            for column in ("id_number", "register_no"):
                if table.has(column) and ok.any():
                    mine = table.strings(column, np.where(ok, spots, 0))
                    number = np.where(pd.isna(number) & ok, mine, number)
        names = [x or "" for x in who.strings("name", rows)]
        return names, places[0], places[1], [x or "" for x in number]

    def _fill(self, template: str, who: Rows, rows: Places, facts: Mapping[str, Fact], chosen: Places) -> list[str]:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
        values = {
            name: _texts(facts[name], chosen) if name in facts else show(who, name, rows) for name in sorted(names)
        }
        if not values:
            return [template] * len(chosen)
        return [template.format(**dict(zip(values, row, strict=True))) for row in zip(*values.values(), strict=True)]


# ---- helpers ----

UNKNOWN, BLANK = "（未知）", "（空白）"


def show(rows: Rows, column_id: str, places: Places) -> list[str]:
    """A column's cells as text for evidence, personal values masked."""
    cells = rows[column_id].take(places)
    private = rows.table[column_id].private
    texts = _texts(cells, np.arange(len(places)))
    if private is None:
        return texts
    masks: dict[Private, Callable[[str], str]] = {
        Private.ID: identity.mask_id,
        Private.PHONE: identity.mask_phone,
        Private.ADDRESS: identity.mask_address,
        Private.BIRTH: identity.mask_birth,
        Private.HIDDEN: lambda _: "（略）",
    }
    return [masks[private](t) if k else t for t, k in zip(texts, cells.known, strict=True)]


def _texts(fact: Fact, chosen: Places) -> list[str]:
    if isinstance(fact, str):
        return [fact] * len(chosen)
    if callable(fact):
        return list(fact(chosen))
    if isinstance(fact, Cells):
        cells = fact.take(chosen)
        plain = (
            [_text(v) for v in pd.Series(cells.values).tolist()]
            if cells.values.dtype.kind != "M"
            else [str(v) for v in cells.values]
        )
        return [UNKNOWN if u else BLANK if b else t for t, u, b in zip(plain, cells.unknown, cells.blank, strict=True)]
    return [_text(fact[i]) for i in chosen]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value)


def _dates(day: Cells | Days | np.datetime64, size: int = 0) -> tuple[Days, Flags, Flags]:
    """values, blank, unknown."""
    if isinstance(day, Cells):
        return np.asarray(day.values, dtype="datetime64[D]"), day.blank, day.unknown
    values = np.broadcast_to(np.asarray(day, dtype="datetime64[D]"), (size,)) if np.ndim(day) == 0 else np.asarray(day)
    return values, np.zeros(len(values), dtype=bool), np.isnat(values)


def _flags(applies: Flags | Truth | None, size: int) -> Flags:
    if applies is None:
        return np.ones(size, dtype=bool)
    return not_no(applies) if isinstance(applies, Truth) else applies


def _joined(named: Sequence[tuple[Rows, Places]]) -> list[str]:
    """Sources of several tables, joined row by row; a place of -1 has none."""
    columns = []
    for table, places in named:
        texts = table.sources(np.where(places < 0, 0, places)) if len(table) else [""] * len(places)
        columns.append([t if p >= 0 else "" for t, p in zip(texts, places, strict=True)])
    return [" | ".join(dict.fromkeys(filter(None, row))) for row in zip(*columns, strict=True)]


def _known_years(county: County) -> set[int]:
    import chinese_calendar

    return {day.year for day in chinese_calendar.holidays} | set(county.calendar.rest)
