"""Frictionless Table Schema: a field's type, Chinese title, description and constraints; a table's keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from xueji_lib.register.codes import code_sets
from xueji_lib.register.schema import Column, Kind, Private

STRING: Final = "string"
INTEGER: Final = "integer"
BOOLEAN: Final = "boolean"
DATE: Final = "date"
SCHOOL_ID: Final = r"\d{10}"
TERM_ID: Final = r"\d{4}-\d{4}-[12]"

_LEAST: Final[Mapping[Kind, int]] = {Kind.GRADE: 1, Kind.CLASS: 1, Kind.COUNT: 0, Kind.MONTH: 100001}
_MASKED: Final[Mapping[Private, str]] = {
    Private.ID: "已遮盖：留前 6 位和末 1 位",
    Private.PHONE: "已遮盖：留末 2 位",
    Private.ADDRESS: "已遮盖：留到乡镇",
    Private.BIRTH: "已遮盖：留年份",
}


@dataclass(frozen=True, slots=True)
class TableField:
    """A column of a table that is handed out. ``constraints``: as Table Schema names them."""

    name: str
    title: str
    type: str = STRING
    description: str = ""
    constraints: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The field as datapackage.json has it."""
        described = {"description": self.description} if self.description else {}
        constrained = {"constraints": dict(self.constraints)} if self.constraints else {}
        return {"name": self.name, "type": self.type, "title": self.title, **described, **constrained}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``field`` holds values of ``to_field`` of the resource ``to``."""

    field: str
    to: str
    to_field: str

    def as_json(self) -> dict[str, Any]:
        """The key as datapackage.json has it."""
        return {"fields": [self.field], "reference": {"resource": self.to, "fields": [self.to_field]}}


@dataclass(frozen=True)
class Resource:
    """A table that is handed out. ``frame`` has exactly the fields, by name; missing cells are NaN, NaT, NA or ""."""

    name: str
    title: str
    description: str
    fields: tuple[TableField, ...]
    frame: pd.DataFrame
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()

    def schema(self) -> dict[str, Any]:
        """Its Table Schema."""
        return {
            "fields": [one.as_json() for one in self.fields],
            "missingValues": [""],
            "primaryKey": list(self.primary_key),
            "foreignKeys": [key.as_json() for key in self.foreign_keys],
        }


def words(name: str, title: str, values: Iterable[str], description: str = "", **more: Any) -> TableField:
    """A field that holds one of some words."""
    return TableField(name, title, STRING, description, {"enum": [str(value) for value in values], **more})


def count(name: str, title: str, description: str = "") -> TableField:
    """A field that holds a number of things."""
    return TableField(name, title, INTEGER, description, {"required": True, "minimum": 0})


def of_column(column: Column, cells: pd.Series) -> TableField:
    """The field of a register table's column. A closed code set is an enum, with what a store of an earlier release
    holds beside it (``cells``)."""
    notes = [_MASKED[column.private]] if column.private is not None and column.private in _MASKED else []
    if column.required:
        notes.append("必填的列；没有值的，看 _unknown 是不是没有收下")
    constraints: dict[str, Any] = {}
    if column.kind in _LEAST:
        constraints["minimum"] = _LEAST[column.kind]
    if column.kind is Kind.GRADE:
        constraints["maximum"] = 12
    if column.kind is Kind.SCHOOL:
        constraints |= {"pattern": SCHOOL_ID}
    if column.codes is not None and not code_sets()[column.codes].open:
        constraints["enum"] = _labels(column.codes, cells)
    if column.kind is Kind.MONTH:
        notes.append("年月，如 202609")
    return TableField(column.id, column.header, type_of(column), "；".join(notes), constraints)


def type_of(column: Column) -> str:
    """The Table Schema type of a register table's column, masked where it is personal."""
    if column.private is None and column.kind is Kind.DATE:
        return DATE
    return INTEGER if column.kind in _LEAST else STRING


def _labels(codes: str, cells: pd.Series) -> Sequence[str]:
    known = list(dict.fromkeys(code_sets()[codes].labels.values()))
    return [*known, *sorted({str(value) for value in cells.dropna().unique()} - set(known))]
