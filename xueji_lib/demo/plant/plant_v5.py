"""Plantings for 五、违规签字盖章 (R501–R509, R517): transfers."""

from __future__ import annotations

from typing import Any

from xueji_lib.demo.model import Raw
from xueji_lib.demo.orderly_ledgers import OPEN, REFUSED, applicant, day, incoming, outsider
from xueji_lib.demo.plant.planting_ground import BIG, PlantingGround


def r501(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, reason="其他")
        f.truth.hit("R501", child, "原因其他，本校已签意见")
        school, grade, number = f.place()
        child, _row = applicant(f.county, school, grade, number, **(REFUSED | {"reason": "其他"}))
        f.truth.near("R501", child, "原因其他，不同意")
        f.truth.near("R601", child, "原因其他")
        late = OPEN | {"reason": "其他", "apply_date": day("11-16"), "to_opinion_date": None}
        child, _row = applicant(f.county, school, grade, number, **late)
        f.truth.near("R501", child, "原因其他，本校还没有签意见")


def r502(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place({9} if turn % 2 else {6})
        child, _row = incoming(f.county, school, grade, number)
        f.truth.hit("R502", child, f"{grade} 年级转入")
        child, _row = applicant(f.county, school, grade, number, **REFUSED)
        f.truth.near("R502", child, "毕业年级，不同意")
        f.truth.near("R601", child, "毕业年级")
        school, grade, number = f.place({5, 8})
        child, _row = incoming(f.county, school, grade, number)
        f.truth.near("R502", child, f"{grade} 年级")


def r503(f: PlantingGround) -> None:
    for _ in f:
        school, room = f.room(outside="城区")
        f.fill(school, room, BIG - 1)
        child, _row = incoming(f.county, school, room.grade, room.number)
        f.truth.hit("R503", child, "转入后 56 人")
        f.truth.hit_class("R706", school, room.grade, room.number, "56 人")
        school, room = f.room(outside="城区")
        f.fill(school, room, BIG - 2)
        child, _row = incoming(f.county, school, room.grade, room.number)
        f.truth.near("R503", child, "转入后 55 人")
        f.truth.near_class("R706", school, room.grade, room.number, "55 人")


def r504(f: PlantingGround) -> None:
    for _ in f:
        school, rooms = f.grade(area="城区")
        child, _row = incoming(f.county, school, rooms[0].grade, rooms[0].number)
        rooms[0].seats = rooms[0].enrolled - 1
        f.truth.hit("R504", child, "在读比核定学位多 1 人")
        child, _row = incoming(f.county, school, rooms[1].grade, rooms[1].number)
        rooms[1].seats = rooms[1].enrolled
        f.truth.near("R504", child, "在读正好等于核定学位")
        if len(rooms) > 2:
            room, standard = rooms[2], 45 if rooms[2].grade <= 6 else 50
            room.seats = None
            f.fill(school, room, standard)
            child, _row = incoming(f.county, school, room.grade, room.number)
            f.truth.hit("R504", child, f"没有核定学位，超过标准 {standard} 人")
        school, grade, number = f.place(outside="城区")
        child, _row = incoming(f.county, school, grade, number, originals="不齐", form=None)
        f.truth.near("R509", child, "不是城区学校")


def r505(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        late: dict[str, Any] = {
            "apply_date": day("09-14"),
            "from_opinion_date": day("09-15"),
            "to_opinion_date": day("09-16"),
            "centre_date": day("09-18"),
            "from_submit_date": day("09-21"),
            "to_submit_date": day("09-21"),
            "platform_done_date": day("09-22"),
            "arrival_date": day("09-22"),
        }
        child, _row = incoming(f.county, school, grade, number, **late)
        f.truth.hit("R505", child, "第 11 个工作日申请")
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, **(late | {"apply_date": day("09-11")}))
        f.truth.near("R505", child, "第 10 个工作日申请")
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, apply_date=day("07-20"))
        f.truth.near("R505", child, "暑假里申请，按开学日计")


def r506(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        if turn % 2:
            child, _row = incoming(f.county, school, grade, number, arrival_date=day("09-04"))
            f.truth.hit("R506", child, "09-04 到校，09-07 确认")
        else:
            child, _row = incoming(f.county, school, grade, number, centre_date=None)
            f.truth.hit("R506", child, "没有确认日期已到校")
        school, grade, number = f.place()
        days = ("centre_date", "from_submit_date", "to_submit_date", "platform_done_date", "arrival_date")
        same: dict[str, Any] = dict.fromkeys(days, day("09-08"))
        child, _row = incoming(f.county, school, grade, number, **same)
        f.truth.near("R506", child, "确认当日到校")
        f.truth.near("R507", child, "办结当日到校")


def r507(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, arrival_date=day("09-09"))
        f.truth.hit("R507", child, "09-09 到校，09-10 办结")
    school, grade, number = f.place()
    child, _row = incoming(f.county, school, grade, number, arrival_date=Raw("开学后", "D05"))
    f.truth.unknown("R506", child, "实际到校日期不是日期（D05）")
    f.truth.unknown("R507", child, "实际到校日期不是日期（D05）")


def r509(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place(area="城区")
        paper = {"form": None} if turn % 2 else {"originals": "不齐"}
        child, _row = incoming(f.county, school, grade, number, **paper)
        f.truth.hit("R509", child, "申报表为空" if turn % 2 else "材料原件不齐")


def r517(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        row = outsider(f.county, school, grade, number, "借读旁听" if turn % 2 else "违规招收或转入")
        f.truth.hit_row("R517", school, row, "借读旁听" if turn % 2 else "违规招收")
        special = next(iter(f.county.kind("特殊教育学校")), None)
        if special:
            grade, number = f.open_place(special, special.grades)
            row = outsider(f.county, special, grade, number, "借读旁听")
            f.truth.near_row("R517", special, row, "特殊教育学校不适用")


def r518(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        row = outsider(f.county, school, grade, number, "其他")
        row.situation = None if turn % 2 else "其他"
        f.truth.hit_row("R518", school, row, "情形空白" if turn % 2 else "情形其他")
        row = outsider(f.county, school, grade, number, "无户口", measure="联系派出所补登")
        f.truth.near_row("R518", school, row, "情形写明")


PLANTINGS = (r501, r502, r503, r504, r505, r506, r507, r509, r517, r518)
