"""Which columns the synthetic county's files have, and their cells."""

from __future__ import annotations

from xueji_lib.demo.county import CHECKED
from xueji_lib.demo.model import DemoSchool, DemoStudent, HeadRow, Room, Row
from xueji_lib.demo.people import COUNTY
from xueji_lib.register import schema
from xueji_lib.register.schema import Column

SHORT = (
    "name sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity hukou_place "
    "boarding left_behind orphan migrant_child address phone member1_name member1_relation member1_phone"
).split()

_MEMBER = (
    "name relation relation_note address hukou_place phone is_guardian id_type id_number ethnicity workplace post"
).split()

# The national platform's sheet, 71 columns in its order; rosters add the last three.
PLATFORM = [
    *"school_id name sex birth_date birth_place native_place ethnicity nationality id_type overseas health".split(),
    *"political_status id_number hukou_kind hukou_place class_no entry_month entry_mode boarding address".split(),
    *"postal_address home_address phone postcode only_child preschool left_behind needs_aid receives_aid".split(),
    *"orphan martyr_child distance commute school_bus former_name id_valid_until blood_type talent".split(),
    *"auxiliary_no seat_no origin email homepage disability paid_place in_regular_class".split(),
    *(f"member1_{part}" for part in _MEMBER),
    *(f"member2_{part}" for part in _MEMBER),
    "migrant_child",
    "register_no",
    "grade",
    "status",
]

SCHOOL_NAME = Column("school_name", "学校名称")


def register_columns(wide: bool) -> list[Column]:
    """The columns of a register file, without the school's own."""
    ids = [i for i in PLATFORM if i != "school_id"] if wide else SHORT
    return [schema.REGISTER[i] for i in ids]


def register_row(student: DemoStudent, wide: bool) -> Row:
    """A register row by column id."""
    row: Row = {
        "name": student.name,
        "sex": student.sex,
        "birth_date": student.birth,
        "id_type": student.id_type,
        "id_number": student.id_number,
        "register_no": student.register_no,
        "grade": student.grade,
        "class_no": student.class_no,
        "entry_month": student.entry,
        "status": student.status,
        "ethnicity": student.ethnicity or None,
        "hukou_place": f"{COUNTY}{student.township}",
        "boarding": "住校" if student.grade >= 10 else "走读",
        "left_behind": "否",
        "orphan": "否",
        "migrant_child": "否",
        "address": student.address,
        "phone": student.phone,
        "member1_name": student.guardian,
        "member1_relation": student.relation,
        "member1_phone": student.guardian_phone,
    }
    if wide:
        row |= {
            "birth_place": "640422",
            "native_place": "宁夏",
            "nationality": "中国",
            "overseas": "非港澳台侨",
            "health": "健康或良好",
            "political_status": "群众",
            "hukou_kind": "1",
            "entry_mode": "11",
            "postal_address": student.address,
            "home_address": student.address,
            "postcode": "756200",
            "only_child": "0",
            "preschool": "1",
            "distance": "2",
            "commute": "步行",
            "school_bus": "0",
            "origin": "正常入学",
            "seat_no": "1",
            "paid_place": "0",
            "member1_is_guardian": "1",
            "member1_address": student.address,
            "member1_ethnicity": student.ethnicity or None,
        }
    return row | student.raw if student.raw else row


def class_row(school: DemoSchool, room: Room) -> Row:
    """A row of 班级设置."""
    return {
        "school_id": school.id,
        "grade": room.grade,
        "class_no": room.number,
        "head_teacher": room.head_teacher,
        "seats": room.seats,
        "reserved_seats": room.reserved,
    }


def headcount_columns(school: DemoSchool) -> list[Column]:
    """The columns of a school's headcount; which numbers it has is the school's habit."""
    leave = {"id": (), "reg": ("id_number",), "none": ("id_number", "register_no")}[school.numbers]
    return [c for c in schema.HEADCOUNT if c.id not in (*leave, "school_id", "check_no")]


def headcount_row(school: DemoSchool, head: HeadRow) -> Row:
    """A headcount row by column id."""
    row: Row = {
        "grade": head.grade,
        "class_no": head.class_no,
        "name": head.name,
        "sex": head.sex,
        "id_number": head.id_number,
        "register_no": head.register_no,
        "presence": head.presence,
        "situation": head.situation,
        "whereabouts": head.whereabouts,
        "moved_date": head.moved,
        "school_note": head.note,
        "measure": head.measure,
        "check_date": CHECKED,
        "checker": school.rooms[head.grade, head.class_no].head_teacher,
    }
    return row | head.raw if head.raw else row
