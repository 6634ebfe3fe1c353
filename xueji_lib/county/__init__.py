"""The county in one term on one day, ready to be judged: tables and how they link, computed once.

More than 250 lines: one class, the one door by which rules come to all of it; each thing it does is one line of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county import check_numbers, onsite
from xueji_lib.county.departures import old_names, split
from xueji_lib.county.kleene import Flags
from xueji_lib.county.persons import RowsOfPersons, companions, linked_persons, shared_out
from xueji_lib.county.pupils_by_name import PupilsByName
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Link, Registry
from xueji_lib.county.repeated_changes import distinct
from xueji_lib.county.rows import Ints, Rows, own_person
from xueji_lib.county.tally import Tally
from xueji_lib.register import schema
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.policy import Policy
from xueji_lib.register.school_references import school_groups
from xueji_lib.register.vocabulary import SchoolKind
from xueji_lib.store import Store, check_key, empty

# What the rules read of the register; policy.required_fields adds to it.
_REGISTER_COLUMNS = (
    "school_id name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity "
    "member1_name member1_phone left_behind orphan disability former_name"
).split()
# No rule may see them: answers to findings; 附件1, which only adds a school's word to its headcount (onsite).
_NOT_JUDGED = frozenset({"replies", "annex1"})
_REGISTERS = ("register", "previous_register")
ALL = (*schema.TABLES, "previous_register")
_PREVIOUS_COLUMNS = (
    "school_id name sex birth_date id_number register_no grade class_no status ethnicity former_name"
).split()


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the county is loaded: these tables, of these schools (None: all), these columns of the register
    (none named: all that the rules need). The directory is whole all the same."""

    tables: Collection[str] = ALL
    schools: Collection[str] | None = None
    register: Sequence[str] = ()


