"""Plantings for 七、其他事项: acts out of order, and what no measure follows (R717–R721)."""

from __future__ import annotations

from xueji_lib.demo.orderly_ledgers import absent, day, incoming, resumed, suspension_row
from xueji_lib.demo.plant.planting_ground import PlantingGround


def r717(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        late = day("09-08") if turn % 2 else None
        resumed(student, resume_apply_date=None, resume_date=late, platform_resume_date=day("09-07"))
        f.truth.hit("R717", student, "核办晚于平台复学" if turn % 2 else "平台已复学，没有核办")
        student = f.student()
        resumed(student, resume_date=day("09-07"), platform_resume_date=day("09-07"))
        f.truth.near("R717", student, "核办当日平台复学")
    student = f.student()
    student.status = "休学"
    suspension_row(student)
    f.truth.hit("R717", student, "名册休学，休学期内在校")


def r718(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        opinion = day("09-08") if turn % 2 else None
        child, _row = incoming(f.county, school, grade, number, to_opinion_date=opinion)
        f.truth.hit("R718", child, "09-07 确认，09-08 才签" if turn % 2 else "本校没有签署")
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, to_opinion_date=day("09-07"))
        f.truth.near("R718", child, "确认当日签署")


def r719(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        if turn % 2:
            suspension_row(student, centre_date=day("09-03"))
            f.truth.hit("R719", student, "先审批后初审")
        else:
            suspension_row(student, start_date=day("09-07"))
            f.truth.hit("R719", student, "休学起始早于审批")
        student = f.student()
        suspension_row(student, sudden="是", start_date=day("09-07"))
        f.truth.near("R719", student, "突发情况先休学")


def r720(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "外出不具备转学条件", "随父母外出", measure=None)
        f.truth.hit("R720", student, "整改措施为空")
        student = f.student()
        absent(student, "外出不具备转学条件", "随父母外出", measure="督促家长带回")
        f.truth.near("R720", student, "有督促措施")


def r721(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "请假", "病假", moved=day("08-03"))
        f.truth.hit("R721", student, "请假 31 天")
        student = f.student()
        absent(student, "请假", "病假", moved=day("08-04"))
        f.truth.near("R721", student, "请假 30 天")


PLANTINGS = (r717, r718, r719, r720, r721)
