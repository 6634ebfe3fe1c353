"""Cells for random counties: who the people are, what days are worth trying, what a column may hold."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.reference.three_valued import BLANK, UNKNOWN, known
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.register.identity import check_digit
from xueji_lib.register.policy import Policy
from xueji_lib.register.schema import Column, Kind, Table
from xueji_lib.support import paths

CALENDAR = Calendar.load()
POLICY = Policy.load()
LOW = {
    "class_large": 3, "class_super": 5, "seats_primary": 2, "seats_secondary": 3, "shared_phone_students": 3,
}  # fmt: skip
NAMES = "马小燕 马晓燕 马小雁 马小花 王芳 王方 王芬 李娜 马 阿依莎·买买提 阿依沙·买买提 田文静".split()
RARE_NAMES = "欧阳青云 慕容雪 司马兰 白音都呼木·阿不都热依木江".split()
TEACHERS = ["刘强", "赵敏", BLANK]
PHONES = ["13900000001", "13900000002", "13900000003", "0955-3021234", "1390000000", "13900000001/13900000002"]
READ_OF_REGISTER = (
    "sex birth_date id_type id_number register_no grade class_no entry_month status ethnicity member1_name "
    "member1_phone address hukou_place"
).split()
CODES = {
    name: [label for label in spec if label != "open"] + (["异样"] if spec.get("open") else [])
    for name, spec in tomllib.loads(paths.data("codes", "codes.toml").read_text("utf-8-sig")).items()
}
FIXED_BLANK = {"has": "无", "has_or_na": "无", "complete": "不齐"}
TEXTS = {
    "whereabouts": ["外省", "宁夏"], "school_note": ["家长已说明"], "measure": ["送教上门每周一次", "劝返", "无"],
    "refusal_reason": ["学位已满", "无"], "diagnosis_hospital": ["县人民医院", "县 人民医院", "市医院"],
    "recovery_hospital": ["县人民医院", "县 人民医院", "市医院"], "force_majeure_office": ["公安局", "无", "民政局"],
    "township": ["白崖乡", "城关镇"], "receiver": ["某培训机构", "统计局"], "approval_no": ["西教〔2026〕1号"],
    "schooling": ["外县就读"], "address": ["白崖乡一组"], "hukou_place": ["白崖乡"],
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """What a register would say of somebody."""

    cells: dict[str, Any]


def people(rng: random.Random, n: int, as_of: dt.date) -> list[Person]:
    """People with numbers right and wrong; few enough names that some share one."""
    found: list[Person] = []
    for _ in range(n):
        sex = rng.choice("男女")
        year = rng.choice([2008, 2010, 2011, 2012, 2013, 2014, 2014, 2017, 2018, 2019, 2019, 2020, 2021])
        birth = dt.date(year, *rng.choice([(8, 31), (9, 1), (3, 12), (5, 5)]))
        number = id_number(rng, birth, sex, as_of)
        register_no = rng.choice(
            [f"G{number}"] * 5 + [f"G{valid(rng, birth, sex)}", f"L{valid(rng, birth, sex)}", number]
        )
        twin = rng.choice(found).cells if found and rng.random() < 0.15 else None
        cells = {
            "name": rng.choice(NAMES), "sex": sex, "birth_date": birth, "id_number": number, "register_no": register_no,
            "grade": rng.choice([1, 1, 2, 6, 7, 9, 10]), "class_no": rng.choice([1, 1, 2]),
            "ethnicity": rng.choice(["汉族", "汉族", "回族", "回族", "畲", "畲族"]),
        }  # fmt: skip
        if twin:
            cells |= {c: twin[c] for c in ("name", "sex", "birth_date", "grade", "class_no")}
        found.append(Person(cells))
    return found


def valid(rng: random.Random, birth: dt.date, sex: str) -> str:
    """An 18-place number of someone born then, with the right check digit."""
    area = rng.choice(["640422", "640422", "810000", "900001"])
    order = rng.randrange(10, 12) * 10 + rng.randrange(5) * 2 + (sex == "男")
    first = f"{area}{birth:%Y%m%d}{order:03d}"
    return first + check_digit(first)


def id_number(rng: random.Random, birth: dt.date, sex: str, as_of: dt.date) -> str:
    right = valid(rng, birth, sex)
    future, old = as_of + dt.timedelta(rng.choice([0, 1])), dt.date(rng.choice([1899, 1900]), 1, 1)
    other = rng.choice(["男", "女"])
    wrong = [
        right[:17] + ("1" if right[17] != "1" else "2"),
        valid(rng, birth + dt.timedelta(1), other),
        valid(rng, future, sex), valid(rng, old, sex),
        f"6404222015{'02'}30012", f"64042220150230012{check_digit('64042220150230012')}",
        f"640422{birth:%y%m%d}012", "640422150230011", right[:16] + "A" + right[17], right[:17], right + "1",
        "E12345678",
    ]  # fmt: skip
    return right if rng.random() < 0.72 else rng.choice(wrong)


class Spice:
    """Cells at random, in a term, on a day."""

    def __init__(self, rng: random.Random, term: Term, as_of: dt.date) -> None:
        self.rng, self.term, self.as_of = rng, term, as_of
        steps = (-40, -10, -1, 0, 1, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 21, 23, 24, 25, 29, 30, 31, 38, 39)
        back = (-5, -1, 0, 1, 2, 6, 7, 8, 9, 13, 14, 15, 16, 21, 22, 30, 31, 32, 364, 365, 366)
        days = [term.start + dt.timedelta(n) for n in steps] + [as_of - dt.timedelta(n) for n in back]
        days += [term.end, term.end + dt.timedelta(1), dt.date(2026, 2, 1), dt.date(2026, 7, 31), dt.date(2026, 8, 1)]
        # A day of a year without working days puts its whole school in error: in few counties only.
        last = dt.date(2027, 12, 31) if rng.random() < 0.12 else dt.date(2026, 12, 20)
        self.days = [day for day in days if day <= last] or [term.start]
        self.anchor = term.start

    def grade(self) -> Any:
        return self.rng.choice([1, 1, 2, 6, 7, 9, 10, BLANK, UNKNOWN])

    def class_no(self) -> Any:
        return self.rng.choice([1, 1, 1, 2, 2, BLANK, UNKNOWN])

    def record(self, table: Table) -> dict[str, Any]:
        """A row of a table, about nobody in particular; its days lie near one another, often."""
        self.anchor = self.rng.choice(self.days)
        blank, unknown = self.rng.choice([(0.02, 0.0), (0.12, 0.02), (0.3, 0.06)])
        cells = {}
        for column in table:
            chosen = self.rng.random()
            value = UNKNOWN if chosen < unknown else BLANK if chosen < unknown + blank else self.value(column)
            if column.kind in (Kind.GRADE, Kind.CLASS) and value is BLANK and self.rng.random() < 0.6:
                value = self.value(column)
            cells[column.id] = fixed(table, column, value)
        return cells

    def value(self, column: Column) -> Any:
        rng = self.rng
        match column.kind:
            case Kind.CODE:
                return rng.choice(self.likely(column.codes or ""))
            case Kind.DATE if column.id == "birth_date":
                return dt.date(rng.choice([2012, 2014, 2019]), 9, 1)
            case Kind.DATE:
                near = self.anchor + dt.timedelta(rng.choice([-1, 0, 1, 5, 6, 7, 7, 8, 8, 9, 10, 14, 15, 30, 31]))
                return near if rng.random() < 0.5 and near <= max(self.days) else rng.choice(self.days)
            case Kind.MONTH:
                return rng.choice([201409, 201909, 202006, 202007, 202109, 202409, 202509, 202602, 202609, 202609])
            case Kind.GRADE:
                return rng.choice([1, 1, 2, 6, 7, 9, 10])
            case Kind.CLASS:
                return rng.choice([1, 1, 2])
            case Kind.COUNT:
                return rng.choice([0, 0, 1, 1, 2, 3, 4, 5])
            case Kind.NAME:
                return rng.choice(NAMES if column.id == "name" else TEACHERS)
            case Kind.PHONE:
                return rng.choice([PHONES[0], PHONES[0], *PHONES])
            case Kind.ID | Kind.REGISTER_NO:
                birth = dt.date(2014, 9, 1)
                return ("G" if column.kind is Kind.REGISTER_NO else "") + id_number(rng, birth, "女", self.as_of)
            case Kind.TERM:
                return rng.choice([self.term.id] * 5 + ["2025-2026-1"])
            case Kind.SCHOOL_YEAR:
                return rng.choice([self.term.school_year] * 4 + ["2024-2025"])
            case _:
                return rng.choice(TEXTS.get(column.id, ["文字", "其他文字"]))

    def likely(self, codes: str) -> list[Any]:
        """A code set, with those first in it more often."""
        labels = CODES[codes]
        more = {
            "situation": ["符合条件未办手续"] * 3,
            "transfer_result": ["同意"] * 3,
            "student_status": ["在读"] * 20 + ["休学"] * 3,
        }
        return labels + labels[:1] * (len(labels) // 2) + more.get(codes, [])

    def about(self, person: Person, *, sparse: bool = False) -> dict[str, Any]:
        """What a table knows of a person; ``sparse``: often no numbers."""
        cells = dict(person.cells)
        for column in ("id_number", "register_no"):
            chosen = self.rng.random()
            if chosen < (0.3 if sparse else 0.06):
                cells[column] = BLANK
            elif chosen < (0.36 if sparse else 0.1):
                cells[column] = UNKNOWN
        for column in ("name", "sex", "birth_date", "grade", "class_no", "ethnicity"):
            if self.rng.random() < 0.05:
                cells[column] = self.rng.choice([BLANK, UNKNOWN])
        return cells

    def changed(self, record: dict[str, Any], student: dict[str, Any]) -> None:
        """修改前 and 修改后 that fit the field; 修改后 is often what the register says now."""
        column = {
            "姓名": "name",
            "性别": "sex",
            "民族": "ethnicity",
            "出生日期": "birth_date",
            "身份证件号": "id_number",
        }.get(record["field"])
        if column is None:
            return
        table = schema.REGISTER[column]
        for side in ("before", "after"):
            now = student[column]
            value = now if side == "after" and self.rng.random() < 0.6 else self.value(table)
            if known(value) and self.rng.random() < 0.95:
                record[side] = self.written(str(value))

    def written(self, text: str) -> str:
        """As somebody may have put it down."""
        other = {"回族": "回", "汉族": "汉", "男": "1", "女": "女性", "马小燕": "马 小燕"}
        return other.get(text, text) if self.rng.random() < 0.3 else text


def fixed(table: Table, column: Column, value: Any) -> Any:
    """Blanks that have a meaning of their own are no blanks at rest."""
    if value is BLANK and (table.id, column.id) == ("register", "status"):
        return "在读"
    if value is BLANK and (table.id, column.id) == ("dropouts", "outcome"):
        return "未复学"
    return FIXED_BLANK.get(column.codes or "", BLANK) if value is BLANK else value


def when(rng: random.Random) -> tuple[Calendar, Term, dt.date]:
    """Mostly a day of the first term; sometimes the second, or 2027, whose working days nobody knows."""
    calendar, term_id = CALENDAR, "2026-2027-1"
    days: list[Any] = [dt.date(2026, 11, 20)] * 6
    days += [dt.date(2026, m, d) for m, d in ((9, 7), (9, 8), (9, 15), (9, 30), (10, 8), (10, 9), (12, 31))]
    chosen = rng.random()
    if chosen < 0.12:
        term_id = "2025-2026-2"
        days = [dt.date(2026, m, d) for m, d in ((3, 9), (3, 10), (5, 20), (5, 20), (7, 10), (8, 20))]
    elif chosen < 0.2:
        later = {"2026-2027-2": Term("2026-2027-2", dt.date(2027, 3, 1), dt.date(2027, 7, 9))}
        terms: Mapping[str, Term] = {**CALENDAR.terms, **later}
        calendar, term_id = replace(CALENDAR, terms=terms), rng.choice(["2026-2027-1", "2026-2027-2"])
        days = [dt.date(2027, 1, 10), dt.date(2027, 3, 8), dt.date(2027, 4, 1), dt.date(2026, 12, 31)]
    return calendar, calendar.terms[term_id], rng.choice(days)


def policy(rng: random.Random) -> Policy:
    """Figures that small counties can reach, mostly; some that wait for the county are confirmed, in some counties."""
    if rng.random() < 0.2:
        return POLICY
    confirmed = rng.choice([0.0, 0.4, 1.0])
    sources = {
        name: source.replace("待县局确认", "县局已确认") if rng.random() < confirmed else source
        for name, source in POLICY.sources.items()
    }
    return replace(POLICY, edition="试", figures={**POLICY.figures, **LOW}, sources=sources)
