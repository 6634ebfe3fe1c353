"""What became of each run of somebody's own notebook, kept beside the runs: ``manifest.json`` and its journal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from xueji_lib.batch.manifest_content import journal_of
from xueji_lib.batch.outputs import LocalFiles, Written, damage
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import put_file
from xueji_lib.support.os_reasons import reason_of

DONE: Final = "完成"
FAILED: Final = "失败"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: ``status`` DONE or FAILED; ``files`` are names in its folder, as they were written."""

    title: str
    status: str
    fingerprint: str
    seconds: float
    error: str = ""
    masked: int = 0
    files: Mapping[str, Written] = field(default_factory=dict)


@dataclass
class RunRecords:
    """The records in ``file``. Each run is a line of the journal as soon as it is done, so that a killed batch goes on
    where it stopped. ``trouble``: why the last records are not on the disk."""

    file: Path
    head: dict[str, Any]
    runs: dict[str, RunRecord] = field(default_factory=dict)
    trouble: str = ""

    @classmethod
    def open(cls, file: Path, head: Mapping[str, Any]) -> RunRecords:
        """The records that are there, as far as they can be read."""
        content: Any = {}
        with contextlib.suppress(OSError, ValueError, RecursionError):
            content = json.loads(file.read_text("utf-8"))
        runs = dict(_runs(content.get("runs", {}) if isinstance(content, dict) else {}))
        with contextlib.suppress(OSError):
            for line in journal_of(file).read_bytes().split(b"\n"):
                with contextlib.suppress(ValueError):  # the line that a kill cut off
                    runs |= _runs(json.loads(line))
        return cls(file, dict(head), runs)

    def is_current(self, key: str, fingerprint: str, *, every_byte: bool) -> bool:
        """Whether the run was made from these very inputs, and its files are still what was written."""
        run = self.runs.get(key)
        if run is None or run.status != DONE or run.fingerprint != fingerprint or not run.files:
            return False
        files = LocalFiles(self.file.parent / key)
        return not any(damage(files, name, was, every_byte=every_byte) for name, was in run.files.items())

    def put(self, key: str, run: RunRecord) -> None:
        """Record one run, on the disk when this returns."""
        self.runs[key] = run
        try:
            with journal_of(self.file).open("a", encoding="utf-8") as journal:
                journal.write(json.dumps({key: asdict(run)}, ensure_ascii=False) + "\n")
        except OSError as error:
            self.trouble = f"写不了 {journal_of(self.file)}：{reason_of(error)}"

    def close(self) -> None:
        """Write all records into one file."""
        runs = {key: asdict(self.runs[key]) for key in sorted(self.runs)}
        try:
            put_file(self.file, json.dumps({**self.head, "runs": runs}, ensure_ascii=False, indent=1) + "\n")
            journal_of(self.file).unlink(missing_ok=True)
            self.trouble = ""
        except (XuejiError, OSError) as error:
            self.trouble = str(error)


def _runs(content: Any) -> Iterator[tuple[str, RunRecord]]:
    """(key, record) of every complete entry."""
    for key, raw in content.items() if isinstance(content, dict) else ():
        with contextlib.suppress(TypeError, KeyError, AttributeError):
            files = {str(name): Written.read(was) for name, was in raw.get("files", {}).items()}
            yield str(key), RunRecord(**{**raw, "files": files})
