"""Plantings for 三、伪造、改动学籍数据 (R301–R308)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.demo.model import DemoStudent, Raw, Row
from xueji_lib.demo.orderly_ledgers import change_row, day
from xueji_lib.demo.plant.planting_ground import PlantingGround


def known_before(student: DemoStudent) -> bool:
    """Whether the student is on the previous register."""
    return student.before is not None


def rename(f: PlantingGround, student: DemoStudent, *, past: bool = False, **over: Any) -> Row:
    """A change of name: the previous register (or, last spring, none) holds the old one."""
    old = student.name[0] + "小" + f.rng.choice("宝蛋虎燕")
    if student.before and not past:
        student.before.name = old
    return change_row(student, "姓名", old, student.name, past=past, **over)


def renumber(f: PlantingGround, student: DemoStudent, *, past: bool = False, **over: Any) -> Row:
    """A change of ID number; the register number keeps the first one."""
    old = student.id_number or ""
    student.id_number = f.county.people.number(student.birth or dt.date(2018, 1, 1), student.sex)
    if student.head and student.head.id_number:
        student.head.id_number = student.id_number
    if past and student.before:
        student.before.id_number = student.id_number
    return change_row(student, "身份证件号", old, student.id_number, past=past, **over)


def reethnic(student: DemoStudent, **over: Any) -> Row:
    """A change of 民族."""
    old = "汉族" if student.ethnicity != "汉族" else "回族"
    if student.before:
        student.before.ethnicity = old
    return change_row(student, "民族", old, student.ethnicity, **over)


def rebirth(student: DemoStudent, **over: Any) -> Row:
    """The birthday was wrong on the previous register and agrees with the ID now."""
    if student.birth is None:
        raise ValueError(student.name)
    old = student.birth + dt.timedelta(days=10)
    if student.before:
        student.before.birth = old
    return change_row(student, "出生日期", old.isoformat(), student.birth.isoformat(), **over)


def r301(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        if turn % 2:
            rename(f, student, household_date=day("09-19"))
            f.truth.hit("R301", student, "09-18 修改，09-19 才变更户口")
        else:
            rename(f, student, household_date=None)
            f.truth.hit("R301", student, "户口登记变更日期为空")
        student = f.student(fits=known_before)
        rename(f, student, household_date=day("09-18"))
        f.truth.near("R301", student, "户口变更当日修改")
        student = f.student(fits=known_before)
        change_row(student, "其他", "走读", "住校", household_date=None, approve_date=None)
        f.truth.near("R301", student, "修改项目是其他")
        f.truth.near("R307", student, "修改项目是其他")
    student = f.student(fits=known_before)
    rename(f, student, household_date=Raw("见户口本", "D05"))
    f.truth.unknown("R301", student, "户口登记变更日期不是日期（D05）")


def r302(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        row = rename(f, student, past=turn % 2 == 1)
        renumber(f, student)
        if turn % 2 == 0:  # one ledger, printed after both changes
            row["id_number"] = student.id_number
        f.truth.hit("R302", student, "姓名上学期改、号码本学期改" if turn % 2 else "本学期姓名和号码都改")
        student = f.student(fits=known_before)
        rename(f, student)
        reethnic(student)
        f.truth.near("R302", student, "改了姓名和民族，没有改号码")


def r303(f: PlantingGround) -> None:
    for _ in f:
        student = f.student(fits=known_before)
        renumber(f, student, past=True)
        renumber(f, student)
        f.truth.hit("R303", student, "上学期和本学期各改一次")
        student = f.student(fits=known_before)
        rebirth(student)
        renumber(f, student)
        f.truth.near("R303", student, "号码只改一次，另一行是出生日期")


def r304(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        if turn % 2:
            renumber(f, student, cancellation="无")
            f.truth.hit("R304", student, "改号码没有销户证明")
        else:
            rename(f, student, booklet_copy=None)
            f.truth.hit("R304", student, "户口本复印件为空")
        student = f.student(fits=known_before)
        renumber(f, student, cancellation="不适用")
        f.truth.near("R304", student, "销户证明不适用")
        student = f.student(fits=known_before)
        rebirth(student, booklet="无")
        f.truth.near("R304", student, "修改出生日期不在此条")


def r305(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        before = student.before
        if before is None:
            raise ValueError(student.name)
        if turn % 2:
            old = f.county.people.number(student.birth or dt.date(2018, 1, 1), student.sex)
            student.register_no = before.register_no = f"G{old}"
            before.id_number = old
            if student.head and student.head.register_no:
                student.head.register_no = student.register_no
            f.truth.hit("R305", student, "号码改了，没有台账")
            f.truth.hit("R308", student, "学籍号还是旧号码")
        else:
            before.ethnicity = "汉族" if student.ethnicity != "汉族" else "回族"
            f.truth.hit("R305", student, "民族改了，没有台账")
        student = f.student(fits=lambda s: known_before(s) and s.ethnicity == "回族")
        if student.before:
            student.before.ethnicity = "回"
            f.truth.near("R305", student, "回与回族是一个意思")
        student = f.student(fits=known_before)
        if student.before:
            student.before.ethnicity = ""
            f.truth.near("R305", student, "上学期民族为空，不比较")
        student = f.student(fits=known_before)
        if student.before:
            student.before.name = student.name[0] + " " + student.name[1:]
            f.truth.near("R305", student, "姓名只差空格")
    student = f.student(fits=known_before)
    if student.before:
        student.before.raw["birth_date"] = Raw("2017.13.1", "D05")
        f.truth.unknown("R305", student, "上学期出生日期不存在（D05）")


def r306(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        other = student.name[0] + "改名"
        change_row(student, "姓名", student.name, other)
        f.truth.hit("R306", student, "台账改了，名册没有改")
        student = f.student(fits=known_before)
        rename(f, student)
        change_row(student, "姓名", student.name, student.name[0] + "改名")
        f.truth.near("R306", student, "同日两行，有一行与名册相等")
        student = f.student(fits=known_before)
        if student.birth:
            row = rebirth(student)
            row["after"] = f"{student.birth.year}年{student.birth.month}月{student.birth.day}日"
            f.truth.near("R306", student, "日期写法不同，同一天")
        if turn:
            continue
        student = f.student(fits=known_before)
        change_row(student, "其他", "走读", "不住校宿舍")
        f.truth.near("R306", student, "修改项目是其他")


def r307(f: PlantingGround) -> None:
    for turn in f:
        student = f.student(fits=known_before)
        rename(f, student, approve_date=day("09-19") if turn % 2 else None)
        f.truth.hit("R307", student, "09-18 修改，09-19 才审批" if turn % 2 else "审批日期为空")
        student = f.student(fits=known_before)
        rename(f, student, approve_date=day("09-18"))
        f.truth.near("R307", student, "审批当日修改")


def r308(f: PlantingGround) -> None:
    for _ in f:
        student = f.student(fits=known_before)
        _other_number(f, student, "G")
        f.truth.hit("R308", student, "两个学期都是如此，没有台账")
        student = f.student(fits=known_before)
        renumber(f, student)
        f.truth.near("R308", student, "有身份证件号的修改行")
        student = f.student(fits=known_before)
        _other_number(f, student, "L")
        f.truth.near("R308", student, "临时学籍号不比较")


def _other_number(f: PlantingGround, student: DemoStudent, letter: str) -> None:
    """A register number, in both terms, that was never the ID's."""
    number = f.county.people.number(student.birth or dt.date(2018, 1, 1), student.sex)
    student.register_no = letter + number
    if student.before:
        student.before.register_no = student.register_no
    if student.head and student.head.register_no:
        student.head.register_no = student.register_no


PLANTINGS = (r301, r302, r303, r304, r305, r306, r307, r308)
