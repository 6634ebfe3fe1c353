"""Plantings for 二、弄虚作假: numbers, birthdays, doubles (R202, R203, R205, R206, R209)."""

from __future__ import annotations

import datetime as dt

from xueji_lib.demo.model import DemoStudent, HeadRow, Raw
from xueji_lib.demo.orderly_ledgers import absent
from xueji_lib.demo.people import wrong_digit
from xueji_lib.demo.plant.planting_ground import FIRST, PlantingGround


def r202(f: PlantingGround) -> None:
    for turn in f:
        first = f.student(range(2, 6))
        other, grade, number = f.place({first.grade}, besides=[first.at])
        if turn % 2:
            other, grade, number = first.at, first.grade, first.class_no
        twin = f.county.new_child(other, grade, birth=first.birth, sex=first.sex, name=first.name)
        twin.birth, twin.id_number, twin.ethnicity = first.birth, first.id_number, first.ethnicity
        twin.register_no = f"L{first.id_number}"
        f.county.enrol(other, twin, number, before=True)
        twin.used = True
        if other is first.at:
            other.headcount.remove(twin.head)  # type: ignore[arg-type]
            twin.head = first.head
            f.truth.hit("R202", first, "同校同班两条学籍，一条是临时学籍号")
        else:
            absent(twin, "外出不具备转学条件", "家长称在外地")
            f.truth.hit("R202", first, f"另一条在 {other.name}")
            f.truth.hit("R202", twin, f"另一条在 {first.at.name}")
        # Twins: numbers next to each other, everything but the name alike.
        elder = f.student()
        younger = f.county.new_child(elder.at, elder.grade, elder.class_no, birth=elder.birth, sex=elder.sex)
        younger.address, younger.guardian = elder.address, elder.guardian
        f.county.enrol(elder.at, younger, elder.class_no, before=True)
        younger.used = True
        f.truth.near("R202", younger, f"与 {elder.name} 是双胞胎，号码不同")
        f.truth.near("R203", younger, f"与 {elder.name} 同性别同生日而不同名")


def r203(f: PlantingGround) -> None:
    for _ in f:
        first = f.student(range(2, 6))
        other, grade, number = f.place({first.grade}, besides=[first.at])
        second = f.county.new_child(other, grade, number, sex=first.sex)
        second.name, second.birth = first.name, first.birth
        second.id_number = f.county.people.number(first.birth or dt.date(2018, 1, 1), first.sex)
        second.register_no = f"G{second.id_number}"
        f.county.enrol(other, second, number, before=True)
        second.used = True
        f.truth.hit("R203", first, f"与 {other.name} 的一名学生同名同性别同生日")
        f.truth.hit("R203", second, f"与 {first.at.name} 的一名学生同名同性别同生日")
        first = f.student(range(2, 6))
        birth = (first.birth or dt.date(2018, 1, 1)) + dt.timedelta(days=1)
        other, grade, number = f.place({first.grade}, besides=[first.at])
        second = f.county.new_child(other, grade, number, sex=first.sex, name=first.name, birth=birth)
        f.county.enrol(other, second, number, before=True)
        second.used = True
        f.truth.near("R203", second, "生日差一天")


def r205(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        number = wrong_digit(student.id_number or "") if turn % 2 == 0 else (student.id_number or "")[:-1]
        renumber(student, number)
        f.truth.hit("R205", student, "校验位不符" if turn % 2 == 0 else "只有 17 位")
        student = f.student()
        number = wrong_digit(student.id_number or "")
        renumber(student, number)
        student.birth = (student.birth or dt.date(2018, 1, 1)) + dt.timedelta(days=1)
        if student.before:
            student.before.birth = student.birth
        f.truth.hit("R205", student, "校验位不符")
        f.truth.near("R206", student, "出生日期与号码不符，但号码校验不过，归 R205")
        student = f.student()
        renumber(student, f.county.people.number(student.birth or dt.date(2018, 1, 1), student.sex, "830000"))
        f.truth.near("R205", student, "台湾居民居住证号，校验位对")
        student = f.student()
        birth = student.birth or dt.date(2018, 1, 1)
        serial = f.rng.randrange(100, 1000)
        renumber(student, f"640422{birth:%y%m%d}{serial}")
        f.truth.near("R205", student, "15 位旧号，日期存在")
        student = f.student()
        renumber(student, f"E{f.rng.randrange(10**7, 10**8)}", "护照")
        student.register_no = f"L640422{student.birth:%Y%m%d}{f.rng.randrange(1000, 10000)}"
        if student.before:
            student.before.register_no = student.register_no
        if student.head:
            student.head.register_no = student.register_no
        f.truth.near("R205", student, "护照，不是对象")
    student = f.student(FIRST)
    renumber(student, wrong_digit(student.id_number or ""))
    student.raw["id_type"] = Raw("证", "D06")
    f.truth.unknown("R205", student, "证件类型不在代码集（D06），号码校验不过")


def renumber(student: DemoStudent, number: str, kind: str = "居民身份证") -> None:
    """Another ID number from the beginning: in both terms, in the register number and on the headcount."""
    student.id_number, student.id_type = number, kind
    if len(number) == 18:
        student.register_no = f"G{number}"
    for row in (student.before, student.head):
        if row is not None:
            if not isinstance(row, HeadRow) or row.id_number:
                row.id_number = number
            if not isinstance(row, HeadRow) or row.register_no:
                row.register_no = student.register_no
    if student.before:
        student.before.id_type = kind


def r206(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        if turn % 2 == 0:
            student.birth = (student.birth or dt.date(2018, 1, 1)) + dt.timedelta(days=2)
            f.truth.hit("R206", student, "出生日期差 2 天")
        else:
            student.sex = "女" if student.sex == "男" else "男"
            f.truth.hit("R206", student, "性别与第 17 位不符")
        if student.before:
            student.before.birth, student.before.sex = student.birth, student.sex
        if student.head:
            student.head.sex = student.sex
    student = f.student(FIRST, fits=lambda s: s.before is None)
    student.name = f"{student.name[0]}翀骉"
    if student.head:
        student.head.name = student.name
    student.raw["birth_date"] = Raw("2019-02-30", "D05")
    for rule in ("R206", "R209"):
        f.truth.unknown(rule, student, "出生日期不存在（D05）")


def r209(f: PlantingGround) -> None:
    for _ in f:
        # Grade g: g + 4 to g + 7 years old on 2026-08-31 is in order.
        for month, date, years, wrong in ((9, 1, 4, "低"), (8, 31, 4, ""), (8, 31, 8, "高"), (9, 1, 8, "")):
            school, grade, number = f.place()
            birth = dt.date(2026 - grade - years, month, date)
            child = f.county.new_child(school, grade, number, birth=birth)
            f.county.enrol(school, child, number, before=True)
            child.used = True
            if wrong:
                f.truth.hit("R209", child, f"年龄偏{wrong}")
            else:
                f.truth.near("R209", child, "正在年龄界限之内")


PLANTINGS = (r202, r203, r205, r206, r209)
