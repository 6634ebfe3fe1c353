"""A folder behind a URL (s3://, hdfs://, or any that fsspec knows), worked on in a copy on this machine.

More than 250 lines: copying to and fro, and the file systems and words for their errors that only this needs.

Nothing else of the kit knows of URLs: a ``Remote`` has a folder on this machine, ``near``, that is brought in step
before and given back after. Object stores have no rename, so what makes the rest count is given last: ``current.json``
of a store, ``manifest.json`` of a batch. A run that is killed leaves files that nothing names yet.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from platformdirs import user_cache_path

from xueji_lib.support.errors import StoreError
from xueji_lib.support.safe_write import locked, write_aside

INDEXES: Final = ("current.json", "manifest.json")
"""Files that make others count: given last, and brought last."""
_URL: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: a drive is no scheme
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]*@")
_LASTING: Final = ("results", "reports")
"""Folders of a store whose files (JSON apart) are named for what is in them: of the same size is the same. Segments are
not: one that a killed intake left may have the number and the size of another."""
_AT_ONCE: Final = 8


def is_url(text: str) -> bool:
    """Whether a text is a URL rather than a path of this machine."""
    return bool(_URL.match(text))


@dataclass(frozen=True)
class Remote:
    """The folder at ``url``. Can cross to another machine; ``near`` is each machine's own."""

    url: str

    @property
    def near(self) -> Path:
        """The folder of the copy: in XUEJI_CACHE, else in the user's cache folder."""
        home = os.environ.get("XUEJI_CACHE")
        cache_folder = Path(home) if home else user_cache_path("xueji", appauthor=False)
        return cache_folder / hashlib.sha256(self.url.rstrip("/").encode()).hexdigest()[:16]

    def __str__(self) -> str:
        """The URL to be shown: without name and password."""
        return _LOGIN.sub("", self.url)

    def make(self) -> Path:
        """``near``, created if need be, and closed to other users: what lies in it is about children."""
        self.near.mkdir(0o700, parents=True, exist_ok=True)
        self.near.chmod(0o700)
        return self.near

    # ---- the two ways ----

    def bring(self, *under: str) -> None:
        """Make the copy of these paths (files or folders; default: everything) equal to the original.

        Files that the original no longer has are deleted. Raises StoreError.
        """
        self.make()
        with locked(self.near.with_suffix(".lock"), f"另一个程序正在取 {self}。等它做完再来一次", 600.0):
            sizes = self.sizes(*under)
            todo = [name for name, size in sizes.items() if not _same(self.near / name, name, size)]
            with self._chinese_errors("取"):
                self._each(self._fetch, [name for name in todo if not _late(name)])
                self._each(self._fetch, [name for name in todo if _late(name)])
            for name in under or ("",):
                for file in _files(self.near, name):
                    if file not in sizes:
                        (self.near / file).unlink(missing_ok=True)

    def give(self, *under: str, mirror: bool = False, gone: Iterable[str] = ()) -> None:
        """Send what the copy has under these paths to the original, indexes last.

        A file that never changes is not sent twice. ``gone``: files to delete there; ``mirror``: delete also whatever
        else lies there under these paths and is not in the copy. Raises StoreError.
        """
        names = sorted({file for name in under for file in _files(self.near, name)})
        lasting = [name for name in names if _is_lasting(name)]
        remote_sizes = self.sizes(*under) if lasting or mirror else {}
        todo = [n for n in names if not (_is_lasting(n) and remote_sizes.get(n) == (self.near / n).stat().st_size)]
        with self._chinese_errors("存"):
            self._each(self._put, [name for name in todo if not _late(name)])
            self._each(self._put, [name for name in todo if _late(name)])
            self._each(self._delete, [*gone, *(sorted(remote_sizes.keys() - set(names)) if mirror else ())])

    def sizes(self, *under: str) -> dict[str, int]:
        """File → bytes, of the original's files under these paths. Raises StoreError where they cannot be listed."""
        from pyarrow import fs

        sizes: dict[str, int] = {}
        with self._chinese_errors("查看"):
            system, root = _system(self.url)
            _check_bucket(system, root)
            for name in under or ("",):
                at = _joined(root, name)
                info = system.get_file_info(at)
                infos = [info] if info.type == fs.FileType.File else []
                if not infos:
                    infos = system.get_file_info(fs.FileSelector(at, allow_not_found=True, recursive=True))
                for entry in infos:
                    rest = entry.path.strip("/")[len(root.strip("/")) :].strip("/")
                    if entry.type == fs.FileType.File and not _is_private(rest):
                        sizes[rest] = int(entry.size)
        return sizes

    def sha256(self, name: str) -> str:
        """SHA-256 (hex) of one file's content in the original. Raises StoreError."""
        digest = hashlib.sha256()
        with self._chinese_errors("读"):
            system, root = _system(self.url)
            with system.open_input_stream(_joined(root, name)) as source:
                while part := source.read(2**20):
                    digest.update(part)
        return digest.hexdigest()

    # ---- one file ----

    def _fetch(self, name: str) -> None:
        system, root = _system(self.url)
        target = self.near / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with system.open_input_stream(_joined(root, name)) as source, write_aside(target) as aside:
            aside.touch()
            with aside.open("wb") as sink:
                shutil.copyfileobj(source, sink, 2**20)

    def _put(self, name: str) -> None:
        system, root = _system(self.url)
        at = _joined(root, name)
        if not self.url.startswith("s3:"):
            system.create_dir(at.rpartition("/")[0])
        with (self.near / name).open("rb") as source, system.open_output_stream(at) as sink:
            shutil.copyfileobj(source, sink, 2**20)

    def _delete(self, name: str) -> None:
        system, root = _system(self.url)
        with contextlib.suppress(FileNotFoundError):
            system.delete_file(_joined(root, name))

    def _each(self, work: Any, names: list[str]) -> None:
        if len(names) == 1:
            work(names[0])
        elif names:
            with ThreadPoolExecutor(min(_AT_ONCE, len(names))) as threads:
                list(threads.map(work, names))

    @contextlib.contextmanager
    def _chinese_errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, ImportError) as error:
            raise StoreError(f"{doing}不了 {self}：{_why(error)}") from None


