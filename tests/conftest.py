"""A hand-made answer about four schools: one with much to say, one clean, one that gave nothing, one hostile.

What it says of people who do not exist is also planted with numbers that no output may show.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests import kept_readers
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from xueji_lib.cli import chinese as chinese_cli
from xueji_lib.county.mismatches import COLUMNS, SPECIAL, mask_place
from xueji_lib.intake import reading
from xueji_lib.judge import results, shelf
from xueji_lib.judge.engine import Check
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register import schema
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store, empty
from xueji_lib.support import paths

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]  # hooks: pytest finds them by their names

# A busy machine is slow now and then: that is no fault of what is tested. In CI as here the examples are random.
settings.register_profile("kit", deadline=None, print_blob=True)
settings.load_profile("kit")

BROWSER_FLAGS = (
    "--no-sandbox --headless --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --lang=zh-CN"
).split()
TERM, AS_OF = "2026-2027-1", dt.date(2026, 11, 20)
INSPECTION = Inspection(TERM, AS_OF)
BIG, CLEAN, EMPTY, ODD = "2164000001", "2164000002", "3164000003", "2164000004"
ODD_NAME = '<script>alert("名")</script>小学'
NAMES = ["马丽", "王·阿依莎", "䶮文", "买买提·吐尔逊江"]
# What the county never gets to see; the ID number's check digit is right.
ID, PHONE, ADDRESS, BIRTH = "640422201503120017", "13995012345", "白崖乡柳树村三组17号", "2015-03-12"
SECRETS = (ID, PHONE, ADDRESS, BIRTH, "20150312", "柳树村")


def directory() -> pd.DataFrame:
    rows = [
        (BIG, "西乡县第一小学", "小学", "城区", "城关镇", "张建国", "李敏", "马秀兰", dt.datetime(2024, 9, 1), PHONE),
        (CLEAN, "白崖乡中心小学", "小学", "乡村", "白崖乡", "王强", "赵丽", "马云", dt.datetime(2023, 9, 1), PHONE),
        (EMPTY, "西乡县第三中学", "初级中学", "镇区", "什字镇", None, None, None, None, None),
        (ODD, ODD_NAME, "教学点", "乡村", "白崖乡", None, None, "=1+1", None, None),
    ]
    columns = "school_id school_name school_kind area township principal vice_principal registrar registrar_since phone"
    return pd.DataFrame(rows, columns=columns.split()).astype({"school_id": "category"})


def finding(rule_id: str, number: int, school_id: str = BIG, **changed: object) -> dict[str, object]:
    entry = catalogues.load()[rule_id]
    student = entry.scope == "student"
    row = {
        "finding_id": f"{rule_id}-{school_id[-2:]}{number:06x}",
        "rule_id": rule_id,
        "violation": entry.violation,
        "severity": entry.severity,
        "nature": entry.nature,
        "school_id": school_id,
        "school": dict(zip(directory()["school_id"], directory()["school_name"], strict=True)).get(school_id, "白崖乡"),
        "grade": pd.NA if entry.scope == "school" else 1 + number % 6,
        "class": pd.NA if entry.scope == "school" else 1 + number % 4,
        "student": NAMES[number % 4] if student else "",
        "student_ref": "640422***********5" if student else "",
        "title": entry.title,
        "evidence": f"审批 2026-09-{1 + number % 28:02d} 起 7 日，期限 2026-09-21；平台办结日期为空（转入学校未提交）",
        "clause": entry.clause,
        "remedy": entry.remedy,
        "due": "2026-12-04",
        "sources": f"台账/转学台账.xlsx:Sheet1:{number + 2}",
        "nature_reason": "",
        "edition": "2020-154",
        "former_ids": "",
    }
    return {**row, **changed}


def findings() -> pd.DataFrame:
    rows = [finding("R101", 0), finding("R706", 1, severity="严重"), finding("R706", 2), finding("R113", 3)]
    rows += [finding("R102", n) for n in range(120)] + [finding("R705", n) for n in range(300)]
    rows += [finding("R201", n) for n in range(9)] + [finding("R205", n) for n in range(12)]
    rows += [finding("R205", 1, ODD, student='=HYPERLINK("http://x")', evidence="<b>粗</b>；@SUM(A1)")]
    rows += [
        finding("R208", 1, evidence=f"电话 {PHONE} 出现 7 次；身份证件号 {ID}", sources=f"名册{PHONE}.xlsx:Sheet1:7")
    ]
    rows += [finding("R710", 1, "", school="白崖乡", grade=pd.NA, **{"class": pd.NA})]
    frame = pd.DataFrame(rows).astype({"grade": "Int64", "class": "Int64"})
    return frame.sort_values(["school_id", "rule_id", "finding_id"], ignore_index=True)


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    count = found.groupby(["school_id", "rule_id"]).size().to_dict()
    entries = catalogues.load().entries
    of_county = [rule_id for rule_id, entry in entries.items() if entry.of_county]
    rows = [("", rule_id, "未发现", 100, 0, 0, "") for rule_id in of_county if rule_id != "R710"]
    rows.append(("", "R710", "发现", 900, 1, 2, "2 名无法判定"))
    for school_id in (BIG, CLEAN, EMPTY, ODD):
        for rule_id, entry in entries.items():
            n = count.get((school_id, rule_id), 0)
            status, undecided, reason = ("发现" if n else "未发现"), 0, ""
            if entry.of_county:
                continue
            if school_id == EMPTY and "headcount" in entry.needs:
                status, reason = "缺数据", "没有该校的逐班核对表"
            elif school_id == BIG and rule_id == "R308":
                status, undecided, reason = "无法判定", 4, "4 名无法判定：判定所需的内容空白、缺列或被拒收"
            elif school_id == BIG and rule_id == "R402":
                status, reason = "出错", "缺 2027 年节假日安排"
            rows.append((school_id, rule_id, status, 100, n, undecided, reason))
    columns = "school_id rule_id status population findings undecided reason".split()
    return pd.DataFrame(rows, columns=columns).astype({"school_id": "category"})


def classes() -> pd.DataFrame:
    rows = []
    for school_id in (BIG, CLEAN, EMPTY):
        for grade in range(1, 7):
            for class_no in (1, 2, 3):
                seen = 0 if school_id == EMPTY else 45
                off = int(school_id == BIG and grade == 3)
                rows.append((school_id, grade, class_no, 45, 44, seen, seen - off, off, off, off, 0, off))
    columns = (
        "school_id grade class_no registered enrolled headcount_rows present absent registered_absent "
        "present_unregistered suspected unchecked"
    )
    return pd.DataFrame(rows, columns=columns.split())


def mismatches() -> pd.DataFrame:
    """As many as ``classes`` counts: in BIG, grade 3, one of each kind a class."""
    rows = []
    for class_no, (here, there) in enumerate(
        [("重度残疾不能到校", "无户口"), ("多次劝返不返", "借读旁听"), ("", "符合条件未办手续")], start=1
    ):
        note = f"家长电话 {PHONE}，住 {ADDRESS}" if class_no == 1 else "=1+1"
        for kind, situation, name in (("在籍不在校", here, NAMES[class_no]), ("在校不在籍", there, "@SUM(A1)")):
            ref = "640422***********5" if kind == "在籍不在校" else ""
            told = (situation, "随父母在内蒙古", "2026-09-01", mask_place(note), "", "残疾" if class_no == 1 else "")
            rows.append((BIG, kind, 3, class_no, name, ref, *told, f"核对/{class_no}.xlsx:Sheet1:9"))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"grade": "Int64", "class": "Int64"})


def special() -> pd.DataFrame:
    rows = [(BIG, "小学", "残疾", 90, 3, 1, 0, 0), (EMPTY, "初中", "单亲", 0, 0, 0, 2, 1)]
    return pd.DataFrame(rows, columns=SPECIAL)


def whole() -> Check:
    found = findings()
    lists = mismatches(), special()
    return Check(TERM, AS_OF, "2020-154", found, coverage(found), classes(), directory(), {}, *lists)


def store_of(root: Path, answer: Check) -> Store:
    """A store that holds the directory alone, with the answer on its shelf as if it had just been judged."""
    store = Store(root)
    blank = empty(schema.SCHOOLS)
    rows = directory().reindex(columns=blank.columns)
    rows = rows.assign(_unknown="", _row=2, _file="名录.xlsx", _sheet="Sheet1")
    none = pd.DataFrame(columns=["table", "school_id", "code", "rows"])
    store.commit(TERM, {"schools": rows}, none, {"time": "2026-11-20T08:00:00", "files": ["名录.xlsx"]})
    shelve(store, answer)
    return store


def shelve(store: Store, answer: Check) -> results.Results:
    mark = shelf.inputs_mark(store, replace(INSPECTION, edition=answer.edition))
    return shelf.keep(store.root / "results" / TERM / AS_OF.isoformat(), answer, mark)


@pytest.fixture(scope="session", autouse=True)
def chinese() -> None:
    """As the program does before anything else; click keeps the words of its options once they were asked for."""
    chinese_cli.speak_chinese()


@pytest.fixture(scope="session", autouse=True)
def readers() -> Iterator[None]:
    """Processes that read files are started once for many intakes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "Workers", kept_readers.kept_workers)
        yield
    kept_readers.end_all()


