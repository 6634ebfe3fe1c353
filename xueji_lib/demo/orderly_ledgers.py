"""Ledger rows that are in order. A planting changes single cells of them (``**over``).

More than 250 lines: one function for each kind of row, which has all its columns.

Days used: term 2026-08-31 (Monday), transfer window to 2026-09-11, suspension window to 2026-09-14.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.demo import person_names
from xueji_lib.demo.county import DemoCounty, remember
from xueji_lib.demo.model import DemoSchool, DemoStudent, HeadRow, Row
from xueji_lib.demo.people import COUNTY

ELSEWHERE = ("银川市兴庆区第九小学", "固原市原州区第三小学", "中卫市海原县第二小学", "甘肃省静宁县城关小学")
HOSPITAL = COUNTY + "人民医院"


def day(text: str) -> dt.date:
    """A day of 2026 from ``09-11``."""
    month, date = text.split("-")
    return dt.date(2026, int(month), int(date))


def _who(school: DemoSchool, student: DemoStudent) -> Row:
    return {
        "school_id": school.id,
        "name": student.name,
        "id_number": student.id_number,
        "register_no": student.register_no,
        "grade": student.grade,
        "class_no": student.class_no,
    }


# ---- transfers ----


def transfer_row(school: DemoSchool, student: DemoStudent, direction: str, other: str, **over: Any) -> Row:
    """Add an approved transfer within all limits to the ledger of ``school``. ``other``: the other school's name."""
    row = _who(school, student) | {
        "direction": direction,
        "from_school": other if direction == "转入" else school.name,
        "to_school": school.name if direction == "转入" else other,
        "reason": "家庭住址变化",
        "migrant_child": "否",
        "apply_date": day("09-01"),
        "from_opinion_date": day("09-02"),
        "to_opinion_date": day("09-03"),
        "centre_date": day("09-07"),
        "result": "同意",
        "refusal_reason": None,
        "from_submit_date": day("09-08"),
        "to_submit_date": day("09-09"),
        "platform_done_date": day("09-10"),
        "arrival_date": day("09-10"),
        "originals": "齐全",
        "form": "有",
        "visits": 1,
        "signer": school.directory["principal"],
        "remark": None,
    }
    row |= over
    school.ledgers["transfers"].append(row)
    return row


OPEN: dict[str, Any] = {
    "result": "办理中",
    "from_opinion_date": None,
    "to_opinion_date": None,
    "centre_date": None,
    "from_submit_date": None,
    "to_submit_date": None,
    "platform_done_date": None,
    "arrival_date": None,
}
"""Cells of an application that nobody has signed or decided yet."""

REFUSED: dict[str, Any] = OPEN | {"result": "不同意", "refusal_reason": "不在划定的招生片区"}


def incoming(
    county: DemoCounty, school: DemoSchool, grade: int, class_no: int, *, origin: DemoSchool | None = None, **over: Any
) -> tuple[DemoStudent, Row]:
    """A child who came by an approved transfer, from outside the county or from ``origin``, whose
    previous register holds it and whose ledger has the other side."""
    child = county.new_child(school, grade, class_no)
    county.enrol(school, child, class_no, before=False)
    child.used = True
    school.rooms[grade, class_no].touched = True
    other = origin.name if origin else county.rng.choice(ELSEWHERE)
    if origin:
        child.class_no = 1
        remember(origin, child)
        child.class_no = class_no
        transfer_row(origin, child, "转出", school.name)
    return child, transfer_row(school, child, "转入", other, **over)


def applicant(
    county: DemoCounty, school: DemoSchool, grade: int, class_no: int = 1, **over: Any
) -> tuple[DemoStudent, Row]:
    """A child from outside the county who asks for a place and is on no register here; not decided."""
    child = county.new_child(school, grade)
    child.school, child.class_no = school, class_no
    return child, transfer_row(school, child, "转入", county.rng.choice(ELSEWHERE), **{**OPEN, **over})


def departed(
    county: DemoCounty, school: DemoSchool, grade: int, *, target: str | None = None, **over: Any
) -> tuple[DemoStudent, Row]:
    """A child who left by an approved transfer: in the previous register only."""
    child = county.new_child(school, grade)
    child.school, child.class_no = school, 1
    remember(school, child)
    other = target or county.rng.choice(ELSEWHERE)
    return child, transfer_row(school, child, "转出", other, **over)


# ---- suspensions ----

PAPERS = ("written_request", "form", "diagnosis", "medical_record", "receipts")


