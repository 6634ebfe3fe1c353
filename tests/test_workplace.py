"""Where an inspection is asked: the environment is read where a command or a kernel starts, and nowhere below."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

import pytest

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.sightings import sightings
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.store import Store

LIBRARY = Path(__file__).resolve().parents[1] / "xueji_lib"
READ_HERE = {
    "cli/chinese.py",  # every command, as it starts
    "notebook/parameters.py",  # a notebook, as its kernel starts
    "library/opened_store.py",  # an analyst's program or notebook, where it opens the store
    "casebook/access/fence.py",  # a principal's page, as its kernel starts
}
HANDED_ON_HERE = {"web/door/app.py", "web/pages/page_archive.py"}
"""What starts a kernel tells it in its environment."""


def test_the_casebook_s_address_is_read_where_a_command_or_a_kernel_starts() -> None:
    named = {
        file.relative_to(LIBRARY).as_posix()
        for file in LIBRARY.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value == "XUEJI_CASEBOOK"
    }
    assert named == READ_HERE | HANDED_ON_HERE


def _known(store: Store, url: str = "") -> int:
    with Casebook.open(store, url) as book, book.reading() as connection:
        return len(sightings(connection))


@pytest.mark.slow
def test_a_command_works_on_the_casebook_that_the_environment_names(
    sample_store: Store, sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, third = (f"sqlite:///{(tmp_path / name).as_posix()}" for name in ("别处.sqlite", "第三处.sqlite"))
    monkeypatch.setenv("XUEJI_CASEBOOK", elsewhere)
    asked = ["--term", sample.TERM, "--as-of", sample.AS_OF.isoformat(), "--out", str(tmp_path / "out")]
    assert run(xueji, ["--store", str(sample_store.root), "audit", sample.BIG, *asked]) == 0
    assert _known(sample_store, elsewhere) > 0
    assert not (sample_store.root / "casebook" / "casebook.sqlite").exists()
    verify = ["--store", str(sample_store.root), "verify"]
    assert run(xueji, verify) == 0
    # What is written on the command line goes before the environment; the store knows that this is not its casebook.
    assert run(xueji, [*verify, "--casebook", third]) == 3