class County:
    """Build it with ``County.load``. School codes are positions in ``school_ids``: first the directory's
    ``n_schools``, then schools that only an earlier term knows."""

    def __init__(
        self,
        yardstick: Yardstick,
        frames: dict[str, pd.DataFrame],
        earlier_changes: pd.DataFrame,
        rejected: pd.DataFrame,
        additions: Mapping[str, pd.DataFrame] | None = None,
        last_term: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        """``additions``: what people wrote in the kit (``onsite.additions``); ``last_term``: transfers and directory of
        the term before, where it has them."""
        self.yardstick = yardstick
        self.term = yardstick.term
        self.as_of = yardstick.as_of
        self.policy = yardstick.policy
        self.calendar = yardstick.calendar
        # As text: a category sorts by its first appearance, which is the order of some file.
        self.directory = frames["schools"].sort_values("school_id", ignore_index=True, key=lambda ids: ids.astype(str))
        frames = {**frames, "schools": self.directory}
        listed = self.directory["school_id"].astype(object).tolist()
        self._additions = dict(additions or {})
        self._last_term = dict(last_term or {})
        every = [*frames.values(), *self._additions.values(), *self._last_term.values()]
        seen = {str(s) for f in every if "school_id" in f for s in f["school_id"].dropna().unique()}
        self.n_schools = len(listed)
        self.school_ids = pd.Index([*listed, *sorted(seen - set(listed))], dtype=object)
        self.rejected = rejected
        self._earlier_changes = earlier_changes
        present = {name: split(frame) for name, frame in frames.items() if name in _REGISTERS}
        self._departed = present["register"][1] if "register" in present else empty(schema.REGISTER)
        self._handed_in = {name: _ids(frame) for name, frame in frames.items() if name in _REGISTERS}
        frames |= {name: here for name, (here, _) in present.items()}
        self._rows = {name: Rows(_spec(name), frame, self.school_ids) for name, frame in frames.items()}
        self._absent: dict[str, Rows] = {}
        self._links: dict[int, Link] = {}
        self._companions: dict[int, Ints | None] = {}
        self._persons: dict[int, Ints] = {}
        self._rows_of_persons: dict[int, RowsOfPersons] = {}
        self._unique: dict[int, bool] = {}
        self.not_loaded: Mapping[str, Collection[str]] = {}
        """Of a county that is loaded in part: table → all schools that have rows in it."""
        self.check_keys: Mapping[str, bytes] = {}
        """School → the key of the 核对编号 in its headcount (``store.check_key``)."""
        self.pair_key = b""
        """The store's secret for what names the two sides of a case (``rules.sides``); without it none are named."""
        self.numberless_elsewhere = 0
        """在校不在籍 rows without a number at schools that were not loaded (R210 counts them for the county)."""

    @classmethod
    def load(
        cls,
        store: Store,
        yardstick: Yardstick,
        more: Sequence[str] = (),
        extent: Extent = Extent(),
    ) -> County:
        """Read what the rules need; ``more``: register columns that local rules name besides."""
        term, tables, schools = yardstick.term, extent.tables, extent.schools
        needed = [*_REGISTER_COLUMNS, *required_columns(yardstick.policy), *more]
        wanted = list(extent.register or dict.fromkeys(needed))
        frames = {
            name: store.read(term.id, name, wanted if name == "register" else None, schools)
            for name in schema.TABLES
            if name in tables and name not in _NOT_JUDGED and store.has(term.id, name)
        }
        frames["schools"] = store.directory(term.id)
        written = onsite.additions(store, term.id, yardstick.as_of, schools) if "headcount" in tables else {}
        before = previous_term_id(term.id)
        if "previous_register" in tables and store.has(before, "register"):
            frames["previous_register"] = store.read(before, "register", [*_PREVIOUS_COLUMNS, *more], schools)
        past = [
            store.read(other, "changes", schools=schools).assign(_term=other)
            for other in store.terms()
            if other < term.id and "changes" in tables and store.has(other, "changes")
        ]
        earlier = pd.concat(past, ignore_index=True) if past else empty(schema.CHANGES).assign(_term="")
        last_term = {}
        if "previous_register" in tables and store.has(before, "transfers"):
            last_term["transfers"] = store.read(before, "transfers", schools=schools)
        if "previous_register" in tables and store.has(before, "schools"):
            last_term["schools"] = store.directory(before, ["school_id", "school_name", "school_kind"])
        county = cls(yardstick, frames, earlier, store.rejected(term.id), written, last_term)
        county.check_keys = check_key.keys(store.root, check_numbers.schools_with_keys(frames.get("headcount")))
        county.pair_key = check_key.pair_key(store)
        return county

    # ---- tables ----

    @property
    def tables(self) -> list[str]:
        """The ids of the tables that the county has."""
        return list(self._rows)

    def has(self, table: str) -> bool:
        """Whether the county has the table at all, with or without rows. ``reported_headcount``: the schools' own."""
        if table == "reported_headcount":
            return "headcount" in self._rows
        return table in self._rows or (table == "headcount" and schema.ROLLCALLS.id in self._additions)

    def __getitem__(self, table: str) -> Rows:
        """The rows of a table; an absent table has none (ask ``has``). Of a register: who is or may be 在籍. Of
        ``headcount``: with the roll-calls in place (``reported_headcount`` is the school's own)."""
        if table == "headcount":
            return self._headcount[0]
        return self._own(table)

    def _own(self, table: str) -> Rows:
        """The rows of a table as they were handed in."""
        rows = self._rows.get(table, self._absent.get(table))
        if rows is None:
            rows = self._absent[table] = Rows(_spec(table), empty(_spec(table)), self.school_ids)
        return rows

    def schools_with(self, table: str) -> Flags:
        """A flag for each school code, shape ``(len(school_ids),)``: the school has rows in the table."""
        has_rows = np.zeros(len(self.school_ids), dtype=bool)
        if table in self._handed_in:  # a register of departed pupils alone is a register
            has_rows |= np.asarray(self.school_ids.isin(list(self._handed_in[table])), dtype=bool)
        else:
            codes = (self.reported_headcount if table == "reported_headcount" else self[table]).school
            has_rows[codes[codes >= 0]] = True
        if table in self.not_loaded:
            has_rows |= np.asarray(self.school_ids.isin(list(self.not_loaded[table])), dtype=bool)
        return has_rows

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
    def former_names(self) -> npt.NDArray[np.object_]:
        """``names``, of a school that is no more as the directory of the term before has it."""
        return np.where(
            np.arange(len(self.names)) < self.n_schools, self.names, self._formerly("school_name", self.names)
        )

    @cached_property
    def former_kinds(self) -> npt.NDArray[np.object_]:
        """``kind``, of a school that is no more as the directory of the term before has it."""
        return self._formerly("school_kind", self.kind)

    def _formerly(self, column: str, otherwise: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        directory = self._last_term.get("schools")
        if directory is None:
            return otherwise
        values = pd.Series(directory[column].astype(object).tolist(), index=directory["school_id"].astype(str))
        known = values.reindex(self.school_ids.astype(str)).to_numpy(dtype=object)
        listed = np.arange(len(self.school_ids)) < self.n_schools
        return np.where(listed | pd.isna(known), otherwise, known)

    @property
    def listed(self) -> tuple[list[str], list[str]]:
        """学校标识码 and names of the directory's schools, in the order of their codes."""
        return self.school_ids[: self.n_schools].tolist(), self.names[: self.n_schools].tolist()

    @cached_property
    def special(self) -> Flags:
        """Per school code: 特殊教育学校."""
        return np.asarray(self.kind == SchoolKind.SPECIAL, dtype=bool)

    @cached_property
    def all_changes(self) -> Rows:
        """信息修改台账 of this term and all before. ``frame["_term"]`` tells the term."""
        now = self["changes"].frame.assign(_term=self.term.id)
        frame = pd.concat([self._earlier_changes, now], ignore_index=True) if len(self._earlier_changes) else now
        return Rows(schema.CHANGES, frame, self.school_ids)

    @cached_property
    def distinct_changes(self) -> Rows:
        """``all_changes`` to be counted (``repeated_changes``)."""
        return Rows(schema.CHANGES, distinct(self.all_changes.frame), self.school_ids)

    # ---- who is who ----

    @cached_property
    def registry(self) -> Registry:
        """The term's register, indexed."""
        register = self["register"]
        changed = len(self._earlier_changes) or len(self["changes"])
        return Registry(register, partial(old_names, self.all_changes) if changed else None)

    @cached_property
    def previous(self) -> Registry:
        """The previous term's register."""
        return Registry(self["previous_register"])

    @cached_property
    def previous_transfers(self) -> Rows:
        """转学台账 of the term before."""
        frame = self._last_term.get("transfers")
        return Rows(schema.TRANSFERS, empty(schema.TRANSFERS) if frame is None else frame, self.school_ids)

    @cached_property
    def departed(self) -> Rows:
        """The term's register: who is in the file and has departed. In no check and no count; they are only "found"
        (R118, R119, R120)."""
        return Rows(schema.REGISTER, self._departed, self.school_ids)

    @cached_property
    def group(self) -> Ints:
        """Per school code a number that the schools of one 中心校 share and no others."""
        central = self.directory["central_school"] if "central_school" in self.directory else [None] * self.n_schools
        own = school_groups(central, *self.listed)
        return np.append(own, np.arange(self.n_schools, len(self.school_ids)))

    @cached_property
    def reconciled(self) -> Reconciled:
        """The headcount, as the rules see it, compared with the register."""
        if self["headcount"] is self.reported_headcount:
            return self.reported
        return self._reconciled(self["headcount"])

    @cached_property
    def reported(self) -> Reconciled:
        """The schools' own headcount compared with the register (R110, R111, R204)."""
        return self._reconciled(self.reported_headcount)

    def _reconciled(self, headcount: Rows) -> Reconciled:
        surest = check_numbers.pairs(self.registry, headcount, self.check_keys)
        return Reconciled(self.registry, headcount, self.group, surest)

    @cached_property
    def tally(self) -> Tally:
        """``reconciled``, for numbers of pupils."""
        return self.reported_tally if self.reconciled is self.reported else Tally(self.reconciled)

    @cached_property
    def reported_tally(self) -> Tally:
        """``reported``, for numbers of pupils."""
        return Tally(self.reported)

    # ---- roll-calls ----

    @property
    def reported_headcount(self) -> Rows:
        """逐班核对表 as the schools reported it, without roll-calls."""
        return self._own("headcount")

    @property
    def called(self) -> Flags:
        """A flag a row of ``headcount``: it is an inspector's roll-call's."""
        return self._headcount[1]

    @property
    def only_called(self) -> Flags:
        """A flag a row of ``headcount``: a roll-call's, and the school had not said so itself. Until it had its days
        to report, what the row says is 现场发现，待学校说明."""
        return self._headcount[2]

    @cached_property
    def _headcount(self) -> tuple[Rows, Flags, Flags]:
        own = self.reported_headcount
        nothing = np.zeros(len(own), dtype=bool)
        if not self._additions:
            return own, nothing, nothing
        seen = onsite.as_seen(self.reported, self._additions)
        rows = own if seen.headcount is own.frame else Rows(schema.HEADCOUNT, seen.headcount, self.school_ids)
        return rows, seen.called, seen.alone

    # ---- links ----

    def link(self, table: str) -> Link:
        """A ledger's rows ↔ the register of the same school."""
        return self.link_of(self[table])

    def link_of(self, rows: Rows) -> Link:
        """The same for rows that the county keeps (a table's, or ``all_changes``)."""
        if rows is self["headcount"]:
            return self.reconciled.link
        if rows is self.reported_headcount:
            return self.reported.link
        if id(rows) not in self._links:
            self._links[id(rows)] = self.link_of_ledger(rows, self.registry)
        return self._links[id(rows)]

    def link_of_ledger(self, rows: Rows, registry: Registry) -> Link:
        """A row speaks of whom it names in this register, and of whom the rows of its ledger name that share a number
        with it."""
        link = registry.link(rows)
        of = self.companions(rows) if len(link.left) else None
        if of is None:
            return link
        whole = registry.linked(len(rows), *shared_out(of, link.left, link.right))
        return replace(whole, first=np.where(link.first >= 0, link.first, whole.first))

    def companions(self, rows: Rows) -> Ints | None:
        """``persons.companions`` of a ledger's rows."""
        if id(rows) not in self._companions:
            self._companions[id(rows)] = companions(rows)
        return self._companions[id(rows)]

    def first_in_register(self, rows: Rows) -> Ints:
        """For each row the register row of the student it is linked to, one chosen by content; -1 where there is none,
        and everywhere for rows of a register or of the residents."""
        if rows.table.id in ("register", "residents") or not len(self["register"]):
            return np.full(len(rows), -1, dtype=np.int64)
        return self.link_of(rows).first

    def persons(self, rows: Rows) -> Ints:
        """An integer a row: who it speaks of. The register student it is linked to, else its own number or
        name; for tables that name no student every row is its own."""
        if id(rows) not in self._persons:
            self._persons[id(rows)] = self._find_persons(rows)
        return self._persons[id(rows)]

    def rows_of_persons(self, rows: Rows) -> RowsOfPersons:
        """Which rows speak of the person (``persons``) that another row speaks of."""
        if id(rows) not in self._rows_of_persons:
            self._rows_of_persons[id(rows)] = RowsOfPersons(rows.school, self.persons(rows))
        return self._rows_of_persons[id(rows)]

    @cached_property
    def pupils_by_name(self) -> PupilsByName:
        """The pupils of the registers of this term and the one before, those who have departed too."""
        return PupilsByName([self["register"], self.departed, self["previous_register"]])

    def all_different(self, subject: Ints) -> bool:
        """No two rows speak of one subject; remembered for the arrays that ``persons`` gives."""
        if not any(subject is persons for persons in self._persons.values()):
            return bool(pd.Series(subject).is_unique)
        if id(subject) not in self._unique:
            self._unique[id(subject)] = bool(pd.Series(subject).is_unique)
        return self._unique[id(subject)]

    def _find_persons(self, rows: Rows) -> Ints:
        if not rows.table.per_student:
            return np.arange(len(rows))
        if rows is self["register"]:
            return self.registry.persons
        if rows.table.id in ("register", "residents"):
            return own_person(rows)
        first = self.first_in_register(rows)
        return linked_persons(rows, first >= 0, self.registry.persons[first] if len(self["register"]) else first)

    @cached_property
    def days(self) -> np.datetime64:
        """as_of as a ``datetime64[D]``."""
        return np.datetime64(self.as_of, "D")


def _ids(frame: pd.DataFrame) -> list[str]:
    return [str(school) for school in frame["school_id"].dropna().unique()]


def _spec(name: str) -> schema.Table:
    return schema.REGISTER if name == "previous_register" else schema.TABLES[name]


def required_columns(policy: Policy) -> list[str]:
    """The register columns that ``policy.required_fields`` names (by header)."""
    return [schema.REGISTER.by_header(header).id for header in policy.texts("required_fields")]
