"""Plantings for 五、违规签字盖章 (R510–R516): suspensions and resumptions."""

from __future__ import annotations

from typing import Any

from xueji_lib.demo.model import DemoStudent, Raw
from xueji_lib.demo.orderly_ledgers import day, resumed, suspend, suspension_row
from xueji_lib.demo.plant.planting_ground import BIG, PlantingGround


def r510(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        suspend(student, diagnosis="无", receipts=None)
        f.truth.hit("R510", student, "缺诊断证明、费用单据")
        student = f.student()
        suspension_row(student, medical_record="无", school_review_date=None, centre_date=None, submit_date=None)
        f.truth.near("R510", student, "缺病历，学校没有初审")
        f.truth.near("R407", student, "材料不齐，不算超期未办")
        if turn:
            continue
        student = f.student()
        _majeure(student, office="县公安局")
        f.truth.near("R510", student, "不可抗力不看医疗材料")
        f.truth.near("R512", student, "有部门证明")


NO_ILLNESS = dict.fromkeys(("diagnosis", "diagnosis_hospital", "hospital_level", "medical_record", "receipts"))


def _majeure(student: DemoStudent, office: str | None, **over: Any) -> None:
    """Suspended for 不可抗力, without any medical paper."""
    suspend(student, reason="不可抗力", force_majeure_office=office, **(NO_ILLNESS | over))


def r511(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        suspend(student, hospital_level="县级以下", diagnosis_hospital="云台镇中心卫生院")
        f.truth.hit("R511", student, "乡镇卫生院")
        student = f.student()
        suspend(student, hospital_level="县级以上", diagnosis_hospital="宁夏医科大学总医院")
        f.truth.near("R511", student, "县级以上")
    student = f.student()
    suspend(student, hospital_level=Raw("三甲", "D06"))
    f.truth.unknown("R511", student, "医疗机构级别不在代码集（D06）")


def r512(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        _majeure(student, office="无" if turn % 2 else None)
        f.truth.hit("R512", student, "部门证明为无" if turn % 2 else "部门证明为空")
        student = f.student()
        _majeure(student, office=None, school_review_date=None, centre_date=None, submit_date=None)
        student.status = "在读"
        f.truth.near("R512", student, "学校没有初审")


def r513(f: PlantingGround) -> None:
    late = {
        "school_review_date": day("09-16"),
        "centre_date": day("09-18"),
        "submit_date": day("09-21"),
        "start_date": day("09-22"),
    }
    for _ in f:
        student = f.student()
        suspend(student, apply_date=day("09-15"), **late)
        f.truth.hit("R513", student, "期限 09-14 次日申请")
        student = f.student()
        suspend(student, apply_date=day("09-14"), **late)
        f.truth.near("R513", student, "期限当日申请")
        student = f.student()
        suspend(student, apply_date=day("09-15"), sudden="是", **late)
        f.truth.near("R513", student, "突发特殊")


def r514(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        resumed(student, **({"original_form": None} if turn % 2 else {"recovery_proof": "无"}))
        f.truth.hit("R514", student, "原休学核办表为空" if turn % 2 else "没有康复证明")
        student = f.student()
        gone = NO_ILLNESS | dict.fromkeys(("recovery_proof", "recovery_hospital"))
        resumed(student, reason="不可抗力", force_majeure_office="县民政局", **gone)
        f.truth.near("R514", student, "不可抗力不要求康复证明")


def r515(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        resumed(student, recovery_hospital="固原市人民医院")
        f.truth.hit("R515", student, "两家医院")
        student = f.student()
        resumed(student, recovery_hospital="示范县 人民医院")
        f.truth.near("R515", student, "只差一个空格")
        student = f.student()
        resumed(student, recovery_hospital=None)
        f.truth.near("R515", student, "康复证明医疗机构为空")


def r516(f: PlantingGround) -> None:
    for _ in f:
        school, room = f.room()
        f.fill(school, room, BIG)
        student = f.student({room.grade}, room=room, school=school)
        resumed(student)
        f.truth.hit("R516", student, "复学编入 56 人的班")
        f.truth.hit_class("R706", school, room.grade, room.number, "56 人")
        school, room = f.room()
        f.fill(school, room, BIG - 1)
        student = f.student({room.grade}, room=room, school=school)
        resumed(student)
        f.truth.near("R516", student, "复学编入 55 人的班")


PLANTINGS = (r510, r511, r512, r513, r514, r515, r516)
