"""Plantings for 一 and 二 (R116–R120, R211–R213): who is said to be away, and who is nowhere any more."""

from __future__ import annotations

from xueji_lib.demo.county import remember
from xueji_lib.demo.model import DemoSchool, DemoStudent, Room, Row
from xueji_lib.demo.orderly_ledgers import (
    OPEN,
    absent,
    day,
    departed,
    dropout_row,
    suspension_row,
    transfer_row,
)
from xueji_lib.demo.plant.plant_v2 import seen_at
from xueji_lib.demo.plant.planting_ground import NoRoom, PlantingGround

CLOSED_SCHOOL = "2164009901"
"""学校标识码 of a school that is in last term's directory alone."""


def r116(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "外出不具备转学条件", "跟随父母外出", measure="已电话督促返校")
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        f.truth.hit("R116", student, f"按号码查到在 {other.name} 在校")
        f.truth.hit_row("R508", other, row, f"学籍在 {student.at.name}")
        f.truth.near("R210", student, "本校核对表已如实记不在校")
        student = f.student()
        absent(student, "外出不具备转学条件", "跟随父母外出", measure="转学正在办理")
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        transfer_row(student.at, student, "转出", other.name, **(OPEN | {"apply_date": day("11-16")}))
        f.truth.near("R116", student, "转学正在办理")
        f.truth.hit_row("R508", other, row, f"学籍在 {student.at.name}，本校没有转入记录")


def _away_under(student: DemoStudent, name: str) -> None:
    """The student is called so, in both terms, and is away without a word where to."""
    student.name = name
    if student.before:
        student.before.name = name
    absent(student, "外出不具备转学条件", "家长没有说去哪里", measure="正在联系家长", name=name)


