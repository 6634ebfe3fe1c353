"""The restore drill: a backup made while people work, put back, compared; from and to both databases; damaged ones."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.casebook.conftest import DIRECTOR, INSPECTOR, Office
from tests.casebook.test_evidence import PDF
from xueji_lib.casebook import cases, evidence, signoff
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.backup.backing_up import back_up
from xueji_lib.casebook.backup.last_backup import LastBackup
from xueji_lib.casebook.backup.restoring import restore
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import METADATA, TRAIL
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError

BIG, TODAY = "2164000001", dt.date(2026, 11, 25)
WORD = "bei-fen-kou-ling-1"


@pytest.fixture
def worked(office: Office) -> Office:
    shown = cases.of_school(office.book, BIG, TODAY)
    cases.decide(office.desk(DIRECTOR), shown[0].id, {"to": "属实"})
    evidence.attach(office.desk(INSPECTOR), BIG, f"finding/{shown[0].id}", "表.pdf", PDF)
    signoff.step(office.desk(INSPECTOR), BIG, "sign")
    accounts = Accounts(office.book)
    accounts.add("王督查", "inspector", "", "kou-ling-ge-ni-1")
    return office


def rows(book: Casebook, up_to: int) -> dict[str, list[str]]:
    """Every row of every table; of the trail the first ``up_to``, and nothing of what it changes with every line."""
    with book.reading() as connection:
        found = {}
        for table in METADATA.sorted_tables:
            query = select(table).where(TRAIL.c.n <= up_to) if table is TRAIL else select(table)
            found[table.name] = sorted(str(list(row)) for row in connection.execute(query) if row[0] != "trail")
    return found


def files(root: Path) -> dict[str, bytes]:
    """What of a store has to come back."""
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    own = ("casebook/casebook.sqlite", "casebook/cookie", ".lock", ".scratch", "last-backup", "casebook-known", "logs")
    return {name: content for name, content in found.items() if not name.startswith(own)}


def workplace(office: Office, url: str) -> Workplace:
    return Workplace(office.store, url)


@pytest.mark.parametrize("password", ["", WORD])
def test_what_comes_back_is_what_was_there(worked: Office, url: str, tmp_path: Path, password: str) -> None:
    """SQLite or PostgreSQL, back into SQLite; plain or encrypted."""
    made = back_up(workplace(worked, url), INSPECTOR, tmp_path / "备份.xjbackup", password)
    noted = LastBackup.of(worked.store)
    assert noted is not None and made.file.stat().st_mode & 0o77 == 0
    assert f"留痕第 {noted.entry} 条" in made.anchor
    assert zipfile.is_zipfile(made.file) == (not password)
    assert (PDF in made.file.read_bytes()) == (not password)
    restored = restore(made.file, tmp_path / "回来", "", DIRECTOR, password)
    assert (restored.files, restored.anchor) == (made.files, made.anchor)
    assert files(tmp_path / "回来") == files(worked.store.root)
    with Casebook.open(Store.open(tmp_path / "回来")) as book:
        assert book.verify().broken == ""
        assert rows(book, noted.entry) == rows(worked.book, noted.entry)
        (said,) = [c for c in cases.of_school(book, BIG, TODAY) if c.history]
        assert (said.state, evidence.content(book, evidence.of_school(book, BIG)[f"finding/{said.id}"][0].sha256)) == (
            "属实", PDF,
        )  # fmt: skip
        assert book.line_with(made.anchor.rsplit(maxsplit=1)[-1].removeprefix("校验值")) == noted.entry
    assert (tmp_path / "回来").stat().st_mode & 0o77 == 0
    assert not [path for path in tmp_path.iterdir() if "restoring" in path.name]
    assert list((worked.store.root / ".scratch").glob("backup-*")) == [], "nothing plain stays behind"


def test_a_backup_goes_into_an_empty_database_and_no_other(
    worked: Office, url: str, tmp_path: Path, postgresql: Callable[[], str]
) -> None:
    made = back_up(workplace(worked, url), INSPECTOR, tmp_path / "备份.xjbackup")
    elsewhere = postgresql()
    restore(made.file, tmp_path / "回来", elsewhere, DIRECTOR)
    with Casebook.open(Store.open(tmp_path / "回来"), elsewhere) as book:
        assert book.verify().broken == ""
        assert [c.state for c in cases.of_school(book, BIG, TODAY) if c.history] == ["属实"]
        lines = book.verify().lines
    with pytest.raises(StoreError, match="已经有核查台账"):
        restore(made.file, tmp_path / "又一个", elsewhere, DIRECTOR)
    assert not (tmp_path / "又一个").exists()
    with Casebook.open(Store.open(tmp_path / "回来"), elsewhere) as book:
        assert book.verify().lines == lines


def test_people_go_on_working_while_it_is_made(worked: Office, url: str, tmp_path: Path) -> None:
    """It is of one moment: some first part of what they did, each decision with its line, or not at all."""
    shown, stop, failed = [c.id for c in cases.of_school(worked.book, BIG, TODAY)][1:], threading.Event(), list[str]()

    def work() -> None:
        for finding_id in shown:
            if stop.is_set():
                return
            try:
                cases.decide(worked.desk(DIRECTOR), finding_id, {"to": "待补证", "note": "再看"})
            except Exception as error:  # noqa: BLE001 whatever it is, the backup must not be why
                failed.append(repr(error))

    signed = signoff.step(worked.desk(DIRECTOR), BIG, "reopen", "还要看")
    assert signed.state == "未签署"
    at_work = threading.Thread(target=work)
    at_work.start()
    made = [back_up(workplace(worked, url), INSPECTOR, tmp_path / f"{n}.xjbackup") for n in range(3)]
    stop.set()
    at_work.join()
    assert not failed
    for number, backup in enumerate(made):
        restore(backup.file, tmp_path / f"回来{number}", "", DIRECTOR)  # verifies itself
    assert worked.book.verify().broken == ""


@pytest.mark.parametrize("url", [""])  # the file is the same
def test_what_a_killed_restore_left_is_not_taken_for_part_of_the_next(worked: Office, url: str, tmp_path: Path) -> None:
    made = back_up(workplace(worked, url), INSPECTOR, tmp_path / "备份.xjbackup")
    restore(made.file, tmp_path / "别处", "", DIRECTOR)  # killed just before it was all there
    left = tmp_path / ".回来.restoring"
    left.mkdir()
    (tmp_path / "别处").rename(left / "store")
    (left / "store" / "casebook" / "casebook.sqlite-wal").write_bytes(b"half")
    (left / "store" / "另有一个").touch()
    restored = restore(made.file, tmp_path / "回来", "", DIRECTOR)
    assert restored.anchor == made.anchor and files(tmp_path / "回来") == files(worked.store.root)
    assert not [path for path in tmp_path.iterdir() if "restoring" in path.name]


def test_a_damaged_or_foreign_backup_restores_nothing(office: Office, url: str, tmp_path: Path) -> None:
    made = back_up(workplace(office, url), INSPECTOR, tmp_path / "备份.xjbackup")
    target = tmp_path / "回来"

    def changed(name: str, content: bytes | None, more: str = "") -> Path:
        """The backup with one member otherwise, gone, or one more."""
        spoilt = tmp_path / "坏.xjbackup"
        with zipfile.ZipFile(made.file) as source, zipfile.ZipFile(spoilt, "w") as out:
            for member in source.namelist():
                if member != name:
                    out.writestr(member, source.read(member))
                elif content is not None:
                    out.writestr(member, content)
            if more:
                out.writestr(more, b"x")
        return spoilt

    with zipfile.ZipFile(made.file) as archive:
        segment = next(name for name in archive.namelist() if name.endswith(".parquet"))
        database, manifest = archive.read("casebook.sqlite"), json.loads(archive.read("manifest.json"))
    swapped = manifest | {"trail": {"entry": 1, "check_value": "0" * 64}}
    for spoilt in (
        lambda: changed(segment, b"x"),
        lambda: changed(segment, None),
        lambda: changed("casebook.sqlite", database[:-1]),
        lambda: changed("manifest.json", b"{"),
        lambda: changed("manifest.json", json.dumps(swapped).encode()),
        lambda: changed("manifest.json", json.dumps(manifest | {"format": 9}).encode()),
        lambda: changed("", None, "../x"),
        lambda: changed("", None, "store/more"),
        lambda: Path(shutil.copy(__file__, tmp_path / "文字.xjbackup")),
        lambda: tmp_path / "没有",
    ):
        with pytest.raises((StoreError, UsageError)):
            restore(spoilt(), target, "", DIRECTOR)
        assert not target.exists() and not (tmp_path / "x").exists()
        assert not [path for path in tmp_path.iterdir() if "restoring" in path.name]
    (tmp_path / "有东西").mkdir()
    (tmp_path / "有东西" / "文件").touch()
    with pytest.raises(UsageError, match="里已有东西"):
        restore(made.file, tmp_path / "有东西", "", DIRECTOR)
    sealed = back_up(workplace(office, url), INSPECTOR, tmp_path / "密.xjbackup", WORD)
    with pytest.raises(UsageError, match="口令不对"):
        restore(sealed.file, target, "", DIRECTOR, "bie-de-kou-ling-2")


@pytest.mark.slow
@pytest.mark.parametrize("url", [""])
def test_the_commands(office: Office, url: str, tmp_path: Path) -> None:
    office.book.close()

    def xueji(store: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "xueji_lib", "--store", str(store), *arguments]
        return subprocess.run(command, input=said, capture_output=True, text=True, check=False)

    file = str(tmp_path / "备份.xjbackup")
    made = xueji(office.store.root, "backup", "--out", file, "--encrypt", "--password-stdin", said=f"{WORD}\n")
    assert made.returncode == 0 and "备份时的留痕第" in made.stdout, made.stderr
    code = made.stdout.split("校验值 ")[1][:16]
    back = xueji(tmp_path / "回来", "restore", file, "--password-stdin", said=f"{WORD}\n")
    assert back.returncode == 0 and "核查台账完整" in back.stdout, back.stderr
    verified = xueji(tmp_path / "回来", "verify", "--since", code)
    assert verified.returncode == 0 and "都还在" in verified.stdout, verified.stderr
