"""Batch over Dask: the same bytes as on one machine; a worker that is killed costs nothing; nobody there is said."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from tests.waiting import wait_for
from xueji_lib import batch
from xueji_lib.batch import cluster
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.cli import xueji
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("no_kept_readers")]


def _files(out: Path) -> dict[str, bytes]:
    made = {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    for name in [name for name in made if name.endswith("manifest.json")]:
        content: dict[str, Any] = json.loads(made[name])
        for entry in content["schools"].values():
            entry["seconds"] = 0
        for was in (files for entry in (content, *content["schools"].values()) for files in entry["files"].values()):
            was["mtime_ns"] = 0
        made[name] = json.dumps(content).encode()
    return {name: content for name, content in made.items() if not name.endswith(".lock")}


def test_a_cluster_makes_the_same_and_outlives_a_killed_worker(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    given = (Workplace(sample_store), sample.INSPECTION)
    here = batch.run(*given, tmp_path / "here", batch.BatchOptions(2))
    assert here.failed == []
    with cluster.connect(cluster.LOCAL, 2, 120) as executor:

        def kill(done: int, total: int, what: str) -> None:
            if done == 1:  # one of Dask's own workers, in the middle of a school
                time.sleep(0.2)
                _victim().kill()

        there = batch.run(*given, tmp_path / "there", batch.BatchOptions(executor=executor), kill)
        left = psutil.Process().children(recursive=True)
    assert (there.failed, len(there.done)) == ([], 4)
    assert wait_for(lambda: not [p for p in left if p.is_running() and "worker import main" in str(_line(p))], 20)
    # What the killed one's child had half written goes at the next start, when that is gone too.
    assert len(batch.run(*given, tmp_path / "there", batch.BatchOptions(2)).skipped) == 4
    assert _files(tmp_path / "there") == _files(tmp_path / "here")


def _line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _victim() -> psutil.Process:
    """A Dask worker: the parent of one of ours."""
    return next(p.parent() for p in psutil.Process().children(recursive=True) if "worker import main" in str(_line(p)))


def test_own_notebooks_make_the_same_on_a_cluster(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    made = CliRunner().invoke(xueji, ["new-notebook", str(tmp_path / "看人数")])
    assert made.exit_code == 0, made.output
    pages = []
    for name, over in (("here", ["--jobs", "1"]), ("there", ["--scheduler", cluster.LOCAL, "--jobs", "2"])):
        arguments = ["--store", str(sample_store.root), "batch", "--term", sample.TERM, "--as-of", str(sample.AS_OF)]
        arguments += ["--notebook", str(tmp_path / "看人数.ipynb"), "--out", str(tmp_path / name), *over]
        done = CliRunner().invoke(xueji, arguments)
        assert done.exit_code == 0 and "完成 4 份" in done.output, done.output
        folder = tmp_path / name / sample.TERM / "notebooks" / "看人数"
        runs = [file for school in folder.iterdir() if school.is_dir() for file in school.iterdir()]
        pages.append({str(file.relative_to(folder)): file.read_bytes() for file in runs})
    assert pages[0] == pages[1] and len(pages[0]) >= 8


def test_a_scheduler_that_is_not_there_is_said_in_a_sentence() -> None:
    with (
        pytest.raises(StoreError, match=r"连不上调度器 tcp://127\.0\.0\.1:1"),
        cluster.connect("tcp://127.0.0.1:1", 1, 1),
    ):
        pass
