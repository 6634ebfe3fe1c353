"""What ``xueji doctor`` says of a store, its results, the county's own figures and what killed runs left behind."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from xueji_lib import doctor
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command
from xueji_lib.doctor import kit
from xueji_lib.store import Store
from xueji_lib.support import paths

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(sample_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs the command on a store (default: the sample's): exit status, and all that it said."""

    def asked(store: Path | None = None) -> tuple[int, str]:
        capsys.readouterr()
        given = ["--store", str(store or sample_store.root), "doctor", "--out", str(tmp_path / "out")]
        status = command(xueji, given)
        said = capsys.readouterr()
        return status, said.out + said.err

    return asked


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county's own copy of data/, in which everything was confirmed."""
    home = tmp_path / "home"
    for folder in ("data", "templates", "notebooks"):
        shutil.copytree(paths.home() / folder, home / folder)
    for name in ("policy/2020-154.toml", "letters.toml"):
        file = home / "data" / name
        file.write_text(file.read_text("utf-8").replace("待县局确认", "县局已确认"), "utf-8")
    for year in (2027, 2028):
        holidays = home / "data" / "calendar" / f"holidays-{year}.toml"
        holidays.write_text(f"rest = [{year}-01-01]\nwork = []\n", "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
    return home


def test_all_is_well(ask: Ask, home: Path) -> None:
    status, said = ask()
    assert status == 0, said
    assert "[要处理]" not in said
    for looked_at in (
        "版本：",
        "数据仓 ",
        "表册：",
        "数据仓的索引",
        "判定结果：",
        "校历：",
        "2020-154 版的数字",
        "没有中断",
    ):
        assert f"[好] {looked_at}" in said, looked_at
    assert said.rstrip().endswith("都好")


def test_a_damaged_segment_is_named_and_the_rest_is_still_looked_at(ask: Ask, home: Path, sample_store: Store) -> None:
    segment = next(sample_store.root.glob("*/segments/*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-100])
    status, said = ask()
    assert status == 4
    assert "学校名录" in said
    assert segment.name in said
    assert "[好] 判定结果" in said


@pytest.mark.slow
def test_damaged_results_are_named_and_judged_again_as_it_says(ask: Ask, home: Path, sample_store: Store) -> None:
    frame = next(sample_store.root.glob("results/*/*/*/findings.parquet"))
    frame.write_bytes(frame.read_bytes()[:-1] + b"x")
    status, said = ask()
    assert status == 4
    assert str(frame) in said
    repair = said.partition("会重新判定：xueji ")[2].splitlines()[0]
    assert command(xueji, ["--store", str(sample_store.root), *repair.split(), "--out", str(home / "out")]) == 0
    assert ask()[0] == 0


@pytest.mark.parametrize("name", ["xueji-store.json", "2026-2027-1/current.json", "2026-2027-1/current-copy.json"])
@pytest.mark.parametrize("content", ["{", None])
def test_a_small_file_that_another_stands_in_for_is_named(
    ask: Ask, home: Path, sample_store: Store, name: str, content: str | None
) -> None:
    file = sample_store.root / name
    file.unlink()
    if content is not None:
        file.write_text(content)
    status, said = ask()
    assert (status, f"{file} 缺失或已损坏" in said) == (4, True), said


@pytest.mark.parametrize("damage", ["none", "index"])
def test_a_store_that_cannot_be_used_is_said_with_what_to_do(
    ask: Ask, home: Path, sample_store: Store, tmp_path: Path, damage: str
) -> None:
    if damage == "none":
        status, said = ask(tmp_path / "nowhere")
    else:
        for file in sample_store.root.glob("*/current*.json"):
            file.write_text("{")
        status, said = ask()
    assert status == 3
    assert "[不能用] 数据仓" in said
    assert "怎么办" in said
    assert "[好] 校历" in said, "the rest is looked at all the same"


def test_a_term_without_calendar_and_a_year_without_holidays(ask: Ask, home: Path, sample_store: Store) -> None:
    terms = home / "data" / "calendar" / "terms.toml"
    (home / "data" / "calendar" / "holidays-2027.toml").unlink()
    status, said = ask()
    assert (status, "校历缺 2027 年节假日安排" in said) == (4, True)
    terms.write_text(terms.read_text("utf-8").split('[terms."2026-2027-1"]')[0], "utf-8")
    status, said = ask()
    assert (status, "校历里没有 2026-2027-1 学期" in said) == (4, True)
    assert str(terms) in said


def test_what_the_county_has_not_confirmed_is_listed(ask: Ask) -> None:
    status, said = ask()
    assert status == 4
    assert "rectify_workdays_grave = 5（严重问题整改期限，待县局确认）" in said
    assert "efile_days" not in said, "a figure of the notice itself"
    assert "文书里的内容" in said


def test_what_killed_runs_left_is_listed_once_it_is_old(
    ask: Ask, home: Path, sample_store: Store, tmp_path: Path
) -> None:
    term = next(sample_store.root.glob("*/current.json")).parent
    aside = tmp_path / "out" / term.name / "schools" / ".2164000001.99999"
    aside.mkdir(parents=True)
    half, unnamed = term / "current.json.part", term / "segments" / "000007-register.parquet"
    for file in (half, unnamed):
        file.touch()
    assert ask()[0] == 0, "a run may be at work"
    for path in (aside, half, unnamed):
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    status, said = ask()
    assert (status, "留下 3 个半成品" in said) == (4, True)
    assert all(str(path) in said for path in (aside, half, unnamed))


def test_a_component_of_another_version_is_named(ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["pandas>=99", "no-such-component>=1", "numpy>=1"]
    monkeypatch.setattr(kit.metadata, "requires", lambda name: required)
    status, said = ask()
    assert status == 4
    assert "pandas " in said and "（要 >=99）" in said
    assert "没有 no-such-component" in said
    assert "numpy" not in said


def test_a_check_that_fails_itself_is_a_line_and_the_others_go_on(
    ask: Ask, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(store: Store) -> list[doctor.Diagnosis]:
        raise KeyError("640422201503120017")

    monkeypatch.setattr(doctor, "results", failing)
    status, said = ask()
    assert status == 4
    assert "判定结果查不成（程序出错）" in said
    assert "640422" not in said
    assert "[好] 校历" in said
