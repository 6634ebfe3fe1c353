"""The county through the notebooks: what is made, skipped, taken up again, named as failed; and what never gets out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from markupsafe import escape

from xueji_lib import batch, demo, intake
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.notebook import audit
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError

pytestmark = pytest.mark.slow

TWO = batch.BatchOptions(jobs=2)
SCRIPT = """
import datetime as dt, pathlib, signal, sys, time
from xueji_lib import batch
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.inspection import Inspection
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, also where the tests run behind one
    store, term, as_of, out, jobs = sys.argv[1:]
    asked = Inspection(term, dt.date.fromisoformat(as_of))
    given = Workplace.open(pathlib.Path(store)), asked, pathlib.Path(out), batch.BatchOptions(int(jobs))
    # Whoever looks on is slow: between two schools there is time to stop the run.
    result = batch.run(*given, progress=lambda *_: time.sleep(0.5))
    print(result.interrupted, result.left_out, len(result.done), len(result.skipped))
"""


def _manifest(out: Path, sample: ModuleType) -> dict[str, Any]:
    return dict(json.loads((out / sample.TERM / "manifest.json").read_text("utf-8")))


def _done(out: Path, sample: ModuleType) -> int:
    """Schools that the disk says are done: in the manifest, or in the lines that are yet to go into it."""
    schools: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        schools |= _manifest(out, sample)["schools"]
    with contextlib.suppress(OSError):
        for line in (out / sample.TERM / "manifest.journal").read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # half written
                schools |= json.loads(line)
    return sum(entry["status"] == "完成" for entry in schools.values())


def _parts(file: Path) -> Iterator[bytes]:
    """Every byte of a file, unpacked where it is packed."""
    yield file.read_bytes()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def _leaks(folder: Path, secrets: tuple[str, ...]) -> list[tuple[str, str]]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    forms = {secret: (secret.encode(), json.dumps(secret)[1:-1].encode()) for secret in secrets}
    return [
        (file.name, secret)
        for file in files
        for part in _parts(file)
        for secret, written in forms.items()
        if any(form in part for form in written)
    ]


def test_a_county_is_made_then_skipped_then_only_what_changed(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    out = tmp_path / "成果"
    said: list[tuple[int, int, str]] = []
    first = batch.run(Workplace(sample_store), sample.INSPECTION, out, TWO, lambda *now: said.append(now))
    assert (len(first.done), first.skipped, first.failed) == (4, [], [])
    assert first.crashed_rules == ["R402"]
    assert first.left_out  # a rule that crashed is something left out
    assert said[0][:2] == (0, 4)
    assert said[-1][:2] == (4, 4)
    made = _manifest(out, sample)
    assert (made["edition"], made["as_of"], made["crashed_rules"]) == ("2020-154", "2026-11-20", ["R402"])
    for school_id, entry in made["schools"].items():
        assert entry["seconds"] > 0
        for name in entry["outputs"]:
            assert (out / sample.TERM / "schools" / school_id / name).stat().st_size > 0
    assert _leaks(out, sample.SECRETS) == []

    # One school's answer changes, another's file is deleted: these two and no others are made again.
    answer = sample.whole()
    changed = answer.findings.copy()
    changed.loc[changed["school_id"] == sample.ODD, "evidence"] = "新的证据"
    sample.shelve(sample_store, dataclasses.replace(answer, findings=changed))
    (out / sample.TERM / "schools" / sample.EMPTY / "audit.html").unlink()
    second = batch.run(Workplace(sample_store), sample.INSPECTION, out, TWO)
    assert sorted(second.done) == [sample.ODD, sample.EMPTY]
    assert "新的证据" in (out / sample.TERM / "schools" / sample.ODD / "audit.html").read_text("utf-8")
    third = batch.run(Workplace(sample_store), sample.INSPECTION, out, TWO)
    assert (third.done, len(third.skipped)) == ([], 4)


def test_a_killed_batch_goes_on_where_it_stopped(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(SCRIPT)
    out = tmp_path / "成果"
    given = [str(sample_store.root), sample.TERM, sample.AS_OF.isoformat(), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(Path(batch.__file__).parents[2])}
    killed = subprocess.Popen([sys.executable, str(tmp_path / "go.py"), *given, "1"], env=environment)
    deadline = time.monotonic() + 120
    while _done(out, sample) == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    before = _done(out, sample)
    assert 0 < before < 4
    result = batch.run(Workplace(sample_store), sample.INSPECTION, out, TWO)
    assert len(result.skipped) >= before
    assert len(result.skipped) + len(result.done) == 4
    assert _done(out, sample) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows 的 Ctrl-C 发给整个控制台")
def test_ctrl_c_ends_with_what_is_in_hand_and_a_whole_manifest(
    sample_store: Store, sample: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "go.py").write_text(SCRIPT)
    out = tmp_path / "成果"
    given = [str(sample_store.root), sample.TERM, sample.AS_OF.isoformat(), str(out), "1"]
    environment = {**os.environ, "PYTHONPATH": str(Path(batch.__file__).parents[2])}
    running = subprocess.Popen(
        [sys.executable, str(tmp_path / "go.py"), *given],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while _done(out, sample) == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the workers and kernels too
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    interrupted, left_out, done, _ = said.split()
    assert (interrupted, left_out) == ("True", "True")
    assert 1 <= int(done) < 4
    assert _done(out, sample) == int(done)
    left = {folder.name for folder in (out / sample.TERM / "schools").iterdir()}
    assert left == set(_manifest(out, sample)["schools"])


def test_a_failing_school_is_named_and_the_rest_go_on(
    sample_store: Store, sample: ModuleType, broken_home: None, tmp_path: Path
) -> None:
    out = tmp_path / "成果"
    sample.shelve(sample_store, sample.whole())  # the kit itself counts as an input: judged anew for the broken one
    options = batch.BatchOptions(1, [sample.CLEAN, sample.ODD])
    result = batch.run(Workplace(sample_store), sample.INSPECTION, out, options)
    assert [(failure.school_id, failure.name) for failure in result.failed] == [(sample.CLEAN, "白崖乡中心小学")]
    assert result.done == [sample.ODD]
    assert result.left_out
    entry = _manifest(out, sample)["schools"][sample.CLEAN]
    assert (entry["status"], entry["outputs"]) == ("失败", [])
    assert "ValueError" in entry["error"]
    assert not (out / sample.TERM / "schools" / sample.CLEAN).exists()
    assert _leaks(out, sample.SECRETS) == []
    assert not [
        secret for secret in sample.SECRETS for text in (*result.lines(), *map(str, result.failed)) if secret in text
    ]


def test_only_some_schools_by_id_or_name_through_any_pool(
    sample_store: Store, sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(audit, "run", lambda _workplace, school_run, **_: ran.append(school_run.school_id))
    given = (Workplace(sample_store), sample.INSPECTION, tmp_path)
    with ThreadPoolExecutor(2) as threads:
        with pytest.raises(UsageError, match="白崖乡中心小学"):
            batch.run(*given, batch.BatchOptions(only=["白崖中心小学"], executor=threads))
        assert batch.run(*given, batch.BatchOptions(only=["白崖乡中心小学"], executor=threads)).done == [sample.CLEAN]
        assert ran == [sample.CLEAN]
        whole = batch.run(*given, batch.BatchOptions(executor=threads))
        assert len(whole.done) == 4  # what is not there is made, whatever the manifest
        assert isinstance(threads.submit(int), Future)  # still ours to use
    found = pd.read_csv(tmp_path / sample.TERM / "findings.csv")
    assert len(found) == len(sample.findings())


def _personal(store: Store) -> dict[str, set[str]]:
    """Every personal value of the store, as it is kept there: what must not be found anywhere else."""
    seen: dict[str, set[str]] = {"id": set(), "phone": set(), "address": set(), "birth": set()}
    for term in store.terms():
        for table in schema.TABLES.values():
            frame = store.read(term, table.id)
            for column in table:
                values = frame[column.id].dropna()
                match column.private:
                    case schema.Private.ID | schema.Private.HIDDEN:
                        seen["id"] |= {v for v in values.astype(str) if re.fullmatch(r"[GLJ]?\d{14,17}[\dX]{1,2}", v)}
                    case schema.Private.PHONE:
                        seen["phone"] |= {v for v in values.astype(str) if len(v) == 11}
                    case schema.Private.ADDRESS:
                        seen["address"] |= {v for v in values.astype(str) if len(v) > 8}
                    case schema.Private.BIRTH:
                        seen["birth"] |= {form for day in values for form in (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}")}
    return seen


def test_a_whole_county_from_files_to_pages_lets_nothing_personal_out(tmp_path: Path) -> None:
    demo.make(tmp_path, schools=6)
    store = Store(tmp_path / "数据仓")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(tmp_path / "inbox" / term, store, term, Calendar.load())
    out = tmp_path / "成果"
    answer = shelf.obtain(store, demo.INSPECTION)
    busiest = answer.findings["school_id"].value_counts().index[0]
    done = batch.run(Workplace(store), demo.INSPECTION, out, batch.BatchOptions(1, [busiest]))
    assert done.done == [busiest]
    seen = _personal(store)
    assert all(len(values) > 100 for values in seen.values())
    leaks = []
    for file in (file for file in out.rglob("*") if file.is_file()):
        for part in _parts(file):
            text = part.decode("utf-8", "replace")
            numbers = set(re.findall(r"[GLJ]?\d{15,18}X?|\d{11}|\d{8}|\d{4}-\d\d-\d\d", text))
            leaks += [(file.name, kind, value) for kind in ("id", "phone", "birth") for value in numbers & seen[kind]]
            leaks += [(file.name, "address", value) for value in seen["address"] if value in text]
    assert leaks == []
    page = (out / demo.TERM / "schools" / busiest / "audit.html").read_text("utf-8")
    for evidence in answer.school(busiest).findings["evidence"]:
        assert str(escape(evidence)) in page


def test_a_school_without_end_and_one_that_kills_its_worker_are_named_and_their_notebooks_kept(
    sample_store: Store, sample: ModuleType, broken_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = (
        f"import os\nwhile school_id == '{sample.CLEAN}':\n    pass\nif school_id == '{sample.ODD}':\n    os._exit(9)\n"
    )
    (tmp_path / "kit" / "quoted.py").write_text(bad, "utf-8")
    sample.shelve(sample_store, sample.whole())
    out = tmp_path / "成果"
    stale = out / sample.TERM / "schools" / sample.ODD / "findings.xlsx"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"of last time")
    result = batch.run(Workplace(sample_store), sample.INSPECTION, out, batch.BatchOptions(2, limit=6))
    failed = {failure.school_id: failure.why for failure in result.failed}
    assert sorted(result.done) == [sample.BIG, sample.EMPTY]
    assert "笔记本第 11 格（逐班核对）：超过 6 秒没有做完，已停止" in failed[sample.CLEAN]
    assert "笔记本第 11 格（逐班核对）：运行它的进程意外退出" in failed[sample.ODD]
    assert not stale.exists()
    for school_id in failed:
        kept = json.loads((out / sample.TERM / "failed" / f"{school_id}.ipynb").read_text("utf-8"))
        text = json.dumps(kept, ensure_ascii=False)
        assert "没有运行完" in text
        assert "逐班核对" in text  # the outputs of the cells before
        assert str(tmp_path) not in text.replace(str(tmp_path / "kit" / "quoted.py"), "")
    assert {p.name for p in (out / sample.TERM / "schools").iterdir()} >= {sample.BIG, sample.EMPTY}
    assert not [p for p in (out / sample.TERM / "schools").iterdir() if p.name.startswith(".")]
    assert _manifest(out, sample)["schools"][sample.CLEAN]["status"] == "失败"
