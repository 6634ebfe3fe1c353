"""A real S3-compatible server for tests, in a process and an environment of its own (locks/s3-server.txt)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(sys.prefix) / "s3-server"
BUCKET = "county"


@contextmanager
def serving(tls: Path | None = None) -> Iterator[str]:
    """The address of a server with one bucket, while the block lasts. ``tls``: a folder with cert.pem, key.pem and the
    ca.pem that signed it."""
    server = HERE / ("Scripts/moto_server.exe" if sys.platform == "win32" else "bin/moto_server")
    assert server.is_file(), "没有测试用的存储服务，请运行 python run.py setup --dev"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [str(server), "-H", "127.0.0.1", "-p", str(port)]
    line += ["-s", "-c", str(tls / "cert.pem"), "-k", str(tls / "key.pem")] if tls else []
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        address = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        _make_bucket(address, tls)
        yield address
    finally:
        process.kill()
        process.wait()


def _make_bucket(address: str, tls: Path | None) -> None:
    from pyarrow.fs import S3FileSystem

    scheme, _, host = address.partition("://")
    given = {"access_key": "test", "secret_key": "test", "scheme": scheme, "region": "us-east-1"}
    given |= {"tls_ca_file_path": str(tls / "ca.pem")} if tls else {}
    S3FileSystem(endpoint_override=host, allow_bucket_creation=True, **given).create_dir(BUCKET)
