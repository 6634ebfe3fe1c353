"""What other tools count from an export of a whole county is what county.html says: the SQL of docs/exchange.md is run
over the exported files alone, and every figure of the page is compared."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import lxml.html
import pytest

from xueji_lib import demo
from xueji_lib.casebook import cases, judging
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.exchange import exporting
from xueji_lib.judge import shelf
from xueji_lib.reports import verdicts
from xueji_lib.reports.pages import county_page
from xueji_lib.store import Store

from .conftest import Made

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exchange.md"
CODE = re.findall(r"```(sql|python)\n(.*?)```", PAGE.read_text("utf-8"), re.S)


@dataclass
class Handed:
    """An export, and the county page of the same answer and decisions."""

    folder: Path
    html: Any

    def table(self, anchor: str) -> list[list[str]]:
        """The cells of the table below a heading of the page."""
        (table,) = self.html.xpath(f"//h3[@id='{anchor}']/following::table[1]")
        return [[cell.text_content().strip() for cell in row] for row in table.xpath("./tbody/tr")]


@pytest.fixture(scope="module")
def handed(planted: Made, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    """The planted county, of which an inspector has confirmed every fifth finding and refuted a few."""
    home = tmp_path_factory.mktemp("handed")
    shutil.copytree(planted.store.root, home / "store")
    workplace = Workplace(Store(home / "store"))
    answer = judging.judged(workplace, demo.INSPECTION)
    with workplace.open_casebook() as book:
        desk = Desk(book, workplace.store, Actor("王督查", "inspector"), demo.TERM, demo.INSPECTION.as_of)
        ids = [case.id for case in cases.of_county(book, desk.today) if case.sighting.school_id]
        cases.decide_many(desk, dict.fromkeys(ids[::5]), {"to": "属实", "note": "到校看过"})
        cases.decide_many(desk, dict.fromkeys(ids[1::40]), {"to": "不属实", "note": "材料补齐了"})
    exporting.export(workplace, answer, home / "导出", parquet=True)
    states = verdicts.of_county(workplace, answer)
    page = county_page.page(answer, states, shelf.earlier(workplace.store, demo.TERM))
    return Handed(home / "导出", lxml.html.fromstring(page))


@pytest.fixture(scope="module")
def answers(handed: Handed) -> dict[str, list[tuple[Any, ...]]]:
    """What the page's SQL gives, by the name in its first line."""
    connection = duckdb.connect()
    given = {}
    for language, code in CODE:
        if language != "sql":
            continue
        code = code.replace("'导出/", f"'{handed.folder}/")
        named = re.match(r"-- (\S+)\n", code)
        result = connection.execute(code)
        if named:
            given[named[1]] = result.fetchall()
    return given


