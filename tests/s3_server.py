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
def serving() -> Iterator[str]:
    """The address of a server with one bucket, while the block lasts."""
    server = HERE / ("Scripts/moto_server.exe" if sys.platform == "win32" else "bin/moto_server")
    assert server.is_file(), "没有测试用的存储服务，请运行 python run.py setup --dev"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(server), "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        _make_bucket(f"127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _make_bucket(address: str) -> None:
    from pyarrow.fs import S3FileSystem

    given = {"access_key": "test", "secret_key": "test", "scheme": "http", "region": "us-east-1"}
    S3FileSystem(endpoint_override=address, allow_bucket_creation=True, **given).create_dir(BUCKET)
