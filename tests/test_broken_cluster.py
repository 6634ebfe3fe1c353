"""What a batch does where its scheduler, its workers or it itself die, where nobody is there, and over TLS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import psutil
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.test_broken_places import command, run
from tests.test_cluster import _files, _line
from tests.waiting import wait_for
from xueji_lib import batch
from xueji_lib.batch import cluster
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("no_kept_readers")]


@pytest.fixture
def whole(sample_store: Store, sample: ModuleType, tmp_path: Path) -> dict[str, bytes]:
    """What a run makes that nobody disturbs."""
    batch.run(Workplace(sample_store), sample.INSPECTION, tmp_path / "whole", batch.BatchOptions(2))
    return _files(tmp_path / "whole")


@contextmanager
def scheduler(
    folder: Path, *more: str, workers: bool = True, env: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Dask scheduler and two workers, as an office starts them: its process, and its address."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, **(env or {})}}
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
    monkeypatch.setattr(cluster, "GIVE_UP", 4.0)
    with (
        scheduler(tmp_path / "dask", workers=False) as (_, address),
        pytest.raises(StoreError, match="没有 worker。请先在各台机器上起"),
        cluster.connect(address, 1, 1),
    ):
        pass


def test_a_run_whose_scheduler_dies_ends_by_itself_and_the_next_makes_it_whole(
    sample_store: Store, sample: ModuleType, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    with scheduler(tmp_path / "dask") as (process, address):
        going = start(command(sample_store, sample, tmp_path / "out", "--scheduler", address))
        process.kill()
        _, told = going.communicate(timeout=120)
    assert going.returncode == 4, told
    assert "Traceback" not in told
    again = run(*command(sample_store, sample, tmp_path / "out"))
    assert "失败 0 所" in again.stdout, again.stdout + again.stderr
    assert _files(tmp_path / "out") == whole


def start(line: list[str]) -> subprocess.Popen[str]:
    """A batch, as soon as its first school is done."""
    going = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert going.stderr is not None
    for said in going.stderr:
        if "逐校核查 1/" in said:
            break
    return going


def school_workers() -> list[psutil.Process]:
    """Below this test: another test may have its own."""
    ours = psutil.Process().children(recursive=True)
    return [process for process in ours if "xueji_lib.support.worker" in str(_line(process))]


def test_a_batch_that_is_killed_leaves_no_process_on_the_cluster(
    sample_store: Store, sample: ModuleType, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    with scheduler(tmp_path / "dask") as (_, address):
        going = start(command(sample_store, sample, tmp_path / "out", "--scheduler", address))
        assert school_workers()
        going.kill()
        going.communicate()
        assert wait_for(lambda: not school_workers(), cluster.IDLE + 20)
        again = run(*command(sample_store, sample, tmp_path / "out", "--scheduler", address))
    assert "失败 0 所" in again.stdout, again.stdout + again.stderr
    assert _files(tmp_path / "out") == whole


def test_a_run_whose_workers_all_vanish_ends_by_itself(
    sample_store: Store, sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "GIVE_UP", 8.0)
    with scheduler(tmp_path / "dask") as (process, address), cluster.connect(address, 2, 120) as executor:

        def vanish(done: int, total: int, what: str) -> None:
            if done == 1:
                office = psutil.Process().children(recursive=True)
                for one in [p for p in office if p.pid != process.pid and "dask" in str(_line(p))]:
                    with suppress(psutil.Error):
                        one.kill()

        given = (Workplace(sample_store), sample.INSPECTION, tmp_path / "out")
        result = batch.run(*given, batch.BatchOptions(executor=executor), vanish)
    assert result.failed
    assert {failure.why for failure in result.failed} == {"和集群的联系断了，没有做。再运行一次，从停下的地方继续"}


# ---- encrypted ----


def certificates(folder: Path) -> dict[str, str]:
    """An authority, a certificate that it signed, and the settings that the manual tells to write: environment."""
    folder.mkdir()
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed("xueji test authority", authority_key.public_key(), None, authority_key, authority=True)
    ours = _signed("xueji", key.public_key(), authority.subject, authority_key, authority=False)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "cert.pem").write_bytes(ours.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    pair = {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    tls = {"ca-file": str(folder / "ca.pem"), "scheduler": pair, "worker": pair, "client": pair}
    settings = {"distributed": {"comm": {"require-encryption": True, "tls": tls}}}
    (folder / "tls.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return {"DASK_CONFIG": str(folder)}


def _signed(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name | None,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(issuer or subject, subject, key, x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = made.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    made = made.add_extension(here, critical=False)
    return made.sign(signer, hashes.SHA256())


def test_an_encrypted_cluster_works_for_who_has_a_certificate_and_for_nobody_else(
    sample_store: Store, sample: ModuleType, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    ours, strangers = certificates(tmp_path / "ours"), certificates(tmp_path / "strangers")
    with scheduler(tmp_path / "dask", "--protocol", "tls", env=ours) as (_, address):
        assert address.startswith("tls://")
        line = command(sample_store, sample, tmp_path / "out", "--scheduler", address)
        for refused in (run(*line), run(*line, env=strangers)):
            assert refused.returncode == 3, refused.stdout + refused.stderr
            assert f"连不上调度器 {address}" in refused.stderr
            assert "请检查地址、网络和证书" in refused.stderr
            assert "Traceback" not in refused.stderr
        made = run(*line, env=ours)
    assert "失败 0 所" in made.stdout, made.stdout + made.stderr
    assert _files(tmp_path / "out") == whole
