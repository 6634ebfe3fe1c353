"""Store and results behind a URL, on a real S3-compatible server: the same bytes, whole, and said when it cannot be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from tests import s3_server
from tests.test_broken_cluster import certificates
from tests.test_cluster import _files
from xueji_lib import batch, demo, intake
from xueji_lib.batch import cluster
from xueji_lib.batch.school_task import Task
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support import remote
from xueji_lib.support.remote import Remote, is_url

pytestmark = pytest.mark.cluster

SCHOOLS = 6
ANSWER = f"results/{demo.TERM}/{demo.AS_OF.isoformat()}"
STORE, OUT = f"s3://{s3_server.BUCKET}/store", f"s3://{s3_server.BUCKET}/out"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server.serving() as address:
        yield address


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of six schools on the disk: ``store``, and ``out`` with all its results."""
    root = tmp_path_factory.mktemp("county")
    demo.make(root, schools=SCHOOLS)
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(root / "inbox" / term, Store(root / "store"), term, Calendar.load())
    shutil.copytree(root / "store", root / "fresh")
    assert (
        len(batch.run(Workplace.open(root / "store"), demo.INSPECTION, root / "out", batch.BatchOptions(2)).done)
        == SCHOOLS
    )
    return root


@pytest.fixture
def bucket(server: str, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The county's store lies in the bucket; nothing is near yet. Gives the folder of this machine's copies."""
    for name, value in environment(server, tmp_path / "here").items():
        monkeypatch.setenv(name, value)
    far = Remote(STORE)
    shutil.copytree(county / "fresh", far.near)
    far.give("", mirror=True)
    Remote(OUT).near.mkdir(parents=True)
    Remote(OUT).give("", mirror=True)
    shutil.rmtree(tmp_path / "here")
    yield tmp_path / "here"
    remote._system.cache_clear()


def environment(server: str, cache: Path) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    return {"AWS_ENDPOINT_URL": server, "XUEJI_CACHE": str(cache), **keys}


def command(*more: str) -> list[str]:
    given = ["--store", STORE, "batch", "--term", demo.TERM, "--as-of", demo.AS_OF.isoformat(), "--out", OUT]
    return [sys.executable, "-m", "xueji_lib", *given, "--jobs", "2", *more]


def run(*more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*more), capture_output=True, text=True, encoding="utf-8", timeout=300)


def brought(folder: Path) -> dict[str, bytes]:
    """What lies in the bucket's results, brought to a fresh folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XUEJI_CACHE", str(folder))
        Remote(OUT).bring()
        return _files(Remote(OUT).near)


def test_a_batch_from_s3_to_s3_makes_the_same_as_on_a_disk(bucket: Path, county: Path, tmp_path: Path) -> None:
    first = run()
    assert (first.returncode, f"完成 {SCHOOLS} 所" in first.stdout) == (0, True), first.stderr
    assert brought(tmp_path / "1") == _files(county / "out")

    shutil.rmtree(bucket)  # another machine, the next day: nothing is near
    again = run()
    assert f"完成 0 所，跳过 {SCHOOLS} 所" in again.stdout
    assert not list(bucket.rglob("audit.html")), "nobody needed the schools' files near"

    _change()
    one = run()
    assert f"完成 1 所，跳过 {SCHOOLS - 1} 所" in one.stdout, one.stdout + one.stderr


def _change(number: int = 1) -> int:
    """One school reports another number of children, in the bucket. Returns the number before."""
    far = Remote(STORE)
    far.bring()
    store = Store.open(far.near)
    school = store.schools(demo.TERM, "reports")[0]
    rows = store.read(demo.TERM, "reports", schools=[school])
    before = int(rows.loc[0, "on_register"])
    rows.loc[0, "on_register"] = number
    nothing = store.rejected(demo.TERM).iloc[:0]
    store.commit(demo.TERM, {"reports": rows}, nothing, {"time": "2026-11-20T09:00:00", "files": []})
    far.give("")
    return before


def test_a_killed_run_goes_on_and_ends_whole(bucket: Path, county: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "逐校核查 1/" in line or "逐校核查 2/" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    shutil.rmtree(bucket)  # and another machine takes over
    again = run()
    assert again.returncode == 0, again.stderr
    assert brought(tmp_path / "1") == _files(county / "out")


def _turn_a_bit(name: str) -> None:
    """In the bucket itself, by a machine of its own."""
    Remote(OUT).bring(name)
    file = Remote(OUT).near / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    Remote(OUT).give(name)


def test_what_is_cut_off_in_the_bucket_is_made_again_and_a_turned_bit_found_by_the_doctor(
    bucket: Path, county: Path, tmp_path: Path
) -> None:
    run()
    school = json.loads((Remote(OUT).near / demo.TERM / "manifest.json").read_text("utf-8"))["schools"]
    first, second = sorted(school)[:2]
    short = f"{demo.TERM}/schools/{first}/audit.html"
    Remote(OUT).bring(short)
    os.truncate(Remote(OUT).near / short, 100)
    Remote(OUT).give(short)
    Remote(OUT)._delete(f"{demo.TERM}/coverage.csv")
    again = run()
    assert f"完成 1 所，跳过 {SCHOOLS - 1} 所" in again.stdout, again.stdout + again.stderr
    assert "audit.html 短了" in again.stdout
    assert brought(tmp_path / "1").keys() == _files(county / "out").keys()

    _turn_a_bit(f"{demo.TERM}/schools/{second}/audit.html")
    assert f"跳过 {SCHOOLS} 所" in run().stdout, "the size is what it was"
    line = [sys.executable, "-m", "xueji_lib", "--store", STORE, "doctor", "--out", OUT]
    said = subprocess.run(line, capture_output=True, encoding="utf-8", timeout=120)
    assert said.returncode == 4, said.stdout + said.stderr
    assert f"{OUT}/{demo.TERM}/schools/{second}/audit.html 内容变了" in said.stdout
    assert f"xueji --store {STORE} batch --term {demo.TERM}" in said.stdout
    repaired = run("--check-files")
    assert f"完成 1 所，跳过 {SCHOOLS - 1} 所" in repaired.stdout, repaired.stdout + repaired.stderr
    found, whole = brought(tmp_path / "2"), _files(county / "out")
    pages = [name for name in whole if not name.endswith("manifest.json")]
    assert [name for name in pages if found[name] != whole[name]] == []


class Vanishing(Executor):
    """Replaces one file of the first school, as a machine does that is switched off in the middle of it."""

    def submit(self, _: Any, task: Any, /) -> Future[Any]:  # type: ignore[override]
        name = f"{demo.TERM}/schools/{task.school_id}/audit.html"
        file = Remote(OUT).near / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("another day's")
        Remote(OUT).give(name)
        raise SystemExit


def test_half_a_school_counts_for_nothing_though_its_data_are_as_they_were(
    bucket: Path, county: Path, tmp_path: Path
) -> None:
    run()
    number = _change()
    far, out = Remote(STORE), Remote(OUT)
    with pytest.raises(SystemExit):
        batch.run(Workplace.open(far.near, far=far), demo.INSPECTION, out, batch.BatchOptions(executor=Vanishing()))
    shutil.rmtree(bucket)
    _change(number)
    again = run()
    assert f"完成 1 所，跳过 {SCHOOLS - 1} 所" in again.stdout, again.stdout + again.stderr
    whole, found = _files(county / "out"), brought(tmp_path / "1")
    pages = [name for name in whole if name.endswith("audit.html")]
    assert [found[name] == whole[name] for name in pages] == [True] * SCHOOLS


def test_a_copy_that_was_cut_off_is_brought_again(bucket: Path, tmp_path: Path) -> None:
    run()
    answer = json.loads((Remote(STORE).near / ANSWER / "current.json").read_text())
    given = ("6401", "", demo.TERM, demo.AS_OF, tmp_path, answer["fingerprint"], "")
    task = Task(Path(), *given, store_url=STORE)  # type: ignore[arg-type]
    for lost in (
        f"{ANSWER}/{answer['fingerprint']}/findings.parquet",
        f"{ANSWER}/current.json",
        f"{demo.TERM}/current.json",
    ):
        (Remote(STORE).near / lost).unlink()
        assert (task.near_store() / lost).is_file()


def test_nobody_else_may_enter_the_copies(bucket: Path) -> None:
    run()
    assert [stat.S_IMODE(place.stat().st_mode) for place in bucket.iterdir() if place.is_dir()] == [0o700, 0o700]


def test_a_password_in_a_url_is_not_told() -> None:
    line = [part if part != STORE else "ftp://clerk:geheim@127.0.0.1:1/store" for part in command()]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, "ftp://127.0.0.1:1/store" in ended.stderr) == (3, True), ended.stderr
    assert "geheim" not in ended.stdout + ended.stderr


def test_a_server_with_a_certificate_of_its_own_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates(tmp_path / "tls")
    with s3_server.serving(tmp_path / "tls") as address:
        for name, value in environment(address, tmp_path / "here").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_CA_BUNDLE", "")
        refused = run()
        assert (refused.returncode, f"查看不了 {STORE}：连不上" in refused.stderr) == (3, True), refused.stderr
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "tls" / "ca.pem"))
        far = Remote(STORE)
        (far.make() / "a.json").write_text("1")
        far.give("")
        assert far.sizes() == {"a.json": 1}
    remote._system.cache_clear()


