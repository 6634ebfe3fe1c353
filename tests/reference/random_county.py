"""Random counties, small and spiteful: namesakes, shared numbers, missing columns, dates on every boundary.

One seed, one county, in the form of a table at rest (docs/architecture.md). Values are written as intake would have
left them: cleaned, coded, fixed blanks put in. Nobody in it exists.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tests.reference import random_cells as cells
from tests.reference.random_cells import Person, Spice
from tests.reference.random_likely import likely
from tests.reference.random_situations import put_in
from tests.reference.stored import stored
from tests.reference.three_valued import BLANK, UNKNOWN, known
from xueji_lib.county import County
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, Term, previous_term_id
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.policy import Policy

SCHOOLS = [f"346400000{n}" for n in range(1, 6)]
STRANGER = "3464000099"
"""A school that only earlier terms know."""
SCHOOL_NAMES = ["城关第一小学", "白崖乡中心学校", "柳泉 教学点", "启智学校", "第二中学"]
KINDS = "小学 教学点 初级中学 九年一贯制学校 完全中学 高级中学 十二年一贯制学校 特殊教育学校".split()
Record = dict[str, Any]


@dataclass(frozen=True)
class RandomCounty:
    """Everything that ``County`` is made of."""

    frames: dict[str, pd.DataFrame]
    earlier_changes: pd.DataFrame
    rejected: pd.DataFrame
    term: Term
    as_of: dt.date
    policy: Policy
    calendar: Calendar

    @property
    def yardstick(self) -> Yardstick:
        return Yardstick(self.term, self.as_of, self.policy, self.calendar)

    def county(self) -> County:
        return County(self.yardstick, dict(self.frames), self.earlier_changes, self.rejected)


def random_county(seed: int) -> RandomCounty:
    """The county of a seed."""
    return Maker(random.Random(seed)).county()


class Maker:
    """Makes the county of a seed. ``schools``, ``stranger``: codes of the directory, and one it does not have."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.schools, self.stranger = rng, SCHOOLS, STRANGER
        self.calendar, self.term, self.as_of = cells.when(rng)
        self.policy = cells.policy(rng)
        self.people = cells.people(rng, rng.randint(10, 50), self.as_of)
        self.spice = Spice(rng, self.term, self.as_of)
        self.register: list[Record] = []

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def anybody(self) -> Person:
        return self.rng.choice(self.people)

    def county(self) -> RandomCounty:
        rows: dict[str, list[Record]] = {"schools": self.directory()}
        self.register = rows["register"] = [r for s in SCHOOLS if not self.chance(0.05) for r in self.a_register(s)]
        rows["previous_register"] = self.previous_register()
        rows["headcount"] = [r for s in SCHOOLS if not self.chance(0.12) for r in self.a_headcount(s)]
        for name, most in (("suspensions", 5), ("dropouts", 3), ("changes", 6), ("transfers", 4)):
            rows[name] = [r for s in SCHOOLS if not self.chance(0.25) for r in self.a_ledger(name, s, most)]
        rows["transfers"] += self.mirrored(rows["transfers"])
        for name, most in (("classes", 4), ("custody", 2), ("disclosures", 2), ("reports", 2)):
            rows[name] = [r for s in SCHOOLS if not self.chance(0.25) for r in self.plain(name, s, most)]
        rows["complaints"] = self.plain("complaints", None, 5)
        rows["residents"] = self.a_ledger("residents", None, 5)
        put_in(self, rows)
        earlier = self.earlier_changes(rows["changes"])
        for name in list(rows):
            self.without_columns(name, rows[name])
            if name != "schools" and self.chance(0.06):
                del rows[name]
        frames = {name: stored(_table(name), _distinct(records)) for name, records in rows.items()}
        terms = [r.pop("_term") for r in earlier]
        rejected = [
            (t, s, c, 1)
            for s in SCHOOLS if self.chance(0.2)
            for t, c in [self.rng.choice([("register", "D07"), ("register", "D10"), ("headcount", "D10")])]
        ]  # fmt: skip
        return RandomCounty(
            frames,
            stored(schema.CHANGES, earlier).assign(_term=terms),
            pd.DataFrame(rejected, columns=["table", "school_id", "code", "rows"]),
            self.term,
            self.as_of,
            self.policy,
            self.calendar,
        )

    # ---- schools ----

    def directory(self) -> list[Record]:
        records = []
        for n, (school, name) in enumerate(zip(SCHOOLS, SCHOOL_NAMES, strict=True)):
            usual = ["小学", "九年一贯制学校", "教学点", "特殊教育学校", "完全中学"][n]
            kind = usual if self.chance(0.7) else self.rng.choice(KINDS)
            record = self.spice.record(schema.SCHOOLS)
            record |= likely(self.rng, "schools", self.term, self.as_of)
            record |= {"school_id": school, "school_name": name, "school_kind": kind}
            if self.chance(0.04):
                record["school_kind"] = UNKNOWN
            record["central_school"] = BLANK
            records.append(record)
        if self.chance(0.35):
            self.together(records)
        return records

    def together(self, records: list[Record]) -> None:
        """Some schools name another as their 中心校, by name or code; or one that nobody knows."""
        centre = self.rng.choice(SCHOOLS)
        for record in self.rng.sample(records, self.rng.randint(1, 2)):
            record["central_school"] = self.spoken(self.rng.choice([centre] * 5 + [STRANGER]))

    # ---- students ----

    def student(self, table: str, school: str | None, person: Person) -> Record:
        """A record of a table about a person, as they are known to that table."""
        record = self.spice.record(_table(table))
        about = self.spice.about(person, sparse=not table.endswith("register"))
        record |= {c: value for c, value in about.items() if c in record}
        record |= likely(self.rng, table, self.term, self.as_of)
        if school is not None:
            record["school_id"] = school
        return record

    def a_register(self, school: str) -> list[Record]:
        records = [self.student("register", school, self.anybody()) for _ in range(self.rng.randint(1, 9))]
        grade = self.rng.choice([1, 2, 6, 7])
        for record in records:
            if self.chance(0.4):  # so that classes fill
                record["grade"] = grade
        return records

    def previous_register(self) -> list[Record]:
        records = []
        for now in self.register:
            if self.chance(0.75):
                old = dict(now)
                for column in ("grade", "class_no", "status", "name", "sex", "birth_date", "ethnicity", "id_number"):
                    if self.chance(0.15):
                        old[column] = self.spice.record(schema.REGISTER)[column]
                if self.chance(0.2):
                    other = self.spice.about(self.anybody())
                    old |= {c: other[c] for c in self.rng.sample(sorted(other), 3)}
                if known(old["grade"]) and self.term.is_first and self.chance(0.7):
                    old["grade"] = max(old["grade"] - 1, 1)
                if self.chance(0.1):
                    old["school_id"] = self.rng.choice([*SCHOOLS, STRANGER])
                records.append(old)
        here = [s for s in SCHOOLS if not self.chance(0.08)]
        here.append(STRANGER)
        records += [self.student("register", self.rng.choice(here), self.anybody()) for _ in range(3)]
        return sorted((r for r in records if r["school_id"] in here), key=lambda r: str(r["school_id"]))

    def of_school(self, school: str | None) -> Record | None:
        """Somebody on the school's register, or anybody on one."""
        theirs = [r for r in self.register if school is None or r["school_id"] == school]
        return self.rng.choice(theirs) if theirs else None

    def like(self, table: str, school: str | None, other: Record) -> Record:
        """A record about the student of a register row: most cells the same, some blank, some off."""
        record = self.student(table, school, self.anybody())
        keep = 0.55 if table != "headcount" else 0.85
        for column in ("name", "sex", "grade", "class_no", "id_number", "register_no"):
            if column in record and self.chance(keep + 0.1 * (column == "name")):
                record[column] = other[column]
            elif column in ("id_number", "register_no") and self.chance(0.7):
                record[column] = BLANK
        if table == "headcount" and self.chance(0.1):
            record["name"] = self.rng.choice(cells.NAMES)
        if table == "changes" and known(record["field"]):
            self.spice.changed(record, other)
        return record

    def a_headcount(self, school: str) -> list[Record]:
        theirs = [r for r in self.register if r["school_id"] == school]
        records = [self.like("headcount", school, r) for r in theirs if self.chance(0.8)]
        for _ in range(self.rng.randint(0, 4)):
            other = self.of_school(None)
            if other is not None and self.chance(0.5):
                records.append(self.like("headcount", school, other))
            else:
                records.append(self.student("headcount", school, self.anybody()))
        return records

    def a_ledger(self, table: str, school: str | None, most: int) -> list[Record]:
        records = []
        for _ in range(self.rng.randint(0, most)):
            other = self.of_school(school if self.chance(0.75) else None)
            if other is None or self.chance(0.15):
                record = self.student(table, school, self.anybody())
            else:
                record = self.like(table, school, other)
            if table == "transfers" and self.chance(0.9):
                self.send(record, self.rng.choice([*SCHOOLS, STRANGER]))
            records.append(record)
            if self.chance(0.25):
                again = self.spice.record(_table(table))
                same = [c for c in ("name", "id_number", "register_no", "grade", "class_no") if self.chance(0.9)]
                records.append({**again, **_part(record, "school_id", *same)})
        return records

    def send(self, record: Record, other: str) -> None:
        """Name both schools of a transfer, in one of the ways people do."""
        ours, theirs = self.spoken(record["school_id"]), self.spoken(other)
        into = record["direction"] == "转入"
        record |= {"from_school": theirs, "to_school": ours} if into else {"from_school": ours, "to_school": theirs}

    def spoken(self, school: str) -> Any:
        name = SCHOOL_NAMES[SCHOOLS.index(school)] if school in SCHOOLS else "邻县小学"
        odd = [school, name.replace(" ", ""), f"{name[:2]} {name[2:]}", f"县{name}", BLANK, UNKNOWN]
        return self.rng.choice([name] * 5 + odd)

    def mirrored(self, transfers: list[Record]) -> list[Record]:
        """The other school's row of a transfer, often."""
        records = []
        for row in transfers:
            if self.chance(0.4):
                copy = {**row, "school_id": self.rng.choice(SCHOOLS)}
                if known(row["direction"]):
                    copy["direction"] = {"转入": "转出", "转出": "转入"}[row["direction"]]
                for column in self.rng.sample(["id_number", "register_no", "name", "result", "grade", "direction"], 2):
                    if self.chance(0.4):
                        copy[column] = self.student("transfers", None, self.anybody())[column]
                records.append(copy)
        return records

    def earlier_changes(self, changes: list[Record]) -> list[Record]:
        records = []
        for school in [*SCHOOLS, STRANGER]:
            records += self.a_ledger("changes", school, 2)
        records += [dict(r) for r in changes if self.chance(0.25)]
        for record in changes:
            if self.chance(0.15):
                again = self.spice.record(schema.CHANGES)
                records.append({**again, **_part(record, "school_id", "name", "register_no", "id_number")})
        before = previous_term_id(self.term.id)
        return [{**r, "_term": self.rng.choice([before, before, "2024-2025-1"])} for r in _distinct(records)]

    # ---- other tables ----

    def plain(self, table: str, school: str | None, most: int) -> list[Record]:
        records = []
        for _ in range(self.rng.randint(0 if table != "reports" else 1, most)):
            record = self.spice.record(_table(table))
            record |= likely(self.rng, table, self.term, self.as_of)
            record["school_id"] = school or (self.rng.choice(SCHOOLS) if self.chance(0.9) else UNKNOWN)
            if table == "reports":
                theirs = sum(r["school_id"] == school for r in self.register)
                if self.chance(0.8):
                    record["on_register"] = max(theirs + self.rng.choice([0, 0, 0, 0, 1, -1]), 0)
            if table == "classes":
                record["grade"], record["class_no"] = self.spice.grade(), self.spice.class_no()
                if self.chance(0.4):  # so that some grades have seats left
                    record["seats"] = self.rng.choice([3, 6, 9])
            records.append(record)
        return records

    def without_columns(self, name: str, records: list[Record]) -> None:
        """Some files lack some columns."""
        table = _table(name)
        fixed = {"school_id", "name", "school_name"}
        for school in [*SCHOOLS, STRANGER]:
            if not self.chance(0.25):
                continue
            columns = [c.id for c in table if c.id not in fixed]
            if name.endswith("register"):
                columns = list(cells.READ_OF_REGISTER)
            lacking = self.rng.sample(columns, self.rng.randint(1, 2))
            for record in records:
                if record.get("school_id", SCHOOLS[0]) == school:
                    record |= {c: "在读" if (table.id, c) == ("register", "status") else UNKNOWN for c in lacking}


def _table(name: str) -> schema.Table:
    return schema.TABLES["register" if name == "previous_register" else name]


def _part(record: Record, *columns: str) -> Record:
    return {c: record[c] for c in columns if c in record}


def _distinct(records: list[Record]) -> list[Record]:
    """Without rows that repeat another, and those that name nobody: intake would have refused them."""
    seen: dict[str, Record] = {}
    for record in records:
        nobody = all(record[c] is BLANK for c in ("name", "id_number", "register_no") if c in record)
        if "name" not in record or not nobody:
            seen.setdefault(repr(sorted(record.items())), record)
    return list(seen.values())
