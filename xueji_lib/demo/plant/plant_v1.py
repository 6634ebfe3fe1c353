"""Plantings for 一、未按规定及时录入、变动和上报 (R101–R109, R112)."""

from __future__ import annotations

from typing import Any

from xueji_lib.demo.model import Raw
from xueji_lib.demo.orderly_ledgers import (
    OPEN,
    absent,
    day,
    departed,
    incoming,
    outsider,
    resumed,
    suspend,
    suspension_row,
    transfer_row,
)
from xueji_lib.demo.plant.planting_ground import FIRST, NoRoom, PlantingGround


def r101(f: PlantingGround) -> None:
    for turn in f:
        if turn % 2 == 0 and (school := f.claim("reports", "figures")):
            school.reports.clear()
            f.truth.hit_school("R101", school, "没有上报行")
        elif school := f.claim("reports"):
            school.reports[0]["report_date"] = None
            f.truth.hit_school("R101", school, "上报日期为空")
        if school := f.claim("reports"):
            school.reports[0]["report_date"] = day("09-08")
            f.truth.hit_school("R101", school, "期限 09-07 次日上报")
        if school := f.claim("reports"):
            school.reports[0]["report_date"] = day("09-07")
            f.truth.near_school("R101", school, "期限当日上报")
    if school := f.claim("reports", "figures"):
        first = school.reports[0]
        first["report_date"], first["on_register"] = day("09-06"), 1
        school.reports.append({**first, "report_date": day("09-21"), "on_register": None})
        f.truth.near_school("R101", school, "两行，取最早的上报日期 09-06")
        f.truth.near_school("R204", school, "两行，取最晚一行的数字，先报的数字是错的")
    if school := f.claim("reports"):
        school.reports[0]["report_date"] = Raw("2026-09-31", "D05")
        f.truth.unknown_school("R101", school, "上报日期不存在（D05）")


def r102(f: PlantingGround) -> None:
    for turn in f:
        school, grade, _ = f.place()
        child, _row = departed(f.county, school, grade, platform_done_date=None if turn % 2 else day("09-22"))
        f.truth.hit("R102", child, "确认 09-07，期限 09-14，未办结" if turn % 2 else "确认 09-07，办结 09-22")
        school, grade, _ = f.place()
        late: dict[str, Any] = {
            "apply_date": day("09-11"),
            "centre_date": day("09-18"),
            "from_submit_date": day("09-21"),
        }
        child, _row = departed(f.county, school, grade, **late, platform_done_date=day("09-28"))
        f.truth.near("R102", child, "确认 09-18 起 7 日是 09-25 中秋节，顺延到 09-28 当日办结")


def r103(f: PlantingGround) -> None:
    for _ in f:
        school, grade, _n = f.place()
        child, _row = departed(
            f.county,
            school,
            grade,
            centre_date=day("09-14"),
            from_submit_date=day("09-22"),
            platform_done_date=day("09-23"),
        )
        f.truth.hit("R103", child, "确认 09-14，期限 09-21，本校 09-22 提交")
        f.truth.hit("R102", child, "办结 09-23 也过了期限")
        school, grade, _n = f.place()
        child, _row = departed(
            f.county, school, grade, centre_date=day("09-14"), from_submit_date=day("09-21"), to_submit_date=None,
            platform_done_date=day("09-21"),
        )  # fmt: skip
        f.truth.near("R103", child, "期限当日提交；对方一侧的提交日期为空与本校无关")


def r104(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "休学", "已办休学")
        suspension_row(student, submit_date=None)
        f.truth.hit("R104", student, "审批 09-08，至今未提交")
        student = f.student()
        absent(student, "休学", "已办休学")
        suspension_row(
            student, sudden="是", apply_date=day("11-09"), school_review_date=day("11-10"), centre_date=day("11-13"),
            submit_date=None, start_date=day("11-16"),
        )  # fmt: skip
        f.truth.near("R104", student, "审批 11-13，期限正是 11-20")
    student = f.student()
    absent(student, "休学", "已办休学")
    suspension_row(student, submit_date=Raw("9月底", "D05"))
    f.truth.unknown("R104", student, "平台提交日期不是日期（D05）")


