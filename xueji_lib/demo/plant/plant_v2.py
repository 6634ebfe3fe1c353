"""Plantings for 二、弄虚作假 (R201, R204, R207, R208, R210): who is where, and what is reported."""

from __future__ import annotations

from xueji_lib.demo.model import DemoSchool, DemoStudent, HeadRow, Raw
from xueji_lib.demo.orderly_ledgers import OPEN, absent, day, dropout_row, outsider, suspension_row, transfer_row
from xueji_lib.demo.plant.planting_ground import PlantingGround


def seen_at(f: PlantingGround, school: DemoSchool, student: DemoStudent, **over: object) -> HeadRow:
    """Add the student, with all numbers, to the headcount of another school; return the row."""
    grade, number = f.open_place(school, school.grades)
    row = HeadRow(grade, number, student.name, student.sex, student.id_number, student.register_no)
    row.situation, row.note, row.moved = "其他", "家长已说明情况，学校正在核实", day("09-01")
    for name, value in over.items():
        setattr(row, name, value)
    school.headcount.append(row)
    return row


def r201(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        absent(student, "其他", "家长称在外地")
        f.truth.hit("R201", student, "情形=其他")
        student = f.student()
        absent(student, None, None)
        f.truth.hit("R201", student, "情形为空")
        f.truth.hit("R711", student, "说明也为空")
        student = f.student()
        absent(student, "其他", "正在查找")
        if turn % 2:
            suspension_row(student)
            f.truth.near("R201", student, "在休复学台账")
        else:
            dropout_row(student, outcome="未复学", return_by_date=day("11-30"), returned_date=None)
            f.truth.near("R201", student, "在劝返台账")
        student = f.student()
        absent(student, "其他", "准备转学")
        refused = OPEN | {"result": "不同意", "refusal_reason": "材料不全"}
        transfer_row(student.at, student, "转出", "银川市兴庆区第九小学", **refused)
        f.truth.near("R201", student, "转出台账有不同意的行")
    student = f.student()
    absent(student, None, "家长已说明")
    if student.head:
        student.head.raw["situation"] = Raw("去外婆家", "D06")
    for rule in ("R107", "R201", "R707", "R709", "R720"):
        f.truth.unknown(rule, student, "情形不在代码集（D06）")
    f.truth.unknown("R211", student, "情形不在代码集（D06）")
    if f.county.kind("特殊教育学校"):
        f.truth.unknown("R212", student, "情形不在代码集（D06）")


def r204(f: PlantingGround) -> None:
    kinds = ("on_register", "at_school", "registered_absent", "present_unregistered")
    labels = ("在籍人数", "在校人数", "在籍不在校人数", "在校不在籍人数")
    for turn in f:
        if school := f.claim("figures"):
            school.report_offsets[kinds[turn % 4]] = 1 if turn % 4 else -1
            f.truth.hit_school("R204", school, f"{labels[turn % 4]}差 1")
    if school := f.claim("figures"):
        school.reports[0] |= {"registered_absent": "", "present_unregistered": ""}
        f.truth.near_school("R204", school, "两个数没有填，填了的相等")
    if school := f.claim("figures"):
        school.junk += 1
        f.truth.unknown_school("R204", school, "名册有一行没有姓名和号码（D10）")
    if school := f.claim("figures", kinds=("小学", "九年一贯制学校", "初级中学")):
        student = f.student(school.grades, school=school)
        absent(student, "请假", "病假")
        if student.head:
            student.head.raw["presence"] = Raw("住院", "D06")
        f.truth.unknown_school("R204", school, "一名学生的在校情况不在代码集（D06）")


def r207(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        f.truth.hit("R207", student, f"在 {other.name} 也点名在校")
        f.truth.hit_row("R207", other, row, f"在 {student.at.name} 也点名在校")
        f.truth.hit("R210", student, f"在 {other.name} 在校")
        f.truth.hit_row("R508", other, row, f"学籍在 {student.at.name}")
        # On no register at all, in class at two schools.
        first_school, second_school = f.schools()[:2]
        row = outsider(f.county, first_school, *f.open_place(first_school, first_school.grades), "其他")
        child = f.county.new_child(second_school, 3, birth=f.county.people.birth(3), name=row.name, sex=row.sex)
        child.id_number, child.register_no = row.id_number, None
        second_row = seen_at(f, second_school, child)
        f.truth.hit_row("R207", first_school, row, "两校都不在籍")
        f.truth.hit_row("R518", first_school, row, "情形其他，不知从哪里来")
        f.truth.hit_row("R207", second_school, second_row, "两校都不在籍")
        f.truth.hit_row("R518", second_school, second_row, "情形空白，不知从哪里来")
        student = f.student()
        other = f.schools(besides=[student.at])[0]
        seen_at(f, other, student, presence="不在校")
        f.truth.near("R207", student, f"{other.name} 的行是不在校")
        special = next((s for s in f.county.kind("特殊教育学校")), None)
        if special:
            student = f.student()
            row = seen_at(f, special, student, situation="特教就读")
            f.truth.near("R207", student, "一方是特殊教育学校")
            f.truth.near("R210", student, "对方是特殊教育学校")
            f.truth.near_row("R508", special, row, "特殊教育学校不适用")


def r208(f: PlantingGround) -> None:
    for _ in f:
        for people, same_name, far in ((6, False, False), (5, False, False), (7, True, False), (6, False, True)):
            school = max(f.schools()[:6], key=lambda s: sum(not x.used for x in s.students()))
            phone = f"0954-{f.rng.randrange(2100000, 2999999)}" if far else f.county.people.phone()
            chosen = [f.student(school.grades, school=school) for _ in range(people)]
            for student in chosen:
                student.guardian_phone = phone
                if same_name:
                    student.guardian = chosen[0].guardian
            # Two names at least, one of them twice.
            if not same_name:
                chosen[1].guardian = chosen[0].guardian + "霞"
            if people == 6 and not far:
                f.truth.hit_school("R208", school, "6 名学生同一电话", phone)
            else:
                note = "固定电话" if far else "7 名学生同一电话，监护人同一人" if same_name else "只有 5 名"
                f.truth.near_school("R208", school, note, phone)


def r210(f: PlantingGround) -> None:
    for _ in f:
        student = f.student()
        absent(student, "外出不具备转学条件", "家长称在外地务工")
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        f.truth.hit("R116", student, f"在 {other.name} 在校")
        f.truth.near("R210", student, "本校核对表已如实记不在校")
        f.truth.hit_row("R508", other, row, f"学籍在 {student.at.name}")
        student = f.student()
        absent(student, "外出不具备转学条件", "正在办理转学")
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        transfer_row(other, student, "转入", student.at.name, **(OPEN | {"apply_date": day("11-10")}))
        f.truth.near("R210", student, "转入方台账有办理中的行")
        f.truth.near_row("R508", other, row, "本校转入正在办理")
        student = f.student()
        absent(student, "外出不具备转学条件", "正在办理转学")
        other = f.schools(besides=[student.at])[0]
        row = seen_at(f, other, student)
        transfer_row(student.at, student, "转出", other.name, **(OPEN | {"apply_date": day("11-10")}))
        f.truth.near("R210", student, "转出方台账有办理中的行")
        f.truth.hit_row("R508", other, row, "转出方的行不算，本校没有转入行")


PLANTINGS = (r201, r204, r207, r208, r210)
