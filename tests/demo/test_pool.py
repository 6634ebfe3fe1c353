"""离校学生去向台账: every planted lost child is in it and nobody else, a row a child, whatever checks found it."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from xueji_lib import demo
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.views import children_pool, pool_report
from xueji_lib.views.children_pool import Pool, PoolData
from xueji_lib.views.pool_children import by_child
from xueji_lib.views.traced_records import TracedRow

from .conftest import Made

pytestmark = pytest.mark.slow

DAY = str(demo.INSPECTION.as_of)
NAMED = {"R116", "R117", "R118", "R119", "R120", "R210", "R213", "R508"}
"""The checks that the pool must have; what else it has is the county's to say."""


@pytest.fixture(scope="module")
def county(planted: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Results]:
    root = tmp_path_factory.mktemp("pool") / "store"
    shutil.copytree(planted.store.root, root)
    store = Store(root)
    return store, shelf.obtain(store, demo.INSPECTION)


@pytest.fixture(scope="module")
def pool(county: tuple[Store, Results]) -> Pool:
    store, answer = county
    return children_pool.pool(answer, store)


def test_every_planted_lost_child_is_there_once_and_nobody_else(
    planted: Made, county: tuple[Store, Results], pool: Pool
) -> None:
    rules = set(pool.rules)
    assert rules >= NAMED
    expected: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in planted.truth("findings"):
        if row["rule_id"] in rules:
            # Who is at the other school under his name alone has no number; his name is made up for him.
            child = row["student"] if row["rule_id"] == "R117" else row["key"]
            expected[child].add((row["rule_id"], row["school_id"], row["student"]))
    columns = ["finding_id", "rule_id", "school_id", "student"]
    said = {row[0]: tuple(row[1:]) for row in county[1].findings[columns].astype("str").to_numpy().tolist()}
    listed = [{said[check.finding_id] for check in child.found_by} for child in pool.children]
    assert sorted(map(sorted, listed)) == sorted(map(sorted, expected.values()))
    assert len({child.id for child in pool.children}) == len(pool.children)


def test_where_since_when_and_whose_turn(planted: Made, pool: Pool) -> None:
    calendar, term = Calendar.load(), Calendar.load().term(demo.TERM)

    def workdays(since: dt.date) -> int:
        days = (since + dt.timedelta(n) for n in range(1, (demo.INSPECTION.as_of - since).days + 1))
        return sum(map(calendar.is_workday, days))

    seen = 0
    for child in pool.children:
        rules = {check.rule_id for check in child.found_by}
        if child.since is not None:
            assert child.workdays == workdays(child.since)
        if rules & {"R119", "R120"}:
            assert (child.since, child.since_by) == (term.start, "开学时已不在")
        if rules == {"R118"}:
            assert (str(child.since), child.since_by) == ("2026-09-07", "转出确认")
            assert "转往" in child.left and len(child.step.actor.split("、")) == 2
        if rules == {"R120"}:
            assert child.step.actor == "县学籍管理中心" and "撤并" in child.left
        if rules == {"R710"}:
            assert child.since is None and child.step.due is None and child.due_text == "没有起算日"
        if rules & {"R116", "R210", "R508", "R117"}:
            seen += 1
            assert child.seen
            assert ("只是姓名相符" in child.seen) == (rules == {"R117"})
        if rules == {"R117"}:
            assert child.only_leads and "是否同一学生" in child.step.text
        if rules == {"R714"}:
            assert child.in_ledger and child.step.late
        assert child.step.late == (None if child.step.due is None else child.step.due < demo.INSPECTION.as_of)
        assert child.step.actor and child.step.text and child.township
    assert seen
    numbers = {str(n) for n in planted.store.read(demo.TERM, "register")["id_number"].dropna()}
    assert not any(number in repr(child) for child in pool.children for number in numbers)


def test_what_people_have_closed_is_left_out(county: tuple[Store, Results], pool: Pool) -> None:
    data = PoolData(county[1], county[0])
    child = next(child for child in pool.children if len({f.rule_id for f in child.found_by}) > 1)
    first, *others = [f.finding_id for f in child.found_by]
    rest = next(c for c in data.pool({first}).children if c.names == child.names)
    assert {f.finding_id for f in rest.found_by} == set(others)
    assert len(data.pool({first, *others}).children) == len(pool.children) - 1


def test_a_check_that_was_not_made_is_told(county: tuple[Store, Results], pool: Pool) -> None:
    coverage = county[1].coverage
    rows = coverage[coverage["rule_id"].isin(pool.rules) & coverage["status"].isin(["缺数据", "无法判定", "出错"])]
    schools, of_county = set(rows["school_id"]) - {""}, set(rows.loc[rows["school_id"] == "", "rule_id"])
    assert schools and f"另有 {len(schools)} 所学校" in pool.gap
    assert all(rule in pool.gap for rule in of_county)


