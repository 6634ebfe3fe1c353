"""Whole situations for random counties: rows of several tables that only together say something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.reference.random_cells import RARE_NAMES, Person, people
from tests.reference.three_valued import BLANK, UNKNOWN, known

if TYPE_CHECKING:
    from tests.reference.random_county import Maker

Record = dict[str, Any]
Rows = dict[str, list[Record]]
NUMBERS = ("id_number", "register_no")


def somebody_new(f: Maker) -> Person:
    """A person whom no table of the county knows yet."""
    return people(f.rng, 1, f.as_of)[0]


def pick(f: Maker, rows: Rows, table: str) -> Record | None:
    return f.rng.choice(rows[table]) if rows[table] else None


def headcount_of(f: Maker, student: Record, school: str, **cells: Any) -> Record:
    """A headcount row about a register student, numbers and all."""
    record = f.student("headcount", school, f.anybody())
    record |= {c: student[c] for c in ("name", "sex", "grade", "class_no", *NUMBERS)}
    return record | cells


def namesakes(f: Maker, rows: Rows) -> None:
    """Two of one name in a class, and headcount rows without numbers: as many, or one more or less."""
    student = pick(f, rows, "register")
    if student is None:
        return
    count = f.rng.choice([1, 2, 2, 2, 3])
    other = {**student, **{c: somebody_new(f).cells[c] for c in NUMBERS}}
    if f.chance(0.2):
        other |= {"class_no": f.spice.class_no()}
    rows["register"].append(other)
    school = student["school_id"]
    rows["headcount"] = [
        row for row in rows["headcount"] if row["school_id"] != school or row["name"] != student["name"]
    ]
    presence = f.rng.choice(["在校", "在校", "不在校", None])
    for n in range(count):
        row = headcount_of(f, student, school, **dict.fromkeys(NUMBERS, BLANK))
        row |= {"presence": presence or f.rng.choice(["在校", "不在校"]), "checker": f"核对{n}"}
        if f.chance(0.1):
            row["id_number"] = somebody_new(f).cells["id_number"]
        if f.chance(0.15):
            row["class_no"] = f.spice.class_no()
        rows["headcount"].append(row)


def at_two_schools(f: Maker, rows: Rows) -> None:
    """A student of one school counted at another too, or at the other only; sometimes with a transfer."""
    student = pick(f, rows, "register")
    if student is None:
        return
    school = student["school_id"]
    other = f.rng.choice([s for s in f.schools if s != school])
    day = f.term.start + dt.timedelta(f.rng.choice([1, 2, 3]))
    rows["headcount"] = [row for row in rows["headcount"] if row["id_number"] != student["id_number"]]
    at_home = f.rng.choice(["在校", "不在校", None])
    if at_home:
        situation = f.rng.choice(["外出不具备转学条件", "已转外校就读", "其他", BLANK])
        row = headcount_of(f, student, school, presence=at_home, situation=situation, check_date=day)
        rows["headcount"].append(row)
    there = headcount_of(f, student, other, presence="在校", check_date=day + dt.timedelta(f.rng.choice([0, 0, 1, 5])))
    if f.chance(0.3):
        there |= {"grade": f.rng.choice([7, 10]), "situation": BLANK}
    if f.chance(0.2):
        there[f.rng.choice(NUMBERS)] = BLANK
    rows["headcount"].append(there)
    if f.chance(0.3):
        row = f.student("transfers", f.rng.choice([school, other]), f.anybody())
        row |= {c: student[c] for c in ("name", "grade", "class_no", *NUMBERS)}
        row |= {
            "direction": "转入" if row["school_id"] == other else "转出",
            "result": f.rng.choice(["同意", "办理中"]),
        }
        f.send(row, school if row["school_id"] == other else other)
        rows["transfers"].append(row)
    if f.chance(0.3):
        rows["register"].append({**student, "school_id": other})


def by_name_only(f: Maker, rows: Rows) -> None:
    """Absent at one school and present at another, one rare name and no number to compare."""
    student = pick(f, rows, "register")
    if student is None:
        return
    school = student["school_id"]
    name = f.rng.choice(RARE_NAMES)
    student |= {"name": name, f.rng.choice(NUMBERS): BLANK}
    rows["headcount"].append(
        headcount_of(f, student, school, presence="不在校", situation=f.rng.choice(["其他", "外出不具备转学条件"]))
    )
    for _ in range(f.rng.choice([1, 1, 1, 2])):
        other = f.rng.choice([s for s in f.schools if s != school])
        there = headcount_of(f, student, other, presence="在校", situation=f.rng.choice(["其他", BLANK, "无户口"]))
        there |= dict.fromkeys(NUMBERS, BLANK)
        if f.chance(0.2):
            there |= {"id_number": somebody_new(f).cells["id_number"], "grade": f.spice.grade()}
        rows["headcount"].append(there)


def went_nowhere(f: Maker, rows: Rows) -> None:
    """Transferred to a school of the county, and seen nowhere since, mostly."""
    person = somebody_new(f)
    school, other = f.rng.sample(f.schools, 2)
    row = f.student("transfers", school, person)
    row |= {c: person.cells[c] for c in ("name", *NUMBERS)}
    row |= {"direction": "转出", "result": "同意", "apply_date": f.term.start + dt.timedelta(1)}
    row |= {"centre_date": f.as_of - dt.timedelta(f.rng.choice([20, 28, 31, 40, 60]))}
    f.send(row, other)
    if f.chance(0.15):
        row |= dict.fromkeys(NUMBERS, BLANK)
    rows["transfers"].append(row)
    if f.chance(0.3):
        rows["headcount"].append({**f.student("headcount", other, person), **_numbers(person)})
    if f.chance(0.2):
        again = {**row, "school_id": other, "apply_date": row["apply_date"] + dt.timedelta(f.rng.choice([-1, 0, 5]))}
        f.send(again, f.rng.choice(f.schools))
        rows["transfers"].append(again)


def vanished(f: Maker, rows: Rows) -> None:
    """On the register of last term, and on none now."""
    person = somebody_new(f)
    school = f.rng.choice([*f.schools, f.stranger, f.stranger])
    old = f.student("previous_register", school, person)
    old |= _numbers(person) | {"status": f.rng.choice(["在读", "在读", "在读", "休学", "转出", UNKNOWN])}
    old["grade"] = f.rng.choice([1, 2, 2, 6, 7, 9])
    rows["previous_register"].append(old)
    if f.chance(0.15):
        rows["register"].append({**old, "status": "转出", "school_id": f.rng.choice(f.schools)})
    if f.chance(0.15):
        row = f.student("dropouts", school, person)
        rows["dropouts"].append({**row, "name": old["name"], **(_numbers(person) if f.chance(0.6) else {})})
    if f.chance(0.15):
        row = f.student("transfers", school, person)
        rows["transfers"].append({**row, "direction": "转出", **_numbers(person)})


def gone(f: Maker, rows: Rows) -> None:
    """在籍不在校 under every heading, with a ledger of those brought back, sometimes two rows of it."""
    student = pick(f, rows, "register")
    if student is None:
        return
    school = student["school_id"]
    situation = f.rng.choice(
        "休学 请假 特教就读 外出不具备转学条件 疑似辍学无法联系 多次劝返不返 重度残疾不能到校 其他 已转外校就读".split()
    )
    day = f.rng.choice([f.term.start, f.as_of - dt.timedelta(f.rng.choice([0, 7, 8, 9, 30, 40])), BLANK, UNKNOWN])
    cells = {"presence": "不在校", "situation": situation, "check_date": day}
    cells |= {"measure": f.rng.choice([BLANK, BLANK, "家访", "每周送教上门"])}
    cells |= {"school_note": f.rng.choice([BLANK, "已说明"])}
    if known(day):
        cells["moved_date"] = day - dt.timedelta(f.rng.choice([1, 30, 31, 60]))
    if f.chance(0.7):
        student["status"] = f.rng.choice(["在读", "在读", "在读", "休学"])
    if f.chance(0.15):
        student["grade"] = 10
    rows["headcount"] = [row for row in rows["headcount"] if row["id_number"] != student["id_number"]]
    rows["headcount"].append(headcount_of(f, student, school, **cells))
    for _ in range(f.rng.choice([0, 0, 1, 2])):
        row = f.student("dropouts", school, f.anybody())
        row |= {c: student[c] for c in ("name", *NUMBERS)}
        row |= {"found_date": f.as_of - dt.timedelta(f.rng.choice([7, 8, 9, 9, 40]))}
        row |= {"outcome": f.rng.choice(["已复学", "已复学", "未复学", "送教上门"])}
        row |= {"reported_date": f.rng.choice([BLANK, BLANK, f.as_of]), "returned_date": f.rng.choice([BLANK, day])}
        if f.chance(0.2):
            row |= {f.rng.choice([*NUMBERS, "found_date"]): BLANK}
        rows["dropouts"].append(row)
    if situation == "休学" and f.chance(0.3):
        row = f.student("suspensions", school, f.anybody())
        rows["suspensions"].append(row | {c: student[c] for c in ("name", *f.rng.sample(NUMBERS, 1))})


def on_leave_in_class(f: Maker, rows: Rows) -> None:
    """休学 on the register, and sitting in class."""
    student = pick(f, rows, "register")
    if student is None:
        return
    student["status"] = "休学"
    day = f.term.start + dt.timedelta(3)
    row = headcount_of(
        f, student, student["school_id"], presence="在校", check_date=f.rng.choice([day, day, day, BLANK])
    )
    rows["headcount"].append(row)
    leave = f.student("suspensions", student["school_id"], f.anybody())
    leave |= {c: student[c] for c in ("name", *NUMBERS)}
    leave |= dict.fromkeys(["resume_date", "extend_date", "platform_resume_date"], BLANK)
    leave |= {"end_date": day + dt.timedelta(f.rng.choice([-1, 0, 100])), "start_date": dt.date(2025, 11, 1)}
    rows["suspensions"].append(leave)


def renamed(f: Maker, rows: Rows) -> None:
    """The headcount has the name of before."""
    student = pick(f, rows, "register")
    if student is None:
        return
    old = f.rng.choice(RARE_NAMES)
    row = headcount_of(f, student, student["school_id"], name=old, **dict.fromkeys(NUMBERS, BLANK))
    rows["headcount"].append(row)
    if f.chance(0.5):
        student["former_name"] = old
        return
    change = f.student("changes", student["school_id"], f.anybody())
    change |= {c: student[c] for c in ("name", "register_no", "id_number")}
    change |= {"field": "姓名", "before": old, "approve_date": f.rng.choice([f.term.start, f.term.start, BLANK])}
    rows["changes"].append(change)


def asked_for(f: Maker, rows: Rows) -> None:
    """An application in the window that nobody has decided; often both schools' rows of it."""
    person = somebody_new(f)
    school, other = f.rng.sample(f.schools, 2)
    row = f.student("transfers", school, person) | _numbers(person)
    signed = f.rng.choice([BLANK, f.term.start + dt.timedelta(3)])
    row |= {
        "direction": "转入",
        "result": "办理中",
        "apply_date": f.term.start + dt.timedelta(f.rng.choice([0, 1, 40])),
    }
    row |= {"to_opinion_date": signed, "from_opinion_date": f.rng.choice([BLANK, f.term.start])}
    row |= {"migrant_child": f.rng.choice(["是", "否", "否"])}
    f.send(row, other)
    rows["transfers"].append(row)
    if f.chance(0.5):
        rows["transfers"].append({**row, "school_id": other, "direction": "转出"})
    if f.chance(0.5):
        there = f.student("headcount", school, person) | _numbers(person)
        rows["headcount"].append(there | {"presence": "在校", "situation": f.rng.choice(["符合条件未办手续", "其他"])})


