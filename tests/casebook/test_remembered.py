"""A casebook that is lost is not taken for a new one: nobody is let in, nothing is judged over it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.casebook.conftest import INSPECTOR, Office
from xueji_lib.casebook import cases
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.remembered import FILE
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run as command
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

pytestmark = pytest.mark.slow

TERM, BIG = "2026-2027-1", "2164000001"


@pytest.fixture
def url() -> str:
    return ""


def verdict(office: Office) -> None:
    case = next(case for case in cases.of_school(office.book, BIG, dt.date(2026, 11, 25)) if not case.history)
    cases.decide(office.desk(INSPECTOR), case.id, {"to": "属实"})


def folder_gone(casebook: Path) -> None:
    shutil.rmtree(casebook)


def database_gone(casebook: Path) -> None:
    for file in casebook.glob("casebook.sqlite*"):
        file.unlink()


def database_empty(casebook: Path) -> None:
    database_gone(casebook)
    (casebook / "casebook.sqlite").write_bytes(b"")


@pytest.mark.parametrize("lose", [folder_gone, database_gone, database_empty])
def test_a_lost_casebook_is_said_to_be_lost(
    office: Office, lose: Callable[[Path], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    verdict(office)
    office.book.close()
    shutil.copytree(office.store.root / "casebook", tmp_path / "backup")
    lose(office.store.root / "casebook")
    root = str(office.store.root)
    for line in (
        ["verify"],
        ["serve", "--no-browser", "--port", "18866"],
        ["batch", "--term", TERM, "--as-of", "2026-11-20", "--out", str(tmp_path / "out")],
        ["user", "list"],
    ):
        assert command(xueji, ["--store", root, *line]) == 3, line
        assert "核查台账不见了" in capsys.readouterr().err
    assert not (tmp_path / "out" / TERM / "findings.csv").exists()
    shutil.rmtree(office.store.root / "casebook", ignore_errors=True)
    shutil.copytree(tmp_path / "backup", office.store.root / "casebook")
    assert command(xueji, ["--store", root, "verify"]) == 0


def test_a_new_one_is_begun_only_on_purpose(office: Office) -> None:
    office.book.close()
    shutil.rmtree(office.store.root / "casebook")
    with pytest.raises(StoreError, match="先删掉"):
        Casebook.open(office.store)
    (office.store.root / FILE).unlink()
    with Casebook.open(office.store) as book:
        assert book.verify().lines == 0
    with Casebook.open(office.store) as book:
        assert book.verify().broken == ""


def test_an_older_backup_is_noticed(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(office.store.root / "casebook", tmp_path / "backup")
    verdict(office)
    office.book.close()
    shutil.rmtree(office.store.root / "casebook")
    shutil.copytree(tmp_path / "backup", office.store.root / "casebook")
    assert command(xueji, ["--store", str(office.store.root), "verify"]) == 4
    assert "恢复了较早的备份" in capsys.readouterr().err


def test_another_countys_database_is_not_taken_for_it(
    office: Office, postgresql: Callable[[], str], sample_store: Store
) -> None:
    verdict(office)
    with pytest.raises(StoreError, match="不见了"):
        Casebook.open(sample_store, postgresql())


def test_a_store_without_a_note_gets_one(office: Office) -> None:
    """As a store of 0.1.0 is."""
    office.book.close()
    (office.store.root / FILE).unlink()
    with Casebook.open(office.store):
        assert (office.store.root / FILE).is_file()
    shutil.rmtree(office.store.root / "casebook")
    with pytest.raises(StoreError, match="核查台账不见了"):
        Casebook.open(office.store)