def suspension_row(student: DemoStudent, **over: Any) -> Row:
    """A suspension for illness, applied for in the first two weeks of this term, good until next March."""
    row = _who(student.at, student) | {
        "reason": "伤病",
        "sudden": "否",
        "apply_date": day("09-02"),
        **dict.fromkeys(PAPERS, "有"),
        "diagnosis_hospital": HOSPITAL,
        "hospital_level": "县级",
        "school_review_date": day("09-04"),
        "centre_date": day("09-08"),
        "submit_date": day("09-09"),
        "start_date": day("09-10"),
        "end_date": dt.date(2027, 3, 10),
    }
    row |= over
    student.at.ledgers["suspensions"].append(row)
    return row


def suspend(student: DemoStudent, **over: Any) -> Row:
    """Suspend the student: 休学 on the register, absent from class, in the ledger."""
    student.status = "休学"
    absent(student, "休学", "因病休学，在家休养")
    return suspension_row(student, **over)


LAST_SPRING: dict[str, Any] = {
    "apply_date": day("03-04"),
    "school_review_date": day("03-06"),
    "centre_date": day("03-10"),
    "submit_date": day("03-11"),
    "start_date": day("03-12"),
}
"""Cells of a suspension that began in the term before."""


def resumed(student: DemoStudent, **over: Any) -> Row:
    """Add a suspension that ended when this term began."""
    back = LAST_SPRING | {
        "end_date": day("08-30"),
        "resume_apply_date": day("08-31"),
        "recovery_proof": "有",
        "recovery_hospital": HOSPITAL,
        "original_form": "有",
        "resume_date": day("09-04"),
        "platform_resume_date": day("09-07"),
        "resume_grade": student.grade,
        "resume_class": student.class_no,
    }
    row = suspension_row(student, **(back | over))
    if "grade" not in over:
        row["grade"] = max(student.grade - 1, student.at.grades[0])
    return row


# ---- changes ----


def change_row(student: DemoStudent, field: str, before: str, after: str, *, past: bool = False, **over: Any) -> Row:
    """Add a change with all its documents, entered after household register and approval."""
    spring = past
    row = {k: v for k, v in _who(student.at, student).items() if k not in ("grade", "class_no")} | {
        "field": field,
        "before": before,
        "after": after,
        "household_date": day("03-20" if spring else "09-10"),
        "booklet": "有",
        "booklet_copy": "有",
        "cancellation": "有" if field == "身份证件号" else "不适用",
        "apply_date": day("04-01" if spring else "09-14"),
        "approve_date": day("04-07" if spring else "09-17"),
        "platform_date": day("04-09" if spring else "09-18"),
    }
    row |= over
    (student.at.past if past else student.at.ledgers)["changes"].append(row)
    return row


# ---- dropouts ----


def dropout_row(student: DemoStudent, **over: Any) -> Row:
    """Add a dropout who was reported to the township in time and is back in class."""
    row = {k: v for k, v in _who(student.at, student).items() if k not in ("grade", "class_no")} | {
        "township": student.township,
        "category": "其他",
        "found_date": day("09-07"),
        "visits": 3,
        "last_visit_date": day("09-18"),
        "reported_date": day("09-10"),
        "notice_date": day("09-15"),
        "return_by_date": day("09-30"),
        "outcome": "已复学",
        "returned_date": day("09-28"),
    }
    row |= over
    student.at.ledgers["dropouts"].append(row)
    return row


# ---- headcount ----


def absent(student: DemoStudent, situation: str | None, note: str | None, **over: Any) -> HeadRow:
    """Mark the student as absent on the headcount."""
    row = student.head
    if row is None:
        raise ValueError(student.name)
    row.presence, row.situation, row.note = "不在校", situation, note
    row.moved = day("09-01")
    if situation == "外出不具备转学条件":
        row.measure = "每周电话督促家长带孩子回校"
    for name, value in over.items():
        setattr(row, name, value)
    return row


def outsider(
    county: DemoCounty,
    school: DemoSchool,
    grade: int,
    class_no: int,
    situation: str,
    *,
    numbered: bool = True,
    **over: Any,
) -> HeadRow:
    """Add to the headcount a child who is not on the school's register; by default with an ID number of its own."""
    sex = county.rng.choice("男女")
    room = school.rooms[grade, class_no]
    room.touched = True
    name = person_names.stranger(county.rng, sex, [s.name for s in room.students])
    number = county.people.number(county.people.birth(grade), sex) if numbered else None
    row = HeadRow(grade, class_no, name, sex, number, None, situation=situation)
    row.moved, row.note = day("09-01"), "家长已说明情况，学校正在核实"
    for field, value in over.items():
        setattr(row, field, value)
    school.headcount.append(row)
    return row