@pytest.fixture
def no_kept_readers() -> None:
    """For tests that look at all processes below them: none is left of another test."""
    kept_readers.end_all()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the browser is marked so: nobody has to remember it."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """This module: its constants and makers."""
    return sys.modules[__name__]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without network services of its own. A module's, not the session's: while it is open, its loop runs in
    this thread, and nothing else that wants one could be tested beside it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("没有 chromium（apt-get install chromium），网页没有用浏览器看")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=BROWSER_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def check() -> Check:
    return whole()


@pytest.fixture(scope="session")
def kept(check: Check, tmp_path_factory: pytest.TempPathFactory) -> results.Results:
    """The answer as it lies on the shelf."""
    return shelf.keep(tmp_path_factory.mktemp("results"), check, "abc")


@pytest.fixture
def big(kept: results.Results) -> results.School:
    return kept.school(BIG)


@pytest.fixture
def sample_store(check: Check, tmp_path: Path) -> Store:
    return store_of(tmp_path / "数据仓", check)


@pytest.fixture
def broken_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kit with an audit notebook that fails for one school, quoting a pupil's data in every way it can."""
    home = tmp_path / "kit"
    shutil.copytree(paths.home() / "data", home / "data")
    shutil.copytree(paths.home() / "templates", home / "templates")
    book = json.loads(paths.notebooks("school_audit.ipynb").read_text("utf-8"))
    quoted = "；".join(SECRETS)
    lines = [
        "import sys, warnings\n",
        f"print('{quoted}'); print('{quoted}', file=sys.stderr); warnings.warn('{quoted}')\n",
        f"bad = dict([(school_id, '{quoted}')]).get('{CLEAN}')\n",
        "assert bad is None or int(bad)\n",
    ]
    # What the cell says is read from a file, so that the notebook's own source holds nothing.
    (home / "quoted.py").write_text("".join(lines), "utf-8")
    source = [f"exec(compile(open({str(home / 'quoted.py')!r}, encoding='utf-8').read(), 'quoted', 'exec'))"]
    book["cells"].append(
        {"cell_type": "code", "execution_count": None, "id": "bad", "metadata": {}, "outputs": [], "source": source}
    )
    (home / "notebooks").mkdir()
    (home / "notebooks" / "school_audit.ipynb").write_text(json.dumps(book), "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
