"""What other tools read: it follows its published schemas, is masked, whole or not there, and the same every time."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import frictionless
import jsonschema
import msoffcrypto
import openpyxl
import pytest

from xueji_lib.casebook import cases
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.exchange import data_package, documents
from xueji_lib.exchange.exporting import export
from xueji_lib.exchange.record_places import RecordPlace, record_places
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.reports.letters.unmask import Request
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow

PASSWORD = "kou-ling-ge-ni-1"


@pytest.fixture
def workplace(sample_store: Store) -> Workplace:
    return Workplace(sample_store)


@pytest.fixture
def answer(workplace: Workplace, sample: ModuleType) -> Results:
    """The sample's answer, of which an inspector has confirmed one finding."""
    kept = shelf.obtain(workplace.store, sample.INSPECTION)
    with workplace.open_casebook() as book:
        sync(book, workplace.store, kept)
        desk = Desk(book, workplace.store, Actor("王督查", "inspector"), sample.TERM, sample.AS_OF)
        first = kept.findings.loc[kept.findings["school_id"] == sample.BIG, "finding_id"].iloc[0]
        cases.decide(desk, first, {"to": "属实", "note": f"家长电话 {sample.PHONE}，看过"})
    return kept


def bytes_of(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def document(folder: Path, name: str) -> dict[str, Any]:
    """A document that follows the schema beside it, and the one that the project publishes."""
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    file = documents.SCHEMA_FILES[content["$schema"]]
    schema = json.loads((folder / "schemas" / file).read_text("utf-8"))
    assert schema == json.loads(paths.data("schemas", file).read_text("utf-8")) and schema["$id"] == content["$schema"]
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert not [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(content)][:5]
    return content


def test_the_answer_follows_its_schemas_and_what_was_not_made_is_not_clean(
    workplace: Workplace, answer: Results, sample: ModuleType, tmp_path: Path
) -> None:
    export(workplace, answer, tmp_path / "出")
    found, covered = (document(tmp_path / "出", name) for name in ("findings", "coverage"))
    assert [entry["finding_id"] for entry in found["results"]] == answer.findings["finding_id"].tolist()
    states = {entry["case"]["state"] for entry in found["results"]}
    assert states == {"疑点", "属实"}
    entry = found["results"][0]
    assert entry["locations"] == [
        {"file": "台账/转学台账.xlsx", "sheet": "Sheet1", "row": entry["locations"][0]["row"]}
    ]
    assert len(covered["results"]) == len(answer.coverage)
    assert {one["status"] for one in covered["results"] if one["clean"]} == {"未发现"}
    assert {one["status"] for one in covered["results"] if not one["examined"]} == {"缺数据", "无法判定", "出错"}
    assert sum(one["count"] for one in covered["statuses"]) == len(covered["results"])
    county = [one for one in found["results"] if one["school"] is None]
    assert [one["rule_id"] for one in county] == ["R710"]


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        ("缺数据", {"clean": True}), ("出错", {"examined": True}), ("无法判定", {"reason": ""}),
        ("未发现", {"findings": 1}), ("未发现", {"clean": False}), ("发现", {"findings": 0}),
        ("缺数据", {"status": "没有问题"}),
    ],
)  # fmt: skip
def test_the_schema_itself_refuses_a_check_that_was_not_made_called_clean(
    workplace: Workplace, answer: Results, tmp_path: Path, status: str, wrong: dict[str, Any]
) -> None:
    export(workplace, answer, tmp_path / "出")
    covered = document(tmp_path / "出", "coverage")
    entry = next(one for one in covered["results"] if one["status"] == status)
    entry |= wrong
    schema = json.loads(paths.data("schemas", documents.SCHEMA_FILES[covered["$schema"]]).read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(covered, schema)


def test_the_package_is_valid_and_nothing_personal_is_in_it(
    workplace: Workplace, answer: Results, sample: ModuleType, tmp_path: Path
) -> None:
    exported = export(workplace, answer, tmp_path / "出", parquet=True)
    report = frictionless.validate(str(tmp_path / "出" / "datapackage.json"))
    assert report.valid, report.flatten(["name", "fieldName", "rowNumber", "message"])[:5]
    content = b"".join(path.read_bytes() for path in (tmp_path / "出").rglob("*.*") if path.suffix != ".parquet")
    texts = [content.decode()]
    for name in exported.tables:
        file = tmp_path / "出" / "parquet" / f"{name}.parquet"
        texts.append(repr(duckdb.execute("FROM read_parquet(?)", [str(file)]).fetchall()))
    assert not [secret for secret in sample.SECRETS for text in texts if secret in text]
    ((state, note),) = duckdb.execute(
        "SELECT state, state_note FROM read_csv(?, all_varchar = true) WHERE state <> '疑点'",
        [str(tmp_path / "出" / "tables" / "findings.csv")],
    ).fetchall()
    assert (state, note) == ("属实", "家长电话 *********45，看过")
    cells = duckdb.execute("SELECT student FROM read_csv(?) WHERE evidence LIKE '%<b>%'",
                           [str(tmp_path / "出" / "tables" / "findings.csv")]).fetchall()  # fmt: skip
    assert cells == [('\'=HYPERLINK("http://x")',)], "no spreadsheet takes it for a formula"


def test_the_same_again_is_the_same_bytes(workplace: Workplace, answer: Results, tmp_path: Path) -> None:
    export(workplace, answer, tmp_path / "一", parquet=True)
    export(workplace, answer, tmp_path / "二" / "三", parquet=True)
    assert bytes_of(tmp_path / "一") == bytes_of(tmp_path / "二" / "三")
    export(workplace, answer, tmp_path / "一")
    assert not (tmp_path / "一" / "parquet").exists(), "an earlier export leaves nothing behind"


def test_a_kill_leaves_the_old_export_whole(
    workplace: Workplace, answer: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(workplace, answer, tmp_path / "出")
    before = bytes_of(tmp_path / "出")

    def killed(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(data_package, "descriptor", killed)
        with pytest.raises(KeyboardInterrupt):
            export(workplace, answer, tmp_path / "出", parquet=True)
    assert bytes_of(tmp_path / "出") == before
    (tmp_path / ".出.part-killed").mkdir()  # what a power cut leaves
    export(workplace, answer, tmp_path / "出")
    assert {path.name for path in tmp_path.iterdir()} == {"出", "数据仓"}


def test_a_folder_with_anything_else_is_left_alone(workplace: Workplace, answer: Results, tmp_path: Path) -> None:
    (tmp_path / "我的").mkdir()
    (tmp_path / "我的" / "论文.docx").write_bytes(b"x")
    with pytest.raises(UsageError, match="已经有别的东西"):
        export(workplace, answer, tmp_path / "我的")
    (tmp_path / "我的" / "datapackage.json").write_text('{"name": "别人的"}', "utf-8")
    with pytest.raises(UsageError, match="已经有别的东西"):
        export(workplace, answer, tmp_path / "我的")
    assert (tmp_path / "我的" / "论文.docx").read_bytes() == b"x"
    with pytest.raises(UsageError, match="是文件"):
        export(workplace, answer, tmp_path / "我的" / "论文.docx")


def test_full_numbers_are_noted_first_and_lie_under_a_password(
    workplace: Workplace, answer: Results, sample: ModuleType, tmp_path: Path
) -> None:
    export(workplace, answer, tmp_path / "出")
    masked = bytes_of(tmp_path / "出")
    for request in (Request("看看", PASSWORD), Request("与公安户籍核对", "短")):
        with pytest.raises(UsageError):
            export(workplace, answer, tmp_path / "出", unmask=request)
    assert bytes_of(tmp_path / "出") == masked and not reasons(workplace)
    exported = export(workplace, answer, tmp_path / "出", unmask=Request("与公安户籍核对", PASSWORD))
    assert [(line["理由"], line["表"]) for line in reasons(workplace)] == [("与公安户籍核对", "学校名录")]
    assert exported.unmasked is not None
    sealed = exported.unmasked.read_bytes()
    assert sample.PHONE.encode() not in sealed and not sealed.startswith(b"PK")
    plain = io.BytesIO()
    office = msoffcrypto.OfficeFile(io.BytesIO(sealed))
    office.load_key(password=PASSWORD)
    office.decrypt(plain)
    rows = list(openpyxl.load_workbook(plain)["学校名录"].iter_rows(values_only=True))
    assert rows[1][:3] == ("row_no", "学校标识码", "联系电话") and any(sample.PHONE in row for row in rows[2:])
    assert {name: digest for name, digest in bytes_of(tmp_path / "出").items() if name != "未遮盖.xlsx"} == masked
    export(workplace, answer, tmp_path / "出")
    assert bytes_of(tmp_path / "出") == masked, "the next export takes it away"


def reasons(workplace: Workplace) -> list[dict[str, str]]:
    with workplace.open_casebook() as book, book.reading() as connection:
        return [json.loads(line.detail) for line in trail.lines(connection) if line.action == "取未遮盖的数据"]


def test_the_command(
    workplace: Workplace, answer: Results, sample: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(tmp_path / "出"), "--term", sample.TERM, "--as-of", sample.AS_OF.isoformat()]
    command += ["--store", str(workplace.store.root)]
    assert run(xueji, command) == 4, "a check crashed: that is said"
    said = capsys.readouterr()
    assert "疑点 448 条" in said.out and "R402" in said.err and "导出" in said.err
    assert run(xueji, [*command, "--reason", "与公安户籍核对"]) == 2


def test_where_a_finding_comes_from_is_taken_apart() -> None:
    assert record_places("台账/转学.xlsx:Sheet1:7 | 名册.csv::12") == [
        RecordPlace("台账/转学.xlsx", "Sheet1", 7), RecordPlace("名册.csv", "", 12),
    ]  # fmt: skip
    assert record_places("a:b | c.xlsx:表:3") == [RecordPlace("a:b | c.xlsx", "表", 3)]
    assert record_places("现场") == [RecordPlace("现场", "", None)] and record_places("") == []