def shown(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """As the page writes figures."""
    return [[str(cell) for cell in row] for row in rows]


def plain(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Cells of the page with the dash that stands for nothing as a nought."""
    return [["0" if cell in ("–", "—") else cell for cell in row] for row in rows]


def test_the_big_figures(handed: Handed, answers: dict[str, Any]) -> None:
    boxes = handed.html.xpath("//div[@class='figures']/div")
    page = {box.xpath("./span")[0].text: int(box.xpath("./b")[0].text) for box in boxes}
    names = ("学校", "在籍", "在籍不在校", "在校不在籍", "疑点", "事实", "线索", "严重", "属实")
    assert dict(zip(names, answers["合计"][0], strict=True)) == page
    assert page["事实"] and page["线索"] and page["属实"] and page["在籍不在校"]
    own = re.search(r"另有 (\d+) 条是全县一级的", handed.html.text_content())
    assert int(own[1] if own else 0) == answers["县级"][0][0]


def test_the_seven_violations(handed: Handed, answers: dict[str, Any]) -> None:
    (chart,) = handed.html.xpath("//h3[@id='seven']/following::*[local-name()='svg'][1]")
    told = re.findall(r"([^，：]+?) (\d+) 条", chart.get("aria-label"))
    assert [(short, str(n)) for _, short, n in answers["七种情形"]] == told and len(told) == 7


def test_the_schools(handed: Handed, answers: dict[str, Any]) -> None:
    rows = handed.table("schools")
    assert plain(rows[:-1]) == shown([[0 if cell is None else cell for cell in row] for row in answers["各校"]])
    sums = ["" if n in (0, 2, 12, 15) else sum(row[n] for row in answers["各校"]) for n in range(16) if n != 1]
    assert [cell for n, cell in enumerate(rows[-1]) if n != 1] == [str(cell) for cell in sums]


def test_townships_stages_and_groups(handed: Handed, answers: dict[str, Any]) -> None:
    assert plain(handed.table("townships")) == shown(answers["乡镇"])
    assert plain(handed.table("stages")) == shown(answers["学段"])
    groups = [[g, s, *(cells if cells[0] else [0, 0, 0]), *rest] for g, s, *both in answers["特殊群体"]
              for cells, rest in [(both[:3], both[3:])]]  # fmt: skip
    assert plain(handed.table("groups")) == shown(groups)


def test_terms_and_measures(handed: Handed, answers: dict[str, Any]) -> None:
    assert len(answers["逐学期"]) == 1 and "还看不出变化" in handed.html.text_content()
    term, as_of, edition, schools, total, *_ = answers["逐学期"][0]
    assert (term, str(as_of), edition, schools) == (
        demo.TERM, demo.INSPECTION.as_of.isoformat(), "2020-154", answers["合计"][0][0],
    )  # fmt: skip
    assert total >= answers["合计"][0][4]
    assert sorted(handed.table("measures")) == sorted(shown(answers["处理意见"])) and answers["处理意见"]


def test_what_was_not_examined(handed: Handed, answers: dict[str, Any]) -> None:
    (text,) = (p.text_content() for p in handed.html.xpath("//h3[@id='gaps']/following-sibling::p[1]"))
    assert {(status, int(n)) for status, n in re.findall(r"(\S+?) (\d+) 项次", text.replace("；", " "))} == set(
        answers["没有查成的"]
    )
    named = re.search(r"没有比对的学校 (\d+) 所：(.+?)。", handed.html.text_content())
    assert len(answers["没有比对的学校"]) == int(named[1] if named else 0)
    if named:
        assert {name for (name,) in answers["没有比对的学校"]} == set(named[2].split("、"))


def test_the_pages_python_runs(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(handed.folder.parent)
    names: dict[str, Any] = {}
    for language, code in CODE:
        if language == "python":
            exec(compile(code, str(PAGE), "exec"), names)
    assert names["by_violation"].sum() == len(names["standing"]) and len(names["not_made"])


def test_the_package_is_a_valid_one(handed: Handed) -> None:
    """Sizes, digests, types, enums, patterns, primary and foreign keys, of every table."""
    report = frictionless.validate(str(handed.folder / "datapackage.json"))
    assert report.valid, report.flatten(["name", "fieldName", "rowNumber", "message"])[:10]
    described = json.loads((handed.folder / "datapackage.json").read_text("utf-8"))
    assert {"findings", "coverage", "schools", "register", "headcount", "transfers"} <= {
        resource["name"] for resource in described["resources"]
    }
    for resource in described["resources"]:
        assert resource["title"] and resource["description"] and resource["schema"]["primaryKey"]
        assert all(field["title"] for field in resource["schema"]["fields"]), resource["name"]


def test_csv_and_parquet_say_the_same(handed: Handed) -> None:
    for file in sorted((handed.folder / "tables").glob("*.csv")):
        count = "SELECT count(*) FROM read_csv(?, all_varchar = true, header = true)"
        (of_csv,) = duckdb.execute(count, [str(file)]).fetchone() or (None,)
        parquet = handed.folder / "parquet" / f"{file.stem}.parquet"
        (of_parquet,) = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [str(parquet)]).fetchone() or (None,)
        assert of_csv == of_parquet, file.name


def test_no_whole_number_is_handed_on(handed: Handed, planted: Made) -> None:
    register = planted.store.read(demo.TERM, "register", raw=True)
    numbers = {str(number) for number in register["id_number"].dropna() if len(str(number)) > 12}
    texts = [file.read_text("utf-8") for file in handed.folder.rglob("*") if file.suffix in (".csv", ".json")]
    digits = {run for text in texts for run in re.findall(r"\d{15,18}[xX]?", text)}
    assert len(numbers) > 500 and not numbers & digits
