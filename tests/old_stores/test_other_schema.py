"""What is stored goes by the names of columns: lines may change places, a table may gain or lose a column."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.old_stores.other_schema import ADDED, LOST
from tests.old_stores.says import BEFORE, TERM
from tests.old_stores.test_old_stores import unpacked
from xueji_lib import intake
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

__all__ = ["unpacked"]


class Stored:
    """A store, and the files it was made from."""

    def __init__(self, root: Path, inbox: Path) -> None:
        self.root, self.inbox = root, inbox
        self._said = self.under("as it is")

    def under(self, how: str) -> dict[str, Any]:
        """What a copy of it says where the schema is changed so."""
        place = self.root.with_name(f"{how}")
        shutil.copytree(self.root, place)
        line = [sys.executable, "-m", "tests.old_stores.other_schema", how, str(place), str(self.inbox)]
        done = subprocess.run(line, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    @property
    def then(self) -> dict[str, Any]:
        """What it says under the schema it was made with."""
        return copy.deepcopy(self._said)


@pytest.fixture(scope="module", params=["of then", "of today"])
def stored(request: pytest.FixtureRequest, unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The store of the keepsake, or one that is made today of the same files."""
    root = tmp_path_factory.mktemp("stored") / "store"
    if request.param == "of then":
        shutil.copytree(unpacked / "store", root)
    else:
        for term in (BEFORE, TERM):
            intake.run(unpacked / "inbox" / term, Store(root), term, Calendar.load())
    return Stored(root, unpacked / "inbox")


def test_lines_change_places(stored: Stored) -> None:
    """A cell that intake refused stays unknown, and accuses nobody; the same files again change nothing."""
    now = stored.under("turned round")
    assert now["tables"][TERM]["unknown"]["changes"]  # else this shows nothing
    assert now == stored.then
    assert now["crashed"] == []
    assert now["again"] == ["unchanged"]


def test_a_table_gains_a_column(stored: Stored) -> None:
    """It is unknown in every row of what was stored before."""
    now = stored.under("one more")
    for term, said in now["tables"].items():
        for table, rows in said["rows"].items():
            assert said["unknown"][table].pop(ADDED, 0) == rows, (term, table)
    assert now == stored.then
    assert now["again"] == ["unchanged"]


def test_a_table_loses_a_column_that_nobody_asks_for(stored: Stored) -> None:
    then, now = stored.then, stored.under("one less")
    for said in then["tables"].values():
        said["unknown"]["register"].pop(LOST)
    assert now["tables"] == then["tables"]
    assert (now["findings"], now["crashed"]) == (then["findings"], [])
