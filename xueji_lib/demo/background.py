"""Ledgers that are in order, residents and complaints: what a county without violations has."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.demo import orderly_ledgers
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.model import DemoSchool, DemoStudent
from xueji_lib.demo.orderly_ledgers import day

MIDDLE = frozenset({2, 3, 4, 5, 8, 11})
"""Grades that are neither first nor last of a stage."""


def add(county: DemoCounty) -> None:
    """Fill the ledgers of every school that keeps any."""
    busy = [s for s in county.schools if not s.quiet]
    for school in busy:
        _transfers(county, school, busy)
        _absences(county, school)
        _suspensions(county, school)
        _changes(county, school)
        _outside(county, school)
    county.complaints.append(
        {
            "received_date": day("09-22"),
            "school_id": busy[0].id,
            "category": "其他",
            "content": "反映校门口交通拥堵",
            "verified": "属实",
        }
    )


def _plain(county: DemoCounty, school: DemoSchool, grades: frozenset[int] = MIDDLE) -> DemoStudent | None:
    """A student who is in no ledger yet."""
    class_keys = [p for p in sorted(school.rooms) if p[0] in grades and not school.rooms[p].closed]
    county.rng.shuffle(class_keys)
    for class_key in class_keys[:3]:
        room = school.rooms[class_key]
        names_of = [s.name for s in room.students]
        for student in room.students:
            if not student.used and names_of.count(student.name) == 1:
                student.used = room.touched = True
                return student
    return None


def _transfers(county: DemoCounty, school: DemoSchool, busy: list[DemoSchool]) -> None:
    rng = county.rng
    middle_grades = sorted(set(school.grades) & MIDDLE)
    if school.kind == "特殊教育学校":
        return
    for _ in range(1 + (school.kind == "小学" and rng.random() < 0.4)):
        grade = rng.choice(middle_grades)
        partners = [s for s in busy if s is not school and grade in s.grades and s.kind != "特殊教育学校"]
        origin = rng.choice(partners) if partners and rng.random() < 0.7 else None
        rooms = [r for r in school.rooms_of(grade) if not r.closed and r.enrolled < (r.seats or 0) - 1]
        if rooms:
            orderly_ledgers.incoming(county, school, grade, rng.choice(rooms).number, origin=origin)
    if rng.random() < 0.5:
        orderly_ledgers.departed(county, school, rng.choice(middle_grades))


def _absences(county: DemoCounty, school: DemoSchool) -> None:
    """Add students who are absent with a stated reason, were brought back to school, or are taught at home."""
    for situation, note in (("请假", "病假，附请假条"), ("外出不具备转学条件", "随父母在外地，暂不具备转学条件")):
        student = _plain(county, school)
        if student and county.rng.random() < 0.7:
            orderly_ledgers.absent(
                student, situation, note, whereabouts="随父母在内蒙古" if "外出" in situation else None
            )
    if school.index % 3 == 0 and (student := _plain(county, school)):
        orderly_ledgers.dropout_row(student)
    if school.index % 4 == 1 and (student := _plain(county, school)):
        orderly_ledgers.absent(student, "重度残疾不能到校", "重度残疾，已安排教师", measure="每周送教上门两次")
        orderly_ledgers.dropout_row(student, category="残疾", outcome="送教上门", returned_date=None)


def _suspensions(county: DemoCounty, school: DemoSchool) -> None:
    if school.index % 2 == 0 and (student := _plain(county, school)):
        orderly_ledgers.suspend(student)
    if school.index % 3 == 1 and (student := _plain(county, school)):
        row = orderly_ledgers.resumed(student)
        known_then = {k: v for k, v in row.items() if not k.startswith(("resume", "recovery", "original", "platform"))}
        school.past["suspensions"].append(known_then)


def _changes(county: DemoCounty, school: DemoSchool) -> None:
    """Add changes of name and number with all documents; the previous register holds the old ones."""
    rng = county.rng
    student = _plain(county, school) if school.index % 2 else None
    if student and student.before:
        old = student.name[0] + rng.choice("佳乐欢旺") + "娃"
        student.before.name = old
        orderly_ledgers.change_row(student, "姓名", old, student.name)
    student = _plain(county, school) if school.index % 4 == 2 else None
    if student and student.before and student.birth and student.id_number:
        old = student.id_number
        student.id_number = county.people.number(student.birth, student.sex)
        if student.head and student.head.id_number:
            student.head.id_number = student.id_number
        orderly_ledgers.change_row(student, "身份证件号", old, student.id_number)
    student = _plain(county, school) if school.index % 5 == 3 else None
    if student and student.before:  # changed last spring: both registers hold the new name
        orderly_ledgers.change_row(student, "姓名", student.name[0] + "小宝", student.name, past=True)


def _outside(county: DemoCounty, school: DemoSchool) -> None:
    """Add approved disclosures, and a child without household registration for whom a measure is noted."""
    if school.index % 3 == 2:
        school.ledgers["disclosures"].append(
            {
                "school_id": school.id,
                "given_date": day("10-12"),
                "receiver": "县人民医院",
                "content": "新生体检名单",
                "approval_no": f"教基函〔2026〕{10 + school.index}号",
                "approval_date": day("10-09"),
            }
        )
    grade = school.grades[0] + 1
    if school.index % 6 == 3 and school.numbers == "id" and not school.rooms[grade, 1].closed:
        late: dict[str, Any] = {"moved": day("09-21"), "note": "集中办理时间之后来的，已告知下学期开学办理"}
        orderly_ledgers.outsider(county, school, grade, 1, "符合条件未办手续", **late)


def add_residents(county: DemoCounty) -> None:
    """Fill the household list: part of the children on the registers, some who go to school elsewhere, some too young.

    Made last: a child whose number a planting changed must not stand here with the old one."""
    rng, people = county.rng, county.people
    for school in county.schools:
        for student in school.students():
            if student.grade <= 8 and not student.used and rng.random() < 0.15 and student.id_number:
                county.residents.append(resident(student, school.township, None))
    for index in range(max(4, len(county.schools))):
        township = county.schools[index % len(county.schools)].township
        county.residents.append(resident(people.child(3, township), township, "随父母在银川市就读"))
        young = people.child(1, township, birth=dt.date(2021, rng.randrange(1, 13), 5))
        county.residents.append(resident(young, township, None))


def resident(student: DemoStudent, township: str, schooling: str | None) -> dict[str, str | None]:
    """A row of 户籍适龄儿童."""
    return {
        "name": student.name,
        "sex": student.sex,
        "id_number": student.id_number,
        "township": township,
        "guardian": student.guardian,
        "schooling": schooling,
    }
