"""Cells as offices write them: one fact, many spellings. A ``Style`` is fixed for a file."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from xueji_lib.demo.model import Raw, stage
from xueji_lib.register.schema import Column, Kind

Cell = str | int | float | dt.date | None

_NUMERALS = "零一二三四五六七八九十"
_STAGE = {7: "初", 10: "高"}
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_CODES = {
    "sex": {"男": "1", "女": "2"},
    "id_type": {"居民身份证": "1", "护照": "A", "其他": "Z"},
    "boarding": {"走读": "1", "住校": "2"},
    "ethnicity": {"汉族": "汉", "回族": "回", "满族": "满", "蒙古族": "蒙古", "东乡族": "东乡"},
}
_ALIASES = {
    "register_no": ("全国学籍号", "国网学籍号", "学籍号", "学籍编号"),
    "id_number": ("身份证件号", "身份证号", "身份证号码", "证件号码"),
    "hukou_place": ("户口所在地", "户口所在地行政区划"),
    "class_no": ("班号", "班级", "班级名称"),
    "address": ("现住址", "现住地址"),
    "member1_name": ("成员1姓名", "成员或监护人1姓名"),
    "id_type": ("身份证件类型", "身份证类型"),
}
_DATES = ("{y}-{m:02d}-{d:02d}", "{y}/{m}/{d}", "{y}.{m:02d}.{d:02d}", "{y}{m:02d}{d:02d}", "{y}年{m}月{d}日")


def grade_name(grade: int) -> str:
    """The Chinese name of a grade: 一年级, 初一, 高三."""
    first = stage(grade)
    return f"{_STAGE[first]}{_NUMERALS[grade - first + 1]}" if first in _STAGE else f"{_NUMERALS[grade]}年级"


@dataclass(slots=True)
class Style:
    """How a file spells things. ``turn`` picks the spellings; ``plain``: no cell is spelled differently from the
    rest."""

    turn: int
    first_year: int
    rng: random.Random
    excel: bool = False
    codes: bool = False
    dates: int = 0  # 0..4 text forms, 5 Excel cells, 6 Excel serial numbers
    classes: int = 0
    grades: int = 0
    months: int = 0
    quote: bool = False  # a ' before long numbers
    plain: bool = False  # no odd cells
    dot: str = "·"
    aliases: dict[str, str] = field(default_factory=dict)

    def header(self, column: Column) -> str:
        """The column's name in this file."""
        if column.id in self.aliases:
            return self.aliases[column.id]
        return column.header

    def cell(self, column: Column, value: object, grade: int) -> Cell:
        """The value as this file spells it."""
        if value is None:
            return None
        if isinstance(value, Raw):
            return value.text
        if isinstance(value, dt.date):
            return self.date(value)
        text = str(value)
        if column.kind is Kind.NAME:
            return self._name(text)
        if column.kind in (Kind.ID, Kind.REGISTER_NO):
            return self._number(text)
        if column.kind is Kind.CODE and self.codes:
            return _CODES.get(column.codes or "", {}).get(text, text)
        if column.kind is Kind.MONTH:
            year, month = text[:4], text[4:]
            return (text, f"{year}-{month}", f"{year}.{month}", f"{year}年{int(month)}月")[self.months % 4]
        if column.kind is Kind.GRADE:
            return (text, text, f"{text}年级", grade_name(int(text)))[self.grades % 4]
        if column.kind is Kind.CLASS:
            return self.class_name(grade, int(text))
        if column.kind is Kind.COUNT:
            return int(text) if self.excel else text
        return text

    def date(self, value: dt.date) -> Cell:
        """The date in one of the forms, the same all through the file."""
        if self.dates < 5:
            text = _DATES[self.dates].format(y=value.year, m=value.month, d=value.day)
            odd = not self.plain and self.dates == 0 and self.rng.random() < 0.01
            return text.translate(_FULL) if odd else text
        if self.dates == 5:
            return value
        return (value - dt.date(1899, 12, 30)).days

    def class_name(self, grade: int, number: int) -> str:
        """The class in one of eight spellings: 1, 01, 1班, （1）班, 七（1）班, 七年级1班, 701, 2025级1班."""
        short = _NUMERALS[grade] if grade <= 9 else grade_name(grade)
        cohort = self.first_year - (grade - stage(grade))
        return (
            str(number),
            f"{number:02d}",
            f"{number}班",
            f"（{number}）班",
            f"{short}（{number}）班",
            f"{grade_name(grade)}{number}班" if grade > 6 else f"{_NUMERALS[grade]}年级{number}班",
            f"{grade}{number:02d}" if grade <= 9 else f"{number:02d}",
            f"{cohort}级{number}班",
        )[self.classes % 8]

    def _name(self, text: str) -> str:
        if "·" in text:
            return text.replace("·", self.dot)
        if not self.plain and len(text) == 2 and self.rng.random() < 0.3:
            return f"{text[0]} {text[1]}" if self.turn % 2 else f"{text[0]}\u3000{text[1]}"
        return text

    def _number(self, text: str) -> str:
        if not self.plain and self.rng.random() < 0.004:
            text = text.translate(_FULL) if self.turn % 2 else f" {text} "
        return f"'{text}" if self.quote else text


def style(turn: int, first_year: int, form: str, rng: random.Random) -> Style:
    """The spellings of one office for one file. ``form``: one of ``file_forms.FORMS``."""
    excel = form in ("xlsx", "xlsx_sheets", "xls")
    spelling = Style(turn, first_year, rng, excel)
    spelling.codes = turn % 3 == 1
    spelling.dates = turn % 7 if excel else turn % 5
    spelling.classes, spelling.grades, spelling.months = turn % 8, turn % 4, turn % 4
    spelling.quote = form == "fake_tsv"
    spelling.dot = "·•・"[turn % 3]
    spelling.aliases = {column: names[turn % len(names)] for column, names in _ALIASES.items()}
    return spelling
