"""What is not masked: under a password, for a reason, written down first. And replies, taken in again."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msoffcrypto
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from tests.reports.test_letters import text
from xueji_lib import demo, intake
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import CommonOptions
from xueji_lib.judge import engine, results, shelf
from xueji_lib.judge.results import School
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import deliverables
from xueji_lib.reports.letters import unmask
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

FACTS, PASSWORD = LetterFacts.load(), "办公室口令-2026"
REQUEST = unmask.Request("送乡镇发放限期复学通知书", PASSWORD)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("county")
    demo.make(root, schools=8)
    store = Store(root / "store")
    intake.run(root / "inbox" / demo.TERM, store, demo.TERM, Calendar.load())
    return store


@pytest.fixture(scope="module")
def answer(county: Store) -> results.Results:
    return shelf.obtain(county, demo.INSPECTION)


def opened(file: Path, password: str = PASSWORD) -> bytes:
    sealed, plain = msoffcrypto.OfficeFile(io.BytesIO(file.read_bytes())), io.BytesIO()
    sealed.load_key(password=password, verify_password=True)
    sealed.decrypt(plain)
    return plain.getvalue()


def school_to_bring_back(county: Store, answer: results.Results) -> School:
    ledger = county.read(demo.TERM, "dropouts")
    register = county.read(demo.TERM, "register", columns=["school_id", "name", "grade"])
    for row in ledger[ledger["outcome"] == "未复学"].to_dict("records"):
        mine = register[(register["school_id"] == row["school_id"]) & (register["name"] == row["name"])]
        if len(mine) == 1 and mine["grade"].iloc[0] <= 9:
            return answer.school(str(row["school_id"]))
    raise AssertionError("the demo has no child to be brought back")


@pytest.mark.slow
def test_a_child_to_be_brought_back_gets_a_letter_that_only_the_password_opens(
    county: Store, answer: results.Results, tmp_path: Path
) -> None:
    school = school_to_bring_back(county, answer)
    said: list[tuple[str, Mapping[str, Any]]] = []
    files = unmask.export(county, school, FACTS, tmp_path, REQUEST, lambda *line: said.append(line))
    letters = [file for file in files if file.suffix == ".docx"]
    assert letters and letters[0] == tmp_path / "限期复学通知书" / "1.docx"
    ledger = county.read(demo.TERM, "dropouts", schools=[school.id])
    child = ledger[ledger["outcome"] == "未复学"].iloc[0]
    number = str(child["id_number"])
    whole = "\n".join(text(opened(file)) for file in letters)
    assert str(child["name"]) in whole and number in whole and "《中华人民共和国义务教育法》第五十八条" in whole
    assert f"{child['township']}人民政府（盖章）" in whole and "送 达 回 执" in whole and "存　　根" in whole
    for file in files:
        assert number.encode() not in file.read_bytes()
        with pytest.raises(Exception, match="Key verification failed"):
            opened(file, "不是这个口令")
    sheet = openpyxl.load_workbook(io.BytesIO(opened(tmp_path / unmask.LIST)))["未遮盖"]
    listed = {str(row[4].value) for row in sheet.iter_rows(min_row=4)}
    register = county.read(demo.TERM, "register", columns=["id_number"], schools=[school.id])
    assert len(listed & set(register["id_number"])) >= 3, "whom findings name, with their numbers"
    action, detail = said[0]
    assert len(said) == 1 and action == unmask.ACTION
    assert detail["reason"] == REQUEST.reason and "限期复学通知书/1.docx" in detail["files"]
    assert number not in str(detail)


def test_without_reason_password_or_trail_nothing_is_written(
    county: Store, answer: results.Results, tmp_path: Path
) -> None:
    school = answer.school(answer.schools["school_id"][0])

    def full(*_: object) -> None:
        raise StoreError("留痕写不进去")

    for request, log, error in (
        (unmask.Request("  ", PASSWORD), full, UsageError),
        (unmask.Request("送乡镇发放", "短"), full, UsageError),
        (REQUEST, None, UsageError),
        (REQUEST, full, StoreError),
    ):
        with pytest.raises(error):
            unmask.export(county, school, FACTS, tmp_path, request, log)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_command_asks_for_a_reason_and_leaves_a_line_in_the_trail(county: Store, tmp_path: Path) -> None:
    school = str(county.directory(demo.TERM)["school_id"].iloc[0])
    given = ["--store", str(county.root), "audit", school, "--term", demo.TERM, "--as-of", demo.AS_OF.isoformat()]
    given += ["--out", str(tmp_path), "--unmask", "--password-stdin"]
    run = CliRunner().invoke(xueji, given, obj=CommonOptions(), input="")
    assert run.exit_code == 2 or isinstance(run.exception, UsageError), run.output
    assert not list(tmp_path.iterdir())
    run = CliRunner().invoke(xueji, [*given, "--reason", "核对证件"], obj=CommonOptions(), input=f"{PASSWORD}\n")
    assert run.exit_code == 0, run.output
    assert (tmp_path / demo.TERM / "schools" / school / unmask.LIST).is_file()
    with Casebook.open(county) as book, book.reading() as connection:
        from xueji_lib.casebook.log import trail

        lines = [line for line in trail.lines(connection) if line.action == unmask.ACTION]
    assert len(lines) == 1 and lines[0].school_id == school and "核对证件" in lines[0].detail


# ---- the filled-in ledger ----


@pytest.mark.slow
def test_a_filled_in_ledger_comes_back_as_the_schools_reply(
    county: Store, answer: results.Results, tmp_path: Path
) -> None:
    """Every row is accounted for, the other sheets and the other papers are no tables, and no rule sees any of it."""
    before = engine.check(county, demo.INSPECTION)
    school = answer.school(str(answer.findings["school_id"].replace("", None).mode()[0]))
    inbox = tmp_path / "inbox" / "学校交回"
    deliverables.write_school(school, FACTS, inbox)
    deliverables.write_county(answer, FACTS, inbox)
    for file in [*inbox.glob("*.docx"), *inbox.glob("*.html")]:
        file.unlink()
    file = inbox / "findings.xlsx"
    book = openpyxl.load_workbook(file)
    sheet = book["问题"]
    heads = {cell.value: cell.column for cell in sheet[3]}
    sheet.cell(4, heads["整改措施"], "已补办手续")
    sheet.cell(4, heads["责任人"], "王芳（教务主任）")
    sheet.cell(4, heads["完成日期"], "2026年12月1日")
    sheet.cell(sheet.max_row, heads["完成日期"], "下周")
    answered = str(sheet.cell(4, heads["疑点编号"]).value)
    book.save(file)
    report = intake.run(tmp_path / "inbox", county, demo.TERM, Calendar.load()).to_dict()
    assert report["rows"]["read"] == sum(report["rows"][k] for k in ("accepted", "rejected", "skipped"))
    tables = {s["table"] for f in report["files"] for s in f["sheets"] if s["table"]}
    assert tables == {"replies", "annex1"}, "nothing else that the kit wrote is taken for a list"
    accepted = [s["accepted"] for f in report["files"] for s in f["sheets"] if s["table"] == "replies"]
    assert sum(accepted) == len(school.findings)
    codes = [p["code"] for p in report["problems"]]
    assert set(codes) == {"D05", "D14"}, "the county's 附件1 says again what the school's does"
    assert codes.count("D05") == 1, "the date that is none is told, the row stays"
    replies = county.read(demo.TERM, "replies", schools=[school.id]).set_index("finding_id")
    assert set(replies.index) == set(school.findings["finding_id"])
    told = replies.loc[answered]
    assert (told["measure"], told["person"]) == ("已补办手续", "王芳（教务主任）")
    assert told["done_date"] == pd.Timestamp(2026, 12, 1)
    after = engine.check(county, demo.INSPECTION)
    pd.testing.assert_frame_equal(before.findings, after.findings)
    pd.testing.assert_frame_equal(before.coverage, after.coverage)


def test_masked_lists_hold_no_number_phone_or_house(answer: results.Results, sample: ModuleType) -> None:
    whole = answer.mismatches.to_csv() + answer.special.to_csv() + sample.mismatches().to_csv()
    assert not re.search(r"\d{15,}|1\d{10}", whole)
    assert not any(secret in whole for secret in sample.SECRETS)
    counted = answer.classes[["registered_absent", "present_unregistered"]].sum()
    kinds = answer.mismatches["kind"].value_counts()
    assert (kinds["在籍不在校"], kinds["在校不在籍"]) == tuple(counted), "as many as the class table counts"
