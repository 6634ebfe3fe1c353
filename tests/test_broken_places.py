"""What a batch does where it may not write, where the disk is full and where its scheduler dies or has nobody."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from tests.test_cluster import _files
from xueji_lib import batch
from xueji_lib.errors import StoreError
from xueji_lib.store import Store


def command(store: Store, sample: ModuleType, out: Path, *more: str) -> list[str]:
    given = ["--store", str(store.root), "batch", "--term", sample.TERM, "--as-of", sample.AS_OF.isoformat()]
    return [sys.executable, "-m", "xueji_lib", *given, "--out", str(out), "--jobs", "2", *more]


def run(*line: str, env: dict[str, str] | None = None, size: int = 0) -> subprocess.CompletedProcess[str]:
    """``size``: bytes that no file may be larger than, as on a disk without room."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))) if size else None
    given = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 240, "preexec_fn": limit}
    return subprocess.run(line, env={**os.environ, **(env or {})}, **given)  # type: ignore[call-overload, no-any-return]


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


def test_a_full_disk_costs_what_does_not_fit_and_the_next_run_makes_it_whole(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    batch.run(sample_store.root, sample.TERM, sample.AS_OF, tmp_path / "whole", 2)
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


# ---- a scheduler of its own ----


@contextmanager
def scheduler(folder: Path, *more: str, workers: bool = True) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Dask scheduler and two workers, as an office starts them: its process, and its address."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    start = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    parts = [subprocess.Popen([*start, *more], **quiet)]  # type: ignore[call-overload]
    try:
        while not file.is_file() or not file.read_text().strip():
            assert parts[0].poll() is None
            time.sleep(0.1)
        join = [*dask, "worker", "--nthreads", "1", "--nworkers", "2", "--no-dashboard", "--scheduler-file", str(file)]
        local = ["--local-directory", str(folder / "dask")]
        if workers:
            parts.append(subprocess.Popen([*join, *local, *more], **quiet))  # type: ignore[call-overload]
        yield parts[0], json.loads(file.read_text())["address"]
    finally:
        family = [p for part in parts if part.poll() is None for p in _family(part.pid)]
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        for part in parts:
            part.wait()


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return []


def test_a_scheduler_without_workers_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xueji_lib import cluster

    monkeypatch.setattr(cluster, "GIVE_UP", 4.0)
    with (
        scheduler(tmp_path / "dask", workers=False) as (_, address),
        pytest.raises(StoreError, match="没有 worker。请先在各台机器上起"),
        cluster.connect(address, 1, 1),
    ):
        pass


def test_a_run_whose_scheduler_dies_ends_by_itself_and_the_next_makes_it_whole(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    batch.run(sample_store.root, sample.TERM, sample.AS_OF, tmp_path / "whole", 2)
    with scheduler(tmp_path / "dask") as (process, address):
        line = command(sample_store, sample, tmp_path / "out", "--scheduler", address)
        going = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        assert going.stderr is not None
        for said in going.stderr:
            if "逐校核查 1/" in said:
                break
        process.kill()
        _, told = going.communicate(timeout=120)
    assert going.returncode == 4, told
    assert "Traceback" not in told
    again = run(*command(sample_store, sample, tmp_path / "out"))
    assert "失败 0 所" in again.stdout, again.stdout + again.stderr
    assert _files(tmp_path / "out") == _files(tmp_path / "whole")


if sys.platform == "win32":
    pytest.skip("limits of file sizes and kills are those of Linux", allow_module_level=True)
