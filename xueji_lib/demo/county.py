"""The clean county: schools, classes, two terms with promotion, graduates and newcomers.

It breaks no rule by construction; ``background`` adds ledgers that are in order, ``plant`` what is not.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from dataclasses import dataclass, field

from xueji_lib.demo import person_names
from xueji_lib.demo.model import SCHOOL_YEAR, TERM, DemoSchool, DemoStudent, HeadRow, Room, Row, entry_month
from xueji_lib.demo.people import COUNTY, TOWNSHIPS, People
from xueji_lib.support.errors import UsageError

FEWEST_SCHOOLS = 6
CHECKED = dt.date(2026, 9, 3)

# kind, area; the first six (with 300 schools: all) are there in every county.
_FIRST = (
    ("小学", "城区"), ("小学", "镇区"), ("初级中学", "城区"), ("九年一贯制学校", "镇区"), ("教学点", "乡村"),
    ("特殊教育学校", "镇区"), ("完全中学", "城区"), ("高级中学", "镇区"),
)  # fmt: skip
_THEN = (
    ("小学", "乡村"), ("教学点", "乡村"), ("小学", "镇区"), ("小学", "乡村"), ("九年一贯制学校", "乡村"),
    ("教学点", "乡村"), ("小学", "城区"), ("初级中学", "镇区"), ("小学", "乡村"), ("教学点", "乡村"),
    ("小学", "镇区"), ("完全中学", "镇区"), ("小学", "乡村"), ("教学点", "乡村"), ("小学", "镇区"),
    ("初级中学", "城区"), ("九年一贯制学校", "镇区"), ("小学", "城区"), ("教学点", "乡村"), ("高级中学", "城区"),
)  # fmt: skip
_GRADES = {
    "小学": range(1, 7), "教学点": range(1, 7), "初级中学": range(7, 10), "九年一贯制学校": range(1, 10),
    "完全中学": range(7, 13), "高级中学": range(10, 13), "特殊教育学校": range(1, 10),
}  # fmt: skip
_CODE = {
    "小学": "21", "教学点": "21", "初级中学": "31", "九年一贯制学校": "31", "完全中学": "34", "高级中学": "34",
    "特殊教育学校": "51",
}  # fmt: skip
# classes a grade, students a class
_SIZE = {
    ("小学", "城区"): (3, 38), ("小学", "镇区"): (2, 32), ("小学", "乡村"): (1, 20), ("教学点", "乡村"): (1, 6),
    ("初级中学", "城区"): (4, 44), ("初级中学", "镇区"): (3, 38), ("九年一贯制学校", "镇区"): (2, 28),
    ("九年一贯制学校", "乡村"): (1, 22), ("完全中学", "城区"): (2, 44), ("完全中学", "镇区"): (2, 40),
    ("高级中学", "城区"): (4, 46), ("高级中学", "镇区"): (3, 44), ("特殊教育学校", "镇区"): (1, 8),
}  # fmt: skip


@dataclass(repr=False)
class DemoCounty:
    """The synthetic county: all that its files are written from."""

    rng: random.Random
    people: People
    schools: list[DemoSchool]
    residents: list[Row] = field(default_factory=list)
    complaints: list[Row] = field(default_factory=list)
    closed: list[DemoSchool] = field(default_factory=list)
    """Schools that are no more: in the term before alone."""

    def kind(self, *kinds: str) -> list[DemoSchool]:
        """The schools of these kinds."""
        return [s for s in self.schools if s.kind in kinds]

    # ---- students come and go ----

    def enrol(self, school: DemoSchool, student: DemoStudent, class_no: int, *, before: bool) -> DemoStudent:
        """Put a child on the register of the term (and of the one before), and on the headcount."""
        room = school.rooms[student.grade, class_no]
        student.school, student.class_no, student.entry = school, class_no, entry_month(student.grade)
        room.students.append(student)
        if before:
            remember(school, student)
        self.count(student)
        return student

    def count(self, student: DemoStudent) -> HeadRow:
        """Add a present student to the headcount, with the numbers that this school writes; return the row."""
        school = student.at
        row = HeadRow(
            student.grade,
            student.class_no,
            student.name,
            student.sex,
            student.id_number if school.numbers == "id" else None,
            None if school.numbers == "none" else student.register_no,
            student=student,
        )
        student.head = row
        school.headcount.append(row)
        return row

    def new_child(
        self, school: DemoSchool, grade: int, class_no: int | None = None, **child_facts: object
    ) -> DemoStudent:
        """A child of this school's township whose name nobody in the class has."""
        room = school.rooms.get((grade, class_no or 0))
        names = {s.name for s in room.students} if room and "name" not in child_facts else set()
        while True:
            child = self.people.child(grade, school.township, **child_facts)  # type: ignore[arg-type]
            if child.name not in names:
                return child


