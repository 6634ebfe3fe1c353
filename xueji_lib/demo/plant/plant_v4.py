"""Plantings for 四、手续办理不及时 (R401–R409)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xueji_lib.demo.model import DemoSchool, DemoStudent, HeadRow, Raw
from xueji_lib.demo.orderly_ledgers import OPEN, absent, day, outsider, resumed, suspend, suspension_row, transfer_row
from xueji_lib.demo.plant.planting_ground import PlantingGround


def r401(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        row = transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **OPEN)
        row["apply_date"] = day("08-15") if turn % 2 else day("09-11")
        f.truth.hit("R401", student, "暑假里申请，按开学日计" if turn % 2 else "窗口最后一天申请，至今未决")
        student = f.student()
        row = transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **OPEN)
        row["apply_date"] = day("09-14")
        f.truth.near("R401", student, "窗口之外的申请")
    student = f.student()
    row = transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **OPEN)
    row["apply_date"] = dt.date(2025, 12, 1)
    f.truth.unknown("R401", student, "申请日期早于校历第一个学期")


def _waiting(student: DemoStudent, **over: Any) -> None:
    """Let the student wait to return from suspension: all documents handed in on 10-12, nothing decided."""
    absent(student, "休学", "等待学校核办复学")
    student.status = "休学"
    open_cells = dict.fromkeys(("resume_date", "platform_resume_date", "resume_grade", "resume_class"))
    resumed(student, **({"resume_apply_date": day("10-12"), "end_date": day("10-10"), **open_cells} | over))


def r402(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        if turn % 2:
            resumed(
                student, resume_apply_date=day("09-01"), resume_date=day("09-16"), platform_resume_date=day("09-18")
            )
            f.truth.hit("R402", student, "申请到核办 11 个工作日")
        else:
            _waiting(student)
            f.truth.hit("R402", student, "申请 10-12，至今未核办")
        student = f.student()
        resumed(student, resume_apply_date=day("09-01"), resume_date=day("09-15"), platform_resume_date=day("09-16"))
        f.truth.near("R402", student, "申请到核办 10 个工作日")
        student = f.student()
        _waiting(student, recovery_proof="无", recovery_hospital=None)
        f.truth.near("R402", student, "康复证明不齐")
    student = f.student()
    _waiting(student, original_form=Raw("在家里", "D06"))
    f.truth.unknown("R402", student, "原休学核办表不在代码集（D06）")


def r403(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        row = suspend(student, end_date=day("11-19"))
        f.truth.hit("R403", student, "休学期满 11-19")
        student = f.student()
        suspend(student, end_date=day("11-20"))
        f.truth.near("R403", student, "期满日就是检查基准日")
        student = f.student()
        row = suspend(student, end_date=day("11-02"))
        suspension_row(
            student, sudden="是", apply_date=day("11-02"), school_review_date=day("11-03"), centre_date=day("11-04"),
            submit_date=day("11-05"), start_date=day("11-03"), end_date=dt.date(2027, 5, 3),
        )  # fmt: skip
        row["start_date"] = day("09-10")
        f.truth.near("R403", student, "另有一行起始日期更晚")


def r404(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        row = outsider(f.county, school, grade, number, "符合条件未办手续", moved=day("09-10"))
        f.truth.hit_row("R404", school, row, "到校 09-10，期限 09-17")
        f.truth.near_row("R106", school, row, "不是起始年级")
        row = outsider(f.county, school, grade, number, "符合条件未办手续", moved=day("11-13"))
        f.truth.near_row("R404", school, row, "到校 11-13，期限正是 11-20")
        row = outsider(f.county, school, grade, number, "符合条件未办手续", moved=None)
        f.truth.hit_row("R404", school, row, "到校日期为空，按开学日")


def r405(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        row = outsider(f.county, school, grade, number, "无户口", numbered=False)
        f.truth.hit_row("R405", school, row, "整改措施为空")
        _without_number(f, school, row)
        row = outsider(f.county, school, grade, number, "无户口", numbered=False, measure="联系派出所补登")
        f.truth.near_row("R405", school, row, "有整改措施")
        f.truth.near_row("R517", school, row, "无户口不是违规招收")
        _without_number(f, school, row)


def _without_number(f: PlantingGround, school: DemoSchool, row: HeadRow) -> None:
    """Whether the child is on another register, or counted at another school, nobody can say."""
    for rule in ("R207", "R508"):
        f.truth.unknown_row(rule, school, row, "在校不在籍而没有号码")


TOPS = {"小学": 6, "初级中学": 9, "九年一贯制学校": 9, "完全中学": 12, "高级中学": 12}


def held_back(f: PlantingGround, school: DemoSchool, grade: int) -> DemoStudent:
    """A child who was in this grade of this school last term too."""
    number = next(r.number for r in school.rooms_of(grade) if not r.closed)
    child = f.county.new_child(school, grade + 1)
    child.grade = grade
    f.county.enrol(school, child, number, before=True)
    school.rooms[grade, number].touched = child.used = True
    school.load += 1
    if child.before:
        child.before.grade = grade
        child.entry = child.before.entry = (child.entry or 0) - 100
    return child


def _top_open(school: DemoSchool) -> bool:
    return any(not r.closed for r in school.rooms_of(TOPS[school.kind]))


def r406(f: PlantingGround) -> None:
    for turn in f:
        for case in ("natural", "pure", "suspended"):
            school = next(s for s in f.schools(kinds=TOPS) if _top_open(s))
            child = held_back(f, school, TOPS[school.kind])
            if case == "natural":
                f.truth.hit("R406", child, "上学期已在毕业年级")
                f.truth.hit("R109", child, "按入学年月应已毕业")
            elif case == "pure":
                child.entry = None
                f.truth.hit("R406", child, "入学年月为空")
            else:
                resumed(child, grade=child.grade)
                f.truth.near("R406", child, "休过学，有台账")
        school = next(iter(f.schools(kinds=("九年一贯制学校",))))
        if turn == 0 and any(not r.closed for r in school.rooms_of(6)):
            child = held_back(f, school, 6)
            f.truth.near("R406", child, "九年一贯制学校的六年级不是毕业年级")
            f.truth.hit("R109", child, "留在六年级")


def r407(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        suspension_row(student, apply_date=day("09-10"), school_review_date=None, centre_date=None, submit_date=None)
        f.truth.hit("R407", student, "材料齐，申请 09-10 至今未初审")
        student = f.student()
        suspension_row(
            student, sudden="是", apply_date=day("11-06"), school_review_date=None, centre_date=None, submit_date=None,
            start_date=None,
        )  # fmt: skip
        f.truth.near("R407", student, "申请 11-06 至 11-20 正好 10 个工作日")


def _of_county(rule: str, student: DemoStudent, note: str) -> list[str]:
    return [rule, "", "student", str(student.grade), str(student.class_no), student.name, student.key, note]


def r408(f: PlantingGround) -> None:
    signed = OPEN | {"from_opinion_date": day("09-02")}
    for turn in f:
        student = f.student()
        both = {"to_opinion_date": day("09-03")} if turn % 2 else {}
        transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **(signed | both))
        f.truth.findings.append(_of_county("R408", student, "两校已签，等县里" if turn % 2 else "本校已签，等对方"))
        f.truth.near("R401", student, "本校已签署")
        student = f.student()
        transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **(signed | {"apply_date": day("11-06")}))
        f.truth.near_misses.append(_of_county("R408", student, "正好 10 个工作日"))


def r409(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        suspension_row(student, centre_date=None, submit_date=None, start_date=None)
        f.truth.findings.append(_of_county("R409", student, "09-04 初审，至今未审批"))
        f.truth.near("R407", student, "学校已初审")
        student = f.student()
        late = {"sudden": "是", "apply_date": day("11-05"), "school_review_date": day("11-06")}
        suspension_row(student, **late, centre_date=None, submit_date=None, start_date=None)
        f.truth.near_misses.append(_of_county("R409", student, "初审 11-06 至 11-20 正好 10 个工作日"))


PLANTINGS = (r401, r402, r403, r404, r405, r406, r407, r408, r409)
