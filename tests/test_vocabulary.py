"""The words that records, findings and cases carry: each has one name, and code that compares one uses that name."""

from __future__ import annotations

import ast
import sqlite3
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow.parquet as pq
import pytest

from xueji_lib.casebook import cases
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.register import schema, vocabulary
from xueji_lib.register.vocabulary import (
    Area,
    CaseState,
    ChangedField,
    ComplaintCategory,
    Direction,
    DropoutOutcome,
    HospitalLevel,
    IdType,
    Material,
    Originals,
    Presence,
    SchoolKind,
    Sex,
    Situation,
    StudentStatus,
    SuspensionReason,
    TransferReason,
    TransferResult,
    Verification,
    YesOrNo,
)
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records
from xueji_lib.support import paths

LIBRARY = Path(__file__).resolve().parents[1] / "xueji_lib"
WORDS = {
    str(member)
    for listed in vars(vocabulary).values()
    if isinstance(listed, type) and issubclass(listed, StrEnum) and listed is not StrEnum
    for member in listed
}
DEFINED_OR_MADE_UP = ("register/", "demo/")
"""Where the words are defined; and the made-up county, which says nothing by the library's names."""

_ASKING = ("isin", "eq", "ne", "count", "index", "get", "is_in")
"""Methods that compare what they are given."""


def _compared(file: Path) -> Iterator[tuple[int, str]]:
    """(line, word) of every word of the vocabulary that a file compares as a literal."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        asked: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING:
            asked = list(node.args)
        elif isinstance(node, ast.match_case):
            asked = [node.pattern]
        for one in asked:
            listed = one.elts if isinstance(one, ast.Tuple | ast.List | ast.Set) else [one]
            values = [part.value if isinstance(part, ast.MatchValue) else part for part in listed]
            for value in values:
                if isinstance(value, ast.Constant) and value.value in WORDS:
                    yield value.lineno, str(value.value)


def test_no_word_is_compared_by_its_letters() -> None:
    found = [
        f"{file.relative_to(LIBRARY)}:{line} {word}"
        for file in sorted(LIBRARY.rglob("*.py"))
        if not file.relative_to(LIBRARY).as_posix().startswith(DEFINED_OR_MADE_UP)
        for line, word in _compared(file)
    ]
    assert not found


def test_a_literal_is_noticed_however_it_is_compared(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    for source in (
        's == "属实"',
        's in ("属实", x)',
        'f.isin(["属实"])',
        'match s:\n    case "属实": ...',
        'a < b == "属实"',
    ):
        file.write_text(source, "utf-8")
        assert [word for _, word in _compared(file)] == ["属实"], source
    file.write_text('heading = "属实"; d["属实"] = 1', "utf-8")
    assert not list(_compared(file))


@pytest.mark.parametrize(
    ("listed", "code_set"),
    [
        (Presence, "presence"),
        (Situation, "situation"),
        (Direction, "direction"),
        (TransferResult, "transfer_result"),
        (StudentStatus, "student_status"),
        (TransferReason, "transfer_reason"),
        (IdType, "id_type"),
        (Material, "has_or_na"),
        (Verification, "complaint_verified"),
        (YesOrNo, "yes_no"),
        (YesOrNo, "orphan"),
        (Sex, "sex"),
        (SchoolKind, "school_kind"),
        (Area, "area"),
        (SuspensionReason, "suspension_reason"),
        (HospitalLevel, "hospital_level"),
        (ChangedField, "change_field"),
        (DropoutOutcome, "dropout_outcome"),
        (ComplaintCategory, "complaint_category"),
        (Originals, "complete"),
    ],
)
def test_the_names_stand_for_the_labels_of_the_code_sets(listed: type[StrEnum], code_set: str) -> None:
    raw = tomllib.loads(paths.data("codes", "codes.toml").read_text("utf-8"))[code_set]
    assert list(map(str, listed)) == [label for label, others in raw.items() if isinstance(others, list)]


def test_a_member_lies_on_the_disk_as_its_text(sample_store: Store, sample: ModuleType) -> None:
    """What the library writes with a name is what it wrote with the letters: Parquet, SQLite, JSON."""
    with Casebook.open(sample_store) as book:
        sync(book, sample_store, shelf.obtain(sample_store, sample.INSPECTION))
        desk = Desk(book, sample_store, Actor("王督查", "inspector"), sample.TERM, sample.AS_OF)
        first = cases.of_school(book, sample.BIG, sample.AS_OF)[0]
        assert cases.decide(desk, first.id, {"to": CaseState.CONFIRMED}).state == CaseState.CONFIRMED
    with sqlite3.connect(sample_store.root / "casebook" / "casebook.sqlite") as database:
        [(body,)] = database.execute("SELECT body FROM events").fetchall()
        [(action,)] = database.execute("SELECT action FROM trail WHERE ref != ''").fetchall()
    assert '"to": "属实"' in body and '"from": "疑点"' in body
    assert action == "疑点→属实"

    seen = {"school_id": sample.BIG, "name": "马丽", "grade": 1, "class_no": 1, "presence": Presence.ABSENT}
    frame = from_records(schema.HEADCOUNT, [seen | {"situation": Situation.ON_LEAVE}], "核对表.xlsx", "一1")
    none = sample_store.rejected(sample.TERM).iloc[:0]
    sample_store.commit(sample.TERM, {"headcount": frame}, none, {"time": "2026-11-20", "files": ["核对表.xlsx"]})
    [segment] = sample_store.root.rglob("*-headcount.parquet")
    stored = pq.read_table(segment, columns=["presence", "situation"])
    assert stored.to_pylist() == [{"presence": "不在校", "situation": "请假"}]
    read = sample_store.read(sample.TERM, "headcount")
    assert isinstance(read["presence"].dtype, pd.CategoricalDtype)
    assert (read["presence"] == Presence.ABSENT).all() and read["situation"].isin([Situation.ON_LEAVE]).all()
