"""Plantings for 七、其他事项: custody, people in charge, completeness, classes (R701–R706, R713)."""

from __future__ import annotations

import datetime as dt

from xueji_lib.demo.model import DemoSchool, Raw
from xueji_lib.demo.orderly_ledgers import day
from xueji_lib.demo.plant.planting_ground import ANY, BIG, PlantingGround


def r701(f: PlantingGround) -> None:
    for turn in f:
        if school := f.claim("custody"):
            if turn % 2:
                school.custody.clear()
                f.truth.hit_school("R701", school, "没有本学年的行")
            else:
                school.custody[0]["pledge_date"] = None
                f.truth.hit_school("R701", school, "签订日期为空")
        if school := f.claim("custody"):
            school.custody[0]["pledge_date"] = day("07-31")
            f.truth.hit_school("R701", school, "07-31 还是上一学年")
        if school := f.claim("custody"):
            school.custody[0]["pledge_date"] = day("08-01")
            f.truth.near_school("R701", school, "08-01 是本学年第一天")
    if school := f.claim("custody"):
        school.custody.append({**school.custody[0], "pledge_date": None})
        f.truth.near_school("R701", school, "两行，有一行签了")


def r702(f: PlantingGround) -> None:
    for turn in f:
        school = f.schools()[0]
        school.load += 1
        for receiver, number, given_day, approved, wrong in (
            ("某某教育培训学校", None, "10-13", "10-12", "批准文号为空"),
            ("某某保险公司", f"教基函〔2026〕{100 + turn}号", "10-14", "10-15", "先提供后批准"),
            ("县疾病预防控制中心", f"教基函〔2026〕{200 + turn}号", "10-16", "10-16", ""),
        ):
            school.ledgers["disclosures"].append(
                {
                    "school_id": school.id,
                    "given_date": day(given_day),
                    "receiver": receiver,
                    "content": "学生名单",
                    "approval_no": number,
                    "approval_date": day(approved),
                }
            )
            key = f"2026-{given_day}|{receiver}"
            if wrong:
                f.truth.hit_school("R702", school, wrong, key)
            else:
                f.truth.near_school("R702", school, "批准当日提供", key)


def r703(f: PlantingGround) -> None:
    for turn in f:
        column = "registrar" if turn % 2 else "vice_principal"
        if school := f.claim("directory", kinds=("小学", "初级中学", "九年一贯制学校", "高级中学", "完全中学")):
            school.directory[column] = None
            f.truth.hit_school("R703", school, "学籍管理员为空" if turn % 2 else "分管副校长为空")
    small = f.county.kind("教学点")
    if small:
        small[0].claims.add("directory")
        small[0].directory["vice_principal"] = None
        f.truth.near_school("R703", small[0], "教学点只看学籍管理员")


def r704(f: PlantingGround) -> None:
    """Not decided before 2026-12-31; ``truth/later.csv`` says what comes then."""
    if school := f.claim("trainings"):
        if not school.custody:
            return
        for row in school.custody:
            row["trainings"] = 0
        note = "本学年培训 0 次；2026-12-31 之前不判"
        f.truth.near_school("R704", school, note)
        f.truth.later.append(["R704", school.id, "school", "", "", "", school.id, note])


def r705(f: PlantingGround) -> None:
    for turn in f:
        student = f.student()
        if turn % 2:
            student.guardian_phone = None
        else:
            student.address = None
        f.truth.hit("R705", student, "成员1联系电话为空" if turn % 2 else "现住址为空")
        student = f.student({1, 7, 10}, fits=lambda s: s.before is None)
        student.name = f"{student.name[0]}垚骉"
        student.id_type, student.id_number = "其他", None
        student.register_no = f"J640422{student.birth:%Y%m%d}{f.rng.randrange(1000, 10000)}"
        if student.head:
            student.head.name, student.head.id_number, student.head.register_no = (
                student.name,
                None,
                student.register_no,
            )
        f.truth.near("R705", student, "证件类型其他，号码可以为空")
        f.truth.unknown("R202", student, "号码为空，没有固定含义")
    student = f.student()
    student.raw["address"] = Raw("示范县云台镇向\ufffd村3组", "D09")
    f.truth.near("R705", student, "字符损坏（D09）不算缺失")


def r706(f: PlantingGround) -> None:
    for turn in f:
        school, room = f.room(ANY)
        f.fill(school, room, BIG + 10 if turn % 2 else BIG)
        f.truth.hit_class("R706", school, room.grade, room.number, "66 人，超大班额" if turn % 2 else "56 人")
        school, room = f.room(ANY)
        f.fill(school, room, BIG - 1)
        f.truth.near_class("R706", school, room.grade, room.number, "55 人")


def _since(school: DemoSchool, when: dt.date) -> None:
    school.directory["registrar_since"] = when
    for row in school.custody:
        row["registrar_since"] = when


def r713(f: PlantingGround) -> None:
    for _ in f:
        if school := f.claim("directory"):
            _since(school, dt.date(2025, 11, 21))
            f.truth.hit_school("R713", school, "364 天")
        if school := f.claim("directory"):
            _since(school, dt.date(2025, 11, 20))
            f.truth.near_school("R713", school, "正好 365 天")
    if school := f.claim("directory"):
        _since(school, dt.date(2026, 12, 1))
        f.truth.unknown_school("R713", school, "任职日期在检查基准日之后")


def _names_a_registrar(school: DemoSchool) -> bool:
    return bool(school.custody and school.directory["registrar"])


def r722(f: PlantingGround) -> None:
    for _ in f:
        for name, note in ((None, "一处没有写"), ("某某", "两处写的不是同一个人")):
            school = f.claim("registrar", fits=_names_a_registrar)
            if school is None:
                return
            for row in school.custody:
                row["registrar"] = name
            if name is None:
                f.truth.near_school("R722", school, note)
            else:
                f.truth.hit_school("R722", school, note)


PLANTINGS = (r701, r702, r703, r704, r705, r706, r713, r722)
