"""自查 by the command: what would be asked of a school's own tables, and what was not examined."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.intake.boxes import DIRECTORY, FIRST, HEADS, SECOND, TERM, box, number, pupil, register, text

COUNT = "年级 班号 姓名 在校情况 情形 离校或到校日期 学校说明".split()


def selfcheck(folder: Path, *arguments: str, store: Path, code: int = 0) -> tuple[dict[str, Any], str]:
    command = [sys.executable, "-m", "xueji_lib", "--store", store, "selfcheck", folder, "--term", TERM]
    environment = {**os.environ, "TMPDIR": str(store.parent)}
    done = subprocess.run(
        [*command, "--as-of", "2026-11-20", *arguments], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == code, done.stderr
    return (json.loads(done.stdout) if "--json" in arguments else {}), done.stdout + done.stderr


def folder_of(tmp_path: Path, *, present: int = 4, of: int = 6) -> Path:
    """A register of six; one of those counted is absent without a word, one is not counted."""
    rows = [["3", "1", pupil(n)[1], "在校", "", "", ""] for n in range(1, present)]
    rows += [["3", "1", pupil(n)[1], "不在校", "", "2026-09-01", ""] for n in range(present, of)]
    files = {f"{FIRST}名册.csv": text(register(of)), f"{FIRST}核对.csv": text([COUNT, *rows])}
    return box(tmp_path / "本校", files, "")


def test_a_school_without_a_county_is_told_what_would_be_asked(tmp_path: Path) -> None:
    folder, store = folder_of(tmp_path), tmp_path / "没有"
    before = {file: file.read_bytes() for file in folder.iterdir()}
    answer, _ = selfcheck(folder, "--school", FIRST, "--json", store=store)
    assert set(answer["schools"]) == {FIRST} and not store.exists()
    assert {file: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["本校"], "nothing is left anywhere"
    asked = {finding["rule_id"] for finding in answer["findings"]}
    assert {"R111", "R711"} <= asked, "a pupil not counted, two absent without a word"
    assert all(finding["school_id"] == FIRST for finding in answer["findings"])
    # What others are needed for is named and not asked; what lacks a table is named too.
    beyond = {note["rule_id"] for note in answer["beyond"]}
    assert {"R202", "R710"} <= beyond and not asked & beyond
    assert ("R102", "没有转学台账") in {(note["rule_id"], note["why"]) for note in answer["lacking"]}
    assert number(1) not in json.dumps(answer)
    _, said = selfcheck(folder, "--school", FIRST, store=store)
    assert "什么也没有存" in said and "自查不能查" in said and "R202" in said and "写入数据仓" not in said


def test_without_a_directory_it_says_what_to_write(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    _, said = selfcheck(folder, store=tmp_path / "没有", code=3)
    assert "--school" in said
    _, said = selfcheck(folder, "--school", "一小", store=tmp_path / "没有", code=2)
    assert "10 位" in said
    (folder / "学校名录.csv").write_text(DIRECTORY, "utf-8")
    answer, _ = selfcheck(folder, "--json", store=tmp_path / "没有")
    assert answer["schools"] == {FIRST: "城关第一小学"}


def test_faults_of_the_files_are_told_and_the_status_says_so(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / f"{SECOND}别校.csv").write_bytes(text([HEADS, pupil(60, SECOND), pupil(61, SECOND)]))
    answer, said = selfcheck(folder, "--school", FIRST, "--json", store=tmp_path / "没有", code=4)
    assert answer["report"]["codes"] == {"D08": 2} and "没收下" in said


def times(store: Path) -> dict[str, int]:
    """When each file of a store was written, but the lock that an emptied folder of passing things keeps."""
    files = [file for file in store.rglob("*") if file.is_file() and file.parent.name != ".scratch"]
    return {str(file): file.stat().st_mtime_ns for file in files}


def test_at_the_bureau_the_directory_and_the_term_before_are_taken_from_the_store(tmp_path: Path) -> None:
    files = {"上学期.csv": text(register(6)), "别校.csv": text([HEADS, *(pupil(n, SECOND) for n in range(60, 64))])}
    inbox, store = box(tmp_path / "上学期", files), tmp_path / "store"
    command = [sys.executable, "-m", "xueji_lib", "--store", store, "intake", inbox, "--term", "2025-2026-2"]
    subprocess.run(command, check=True, capture_output=True)
    before = times(store)
    answer, _ = selfcheck(folder_of(tmp_path), "--school", "城关第一小学", "--json", store=store)
    assert answer["schools"] == {FIRST: "城关第一小学"}
    assert "没有上学期学籍名册" not in {note["why"] for note in answer["lacking"]}
    assert times(store) == before
