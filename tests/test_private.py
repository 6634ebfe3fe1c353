"""What is whole in the store is for its owner alone, whatever the umask; and what a killed program left of it goes."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.leaks.county import DAY, SCHOOLS, TERM, Inbox
from xueji_lib.casebook.carry import new_store
from xueji_lib.support import scratch
from xueji_lib.support.private import HAS_BITS, make_folder, open_to_others, private_file, private_folder
from xueji_lib.support.safe_write import write_aside

PASSWORD = "kou-ling-12345"
pytestmark = pytest.mark.skipif(not HAS_BITS, reason="Windows has no such bits, and no SIGKILL")


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "xueji_lib", "--store", str(folder / "store"), *arguments]


def run(folder: Path, *arguments: str, password: str = "", umask: int = -1) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("XUEJI_")}
    done = subprocess.run(
        command(folder, *arguments),
        input=password,
        capture_output=True,
        encoding="utf-8",
        env={**plain, "PYTHONUTF8": "1"},
        timeout=240,
        umask=umask,
    )
    assert done.returncode in (0, 4), done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that anyone may look into, with a small county's store that was made while nothing was forbidden."""
    folder = tmp_path_factory.mktemp("county")
    folder.chmod(0o755)
    Inbox(folder / "inbox", ways=("18", "mobile")).write()
    run(folder, "intake", str(folder / "inbox"), "--term", TERM, umask=0)
    return folder


def bits(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.slow
def test_all_that_commands_write_into_the_store_is_private(county: Path) -> None:
    out = str(county / "out")
    for arguments, password in (
        (["user", "add", "甲", "--role", "inspector", "--password-stdin"], f"{PASSWORD}\n"),
        (["batch", "--term", TERM, "--as-of", DAY, "--only", SCHOOLS[0], "--out", out], ""),
        (["pack", SCHOOLS[0], "--term", TERM, "--out", str(county / "甲.xjpack"), "--password-stdin"], f"{PASSWORD}\n"),
    ):
        run(county, *arguments, password=password, umask=0)
    store = county / "store"
    assert not [path.relative_to(store).as_posix() for path in open_to_others(store)]
    loose = [path for path in store.rglob("*") if bits(path) & 0o077]
    assert not loose
    for part in ("casebook/casebook.sqlite", f"{TERM}/current.json", "reports", "results", ".lock"):
        assert (store / part).exists(), f"{part} has not been looked at"
    assert bits(county / "out") & 0o005, "papers are for the office: their folder is as the umask says"


def test_a_store_that_was_open_is_closed_by_the_next_that_writes(tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.mkdir()
    root.chmod(0o755)
    assert bits(private_folder(root)) == 0o700
    root.chmod(0o770)
    assert bits(private_folder(root)) == 0o770, "somebody gave it to a group on purpose"


def test_a_folder_that_everybody_shares_is_not_taken_from_them(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    private_file(shared / "E-1.txt", "a crash")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert bits(shared / "E-1.txt") == 0o600


@pytest.mark.parametrize(("above", "folder_bits", "file_bits"), [(0o700, 0o700, 0o600), (0o755, 0o755, 0o644)])
def test_what_is_made_in_a_private_folder_is_private(
    tmp_path: Path, above: int, folder_bits: int, file_bits: int
) -> None:
    root = tmp_path / "there"
    root.mkdir()
    root.chmod(above)
    mask = os.umask(0o022)
    try:
        with write_aside(root / "a" / "b" / "c.json") as aside:
            aside.write_text("{}")
        make_folder(root / "d" / "e")
    finally:
        os.umask(mask)
    assert {bits(root / part) for part in ("a", "a/b", "d", "d/e")} == {folder_bits}
    assert bits(root / "a" / "b" / "c.json") == file_bits


def test_what_a_program_that_lives_has_is_not_swept(tmp_path: Path) -> None:
    with scratch.scratch(tmp_path, "pack") as mine:
        (mine / "名册.csv").write_text("640422")
        with scratch.scratch(tmp_path, "merge") as other:
            assert mine != other and scratch.sweep(tmp_path) == 0
        assert (mine / "名册.csv").is_file() and not other.exists()
    assert not mine.exists() and scratch.left_behind(tmp_path) == []


def test_what_earlier_kits_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    store = tmp_path / "store"
    old, new = store / "casebook" / "xueji-pack-abc", store / "casebook" / "xueji-pack-def"
    beside = tmp_path / ".merge-abcd1234"
    for folder in (old, new, beside):
        folder.mkdir(parents=True)
        (folder / "plain.zip").write_text("640422")
    for folder in (old, beside):
        os.utime(folder, (time.time() - 7200,) * 2)
    assert scratch.sweep(store) == 2
    assert new.is_dir() and not old.exists() and not beside.exists()


@pytest.mark.slow
@pytest.mark.parametrize("next_command", ["verify", "pack"])
def test_what_a_killed_pack_left_is_swept_by_the_next_command(county: Path, next_command: str) -> None:
    store, package = county / "store", str(county / f"{next_command}.xjpack")
    packing = ["pack", SCHOOLS[1], "--term", TERM, "--out", package, "--password-stdin"]
    for _ in range(5):
        process = subprocess.Popen(
            command(county, *packing), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert process.stdin is not None
        process.stdin.write(f"{PASSWORD}\n".encode())
        process.stdin.close()
        end = time.monotonic() + 120
        while time.monotonic() < end and process.poll() is None and not list(store.glob(".scratch/pack-*/in/*")):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if scratch.left_behind(store):
            break
    assert scratch.left_behind(store), "killed while it had a register lying there"
    run(county, *(packing if next_command == "pack" else ["verify"]), password=f"{PASSWORD}\n")
    assert scratch.left_behind(store) == []
    assert [path.name for path in (store / ".scratch").iterdir()] in ([], [".lock"])


def test_what_a_killed_merge_left_of_a_new_store_is_made_anew(tmp_path: Path) -> None:
    half, foreign, empty = (tmp_path / name for name in ("half", "foreign", "empty"))
    for root in (half, foreign, empty):
        (root / scratch.FOLDER).mkdir(parents=True)
    for root in (half, foreign):
        (root / TERM).mkdir()
    (half / new_store.UNFINISHED).touch()
    assert new_store.is_to_be_made(empty) and new_store.is_to_be_made(half)
    assert not new_store.is_to_be_made(foreign), "nobody said that this was begun by a merge"


def test_a_crash_without_a_store_is_not_written_where_all_may_look(tmp_path: Path) -> None:
    bug = (
        "import sys, xueji_lib.cli.chinese as cli, click\n"
        "@click.command()\n"
        "def broken(): raise ZeroDivisionError\n"
        "sys.exit(cli.run(broken, []))"
    )
    done = subprocess.run(
        [sys.executable, "-c", bug],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path / "家"), "XDG_DATA_HOME": str(tmp_path / "家"), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 1
    named = re.search(r"记录在 (\S+\.txt)", done.stderr)
    assert named is not None, done.stderr
    assert Path(named[1]).is_file() and not named[1].startswith(f"{tempfile.gettempdir()}/xueji")
    assert (bits(Path(named[1])), bits(Path(named[1]).parent)) == (0o600, 0o700)