def unknown_child(f: Maker, rows: Rows) -> None:
    """At school and on no register."""
    person = somebody_new(f)
    row = f.student("headcount", f.rng.choice(f.schools), person) | _numbers(person)
    row |= {"presence": "在校", "situation": f.rng.choice(["其他", BLANK, "符合条件未办手续", "符合条件未办手续"])}
    row |= {"grade": f.rng.choice([1, 2, 7]), "moved_date": f.rng.choice([f.term.start, f.term.start, BLANK])}
    rows["headcount"].append(row)


def unseen_child(f: Maker, rows: Rows) -> None:
    """Of school age by the household register."""
    person = somebody_new(f)
    row = f.student("residents", None, person) | _numbers(person)
    rows["residents"].append(row | {"schooling": f.rng.choice([BLANK, BLANK, BLANK, "外县就读"])})


def corrected(f: Maker, rows: Rows) -> None:
    """A wrong number, date or sex put right (or a right one spoilt)."""
    student = pick(f, rows, "register")
    if student is None or not known(student["id_number"]) or not known(student["birth_date"]):
        return
    field, column = f.rng.choice([("身份证件号", "id_number"), ("出生日期", "birth_date"), ("性别", "sex")])
    row = f.student("changes", student["school_id"], f.anybody())
    row |= {c: student[c] for c in ("name", "register_no", "id_number")}
    old, new = somebody_new(f).cells[column], student[column]
    if f.chance(0.2):
        old, new = new, old
    row |= {"field": field, "before": str(old), "after": str(new) if known(new) else BLANK, "household_date": BLANK}
    rows["changes"].append(row)


def _numbers(person: Person) -> Record:
    return {c: person.cells[c] for c in NUMBERS}


Situation = Callable[["Maker", Rows], None]
SITUATIONS: tuple[tuple[float, Situation], ...] = (
    (0.25, namesakes), (0.5, at_two_schools), (0.35, by_name_only), (0.35, went_nowhere), (0.4, vanished), (1.0, gone),
    (0.9, gone), (0.6, gone), (0.2, on_leave_in_class), (0.25, renamed), (0.45, asked_for), (0.4, unknown_child),
    (0.3, unseen_child), (0.35, corrected),
)  # fmt: skip


def put_in(f: Maker, rows: Rows) -> None:
    """Some of the situations, each on its own."""
    for share, situation in SITUATIONS:
        if f.chance(share):
            situation(f, rows)