def test_the_county_says_which_checks_feed_it(
    county: tuple[Store, Results], pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(paths.data(), home / "data")
    file = home / "data" / "policy" / "2020-154.toml"
    file.write_text(file.read_text("utf-8").replace('"R710", ', '"R71O", '), "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
    fewer = children_pool.pool(county[1], county[0])
    without = [child for child in pool.children if {check.rule_id for check in child.found_by} != {"R710"}]
    assert {child.id for child in fewer.children} == {child.id for child in without}
    assert "R71O 不是这一版的检查" in fewer.gap


def test_a_month_has_every_child_once(county: tuple[Store, Results], pool: Pool) -> None:
    month, quarter = pool_report.reports(pool, county[0], Policy.load())
    for report in (month, quarter):
        *rows, total = report.rows.values()
        assert report.total == len(pool.children)
        assert [sum(column) for column in zip(*rows, strict=True)] == list(total)
        assert all(sum(row[:-1]) == row[-1] for row in report.rows.values())
    assert dict(month.facts)["本期新增（按起算日）"] <= dict(quarter.facts)["本期新增（按起算日）"]


@pytest.mark.parametrize(
    ("day", "month", "quarter"),
    [
        ("2026-11-20", "2026-11-01 2026-11-20 False 2026-12-05", "2026-10-01 2026-11-20 False 2027-01-10"),
        ("2026-12-31", "2026-12-01 2026-12-31 True 2027-01-05", "2026-10-01 2026-12-31 True 2027-01-10"),
        ("2027-02-28", "2027-02-01 2027-02-28 True 2027-03-05", "2027-01-01 2027-02-28 False 2027-04-10"),
    ],
)
def test_months_and_quarters(day: str, month: str, quarter: str) -> None:
    made = pool_report.periods(dt.date.fromisoformat(day), Policy.load())
    assert [f"{p.first} {p.last} {p.whole} {p.due}" for p in made] == [month, quarter]


def test_the_files_are_masked_and_add_up(
    county: tuple[Store, Results], pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = county[0]
    asked = ["pool", "--term", demo.TERM, "--as-of", DAY, "--store", str(store.root), "--out", str(tmp_path)]
    assert run(xueji, asked) == 0
    said = capsys.readouterr().out
    assert f"学生 {len(pool.children)} 人" in said
    folder = tmp_path / demo.TERM
    book = openpyxl.load_workbook(folder / "离校学生去向台账.xlsx")
    assert book.sheetnames == ["全县", *pool.townships, "月报", "季报"]
    rows = {name: list(book[name].iter_rows(min_row=4, values_only=True)) for name in ["全县", *pool.townships]}
    assert len(rows["全县"]) == len(pool.children) == sum(len(rows[name]) for name in pool.townships)
    paper = docx.Document(str(folder / "疑似失学学生统计表.docx"))
    texts = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert texts.count(str(len(pool.children))) >= 2 and "月报" in "\n".join(p.text for p in paper.paragraphs)
    everything = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row] + texts
    numbers = {
        str(number)
        for term, table in ((demo.TERM, "register"), (demo.TERM, "dropouts"), (demo.PREVIOUS_TERM, "register"))
        for number in store.read(term, table)["id_number"].dropna()
    }
    assert not {number for text in everything for number in re.findall(r"\d{17}[\dX]", text)} & numbers
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert run(xueji, asked) == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    town = pool.townships[0]
    assert run(xueji, [*asked, "--township", town]) == 0
    own = openpyxl.load_workbook(folder / f"去向台账 {town}" / "离校学生去向台账.xlsx")
    assert len(list(own["全县"].iter_rows(min_row=4))) == len(rows[town])
    capsys.readouterr()
    assert run(xueji, [*asked, "--township", "没有的镇"]) == 2
    assert town in capsys.readouterr().err


# ---- one child or two ----


def finding(n: int, student: str, *sources: str) -> dict[str, Any]:
    return {"rule_id": f"R{n}", "finding_id": f"R{n}-x", "student": student, "sources": " | ".join(sources)}


def row(name: str, **numbers: int) -> TracedRow:
    return TracedRow("register", "2164000001", frozenset(numbers.items()), {"name": name})


def test_two_pupils_of_one_line_are_two_children() -> None:
    """Printed lists stand side by side: one line of a sheet is two pupils."""
    records = {"表:1:5": [row("马丽", id_key=1), row("王强", id_key=2)]}
    found = [finding(1, "马丽", "表:1:5"), finding(2, "王强", "表:1:5"), finding(3, "马丽", "表:1:5")]
    assert [child.names for child in by_child(found, records)] == [["马丽"], ["王强"]]


def test_a_number_under_two_names_tells_both() -> None:
    records = {"甲:1:2": [row("马丽", id_key=7)], "乙:1:9": [row("马莉", id_key=7)], "丙:1:1": [row("马丽", id_key=8)]}
    found = [finding(1, "马丽", "甲:1:2"), finding(2, "马莉", "乙:1:9"), finding(3, "马丽", "丙:1:1")]
    assert [child.names for child in by_child(found, records)] == [["马丽", "马莉"], ["马丽"]]


@pytest.mark.parametrize("seed", range(20))
def test_children_are_what_is_linked_whatever_the_order(seed: int) -> None:
    rng = random.Random(seed)
    records = {f"表:1:{n}": [row("某", id_key=rng.randint(1, 12))] for n in range(30)}
    found = [finding(n, "某", *rng.sample(sorted(records), rng.randint(1, 2))) for n in range(18)]

    def linked() -> set[frozenset[str]]:
        """By hand: take findings together until nothing more shares a number."""
        numbers = {
            f["finding_id"]: {next(iter(records[s][0].numbers)) for s in f["sources"].split(" | ")} for f in found
        }
        groups = [({name}, own) for name, own in numbers.items()]
        while pair := next(((a, b) for a in groups for b in groups if a is not b and a[1] & b[1]), None):
            groups = [g for g in groups if g not in pair] + [(pair[0][0] | pair[1][0], pair[0][1] | pair[1][1])]
        return {frozenset(names) for names, _ in groups}

    wanted = linked()
    for _ in range(3):
        rng.shuffle(found)
        assert {frozenset(f["finding_id"] for f in child.findings) for child in by_child(found, records)} == wanted
