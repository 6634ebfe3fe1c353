"""What a batch does where it may not write and where the disk is full."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.ordinary import ordinary
from tests.test_cluster import _files
from xueji_lib import batch
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store

pytestmark = pytest.mark.slow


def command(store: Store, sample: ModuleType, out: Path, *more: str) -> list[str]:
    given = ["--store", str(store.root), "batch", "--term", sample.TERM, "--as-of", sample.AS_OF.isoformat()]
    return [sys.executable, "-m", "xueji_lib", *given, "--out", str(out), "--jobs", "2", *more]


PASSWORDS = "kou-ling-ge-ni-1\n" * 2


def run(
    *line: str, env: dict[str, str] | None = None, size: int = 0, said: str = ""
) -> subprocess.CompletedProcess[str]:
    """``size``: bytes that no file may be larger than, as on a disk without room."""
    environment = {**os.environ, **(env or {})}
    given = {"input": said, "capture_output": True, "text": True, "encoding": "utf-8", "timeout": 240}
    return subprocess.run(ordinary(line, size), env=environment, **given)  # type: ignore[call-overload, no-any-return]


def test_a_school_whose_place_is_taken_is_named_and_the_others_are_made(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    place = tmp_path / "out" / sample.TERM / "schools" / sample.ODD
    place.parent.mkdir(parents=True)
    place.write_text("somebody's note")
    ended = run(*command(sample_store, sample, tmp_path / "out"))
    assert "完成 3 所，跳过 0 所（没有变化），失败 1 所" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 4
    assert f"（{sample.ODD}）：写不了 {place}" in ended.stderr
    assert place.read_text() == "somebody's note"
    assert "Traceback" not in ended.stderr


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_done(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    ended = run(*command(sample_store, sample, tmp_path / "file" / "out"))
    assert ended.returncode in (2, 3)
    assert str(tmp_path / "file") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_read_only_folder_is_said_before_anything_is_done(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    ended = run(*command(sample_store, sample, out))
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert str(out) in ended.stderr
    assert "没有权限" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_school_whose_folder_is_read_only_is_named_and_the_others_are_made(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    first = run(*command(sample_store, sample, tmp_path / "out"))
    assert "失败 0 所" in first.stdout, first.stdout + first.stderr
    before = _files(tmp_path / "out")
    schools = tmp_path / "out" / sample.TERM / "schools"
    schools.chmod(0o555)
    ended = run(*command(sample_store, sample, tmp_path / "out", "--force"))
    schools.chmod(0o755)
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "失败 4 所" in ended.stdout
    assert f"写不了 {schools}" in ended.stderr
    assert "Traceback" not in ended.stderr
    after = _files(tmp_path / "out")
    assert {n: c for n, c in after.items() if "schools" in n} == {n: c for n, c in before.items() if "schools" in n}


def test_a_full_disk_costs_what_does_not_fit_and_the_next_run_makes_it_whole(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    batch.run(Workplace(sample_store), sample.INSPECTION, tmp_path / "whole", batch.BatchOptions(2))
    sizes = sorted(
        max(file.stat().st_size for file in school.iterdir())
        for school in (tmp_path / "whole" / sample.TERM / "schools").iterdir()
    )
    assert sizes[-1] > sizes[0] + 200
    full = run(*command(sample_store, sample, tmp_path / "out"), size=sizes[-1] - 100)
    assert full.returncode == 4, full.stdout + full.stderr
    assert "失败 0 所" not in full.stdout
    assert "写不了" in full.stderr
    assert "Traceback" not in full.stderr
    manifest = json.loads((tmp_path / "out" / sample.TERM / "manifest.json").read_text("utf-8"))
    states = [entry["status"] for entry in manifest["schools"].values()]
    assert set(states) == {"完成", "失败"}
    assert not [path for path in (tmp_path / "out").rglob(".*.*") if path.is_dir()]
    again = run(*command(sample_store, sample, tmp_path / "out"))
    assert "失败 0 所" in again.stdout, again.stdout + again.stderr
    assert _files(tmp_path / "out") == _files(tmp_path / "whole")


ASKED: dict[str, list[str]] = {
    "templates": ["templates", "{out}/表"],
    "check": ["check", "{term}", "--out", "{out}"],
    "audit": ["audit", "2164000001", "{term}", "--out", "{out}"],
    "batch": ["batch", "{term}", "--out", "{out}", "--jobs", "1"],
    "pool": ["pool", "{term}", "--out", "{out}"],
    "intake": ["intake", "{inbox}", "--term", "2026-2027-1"],
    "pack": ["pack", "2164000001", "{term}", "--out", "{out}/包.xjpack", "--password-stdin"],
    "backup": ["backup", "--out", "{out}/备份.xjbackup"],
    "archive": ["archive", "{term}", "--out", "{out}"],
    "archive of a school": ["archive", "{term}", "--school", "2164000001", "--out", "{out}"],
    "user": ["user", "add", "王督查", "--role", "inspector", "--password-stdin"],
}
"""What commands are asked that write."""
WRITES_OUT = {"templates", "check", "audit", "batch", "pool", "pack", "backup", "archive"}
ENGLISH = re.compile(r"No space|Permission|Read-only|denied|Errno|too large|Error\b|Traceback")


def asked(name: str, store: Store, sample: ModuleType, out: Path, inbox: Path) -> list[str]:
    words = [word.format(out=out, inbox=inbox, term="{term}") for word in ASKED[name]]
    when = ["--term", sample.TERM, "--as-of", sample.AS_OF.isoformat()]
    given = [part for word in words for part in (when if word == "{term}" else [word])]
    return [sys.executable, "-m", "xueji_lib", "--store", str(store.root), *given]


def one_sentence(ended: subprocess.CompletedProcess[str], where: Path) -> None:
    said = ended.stdout + ended.stderr
    assert ended.returncode in (2, 3, 4), said
    assert not ENGLISH.search(said) and "程序内部出错" not in said, said
    assert str(where) in ended.stderr, said
    assert sum(line.startswith("错误：") for line in ended.stderr.splitlines()) <= 1


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    head, row = "学校标识码,姓名,年级,班号", "2164000001,锁小明,3,1"
    (folder / "学籍名册.csv").write_text(f"{head}\n{row}\n", "utf-8")
    (folder / "学校名录.csv").write_text("学校标识码,学校名称\n2164000001,西乡县第一小学\n", "utf-8")
    return folder


@pytest.mark.parametrize("name", sorted(WRITES_OUT))
def test_where_results_may_not_be_written_one_sentence_says_so(
    name: str, sample_store: Store, sample: ModuleType, tmp_path: Path, inbox: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    one_sentence(run(*asked(name, sample_store, sample, out, inbox), said=PASSWORDS), out)


@pytest.mark.parametrize("name", ["audit", "batch", "pool", "intake", "pack", "backup", "user"])
def test_where_the_store_may_not_be_written_one_sentence_says_so(
    name: str, sample_store: Store, sample: ModuleType, tmp_path: Path, inbox: Path
) -> None:
    folders = [path for path in (sample_store.root, *sample_store.root.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    ended = run(*asked(name, sample_store, sample, tmp_path / "out", inbox), said=PASSWORDS)
    for folder in folders:
        folder.chmod(0o700)
    one_sentence(ended, sample_store.root)
    assert not list((sample_store.root / "logs").glob("*")), "a place that may not be written is no crash"


@pytest.mark.parametrize("name", sorted(set(ASKED) - {"templates"}))
def test_a_disk_without_room_is_one_sentence(
    name: str, sample_store: Store, sample: ModuleType, tmp_path: Path, inbox: Path
) -> None:
    """No file can get larger than a little: whatever is written first says so, with its path."""
    ended = run(*asked(name, sample_store, sample, tmp_path / "out", inbox), size=900, said=PASSWORDS)
    one_sentence(ended, tmp_path)


if sys.platform == "win32":
    pytest.skip("limits of file sizes are those of Linux", allow_module_level=True)