def r117(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        name = f"{student.name}同{'甲乙丙丁戊己庚辛壬癸'[turn % 10]}"
        _away_under(student, name)
        other, room = _open_room(f, student)
        seat = {"grade": room.grade, "class_no": room.number}
        row = seen_at(f, other, student, id_number=None, register_no=None, **seat)
        f.truth.hit("R117", student, f"{other.name} 有同名的在校不在籍学生")
        f.truth.hit_row("R117", other, row, f"{student.at.name} 有同名的在籍不在校学生")
        for rule in ("R207", "R508"):
            f.truth.unknown_row(rule, other, row, "没有号码，查不了别的学校")
        f.truth.near_row("R518", other, row, "归 R117")
        student = f.student()
        name = f"{student.name}异{'甲乙丙丁戊己庚辛壬癸'[turn % 10]}"
        _away_under(student, name)
        other = f.schools(besides=[student.at])[0]
        number = f.county.people.number(f.county.people.birth(student.grade), student.sex)
        late = {"situation": "符合条件未办手续", "moved": day("10-28")}
        seen_at(f, other, student, id_number=number, register_no=None, **late)
        f.truth.near("R117", student, f"{other.name} 有同名的学生，身份证件号不同")


def _open_room(f: PlantingGround, student: DemoStudent) -> tuple[DemoSchool, Room]:
    """A class of the student's grade at another school. Raises NoRoom."""
    for school in f.schools(besides=[student.at]):
        for room in school.rooms_of(student.grade):
            if not room.closed:
                room.touched = True
                return school, room
    raise NoRoom("grade")


def r118(f: PlantingGround) -> None:
    for _ in f:
        school, grade, _n = f.place()
        other = _another(f, school)
        child, _row = departed(f.county, school, grade, target=other.name)
        transfer_row(other, child, "转入", school.name)
        _lose(f, other, child.name)
        f.truth.hit("R118", child, "确认 09-07，两个多月哪里都没有")
        school, grade, _n = f.place()
        other = _another(f, school)
        late = {"apply_date": day("09-11"), "centre_date": day("10-23"), "arrival_date": day("10-27")}
        late |= {"from_submit_date": day("10-26"), "to_submit_date": day("10-26"), "platform_done_date": day("10-27")}
        child, _row = departed(f.county, school, grade, target=other.name, **late)
        transfer_row(other, child, "转入", school.name, **late)
        _lose(f, other, child.name)
        f.truth.near("R118", child, "确认 10-23，到 11-20 正好 20 个工作日")


def _counted_otherwise(f: PlantingGround) -> list[DemoSchool]:
    """Schools whose account (R715) another planting changes: two changes might make up for one another."""
    return [s for s in f.county.schools if "balance" in s.claims and "lost" not in s.claims]


def _another(f: PlantingGround, school: DemoSchool) -> DemoSchool:
    return (f.schools(besides=[school, *_counted_otherwise(f)]) or f.schools(besides=[school]))[0]


def _place(f: PlantingGround) -> tuple[DemoSchool, int, int]:
    try:
        return f.place(besides=_counted_otherwise(f))
    except NoRoom:
        return f.place()


def _lose(f: PlantingGround, school: DemoSchool, name: str) -> None:
    """The school's account (R715) does not balance; one finding, however many are lost."""
    school.claims |= {"balance", "lost"}
    if not any(row[0] == "R715" and row[1] == school.id for row in f.truth.findings):
        f.truth.hit_school("R715", school, f"{name} 不见了")


def r119(f: PlantingGround) -> None:
    for _ in f:
        school, grade, _n = _place(f)
        child = f.county.new_child(school, grade)
        child.school, child.class_no = school, 1
        lost = remember(school, child)
        f.truth.hit("R119", lost, "上学期在籍，本学期哪里都没有")
        _lose(f, school, child.name)
        school, grade, _n = _place(f)
        child = f.county.new_child(school, grade)
        child.school, child.class_no = school, 1
        kept = remember(school, child)
        dropout_row(child, outcome="未复学", return_by_date=day("11-30"), returned_date=None)
        f.truth.near("R119", kept, "在劝返台账")
        _lose(f, school, child.name)


def r120(f: PlantingGround) -> None:
    like = f.schools(kinds=("小学",))[0]
    school = DemoSchool(
        CLOSED_SCHOOL, "撤并小学", "小学", like.area, like.township, len(f.county.schools), like.grades, "id",
        like.directory | {"school_id": CLOSED_SCHOOL, "school_name": "撤并小学"},
    )  # fmt: skip
    f.county.closed.append(school)

    def said(child: Row, note: str) -> list[str]:
        return ["R120", "", "student", str(child["grade"]), "1", child["name"], child["key"], note]

    for _ in f:
        for grade, note in ((4, "五年级的年纪，哪里都没有"), (6, "六年级，已毕业")):
            child = f.county.new_child(school, grade + 1)
            child.school, child.class_no = school, 1
            row = remember(school, child)
            told = said({"grade": row.grade, "name": row.name, "key": row.key}, note)
            (f.truth.findings if grade == 4 else f.truth.near_misses).append(told)


def r211(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "休学", "家长说已休学")
        f.truth.hit("R211", student, "名册在读，休复学台账没有")
        student = f.student()
        absent(student, "休学", "已办休学，平台还没有改")
        suspension_row(student)
        f.truth.near("R211", student, "休复学台账有")


def r212(f: PlantingGround) -> None:
    special = next(iter(f.county.kind("特殊教育学校")), None)
    for _ in f:
        student = f.student()
        absent(student, "特教就读", "家长说在特教学校")
        if special:
            f.truth.hit("R212", student, "特教学校查无此人")
            student = f.student()
            absent(student, "特教就读", "在县特教学校")
            row = seen_at(f, special, student, situation="特教就读")
            f.truth.near("R212", student, "特教学校点名在校")
            f.truth.near_row("R508", special, row, "特殊教育学校不适用")


def r213(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "其他", "又走了，正在劝返")
        dropout_row(student, returned_date=day("09-01"))
        f.truth.hit("R213", student, "台账称 09-01 复学，核对不在校")
        student = f.student()
        absent(student, "其他", "正在劝返")
        dropout_row(student)
        f.truth.near("R213", student, "核对在复学日期 09-28 之前")


PLANTINGS = (r116, r117, r118, r119, r120, r211, r212, r213)
