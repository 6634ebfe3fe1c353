"""Trying an inbox, going back, and teaching a header: by the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, box, pupil, register, text
from xueji_lib.store import Store
from xueji_lib.support.checked import read_checked, write_checked

pytestmark = pytest.mark.slow

COUNT = "学校标识码 年级 班号 姓名 身份证件号 在校情况 离校或到校日期".split()


def xueji(store: Path, *arguments: object, code: int | tuple[int, ...] = 0) -> dict[str, Any]:
    command = [sys.executable, "-m", "xueji_lib", "--store", str(store), *map(str, arguments)]
    done = subprocess.run([*command, *(["--json"] if code != 2 else [])], capture_output=True, text=True, timeout=120)
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), done.stderr
    assert "Traceback" not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout) if done.returncode != 2 else {"said": done.stderr}
    return answer


def headcount(*absent: int, of: int = 6) -> bytes:
    lines = []
    for n in range(1, of + 1):
        name, own = pupil(n)[1], pupil(n)[4]
        lines.append([FIRST, "3", "1", name, own, "不在校" if n in absent else "在校", "2026-09-01"])
    return text([COUNT, *lines])


def content(folder: Path) -> dict[str, bytes]:
    """All files of a store, but the lock that an emptied folder of passing things keeps."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.parent.name != ".scratch"]
    return {str(file): file.read_bytes() for file in files}


@pytest.fixture
def county(tmp_path: Path) -> Path:
    files = {
        "a.csv": text(register(6)),
        "b.csv": text([HEADS, *(pupil(n, SECOND) for n in range(60, 63))]),
        "核对.csv": headcount(2),
    }
    xueji(tmp_path / "store", "intake", box(tmp_path / "收件", files), "--term", TERM)
    return tmp_path / "store"


def test_a_dry_run_says_what_would_change_and_stores_nothing(county: Path, tmp_path: Path) -> None:
    before = content(county)
    files = {"更正.csv": text([HEADS, pupil(2), pupil(31)]), "核对.csv": headcount(2, 3, 4)}
    inbox = box(tmp_path / "新", files, "")
    tried = xueji(county, "intake", inbox, "--term", TERM, "--dry-run", "--as-of", "2026-09-20")
    assert content(county) == before
    preview = tried["preview"]
    assert (tried["dry_run"], tried["intake"], preview["pupils"]) == (True, None, [9, 10])
    assert preview["mismatches"]["在籍不在校"] == [1, 3]
    (school,) = preview["schools"]
    assert (school["school_id"], school["pupils_before"], school["pupils_after"]) == (FIRST, 6, 7)
    # Afterwards it is what it said: the findings too.
    out = [tmp_path / name for name in ("前", "后")]
    ids = []
    for folder in out:
        command = [sys.executable, "-m", "xueji_lib", "--store", county, "check", "--term", TERM]
        subprocess.run([*command, "--as-of", "2026-09-20", "--out", folder], check=True, capture_output=True)
        lines = (folder / TERM / "findings.csv").read_text("utf-8-sig").splitlines()[1:]
        ids.append({line.split(",")[0] for line in lines})
        if folder is out[0]:
            taken = xueji(county, "intake", inbox, "--term", TERM)
            assert taken["updated"] == tried["updated"]
    assert {finding["finding_id"] for finding in preview["findings"]["come"]} == ids[1] - ids[0]
    assert {finding["finding_id"] for finding in preview["findings"]["go"]} == ids[0] - ids[1]


def test_a_dry_run_before_there_is_a_store(tmp_path: Path) -> None:
    inbox = box(tmp_path / "收件", {"a.csv": text(register(4))})
    tried = xueji(tmp_path / "store", "intake", inbox, "--term", TERM, "--dry-run")
    assert tried["preview"]["pupils"] == [0, 4] and not (tmp_path / "store").exists()


def test_undo_goes_back_a_step_and_another(county: Path, tmp_path: Path) -> None:
    store = Store.open(county)
    marks = [store.fingerprint(TERM)]
    for n, files in enumerate(({"a.csv": text([HEADS, pupil(40)])}, {"b.csv": text([HEADS, pupil(41, SECOND)])})):
        xueji(county, "intake", box(tmp_path / f"后{n}", files, ""), "--term", TERM)
        marks.append(store.fingerprint(TERM))
    undone = xueji(county, "intake", "--undo", "--term", TERM)
    assert (undone["undone"], undone["entry"], store.fingerprint(TERM)) == (3, 4, marks[1])
    assert xueji(county, "intake", "--undo", "--term", TERM)["undone"] == 2
    assert store.fingerprint(TERM) == marks[0]
    assert [entry.number for entry in store.history(TERM)] == [1, 2, 3, 4, 5]
    assert store.damaged() == [] and len(store.read(TERM, "register")) == 9
    # What was taken back can be taken in again, and taken back again.
    xueji(county, "intake", tmp_path / "后1", "--term", TERM)
    assert len(store.read(TERM, "register")) == 10
    assert xueji(county, "intake", "--undo", "--term", TERM)["undone"] == 6
    assert store.fingerprint(TERM) == marks[0]
    verified = subprocess.run([sys.executable, "-m", "xueji_lib", "--store", county, "verify"], capture_output=True)
    assert verified.returncode == 0
    from xueji_lib.casebook.workplace import Workplace

    with Workplace(store).open_casebook() as book, book.reading() as connection:
        from sqlalchemy import text as sql

        rows = connection.execute(sql("select action from trail")).all()
    assert [row[0] for row in rows].count("退回收件") == 3


