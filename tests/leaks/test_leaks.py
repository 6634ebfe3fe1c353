"""No number of a person leaves the store: every way of writing, every column, every byte of what comes out."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest

from tests.leaks.county import DAY, SCHOOLS, TERM, Inbox
from tests.leaks.searched import leaks, texts
from tests.leaks.ways import WAYS, Canary, canary
from xueji_lib import intake
from xueji_lib.casebook.log import typed
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.masking import mask_sentence, mask_text, without_numbers
from xueji_lib.store import Store

AROUND = ("{}", "家长{}", "备注：{}。", "（{}）", "转学、{}、回乡", "王五 {} 父亲", "{}，{}")
WORDS_OF_THE_KIT = """\
2164422010
2164422001-2026-2027-1-名册.xlsx:Sheet1:12
学籍名册/2164422010 示范小学.csv:学籍名册:7 | 学籍名册/2164422010 示范小学.csv:学籍名册:8
2026-2027-1
2026—2027学年第一学期
审批 2026-09-21 起 7 日，期限 2026-09-21；平台办结日期为空（转入学校未提交）
2026-09-01 2026-10-20 12
教基〔2020〕154号
宁教〔2026〕第12345号
县教育局文件2026年第35号
R101-1234567890123456
E-3fa2b1
9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
KTRMW-XHQZB
640422***********7
*********45
白崖乡柳树村小学3班
文昌街道办事处
育才路小学三年级2班
2025级1班
三年级（2）班有 45 人，2024、2025、2026 年
第 3、5、7、9、11、13、15 行
12 13 14 15 16 17 18 19
2023 2024 2025 2026
共 12345678 字节
20261120083000
2026-11-20T08:00:00.123456
在籍 1234 人，在校 1200 人，差 34 人
随父母到银川市打工
2019年9月1日转入
任职日期 2015-09-01，距今 11 年""".splitlines()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_is_masked_wherever_it_stands(way: str) -> None:
    for k, around in enumerate(AROUND, 1):
        planted = canary("备注", way, k)
        shown = mask_text(around.replace("{}", planted.text))
        assert not leaks([planted], [("", shown)]), shown
        assert mask_text(shown) == shown, "masked once, it stays so"


@pytest.mark.parametrize("text", WORDS_OF_THE_KIT)
def test_what_the_kit_writes_itself_is_left_alone(text: str) -> None:
    assert mask_sentence(text) == text
    assert mask_text(text, 2026) == text


def test_what_stands_beside_a_number_is_left_alone() -> None:
    assert mask_text("家长说已到银川二小就读，电话13900770011，下周再来") == (
        "家长说已到银川二小就读，电话*********11，下周再来"
    )
    assert mask_text("现住城关镇幸福巷7号院，2026年9月来校") == "现住城关镇（略），2026年9月来校"
    assert mask_text("6404\u200b22 2016０３12 1117在") == "640422***********7在"


def test_a_day_that_decides_stays_and_a_birthday_goes() -> None:
    assert mask_sentence("任职 2015-03-01，生于2015-03-01") == "任职 2015-03-01，生于2015年"
    assert mask_text("2016年7月23日", 2026) == "2016年", "a pupil may be born on it"
    assert mask_text("2022年7月23日", 2026) == "2022年7月23日", "too late for a pupil"
    assert mask_text("2018-09-01入学", 2026) == "2018-09-01入学"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("李秀英13900770011", "李秀英"),
        ("李秀英 640422 20160312 1117", "李秀英"),
        ("李秀英（电话：139-0077-0011）", "李秀英"),
        ("李秀英SFZ640422201603121117", "李秀英"),
        ("买买提·吐尔逊江", "买买提·吐尔逊江"),
        ("JOHN SMITH", "JOHN SMITH"),
        ("张三2", "张三2"),
        ("13900770011", ""),
    ],
)
def test_a_name_is_kept_without_the_number_behind_it(written: str, name: str) -> None:
    assert without_numbers(written) == name


def test_intake_reports_a_number_where_none_belongs_and_keeps_the_rest(tmp_path: Path) -> None:
    box = tmp_path / "收件夹"
    box.mkdir()
    head = "学校标识码,学校名称,办学类型,城乡类别,所属乡镇,校长,学籍管理员"
    line = f"{SCHOOLS[0]},西乡县第一小学,小学,城区,城关镇,李秀英13900770011,13900770012"
    (box / "名录.csv").write_text(f"{head}\n{line}\n", "utf-8")
    (box / "登记.csv").write_text(
        f"学校标识码,提供日期,接收单位,内容\n{SCHOOLS[0]},2026-10-01,县医院 0954-3088001,体检名单\n", "utf-8"
    )
    store = Store(tmp_path / "store")
    report = intake.run(box, store, TERM, Calendar.load())
    told = {problem.column: problem for problem in report.problems}
    assert set(told) == {"校长", "学籍管理员", "接收单位"}
    assert all(problem.code == "D06" for problem in told.values())
    assert told["校长"].left_out and not told["接收单位"].left_out, "a name loses its number, another cell nothing"
    assert told["校长"].value == "李秀英*********11"
    directory = store.read(TERM, "schools")
    assert directory["principal"].tolist() == ["李秀英"]
    assert directory["registrar"].isna().all()
    assert store.read(TERM, "disclosures")["receiver"].tolist() == ["县医院 *********01"]
    assert report.problems == intake.run(box, store, TERM, Calendar.load()).problems
    assert len(store.history(TERM)) == 1, "the same again changes nothing"


def test_what_is_masked_when_read_is_the_same_row_when_it_is_handed_in_again(tmp_path: Path) -> None:
    """A row with a number in it does not vanish, nor is it a new one, when its school sends its ledger again."""
    box, store = tmp_path / "收件夹", Store(tmp_path / "store")
    box.mkdir()
    directory = f"学校标识码,学校名称,办学类型,城乡类别,所属乡镇\n{SCHOOLS[0]},西乡县第一小学,小学,城区,城关镇\n"
    (box / "名录.csv").write_text(directory, "utf-8")
    given = [f"{SCHOOLS[0]},2026-10-0{n},县医院 0954-305{n}001,体检名单" for n in range(1, 4)]
    for rows in (given[:2], given):
        text = "\n".join(["学校标识码,提供日期,接收单位,内容", *rows, ""])
        (box / "登记.csv").write_text(text, "utf-8")
        report = intake.run(box, store, TERM, Calendar.load())
        assert report.vanished == []
    assert store.read(TERM, "disclosures")["receiver"].tolist() == ["县医院 *********01"] * 3
    assert store.read(TERM, "disclosures", raw=True)["receiver"].str.contains("0954-305").all()


def test_what_people_type_into_the_casebook_is_masked_before_it_is_an_event() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    body = {
        "note": "家长 139-0077-0011 说孩子在外",
        "sha256": digest,
        "due": "2016-07-23",
        "extra": [{"name": "李秀英13900770011", "number": "640422201603121117"}],
    }
    assert typed.masked(body) == {
        "note": "家长 *********11 说孩子在外",
        "sha256": digest,
        "due": "2016-07-23",
        "extra": [{"name": "李秀英*********11", "number": "640422201603121117"}],
    }, "a number in its own field is what the pupil is found by"


def test_the_search_finds_what_was_not_masked(tmp_path: Path) -> None:
    """In every kind of file that the kit writes; else a leak there would pass unseen."""
    planted = [canary("备注", way, k) for k, way in enumerate(("18", "spaces", "mobile, full width", "address"), 1)]
    text = "；".join(each.text for each in planted)
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (tmp_path / "b.json").write_text(text.encode("ascii", "backslashreplace").decode(), "utf-8")
    (tmp_path / "c.html").write_text(f"<p>{text[:9]}<b>{text[9:]}</b></p>", "utf-8")
    pd.DataFrame({"a": [text]}).to_parquet(tmp_path / "d.parquet")
    document = docx.Document()
    document.add_paragraph(text[:9]).add_run(text[9:])
    document.save(str(tmp_path / "e.docx"))
    book = openpyxl.Workbook()
    book.active["A1"] = text  # type: ignore[index]
    book.save(tmp_path / "f.xlsx")
    with sqlite3.connect(tmp_path / "g.sqlite") as database:
        database.execute("create table t (a text)")
        database.execute("insert into t values (?)", (text,))
    with zipfile.ZipFile(tmp_path / "h.zip", "w") as archive:
        archive.write(tmp_path / "e.docx", "e.docx")
    for file in sorted(tmp_path.iterdir()):
        assert set(leaks(planted, texts(file))) == set(planted), file.name


def run(folder: Path, *arguments: str, password: str = "") -> None:
    """A command in a process of its own; what it says is kept beside the rest."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("XUEJI_")}
    done = subprocess.run(
        [sys.executable, "-m", "xueji_lib", "--store", str(folder / "store"), *arguments],
        input=password,
        capture_output=True,
        encoding="utf-8",
        env={**plain, "PYTHONUTF8": "1"},
        timeout=300,
    )
    assert done.returncode in (0, 4), done.stderr
    (folder / f"screen-{len(list(folder.iterdir()))}.txt").write_text(done.stdout + done.stderr, "utf-8")