def test_workers_of_a_cluster_read_and_write_there(bucket: Path, county: Path, tmp_path: Path) -> None:
    far, out = Remote(STORE), Remote(OUT)
    far.bring()
    given = (Workplace.open(far.near, far=far), demo.INSPECTION, out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XUEJI_CACHE", str(tmp_path / "elsewhere"))  # the workers' machine
        stack = cluster.connect(cluster.LOCAL, 2, 120)
        executor = stack.__enter__()
    try:
        there = batch.run(*given, batch.BatchOptions(executor=executor))
    finally:
        stack.__exit__(None, None, None)
    assert (there.failed, len(there.done)) == ([], SCHOOLS)
    assert brought(tmp_path / "1") == _files(county / "out")
    assert list((tmp_path / "elsewhere").rglob("audit.html")), "they worked on their own copies"


@pytest.mark.parametrize(
    ("url", "variables", "said"),
    [
        ("s3://nobucket/store", {}, "查看不了 s3://nobucket/store：没有名叫 nobucket 的存储桶"),
        (STORE, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, f"查看不了 {STORE}：连不上。请核对 AWS_ENDPOINT_URL"),
        ("s4://county/store", {}, "查看不了 s4://county/store：不认识这种地址"),
    ],
)
def test_what_cannot_be_reached_is_said_in_a_sentence(
    bucket: Path, url: str, variables: dict[str, str], said: str
) -> None:
    line = [part if part != STORE else url for part in command()]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=120, env={**os.environ, **variables})
    assert (ended.returncode, said in ended.stderr) == (3, True), ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (bucket / "store").exists()


def test_other_file_systems_of_fsspec_serve_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEJI_CACHE", str(tmp_path / "near"))
    for url in ("memory://county/out", f"file://{tmp_path}/there"):
        far = Remote(url)
        (far.near / "a").mkdir(parents=True)
        (far.near / "a" / "current.json").write_text("1")
        (far.near / "a" / "segments").mkdir()
        (far.near / "a" / "segments" / "x.parquet").write_bytes(b"rows")
        (far.near / ".lock").touch()
        far.give("")
        assert far.sizes() == {"a/current.json": 1, "a/segments/x.parquet": 4}
        shutil.rmtree(far.near)
        far.give("a", mirror=True)
        assert far.sizes() == {}


@pytest.mark.parametrize(("text", "url"), [("s3://b/x", True), ("C:/数据仓", False), ("C://x", False), ("out", False)])
def test_a_drive_is_no_url(text: str, url: bool) -> None:
    assert is_url(text) is url
