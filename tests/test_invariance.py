"""What must not matter does not matter: the order of rows and columns, file names, how rows are spread over files,
a school more. And a school's part of the answer is the same whoever asks."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

import pandas as pd
import pytest

from xueji_lib import demo, intake
from xueji_lib.county.cells import column_cells
from xueji_lib.judge import engine
from xueji_lib.judge.engine import Check
from xueji_lib.register import catalogue, schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.schema import Kind, Table
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

CALENDAR = Calendar.load()
TERMS = (demo.PREVIOUS_TERM, demo.TERM)
Texts = dict[tuple[str, str], list[dict[str, str]]]
"""(term, table) → rows by Chinese header."""

# How an office would write a cell that nobody can read.
_UNREADABLE = {
    Kind.DATE: "不详", Kind.MONTH: "不详", Kind.CODE: "看不清", Kind.COUNT: "若干",
    Kind.ID: "640422********", Kind.REGISTER_NO: "G640422*******",
    Kind.GRADE: "？", Kind.CLASS: "？", Kind.TERM: "？", Kind.SCHOOL_YEAR: "？",
}  # fmt: skip


def as_text(table: Table, frame: pd.DataFrame) -> list[dict[str, str]]:
    """A stored table as an office would type it, one form for each value."""
    columns: dict[str, list[str]] = {}
    for column in table.columns:
        cells = column_cells(table, frame, column.id)
        values = [str(v) if not isinstance(v, float) else f"{v:g}" for v in pd.Series(cells.values).astype(object)]
        if column.kind is Kind.DATE:
            values = [str(v) for v in cells.values]
        unreadable = _UNREADABLE.get(column.kind, "\ufffd")
        columns[column.header] = [
            v if k else unreadable if u else "" for v, k, u in zip(values, cells.known, cells.unknown, strict=True)
        ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    """The demo county, read once from its own messy files."""
    folder = tmp_path_factory.mktemp("county")
    demo.make(folder, schools=6, seed=5)
    store = Store(folder / "store")
    found: Texts = {}
    for term in TERMS:
        intake.run(folder / "inbox" / term, store, term, CALENDAR)
        for name, table in schema.TABLES.items():
            if store.has(term, name):
                found[term, name] = as_text(table, store.read(term, name))
    return found


def judged(folder: Path, files: dict[str, dict[str, list[dict[str, str]]]]) -> Check:
    """Write files (term → path → rows), take them in, judge."""
    store = Store(folder / "store")
    for term, inbox in files.items():
        for name, rows in inbox.items():
            path = folder / term / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        intake.run(folder / term, store, term, CALENDAR)
    return engine.check(store, demo.INSPECTION)


def plainly(texts: Texts) -> dict[str, dict[str, list[dict[str, str]]]]:
    files: dict[str, dict[str, list[dict[str, str]]]] = {}
    for (term, name), rows in texts.items():
        files.setdefault(term, {})[f"{name}.csv"] = rows
    return files


def answers(check: Check) -> pd.DataFrame:
    """Findings less what names files: sources, and the register file that some evidence names."""
    frame = check.findings.drop(columns="sources")
    frame["evidence"] = [re.sub(r"名册文件 [^）]*", "", text) for text in frame["evidence"]]
    return frame.sort_values("finding_id", ignore_index=True)


@pytest.fixture(scope="module")
def plain(texts: Texts, tmp_path_factory: pytest.TempPathFactory) -> Check:
    return judged(tmp_path_factory.mktemp("plain"), plainly(texts))


def test_there_is_something_to_compare(plain: Check) -> None:
    assert plain.findings["rule_id"].nunique() > 60
    assert plain.findings["finding_id"].is_unique
    assert not (plain.coverage["status"] == "出错").any()


@pytest.mark.parametrize("seed", [1])
def test_order_names_and_spread_of_files_change_nothing(texts: Texts, plain: Check, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    files: dict[str, dict[str, list[dict[str, str]]]] = {}
    for (term, _), rows in texts.items():
        headers = rng.sample(list(rows[0]), len(rows[0]))
        mixed = [{h: row[h] for h in headers} for row in rng.sample(rows, len(rows))]
        parts = rng.randint(1, 4)
        for i in range(parts):
            if part := mixed[i::parts]:
                files.setdefault(term, {})[f"{rng.choice('甲乙丙')}/{rng.randrange(10**9)}.csv"] = part
    other = judged(tmp_path, files)
    pd.testing.assert_frame_equal(answers(other), answers(plain))
    pd.testing.assert_frame_equal(other.coverage, plain.coverage)


def test_a_school_more_changes_nothing_for_the_others(texts: Texts, plain: Check, tmp_path: Path) -> None:
    more: Texts = {key: list(rows) for key, rows in texts.items()}
    for term in TERMS:
        more[term, "schools"].append(
            {**texts[term, "schools"][0], "学校标识码": "2164499999", "学校名称": "新来的小学", "办学类型": "小学"}
        )
        row = dict.fromkeys(texts[term, "register"][0], "")
        row |= {
            "学校标识码": "2164499999",
            "姓名": "独一人",
            "性别": "男",
            "年级": "3",
            "班号": "1",
            "学生状态": "在读",
        }
        row |= {"出生日期": "2018-01-02", "身份证件号": "640422201801021115", "全国学籍号": "G640422201801021115"}
        more[term, "register"].append(row)
    grown = judged(tmp_path, plainly(more))
    assert "2164499999" in set(grown.coverage["school_id"])
    theirs = answers(grown)[lambda f: f["school_id"] != "2164499999"].reset_index(drop=True)
    pd.testing.assert_frame_equal(theirs, answers(plain))
    rest = grown.coverage[grown.coverage["school_id"] != "2164499999"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, plain.coverage)


def test_one_school_gets_the_same_answer_alone_and_in_the_county(texts: Texts, tmp_path: Path) -> None:
    whole = judged(tmp_path, plainly(texts))
    store = Store(tmp_path / "store")
    for school in whole.schools["school_id"].astype(str):
        alone = engine.check(store, demo.INSPECTION, school=school)
        mine = whole.findings[whole.findings["school_id"] == school].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone.findings, mine)


def test_every_subject_is_counted_once(plain: Check) -> None:
    of_county = {rule_id for rule_id, entry in catalogue.load().entries.items() if entry.of_county}
    counted = plain.coverage.set_index(["school_id", "rule_id"])["findings"]
    found = plain.findings.groupby(["school_id", "rule_id"]).size()
    assert counted[counted > 0].to_dict() == {k: v for k, v in found.to_dict().items() if k[0]} | {
        ("", rule_id): n for rule_id, n in plain.findings["rule_id"].value_counts().items() if rule_id in of_county
    }
    assert (plain.coverage["population"] >= plain.coverage["findings"] + plain.coverage["undecided"]).all()
