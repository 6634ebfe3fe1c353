"""Plantings for 七、其他事项: dropouts, children without a register, seats, balance (R707–R712, R714, R715)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.demo.background import resident
from xueji_lib.demo.county import remember
from xueji_lib.demo.model import DemoSchool, DemoStudent, Raw
from xueji_lib.demo.orderly_ledgers import LAST_SPRING, absent, day, departed, dropout_row, incoming, outsider, suspend
from xueji_lib.demo.people import wrong_digit
from xueji_lib.demo.plant.plant_v4 import TOPS, held_back
from xueji_lib.demo.plant.planting_ground import LATER, PlantingGround

AWAY: dict[str, Any] = {"outcome": "未复学", "returned_date": None, "return_by_date": day("11-30")}
UNREPORTED: dict[str, Any] = AWAY | {"reported_date": None, "notice_date": None, "return_by_date": None}


def _lost(f: PlantingGround) -> DemoStudent:
    """A student who is absent and cannot be reached."""
    student = f.student()
    absent(student, "疑似辍学无法联系", "多次家访未见到人")
    return student


def r707(f: PlantingGround) -> None:
    for turn in f:
        student = _lost(f)
        if turn % 2:
            dropout_row(student, **(UNREPORTED | {"found_date": day("10-09")}))
            f.truth.hit("R707", student, "发现 10-09，至今未上报")
        else:
            f.truth.hit("R707", student, "劝返台账没有该生")
        student = _lost(f)
        dropout_row(student, **(UNREPORTED | {"found_date": day("11-13"), "last_visit_date": day("11-16")}))
        f.truth.near("R707", student, "发现 11-13，期限正是 11-20")
        student = _lost(f)
        dropout_row(student, **AWAY)
        f.truth.near("R707", student, "已上报乡镇")


def r708(f: PlantingGround) -> None:
    for _ in f:
        silent = AWAY | {"notice_date": None, "return_by_date": None}
        student = _lost(f)
        dropout_row(student, **(silent | {"found_date": day("10-09"), "reported_date": day("10-12")}))
        f.truth.hit("R708", student, "上报 10-12，没有通知书")
        student = _lost(f)
        dropout_row(student, **(silent | {"found_date": day("11-09"), "reported_date": day("11-13")}))
        f.truth.near("R708", student, "上报 11-13，期限正是 11-20")
        student = f.student()
        absent(student, "重度残疾不能到校", "重度残疾", measure="每周两次上门")
        dropout_row(student, **(silent | {"category": "残疾", "outcome": "送教上门"}))
        f.truth.near("R708", student, "处理结果是送教上门")
        f.truth.near("R709", student, "台账处理结果是送教上门")


def r709(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "重度残疾不能到校", "重度残疾", measure="定期电话联系")
        f.truth.hit("R709", student, "没有送教上门")
        student = f.student()
        absent(student, "重度残疾不能到校", "重度残疾", measure="每周送教一次")
        f.truth.near("R709", student, "整改措施写明送教")


def r710(f: PlantingGround) -> None:
    def add(child: DemoStudent, schooling: str | None = None) -> list[str]:
        f.county.residents.append(resident(child, child.township, schooling))
        return ["R710", "", "student", "", "", child.name, child.key]

    people = f.county.people
    for index in f:
        township = f.county.schools[index % len(f.county.schools)].township
        for birth, note in ((dt.date(2020, 8, 31), "当天满 6 周岁"), (dt.date(2011, 9, 1), "次日才满 15 周岁")):
            f.truth.findings.append([*add(people.child(3, township, birth=birth)), f"{township}：{note}"])
        for birth, note in ((dt.date(2020, 9, 1), "次日才满 6 周岁"), (dt.date(2011, 8, 31), "当天满 15 周岁")):
            f.truth.near_misses.append([*add(people.child(3, township, birth=birth)), f"{township}：{note}"])
        child = people.child(3, township)
        f.truth.near_misses.append([*add(child, "在固原市就读"), f"{township}：就学去向不为空"])
        child = people.child(3, township)
        child.id_number = wrong_digit(child.id_number or "")
        f.truth.undecided.append([*add(child), f"{township}：号码校验不过"])
    # On a register, but Excel ruined the number there.
    student = f.student({1, 7}, fits=lambda s: s.before is None)
    student.name = f"{student.name[0]}淼犇"
    if student.head:
        student.head.name = student.name
    f.truth.undecided.append([*add(student), f"{student.township}：有同名而号码未知的名册行"])
    student.raw["id_number"] = Raw(float(f"{(student.id_number or '0')[:15]}000".replace("X", "0")), "D04")
    for rule in ("R202", "R205", "R206", "R308"):
        f.truth.unknown(rule, student, "身份证件号被 Excel 损坏（D04）")


def r711(f: PlantingGround) -> None:
    for turn in f:
        if turn % 2:
            school, grade, number = f.place()
            row = outsider(f.county, school, grade, number, "其他", note=None)
            f.truth.hit_row("R711", school, row, "在校不在籍，说明为空")
            f.truth.hit_row("R518", school, row, "情形其他")
        else:
            student = f.student()
            absent(student, "外出不具备转学条件", None)
            f.truth.hit("R711", student, "在籍不在校，说明为空")
        student = f.student()
        absent(student, "请假", None)
        f.truth.near("R711", student, "请假不用说明")


def _full(school: DemoSchool, grade: int) -> None:
    for room in school.rooms_of(grade):
        room.seats, room.reserved = room.enrolled, None


def r712(f: PlantingGround) -> None:
    for turn in f:
        school, rooms = f.grade(LATER)
        student = f.student({rooms[0].grade}, room=rooms[0], school=school)
        row = suspend(student, end_date=day("12-31"), **LAST_SPRING)
        row["grade"] = student.grade - 1
        _full(school, student.grade)
        f.truth.hit_school(
            "R712", school, "上学期休学，本学期期满，升一级，没有学位", str(student.grade), student.grade
        )
        school, rooms = f.grade(LATER)
        student = f.student({rooms[0].grade}, room=rooms[0], school=school)
        suspend(student, end_date=day("12-31"))
        _full(school, student.grade)
        rooms[-1].reserved = 1
        f.truth.near_school("R712", school, "预留了 1 个复学学位", str(student.grade), student.grade)
        tops = [s for s in f.schools(kinds=TOPS) if not any(r.touched for r in s.rooms_of(TOPS[s.kind]))]
        if turn or not tops:
            continue
        school = tops[0]
        student = held_back(f, school, TOPS[school.kind])
        suspend(student, end_date=day("12-31"), **LAST_SPRING)
        _full(school, student.grade)
        for room in school.rooms_of(student.grade):
            room.closed = True
        f.truth.near_school("R712", school, "已到最高年级，不计", str(student.grade), student.grade)


def r714(f: PlantingGround) -> None:
    for _ in f:
        student = _lost(f)
        dropout_row(student, **(AWAY | {"return_by_date": day("11-19")}))
        f.truth.hit("R714", student, "限期 11-19")
        student = _lost(f)
        dropout_row(student, **(AWAY | {"return_by_date": day("11-20")}))
        f.truth.near("R714", student, "限期就是检查基准日")


def r715(f: PlantingGround) -> None:
    for turn in f:
        if school := f.claim("balance", numbers=("id",), special=False, fits=f.roomy):
            grade, number = f.open_place(school)
            if turn % 2:
                child = f.county.new_child(school, grade, number)
                child.school, child.class_no = school, number
                f.truth.hit("R119", remember(school, child), "没有转出，哪里都没有")
                f.truth.hit_school("R715", school, f"上学期的 {child.name} 不见了，没有转出")
            else:
                child = f.county.new_child(school, grade, number)
                f.county.enrol(school, child, number, before=False)
                child.used = True
                f.truth.hit_school("R715", school, f"{grade} 年级的 {child.name} 上学期没有，也没有转入")
        if school := f.claim("balance", numbers=("id",), special=False, fits=f.roomy):
            grade, number = f.open_place(school)
            incoming(f.county, school, grade, number, apply_date=day("08-20"))
            departed(f.county, school, grade, apply_date=day("08-25"))
            f.truth.near_school("R715", school, "暑假申请的转入转出算在本学期，账是平的")
    if school := f.claim("balance", numbers=("id",), kinds=("小学", "初级中学", "九年一贯制学校")):
        student = f.student({school.grades[0]}, school=school, fits=lambda s: s.before is None)
        student.name = f"{student.name[0]}喆骉"
        masked = f"{(student.id_number or '')[:6]}********{(student.id_number or '')[-4:]}"
        student.raw["id_number"], student.raw["register_no"] = Raw(masked, "D11"), Raw("G" + masked, "D11")
        if student.head:
            student.head.name = student.name
            student.head.id_number = student.head.register_no = None
        f.truth.unknown_school("R715", school, f"起始年级的 {student.name} 没有已知号码（D11）")
        f.truth.unknown("R305", student, "两个号码都没有，和上学期比不了")
        for rule in ("R202", "R205", "R206", "R308"):
            f.truth.unknown(rule, student, "号码被遮盖（D11）")


PLANTINGS = (r707, r708, r709, r710, r711, r712, r714, r715)
