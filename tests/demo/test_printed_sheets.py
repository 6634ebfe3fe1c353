"""Every workbook that the kit makes, as it comes out of the printer: nothing too small to read, nothing cut off."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.print_size import complaints
from xueji_lib import demo
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.intake import report_book, returned
from xueji_lib.judge import shelf
from xueji_lib.library.shown_table import ShownTable
from xueji_lib.reports import deliverables
from xueji_lib.reports.letters import unmask
from xueji_lib.reports.letters.masked_students import MaskedStudents
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import duties_book, intake_overview, listing_book, workbook
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.views import duties

from .conftest import Made

pytestmark = pytest.mark.slow

DAY = str(demo.INSPECTION.as_of)
LONG = "西乡县民族团结进步示范区第一百二十八九年一贯制寄宿实验学校东校区"


@pytest.fixture
def store(planted: Made, tmp_path: Path) -> Store:
    """The county, with a school of a long name."""
    shutil.copytree(planted.store.root, tmp_path / "store")
    store = Store(tmp_path / "store")
    directory = store.read(demo.TERM, "schools")
    directory["school_name"] = directory["school_name"].astype(object)
    directory.loc[0, "school_name"] = LONG
    none = store.rejected(demo.TERM).iloc[:0]
    store.commit(demo.TERM, {"schools": directory}, none, {"time": f"{DAY}T08:00:00", "files": ["名录.csv"]})
    return store


def test_everything_printed_can_be_read(
    store: Store, planted: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: set[str] = set()
    begin = workbook.Book.__init__

    def noted(*args: object, **more: object) -> None:
        made.add(str(sys._getframe(1).f_globals["__name__"]))
        begin(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(workbook.Book, "__init__", noted)
    out = tmp_path / "纸"
    answer = shelf.obtain(store, demo.INSPECTION)
    school_id = str(answer.schools["school_id"].iloc[0])
    school, facts = answer.school(school_id), LetterFacts.load()
    assert school.name == LONG
    deliverables.write_school(school, facts, out / "校")
    deliverables.write_county(answer, facts, out / "县", {}, [answer])
    people = "姓名,单位,回避\n王强,教育室,\n李敏,督导室,\n马云,中心,\n赵丽,中心,\n"
    (tmp_path / "人员.csv").write_text(people, "utf-8")
    for command in (
        ["plan", "--as-of", DAY, "--inspectors", str(tmp_path / "人员.csv"), "--seed", "7", "--out", str(out)],
        ["visit", "sample", school_id, "--seed", "7", "--out", str(out)],
        ["visit", "kit", school_id, "--out", str(out)],
        ["pool", "--as-of", DAY, "--out", str(out)],
        ["templates", str(out / "核对表"), "--school", school_id],
        ["rules", "compare", "--as-of", DAY, "--set", "class_large=30", "--out", str(out / "比较.xlsx")],
    ):
        assert run(xueji, ["--store", str(store.root), *command, "--term", demo.TERM]) in (0, 4), command
    assert run(xueji, ["templates", str(out / "空表")]) == 0
    assert run(xueji, ["rules", "export", str(out / "目录.xlsx")]) == 0
    listing = [["马丽", "三年级2班", "证据" * 60, "2026-11-20"] * 4] * 3
    (out / "清单.xlsx").write_bytes(listing_book.content("清单", ["姓名", "班", "证据", "日期"] * 4, listing))
    headings = {"school_id": "学校标识码", "title": "事项", "severity": "程度", "evidence": "证据"}
    ShownTable(answer.findings.head(60), headings, "自己的统计", ["只列前 60 条"]).save(out / "自己的统计.xlsx")
    by_year = {year: duties.of_year(store, year) for year in duties.years(store)}
    duties_book.write(by_year, demo.INSPECTION.as_of, out / "责任.xlsx")
    register = store.read(demo.TERM, "register", columns=unmask._NEEDED, schools=[school_id])
    (out / "对照.xlsx").write_bytes(unmask._list(school, MaskedStudents(store, school, register)))
    report = planted.reports[demo.TERM]
    report_book.write(report, out / "报告.xlsx")
    moment = dt.datetime(2026, 11, 20, 9)
    intake_overview.write(returned.overview(report, store), report, moment, out / "总览.xlsx")

    library = paths.home() / "xueji_lib"
    makers = {
        ".".join(file.relative_to(library.parent).with_suffix("").parts)
        for file in library.rglob("*.py")
        if re.search(r"[= ]Book\(", file.read_text("utf-8"))
    }
    assert makers - {"xueji_lib.casebook.log.book"} == made, "a workbook that nobody looks at"
    files = sorted(out.rglob("*.xlsx"))
    told = [told for file in files for told in complaints(file)]
    assert told == []