def r105(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        resumed(student, platform_resume_date=None)
        if turn % 2 == 0:
            student.status = "休学"
        f.truth.hit("R105", student, "复学核办 09-04，平台未复学")
        student = f.student()
        resumed(student)
        student.status = "休学"
        f.truth.hit("R105", student, "平台已复学而名册仍为休学")
        student = f.student()
        resumed(
            student,
            resume_apply_date=day("11-10"),
            resume_date=day("11-13"),
            platform_resume_date=None,
            end_date=day("11-12"),
        )
        student.status = "休学"
        f.truth.near("R105", student, "核办 11-13，期限正是 11-20")


def r106(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place(FIRST)
        row = outsider(f.county, school, grade, number, "符合条件未办手续", moved=day("08-31"))
        f.truth.hit_row("R106", school, row, "起始年级，08-31 到校，期限 09-30")
        f.truth.near_row("R404", school, row, "归 R106")
        row = outsider(f.county, school, grade, number, "符合条件未办手续", moved=day("10-21"))
        f.truth.near_row("R106", school, row, "到校 10-21 起 30 日正是 11-20")
        f.truth.near_row("R404", school, row, "起始年级用 30 日，期限正是 11-20")
    school, grade, number = f.place(FIRST)
    row = outsider(f.county, school, grade, number, "符合条件未办手续", numbered=False, moved=day("09-01"))
    f.truth.unknown_row("R106", school, row, "没有号码，查不了本县名册")
    for rule in ("R207", "R508"):
        f.truth.unknown_row(rule, school, row, "没有号码，查不了别的学校")
    f.truth.hit_row("R404", school, row, "不看号码")


def r107(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        absent(student, "已转外校就读", "据了解已到外地上学", whereabouts="银川市")
        if turn % 2:
            row = transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **OPEN)
            row |= {"result": "不同意", "refusal_reason": "材料不全", "apply_date": day("09-02")}
            f.truth.hit("R107", student, "只有一行不同意的转出")
        else:
            f.truth.hit("R107", student, "没有转出行")
        student = f.student()
        absent(student, "已转外校就读", "转学正在办理", whereabouts="银川市")
        transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **(OPEN | {"apply_date": day("11-16")}))
        f.truth.near("R107", student, "转出正在办理")


def r108(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        student.status = "休学"
        absent(student, "休学", "在家休养")
        f.truth.hit("R108", student, "名册休学，没有台账")
        student = f.student(fits=f.unique)
        row = suspend(student)
        row["id_number"] = row["register_no"] = None
        f.truth.near("R108", student, "台账无号码，姓名在本校名册唯一")


def r109(f: PlantingGround) -> None:
    for _ in f:
        student = f.student({3, 4, 5, 8})
        student.entry = (student.entry or 0) - 100
        f.truth.hit("R109", student, "应比名册高一个年级")
        student = f.student({2, 3, 4, 5, 8, 11})
        student.entry = (student.entry or 0) - 2
        f.truth.near("R109", student, "入学月份 7，仍按当年计")
        student = f.student({2, 3, 4, 5, 8, 11})
        student.entry = (student.entry or 0) + 100 - 3
        f.truth.near("R109", student, "入学月份 6，按上一年计")
        student = f.student({3, 4, 5, 8})
        student.entry = (student.entry or 0) - 100
        resumed(student)
        f.truth.near("R109", student, "休学过一年，有台账")
    student = f.student()
    student.raw["entry_month"] = Raw("秋季入学", "D05")
    f.truth.unknown("R109", student, "入学年月不是年月（D05）")


def r112(f: PlantingGround) -> None:
    for turn in f:
        filing = [s for s in f.schools() if s.ledgers["transfers"] and set(s.grades) & set(range(2, 6))]
        if len(filing) < 2:
            filing = [s for s in f.schools() if s.ledgers["transfers"]]
        if len(filing) < 2:
            raise NoRoom("transfers")
        school, partner = filing[0], filing[1]
        grade = min(set(school.grades) & {2, 3, 4, 5, 8, 11})
        if turn % 2 == 0:
            child, _row = departed(f.county, school, grade, target=partner.name)
            f.truth.hit("R112", child, "转出方有同意的行，转入方没有", school=partner)
            f.truth.hit("R118", child, "转往本县学校，哪里都没有")
        else:
            grade, number = f.open_place(school)
            child, row = incoming(f.county, school, grade, number)
            row["from_school"] = partner.name
            f.truth.hit("R112", child, "转入方有同意的行，转出方没有", school=partner)
        school.load += 1
        child, _row = departed(f.county, school, min(set(school.grades) & {2, 3, 4, 5, 8, 11}), target=partner.id)
        transfer_row(partner, child, "转入", school.name, **(OPEN | {"apply_date": day("11-12")}))
        f.truth.near("R112", child, "对方有相反方向的行，正在办理；对方学校写的是标识码", school=partner)
        f.truth.hit("R118", child, "转往本县学校，哪里都没有")
    quiet = next((s for s in f.county.schools if s.quiet), None)
    if quiet:
        school = f.schools(kinds=("小学", "九年一贯制学校"))[0]
        child, _row = departed(f.county, school, 4, target=quiet.name)
        f.truth.near("R112", child, "对方学校本学期一行转学台账也没有报", school=quiet)
        f.truth.hit("R118", child, "转往本县学校，哪里都没有")


PLANTINGS = (r101, r102, r103, r104, r105, r106, r107, r108, r109, r112)
