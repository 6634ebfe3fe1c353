"""The county in one term on one day, ready to be judged: tables and how they link, computed once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Flags
from xueji_lib.county.onsite import seen_on_site
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Link, Registry
from xueji_lib.county.rows import Ints, Rows, own_person
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, Term, previous_term_id
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store, empty

# What the rules read of the register; policy.required_fields adds to it.
_REGISTER_COLUMNS = (
    "school_id name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity "
    "member1_name member1_phone left_behind orphan disability"
).split()
# Answers of the schools to findings: kept for the casebook, and no rule may see them.
_NOT_JUDGED = frozenset({"replies"})
ALL = (*schema.TABLES, "previous_register")
_PREVIOUS_COLUMNS = "school_id name sex birth_date id_number register_no grade class_no status ethnicity".split()


class County:
    """Build it with ``County.load``. School codes are positions in ``school_ids``: first the directory's
    ``n_schools``, then schools that only an earlier term knows."""

    def __init__(
        self,
        term: Term,
        as_of: dt.date,
        policy: Policy,
        calendar: Calendar,
        frames: dict[str, pd.DataFrame],
        earlier_changes: pd.DataFrame,
        rejected: pd.DataFrame,
    ) -> None:
        self.term = term
        self.as_of = as_of
        self.policy = policy
        self.calendar = calendar
        # As text: a category sorts by its first appearance, which is the order of some file.
        self.directory = frames["schools"].sort_values("school_id", ignore_index=True, key=lambda ids: ids.astype(str))
        frames = {**frames, "schools": self.directory}
        listed = self.directory["school_id"].astype(object).tolist()
        seen = {str(s) for f in frames.values() if "school_id" in f for s in f["school_id"].dropna().unique()}
        self.n_schools = len(listed)
        self.school_ids = pd.Index([*listed, *sorted(seen - set(listed))], dtype=object)
        self.rejected = rejected
        self._earlier_changes = earlier_changes
        self._rows = {name: Rows(_spec(name), frame, self.school_ids) for name, frame in frames.items()}
        self._absent: dict[str, Rows] = {}
        self._links: dict[int, Link] = {}
        self._persons: dict[int, Ints] = {}
        self._unique: dict[int, bool] = {}
        self.not_loaded: Mapping[str, Collection[str]] = {}
        """Of a county that is loaded in part: table → all schools that have rows in it."""
        self.numberless_elsewhere = 0
        """在校不在籍 rows without a number at schools that were not loaded (R210 counts them for the county)."""

    @classmethod
    def load(
        cls,
        store: Store,
        term: Term,
        as_of: dt.date,
        policy: Policy,
        calendar: Calendar,
        more: Sequence[str] = (),
        *,
        tables: Collection[str] = ALL,
        schools: Collection[str] | None = None,
        register: Sequence[str] = (),
    ) -> County:
        """Read what the rules need; ``more``: register columns that local rules name besides. ``tables``, ``schools``
        and columns of the ``register``: these alone (the directory is whole all the same)."""
        wanted = list(register or dict.fromkeys([*_REGISTER_COLUMNS, *required_columns(policy), *more]))
        frames = {
            name: store.read(term.id, name, wanted if name == "register" else None, schools)
            for name in schema.TABLES
            if name in tables and name not in _NOT_JUDGED and store.has(term.id, name)
        }
        frames["schools"] = store.directory(term.id)
        counted = seen_on_site(frames.get("headcount"), store, term.id, schools) if "headcount" in tables else None
        if counted is not None:
            frames["headcount"] = counted
        before = previous_term_id(term.id)
        if "previous_register" in tables and store.has(before, "register"):
            frames["previous_register"] = store.read(before, "register", [*_PREVIOUS_COLUMNS, *more], schools)
        past = [
            store.read(other, "changes", schools=schools).assign(_term=other)
            for other in store.terms()
            if other < term.id and "changes" in tables and store.has(other, "changes")
        ]
        earlier = pd.concat(past, ignore_index=True) if past else empty(schema.CHANGES).assign(_term="")
        return cls(term, as_of, policy, calendar, frames, earlier, store.rejected(term.id))

    # ---- tables ----

    def has(self, table: str) -> bool:
        """The table is there at all."""
        return table in self._rows

    def __getitem__(self, table: str) -> Rows:
        """The rows of a table; an absent table has none (ask ``has``)."""
        rows = self._rows.get(table, self._absent.get(table))
        if rows is None:
            rows = self._absent[table] = Rows(_spec(table), empty(_spec(table)), self.school_ids)
        return rows

    def schools_with(self, table: str) -> Flags:
        """Per school code: it has rows in the table."""
        codes = self[table].school
        found = np.zeros(len(self.school_ids), dtype=bool)
        found[codes[codes >= 0]] = True
        if table in self.not_loaded:
            found |= np.asarray(self.school_ids.isin(list(self.not_loaded[table])), dtype=bool)
        return found

    @cached_property
    def kind(self) -> npt.NDArray[np.object_]:
        """办学类型 per school code; None where unknown."""
        return self._of_school("school_kind")

    @cached_property
    def area(self) -> npt.NDArray[np.object_]:
        """城乡类别 per school code; None where unknown."""
        return self._of_school("area")

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """School names per school code; the id where there is none."""
        names = self._of_school("school_name")
        return np.where(pd.isna(names), self.school_ids.to_numpy(dtype=object), names)

    def _of_school(self, column: str) -> npt.NDArray[np.object_]:
        values = self.directory[column].astype(object)
        known = values.where(values.notna(), None).to_numpy(dtype=object)
        return np.append(known, np.full(len(self.school_ids) - self.n_schools, None, dtype=object))

    @cached_property
    def special(self) -> Flags:
        """Per school code: 特殊教育学校."""
        return np.asarray(self.kind == "特殊教育学校", dtype=bool)

    @cached_property
    def all_changes(self) -> Rows:
        """信息修改台账 of this term and all before. ``frame["_term"]`` tells the term."""
        now = self["changes"].frame.assign(_term=self.term.id)
        frame = pd.concat([self._earlier_changes, now], ignore_index=True) if len(self._earlier_changes) else now
        return Rows(schema.CHANGES, frame, self.school_ids)

    @cached_property
    def distinct_changes(self) -> Rows:
        """``all_changes`` to be counted: what a later term's ledger repeats stands once.

        A ledger that runs on from term to term shows the same change twice; that is not two changes.
        """
        frame = self.all_changes.frame
        same = ["school_id", "register_no", "field", "before", "after", "platform_date"]
        latest = frame.groupby(same, dropna=False, observed=True)["_term"].transform("max")
        return Rows(schema.CHANGES, frame[frame["_term"] == latest].reset_index(drop=True), self.school_ids)

    # ---- who is who ----

    @cached_property
    def registry(self) -> Registry:
        return Registry(self["register"])

    @cached_property
    def previous(self) -> Registry:
        """The previous term's register."""
        return Registry(self["previous_register"])

    @cached_property
    def reconciled(self) -> Reconciled:
        return Reconciled(self.registry, self["headcount"])

    def link(self, table: str) -> Link:
        """A ledger's rows ↔ the register of the same school."""
        return self.link_of(self[table])

    def link_of(self, rows: Rows) -> Link:
        """The same for rows that the county keeps (a table's, or ``all_changes``)."""
        if rows is self["headcount"]:
            return self.reconciled.link
        if id(rows) not in self._links:
            self._links[id(rows)] = self.registry.link(rows)
        return self._links[id(rows)]

    def persons(self, rows: Rows) -> Ints:
        """An integer a row: who it speaks of. The register student it is linked to, else its own number or
        name; for tables that name no student every row is its own."""
        if id(rows) not in self._persons:
            self._persons[id(rows)] = self._find_persons(rows)
        return self._persons[id(rows)]

    def all_different(self, subject: Ints) -> bool:
        """No two rows speak of one subject; remembered for the arrays that ``persons`` gives."""
        if not any(subject is kept for kept in self._persons.values()):
            return bool(pd.Series(subject).is_unique)
        if id(subject) not in self._unique:
            self._unique[id(subject)] = bool(pd.Series(subject).is_unique)
        return self._unique[id(subject)]

    def _find_persons(self, rows: Rows) -> Ints:
        if not rows.table.per_student:
            return np.arange(len(rows))
        if rows is self["register"]:
            return self.registry.persons
        own = own_person(rows)
        if rows.table.id in ("register", "residents") or not len(self["register"]):
            return own
        first = self.link_of(rows).first
        return np.where(first >= 0, self.registry.persons[first], own)

    @cached_property
    def days(self) -> np.datetime64:
        """as_of as a ``datetime64[D]``."""
        return np.datetime64(self.as_of, "D")


def _spec(name: str) -> schema.Table:
    return schema.REGISTER if name == "previous_register" else schema.TABLES[name]


def required_columns(policy: Policy) -> list[str]:
    """The register columns that ``policy.required_fields`` names (by header)."""
    return [schema.REGISTER.by_header(header).id for header in policy.texts("required_fields")]
