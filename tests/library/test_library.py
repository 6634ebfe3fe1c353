"""The front door for analysts: its page is run, what it gives is masked, and reading whole numbers leaves a line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import xueji_lib as xj
from xueji_lib import demo
from xueji_lib.casebook.log import trail
from xueji_lib.library.opened_store import OpenedStore
from xueji_lib.register.schema import TABLES, Private
from xueji_lib.support.errors import StoreError, UsageError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page(folder: Path, store: OpenedStore) -> dict[str, Any]:
    """What the names of the page's code stand for, after all of it ran."""
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    some = store.school_id(store.table("schools")["school_id"].astype(str).min())
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S)).replace("2164422001", some)
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(compile(code, "docs/library.md", "exec"), names)
    return names


def test_the_page_runs_and_says_what_the_commands_say(page: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xueji_lib", "--store", str(folder / "xueji-store"), "check"]
    day = page["store"].runs()["as_of"].iloc[0]
    subprocess.run([*command, "--term", demo.TERM, "--as-of", day, "--out", str(tmp_path)], check=True)
    for name in ("findings", "coverage"):
        written = pd.read_csv(tmp_path / demo.TERM / f"{name}.csv", dtype=str, keep_default_na=False)
        shown = page[name].astype("object").where(page[name].notna(), "").astype(str)
        assert list(written) == list(shown)
        assert set(written.iloc[:, 0]) == set(shown.iloc[:, 0]) and len(written) == len(shown)
    cases = page["cases"]
    assert set(cases.loc[cases["present"], "finding_id"]) == set(page["findings"]["finding_id"])
    assert set(page["school"].findings()["school_id"].astype(str)) <= {page["school"].id}


def test_no_whole_number_without_a_reason(store: OpenedStore) -> None:
    raw = store.workplace.store
    for name, table in TABLES.items():
        whole, masked = raw.read(demo.TERM, name, raw=True), store.table(name)
        assert len(whole) == len(masked)
        assert not {"id_key", "register_key", "id_birth", "id_check"} & set(masked)
        for column in table:
            if column.private is Private.HIDDEN:
                assert column.id not in masked
            elif column.private in (Private.ID, Private.PHONE):
                values = set(whole[column.id].dropna().astype(str))
                assert not {value for value in values if len(value) > 4} & set(masked[column.id].dropna())


def test_whole_numbers_leave_a_line_first(page: dict[str, Any], store: OpenedStore) -> None:
    whole = store.workplace.store.read(demo.TERM, "register", schools=[page["school"].id], raw=True)
    assert page["whole"]["id_number"].tolist() == whole["id_number"].tolist()
    with store.workplace.open_casebook() as book, book.reading() as connection:
        lines = [line for line in trail.lines(connection) if line.action == "取未遮盖的数据"]
    assert [(line.school_id, json.loads(line.detail)["理由"], json.loads(line.detail)["表"]) for line in lines] == [
        (page["school"].id, "与公安户籍核对", "学籍名册")
    ]
    with pytest.raises(UsageError, match="理由至少"):
        store.table("register", reason="看看")


def test_a_pupil_is_all_rows_of_his_number(page: dict[str, Any]) -> None:
    assert (demo.TERM, "register") in page["rows"]
    numbers = pd.concat([rows["id_number"] for rows in page["rows"].values() if "id_number" in rows]).dropna()
    assert len(numbers) and numbers.str.contains("*", regex=False).all()


def test_an_inbox_says_what_it_did_not_examine(page: dict[str, Any]) -> None:
    inbox = page["inbox"]
    assert {"register", "headcount", "schools"} <= set(inbox.tables)
    statuses = inbox.coverage.groupby("rule_id", observed=True)["status"].unique()
    assert "缺数据" in statuses["R715"], "last term's register was not among the files"
    assert set(inbox.tables["register"]["school_id"]) == set(page["register"]["school_id"])


def test_what_is_not_there_is_said(store: OpenedStore, tmp_path: Path) -> None:
    for wrong, words in (
        (lambda: store.table("pupils"), "没有“pupils”这张表"),
        (lambda: store.table("register", "2020-2021-1"), "没有 2020-2021-1 学期"),
        (lambda: store.school("没有这所"), "没有"),
        (lambda: store.findings(as_of="2020-01-01"), "没有 2020-01-01 的判定结果"),
        (lambda: store.findings(as_of="昨天"), "不是日期"),
        (lambda: store.pupil(" "), "整个号码"),
        (lambda: xj.read(tmp_path, "2020年"), "校历里没有"),
    ):
        with pytest.raises(UsageError, match=words):
            wrong()
    with pytest.raises(StoreError):
        xj.open(tmp_path / "没有")


SECTION = re.compile(r"<!-- frame: ([^>]+) -->\n\n(.*?)\n\n", re.S)


def test_every_frame_has_the_columns_and_types_that_the_page_says(page: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    documented = {expression.strip(): table for expression, table in SECTION.findall(text)}
    assert len(documented) >= 6
    for expression, table in documented.items():
        frame = eval(expression, page)  # noqa: S307 - the words of the page, which is run anyway
        rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
        columns = [(name, row[1]) for row in rows for name in row[0].replace("`", "").split()]
        assert columns == [(name, str(dtype)) for name, dtype in frame.dtypes.items()], expression


def test_the_page_names_all_that_the_door_opens() -> None:
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    assert dir(xj) == sorted(xj.__all__)
    public = [f"xj.{name}" for name in xj.__all__ if name != "__version__"]
    public += [f"xj.{part}.{name}" for part in ("pages", "charts") for name in getattr(xj, part).__all__]
    public += [f".{name}" for name in vars(OpenedStore) if not name.startswith("_") and name != "workplace"]
    assert [name for name in public if name not in text] == []
