"""Plantings for 六、刁难学生转学 (R601–R605)."""

from __future__ import annotations

from xueji_lib.demo.orderly_ledgers import OPEN, REFUSED, applicant, day, incoming
from xueji_lib.demo.plant.planting_ground import PlantingGround


def r601(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        child, _row = applicant(f.county, school, grade, number, **REFUSED)
        f.truth.hit("R601", child, "窗口内申请，有空余学位，被拒")
        for room in school.rooms_of(grade):  # no planting may fill this grade up afterwards
            room.touched = True
        child, _row = applicant(f.county, school, grade, number, **(REFUSED | {"apply_date": day("09-14")}))
        f.truth.near("R601", child, "窗口外申请")
        f.truth.near("R604", child, "写明了理由")
        school, rooms = f.grade(outside="城区")
        for room in rooms:
            room.seats = room.enrolled
        child, _row = applicant(f.county, school, rooms[0].grade, rooms[0].number, **REFUSED)
        f.truth.near("R601", child, "该年级没有空余学位")


def r602(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        migrant = OPEN | {"migrant_child": "是"}
        child, _row = applicant(f.county, school, grade, number, **(migrant | {"apply_date": day("10-15")}))
        f.truth.hit("R602", child, "10-15 申请，至今未决")
        if turn == 0:
            child, _row = applicant(f.county, school, grade, number, **migrant)
            f.truth.hit("R602", child, "09-01 申请，至今未决")
            f.truth.near("R401", child, "也在集中办理窗口内，归 R602")
        child, _row = applicant(f.county, school, grade, number, **(migrant | {"apply_date": day("11-06")}))
        f.truth.near("R602", child, "正好 10 个工作日")
        child, _row = applicant(f.county, school, grade, number, **(OPEN | {"apply_date": day("10-15")}))
        f.truth.near("R602", child, "不是随迁子女")


def r603(f: PlantingGround) -> None:
    for turn in f:
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, visits=2 + turn % 3)
        f.truth.hit("R603", child, f"到校 {2 + turn % 3} 次")
        school, grade, number = f.place()
        child, _row = incoming(f.county, school, grade, number, visits=1)
        f.truth.near("R603", child, "到校 1 次")
    school, grade, number = f.place()
    child, _row = incoming(f.county, school, grade, number, visits=None)
    f.truth.unknown("R603", child, "到校次数为空，没有固定含义")


def r604(f: PlantingGround) -> None:
    for _ in f:
        school, grade, number = f.place()
        refused = REFUSED | {"refusal_reason": None, "apply_date": day("09-14")}
        child, _row = applicant(f.county, school, grade, number, **refused)
        f.truth.hit("R604", child, "没有理由")


def r605(f: PlantingGround) -> None:
    kinds = ("拒收符合条件学生", "拖延办理", "要求额外材料")
    states = ("属实", None, "未核实")
    for turn in f:
        school = f.schools(numbers=("id", "reg", "none"))[0]
        school.load += 1
        category = kinds[turn % 3]
        complaint = {"school_id": school.id, "content": "家长来电反映", "category": category}
        f.county.complaints.append(complaint | {"received_date": day("09-16"), "verified": states[turn % 3]})
        f.truth.hit_school("R605", school, f"核实情况 {states[turn % 3] or '为空'}", f"2026-09-16|{category}")
        f.county.complaints.append(complaint | {"received_date": day("09-23"), "verified": "不属实"})
        f.truth.near_school("R605", school, "不属实", f"2026-09-23|{category}")
        f.county.complaints.append(complaint | {"received_date": day("09-28"), "category": "其他", "verified": "属实"})
        f.truth.near_school("R605", school, "类别是其他", "2026-09-28|其他")


PLANTINGS = (r601, r602, r603, r604, r605)
