"""Both pages run by the real papermill, filed: whole, offline, and showing no number."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.dashboards import work
from tests.dashboards.conftest import County
from xueji_lib import demo
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.cli import xueji

pytestmark = pytest.mark.slow


def test_both_pages_are_filed(county: County, tmp_path: Path) -> None:
    with Casebook.open(county.store) as book:
        ids = work.confirm(replace(county.desk(book), today=demo.AS_OF), county.own, [-3, 9], 4)
    out, day = tmp_path / "out", demo.AS_OF.isoformat()
    given = ["--store", str(county.store.root), "archive", "--term", county.term, "--as-of", day, "--out", str(out)]
    for school in ([], ["--school", county.own]):
        done = CliRunner().invoke(xueji, [*given, *school], standalone_mode=False)
        assert done.exception is None, done.output
    folder = out / county.term / "archive"
    whole = (folder / f"county-{day}.html").read_text("utf-8")
    own = (folder / f"principal-{county.own}-{day}.html").read_text("utf-8")
    names = dict(county.store.directory(county.term)[["school_id", "school_name"]].astype(str).to_numpy())
    assert all(name in whole for name in names.values())
    assert "整改逾期" in whole and "逾期 3 天" in own
    assert "离校学生去向" in whole and "县学籍管理中心" in whole
    assert not [name for school, name in names.items() if school != county.own and name in own]
    for table in ("register", "dropouts"):
        numbers = county.store.read(county.term, table)["id_number"].dropna().astype(str)
        for page in (whole, own):
            assert not re.search("https?:", page) and not set(re.findall(r"\d{17}[\dX]", page)) & set(numbers)
    assert {file.suffix for file in folder.iterdir()} == {".html", ".ipynb"} and len(ids) == 4


def test_an_unknown_school_is_told_in_one_line(county: County, tmp_path: Path) -> None:
    given = ["--store", str(county.store.root), "archive", "--term", county.term, "--school", "没有这所"]
    done = CliRunner().invoke(xueji, [*given, "--out", str(tmp_path / "out")], standalone_mode=False)
    assert "学校名录里没有 没有这所" in str(done.exception) and not (tmp_path / "out").exists()