def remember(school: DemoSchool, student: DemoStudent, grade: int | None = None) -> DemoStudent:
    """The student's row in the previous term's register of ``school``: a grade lower, the same child."""
    row = copy.copy(student)
    row.grade = student.grade - 1 if grade is None else grade
    row.entry = entry_month(row.grade, 2025)
    row.status, row.head, row.before, row.school, row.raw = "在读", None, None, school, {}
    student.before = row
    school.previous.append(row)
    return row


def build(schools: int, seed: int, students: int | None = None) -> DemoCounty:
    """The clean county. Raises UsageError for fewer schools than the rules need."""
    if schools < FEWEST_SCHOOLS:
        raise UsageError(f"示范县至少要 {FEWEST_SCHOOLS} 所学校，才放得下各类学校；现在是 {schools} 所。请改 --schools")
    rng = random.Random(f"{seed}:{schools}:{students}")
    county = DemoCounty(rng, People(rng), [])
    for index in range(schools):
        kind, area = _FIRST[index] if index < len(_FIRST) else _THEN[(index - len(_FIRST)) % len(_THEN)]
        county.schools.append(_school(county, index, kind, area))
    full = sum(len(s.grades) * _SIZE[s.kind, s.area][0] * _SIZE[s.kind, s.area][1] for s in county.schools)
    scale = (students or schools * (300 if schools <= 20 else 267)) / full
    pools: dict[int, list[DemoStudent]] = {6: [], 9: []}
    # The younger stages first: their graduates are the older ones' newcomers.
    for school in sorted(county.schools, key=lambda s: (s.grades[0], s.grades[-1], s.index)):
        _fill(county, school, scale, pools)
    return county


def _school(county: DemoCounty, index: int, kind: str, area: str) -> DemoSchool:
    rng = county.rng
    township = "城关镇" if area == "城区" else TOWNSHIPS[index % len(TOWNSHIPS)]
    school_id = f"{_CODE[kind]}64{422001 + index:06d}"
    ordinal = index + 1
    label = {
        "小学": f"第{ordinal}小学" if area == "城区" else f"{township}第{ordinal}小学",
        "教学点": f"{township}第{ordinal}教学点",
        "初级中学": f"第{ordinal}中学" if area == "城区" else f"{township}第{ordinal}初级中学",
        "九年一贯制学校": f"{township}第{ordinal}九年制学校",
        "完全中学": f"第{ordinal}中学" if area == "城区" else f"{township}第{ordinal}中学",
        "高级中学": f"第{ordinal}高级中学",
        "特殊教育学校": "特殊教育学校" if index < len(_FIRST) else f"第{ordinal}特殊教育学校",
    }[kind]
    since = dt.date(2019 + rng.randrange(5), rng.choice((3, 9)), rng.randrange(1, 28))
    directory: Row = {
        "school_id": school_id,
        "school_name": COUNTY + label,
        "school_kind": kind,
        "area": area,
        "township": township,
        "principal": person_names.adult_name(rng),
        "vice_principal": person_names.adult_name(rng),
        "registrar": person_names.adult_name(rng),
        "registrar_since": since,
        "phone": f"0954-{3000000 + index:07d}",
    }
    numbers = ("id", "id", "id", "id", "none", "id", "reg", "id")[index % 8] if index < 8 else (
        "id", "reg", "id", "none", "id")[index % 5]  # fmt: skip
    school = DemoSchool(school_id, COUNTY + label, kind, area, township, index, _GRADES[kind], numbers, directory)
    # Some small schools file no ledger at all and stay clean.
    school.quiet = kind == "教学点" and index % 2 == 0
    school.custody.append(
        {
            "school_id": school_id,
            "school_year": SCHOOL_YEAR,
            "registrar": directory["registrar"],
            "registrar_since": since,
            "vice_principal": directory["vice_principal"],
            "pledge_date": dt.date(2026, 9, 1 + rng.randrange(20)),
            "trainings": rng.randrange(1, 4),
        }
    )
    school.reports.append({"school_id": school_id, "term": TERM, "report_date": dt.date(2026, 9, 2 + rng.randrange(5))})
    return school