# ---- file systems ----


@cache
def _system(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it. S3: address, keys and authority from the usual AWS_… variables."""
    from pyarrow import fs

    if url.startswith("s3://"):
        return _s3(), url[5:].strip("/")
    try:
        system, path = fs.FileSystem.from_uri(url)
        return system, path.rstrip("/")
    except (ValueError, OSError):
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        other, path = url_to_fs(url)
        return fs.PyFileSystem(fs.FSSpecHandler(other)), str(path).rstrip("/")


def _s3() -> Any:
    from pyarrow import fs

    scheme, _, address = os.environ.get("AWS_ENDPOINT_URL", "").rpartition("://")
    authority = os.environ.get("AWS_CA_BUNDLE")  # an intranet's own; pyarrow's older editions do not know it
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return fs.S3FileSystem(
        endpoint_override=address.rstrip("/") or None,
        scheme=scheme or "https",
        region=region,
        connect_timeout=10,
        request_timeout=60,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=3),
        background_writes=False,  # an upload that fails must be told, not found out later
        **({"tls_ca_file_path": authority} if authority else {}),
    )


def _check_bucket(system: Any, root: str) -> None:
    """Raises FileNotFoundError where the bucket does not exist: it would look empty."""
    if getattr(system, "type_name", "") == "s3":
        from pyarrow import fs

        bucket = root.partition("/")[0]
        if system.get_file_info(bucket).type == fs.FileType.NotFound:
            raise FileNotFoundError(f"没有名叫 {bucket} 的存储桶，或者没有看它的权限")


_REASONS: Final = (
    (r"没有名叫", ""),
    (r"(?i)access_?\s?denied|forbidden|403|invalid_?access_?key|signature_?does_?not_?match",
     "没有权限。请核对 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY"),
    (r"NETWORK_CONNECTION|[Cc]onnect|timed? ?out|resolve host|curlCode",
     "连不上。请核对 AWS_ENDPOINT_URL 和网络，过一会儿再试"),
    (r"NoSuchBucket|NO_SUCH_BUCKET|BucketNotFound", "没有这个存储桶"),
    (r"libhdfs|libjvm", "本机没有 Hadoop 客户端（libhdfs）。请装好并设 HADOOP_HOME、JAVA_HOME"),
    (r"[Pp]rotocol|scheme|Unrecognized filesystem", "不认识这种地址。可以写 s3://桶/路径、hdfs://主机:端口/路径"),
)  # fmt: skip


def _why(error: Exception) -> str:
    message = _LOGIN.sub("", str(error))
    for pattern, reason in _REASONS:
        if re.search(pattern, message):
            return reason or message
    return f"{type(error).__name__}：{message[:200]}"


# ---- names ----


def _joined(root: str, name: str) -> str:
    return f"{root}/{name}".rstrip("/") if name and name != "." else root


def _is_private(name: str) -> bool:
    """Whether it is a lock or half written."""
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _is_lasting(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix != ".json" and any(part in _LASTING for part in path.parts[:-1])


def _late(name: str) -> bool:
    return PurePosixPath(name).name in INDEXES


def _same(near: Path, name: str, size: int) -> bool:
    return _is_lasting(name) and near.is_file() and near.stat().st_size == size


def _files(near: Path, name: str) -> list[str]:
    start = near / name if name else near
    files = [start] if start.is_file() else [file for file in start.rglob("*") if file.is_file()]
    names = [file.relative_to(near).as_posix() for file in files]
    return [name for name in names if not _is_private(name)]