def came_out(folder: Path, canaries: list[Canary]) -> dict[str, set[str]]:
    """Column and way of what was found, and where; the store's tables hold what was handed in, and are left out."""
    parts = [path for path in sorted(folder.iterdir()) if path.name != "inbox"]
    found = leaks(canaries, (text for part in parts for text in texts(part, skip=("/segments/",))))
    return {f"{each.column}, {each.way}": where for each, where in found.items()}


@pytest.mark.slow
def test_no_number_typed_anywhere_comes_out_of_a_check(tmp_path: Path) -> None:
    """Every way in every column of every table, in names of files, sheets and columns."""
    box = Inbox(tmp_path / "inbox")
    box.write()
    run(tmp_path, "intake", str(tmp_path / "inbox"), "--term", TERM, "--json")
    run(tmp_path, "check", "--term", TERM, "--as-of", DAY, "--out", str(tmp_path / "check"))
    assert len(box.canaries) > 10_000
    assert came_out(tmp_path, box.canaries) == {}


@pytest.mark.slow
def test_no_number_typed_anywhere_comes_out_of_a_batch(tmp_path: Path) -> None:
    """The papers, pages and notebooks too; fewer ways, for a school's papers take their time."""
    box = Inbox(tmp_path / "inbox", ways=("18", "spaces", "mobile", "birthday in words", "address", "e-mail"))
    box.write()
    run(tmp_path, "intake", str(tmp_path / "inbox"), "--term", TERM)
    run(tmp_path, "batch", "--term", TERM, "--as-of", DAY, "--out", str(tmp_path / "out"), "--jobs", "1")
    assert (tmp_path / "out" / TERM / "schools" / SCHOOLS[0] / "audit.html").is_file()
    assert came_out(tmp_path, box.canaries) == {}