def _fill(county: DemoCounty, school: DemoSchool, scale: float, pools: dict[int, list[DemoStudent]]) -> None:
    """Rooms and students of a school, and the graduates who left it."""
    rng = county.rng
    classes, size = _SIZE[school.kind, school.area]
    top = 43 if school.grades[0] == 1 else 48
    size = max(4, min(top, round(size * scale)))
    for grade in school.grades:
        for number in range(1, classes + 1):
            seats = 45 if grade <= 6 else 50
            room = Room(grade, number, person_names.adult_name(rng), seats, rng.choice((1, 2, 2)))
            school.rooms[grade, number] = room
            want = max(3, min(top, size + rng.randrange(-2, 3)))
            names: set[str] = set()
            while len(room.students) < want:
                child = _arrival(county, school, grade, pools)
                if child.name in names:
                    continue  # a graduate drawn in vain goes to school outside the county
                names.add(child.name)
                county.enrol(school, child, number, before=grade > school.grades[0])
        if grade == school.grades[-1]:
            pool = [] if school.kind == "特殊教育学校" else pools.get(grade, [])
            _graduates(county, school, grade, classes, size, pool)
    _namesake(county, school)
    if school.kind == "完全中学":  # 九年级 leave for other schools too
        _graduates(county, school, 9, 1, max(3, size // 2), pools[9])


def _arrival(county: DemoCounty, school: DemoSchool, grade: int, pools: dict[int, list[DemoStudent]]) -> DemoStudent:
    """A new child, or for the first grade of a later stage mostly one who left another school of the county."""
    pool = pools.get(grade - 1, [])
    if grade == school.grades[0] and pool and county.rng.random() < 0.85:
        left = pool.pop(county.rng.randrange(len(pool)))
        child = copy.copy(left)
        child.grade, child.raw, child.before = grade, {}, left
        return child
    return county.people.child(grade, school.township)


def _graduates(
    county: DemoCounty, school: DemoSchool, grade: int, classes: int, size: int, pool: list[DemoStudent]
) -> None:
    """Children who were in ``grade`` last term and are on this school's register no more."""
    for number in range(1, classes + 1):
        for _ in range(size):
            child = county.people.child(grade + 1, school.township)
            child.grade, child.class_no, child.school = grade, number, school
            child.entry = entry_month(grade, 2025)
            school.previous.append(child)
            pool.append(child)
    county.rng.shuffle(pool)


def _namesake(county: DemoCounty, school: DemoSchool) -> None:
    """Two of one name in one class, where the headcount carries numbers that tell them apart."""
    room = school.rooms[school.grades[-1], 1]
    if school.numbers != "id" or not room.students:
        return
    first = room.students[0]
    second = county.people.child(room.grade, school.township, name=first.name, sex=first.sex)
    county.enrol(school, second, room.number, before=room.grade > school.grades[0])
    room.touched = True
    first.used = second.used = True
