"""Plantings for 一: class by class (R110, R111, R113, R114)."""

from __future__ import annotations

from xueji_lib.demo import person_names
from xueji_lib.demo.model import Room
from xueji_lib.demo.orderly_ledgers import absent, suspend
from xueji_lib.demo.plant.planting_ground import ANY, PlantingGround


def r110(f: PlantingGround) -> None:
    for _ in f:
        school, room = f.room(ANY)
        school.headcount = [h for h in school.headcount if (h.grade, h.class_no) != (room.grade, room.number)]
        f.truth.hit_class("R110", school, room.grade, room.number, "全班没有核对行")
        school, grade, _n = f.place()
        number = len(school.rooms_of(grade)) + 1
        school.rooms[grade, number] = Room(
            grade, number, person_names.adult_name(f.rng), 45, 1, touched=True, closed=True
        )
        child = f.county.new_child(school, grade, number)
        f.county.enrol(school, child, number, before=True)
        suspend(child)
        child.used = True
        school.headcount.remove(child.head)  # type: ignore[arg-type]
        f.truth.near_class("R110", school, grade, number, "班里只有休学学生，没有在读的")


def r111(f: PlantingGround) -> None:
    for _ in f:
        school, room = f.room(ANY, fewest=4)
        for student in room.students[:2]:
            school.headcount.remove(student.head)  # type: ignore[arg-type]
        f.truth.hit_class("R111", school, room.grade, room.number, "漏核 2 人")
        student = f.student()
        suspend(student)
        student.at.headcount.remove(student.head)  # type: ignore[arg-type]
        student.at.rooms[student.grade, student.class_no].closed = True  # no stranger beside an unmatched student
        f.truth.near_class("R111", student.at, student.grade, student.class_no, f"未核对的 {student.name} 已休学")


def r113(f: PlantingGround) -> None:
    for _ in f:
        student = f.student(fits=lambda s: len([r for r in s.at.rooms_of(s.grade) if not r.closed]) > 1)
        others = [r for r in student.at.rooms_of(student.grade) if r.number != student.class_no and not r.closed]
        student.head.class_no = others[0].number  # type: ignore[union-attr]
        others[0].touched = True
        f.truth.hit("R113", student, f"点名在 {others[0].number} 班")
        student = f.student(fits=lambda s: len([r for r in s.at.rooms_of(s.grade) if not r.closed]) > 1)
        others = [r for r in student.at.rooms_of(student.grade) if r.number != student.class_no and not r.closed]
        absent(student, "请假", "病假", class_no=others[0].number)
        others[0].touched = True
        f.truth.near("R113", student, "班级不一致但不在校")


# Equal in toneless pinyin, another character.
HOMOPHONES = {
    "伟": "玮", "杰": "洁", "明": "铭", "佳": "嘉", "宇": "雨", "轩": "萱", "婷": "亭", "芳": "方",
    "静": "婧", "文": "雯", "志": "智", "玉": "钰", "晓": "小", "慧": "惠", "博": "勃", "华": "桦",
}  # fmt: skip


def r114(f: PlantingGround) -> None:
    for turn in f:
        school, room = f.room(ANY, fewest=4)
        student = next((s for s in room.students if s.name[-1] in HOMOPHONES and len(s.name) == 3), room.students[0])
        head = student.head
        if head is None:
            raise ValueError(student.name)
        head.name = student.name[:-1] + HOMOPHONES.get(student.name[-1], "某")
        head.id_number = head.register_no = None
        head.suspect, head.student = True, None
        student.used = True
        f.truth.hit_row("R114", school, head, f"名册作 {student.name}")
        if turn == 0 and "figures" not in school.claims:
            school.claims.add("figures")
            school.report_offsets["present_unregistered"] = 1
            f.truth.near_school("R204", school, "在校不在籍按计入疑似匹配上报，落在两数之间")
        school, room = f.room(ANY, fewest=4)
        student = room.students[0]
        head = student.head
        if head is None:
            raise ValueError(student.name)
        head.name, head.sex = student.name[:-1] + "某", "女" if student.sex == "男" else "男"
        head.id_number = head.register_no = None
        head.situation, head.note, head.student = "其他", "新来的学生，正在核实", None
        student.used = True
        f.truth.near("R114", student, "只差一字但性别不同，不算疑似")
        f.truth.hit_class("R111", school, room.grade, room.number, f"{student.name} 未核对")
        for rule in ("R207", "R508", "R518"):
            f.truth.unknown_row(rule, school, head, "在校不在籍而没有号码，查不了别的学校")
    student = f.student(fits=lambda s: len(s.name) == 3)
    if student.head:
        student.head.name = f"{student.name[0]} {student.name[1:]}"
        student.head.id_number = student.head.register_no = None
        f.truth.near("R114", student, "只多一个空格，确定匹配")


PLANTINGS = (r110, r111, r113, r114)