def test_undo_of_one_school_leaves_the_others(county: Path, tmp_path: Path) -> None:
    both = {"a.csv": text([HEADS, pupil(40)]), "b.csv": text([HEADS, pupil(41, SECOND)])}
    xueji(county, "intake", box(tmp_path / "后", both, ""), "--term", TERM)
    xueji(county, "intake", "--undo", "--term", TERM, "--school", FIRST)
    store = Store.open(county)
    sizes = store.read(TERM, "register").groupby("school_id", observed=True).size().to_dict()
    assert sizes == {FIRST: 6, SECOND: 4}
    # The whole step back then takes what still stands of it.
    assert xueji(county, "intake", "--undo", "--term", TERM)["undone"] == 2
    assert len(store.read(TERM, "register")) == 9
    xueji(county, "intake", "--undo", "--term", TERM, "--school", FIRST)
    assert store.schools(TERM, "register") == [SECOND] and FIRST in set(store.directory(TERM)["school_id"])
    xueji(county, "intake", "--undo", "--term", TERM)
    said = xueji(county, "intake", "--undo", "--term", TERM, code=2)["said"]
    assert "没有可以退回的收件" in said and store.schools(TERM, "register") == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "没有写收件夹"),
        (("收件", "--undo"), "--undo"),
        (("收件", "--school", FIRST), "--school"),
        (("收件", "--map", "班别"), "--map"),
        (("收件", "--map", "班别=班极极"), "不是认识的表头"),
        (("收件", "--as-of", "2026-09-01"), "--dry-run"),
    ],
)
def test_options_that_do_not_go_together(
    county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert word in xueji(county, "intake", *arguments, "--term", TERM, code=2)["said"]


def strange(school: str, n: int) -> bytes:
    """班号 under a heading that nobody knows."""
    heads = ["班组代号" if head == "班号" else head for head in HEADS]
    return text([heads, *(pupil(i, school) for i in range(n, n + 4))])


def test_a_header_is_taught_once_and_remembered_for_that_school(tmp_path: Path) -> None:
    root = tmp_path / "store"
    untaught = xueji(root, "intake", box(tmp_path / "一", {"a.csv": strange(FIRST, 1)}), "--term", TERM, code=4)
    assert "D03" in untaught["codes"]
    lesson = "班组代号＝班级"
    tried = xueji(root, "intake", tmp_path / "一", "--term", TERM, "--dry-run", "--map", lesson)
    assert tried["codes"] == {} and not (root / "taught-headers.json").exists()
    taught = xueji(root, "intake", tmp_path / "一", "--term", TERM, "--map", lesson)
    assert taught["codes"] == {} and any("这次教的“班组代号=班级”" in note for note in taught["notes"])
    store = Store.open(root)
    assert set(store.read(TERM, "register")["class_no"]) == {1}
    # Later files of that school are read so; of another school it is offered.
    files = {"a.csv": strange(FIRST, 2), "b.csv": strange(SECOND, 20)}
    later = xueji(root, "intake", box(tmp_path / "二", files, ""), "--term", TERM, code=4)
    assert [p["file"] for p in later["problems"] if p["code"] == "D03"] == ["b.csv"]
    assert any(note.startswith("a.csv") and "以前教的" in note for note in later["notes"])
    assert any(note.startswith("b.csv") and "--map '班组代号=班级'" in note for note in later["notes"])
    trial = xueji(root, "intake", tmp_path / "二", "--term", TERM, "--dry-run", code=4)
    assert [p["file"] for p in trial["problems"] if p["code"] == "D03"] == ["b.csv"]
    *lessons, part = trial["notes"]  # the part is stored by now, and says the same
    assert lessons == later["notes"][:2] and "只来了一部分" in part and "没有改动" in part
    xueji(root, "intake", tmp_path / "二", "--term", TERM, "--map", lesson)
    assert store.read(TERM, "register")["class_no"].notna().all()
    again = xueji(root, "intake", tmp_path / "二", "--term", TERM)
    assert again["intake"] is None and again["codes"] == {}
    unused = xueji(root, "intake", tmp_path / "二", "--term", TERM, "--map", "没有的列=性别")
    assert any("没有用上" in note for note in unused["notes"])


def test_undo_over_intakes_of_an_earlier_release(county: Path, tmp_path: Path) -> None:
    """Their records do not say what was current before."""
    store = Store.open(county)
    mark = store.fingerprint(TERM)
    xueji(county, "intake", box(tmp_path / "后", {"a.csv": text([HEADS, pupil(40)])}, ""), "--term", TERM)
    for record in (county / TERM / "intakes").glob("*.json"):
        plain = read_checked(record)
        write_checked(record, {name: value for name, value in plain.items() if name not in ("before", "new_tables")})
    assert xueji(county, "intake", "--undo", "--term", TERM)["undone"] == 2
    assert store.fingerprint(TERM) == mark and len(store.read(TERM, "register")) == 9


def test_a_part_on_top_of_a_damaged_list_says_so(county: Path, tmp_path: Path) -> None:
    (segment,) = (county / TERM / "segments").glob("*-register.parquet")
    segment.write_bytes(segment.read_bytes()[:-200])
    done = xueji(county, "intake", box(tmp_path / "后", {"a.csv": text([HEADS, pupil(2)])}, ""), "--term", TERM)
    assert any(FIRST in note and "已损坏" in note for note in done["notes"])
    assert len(Store.open(county).read(TERM, "register", schools=[FIRST])) == 1
