"""manifest.json: what a batch made of each school (data contract 4).

Each school is one line appended to ``manifest.journal`` when it is done; now and then, and at the end, the journal
goes into ``manifest.json``, which is replaced whole. A killed run loses nothing but a line that it was just writing,
and writing costs the same for the last school as for the first.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xueji_lib import __version__
from xueji_lib.judge.results import Results
from xueji_lib.notebook.audit import DELIVERABLES
from xueji_lib.reports.deliverables import COUNTY_FILES
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import put_file
from xueji_lib.support.remote import Remote


@dataclass(frozen=True, slots=True)
class Entry:
    """One school: ``status`` 完成 or 失败; ``outputs`` are file names in schools/<school_id>/."""

    name: str
    status: str
    fingerprint: str
    seconds: float
    outputs: tuple[str, ...] = ()
    error: str = ""

    @classmethod
    def of(cls, name: str, fingerprint: str, seconds: float, error: str) -> Entry:
        if error:
            return cls(name, "失败", fingerprint, seconds, error=error)
        return cls(name, "完成", fingerprint, seconds, DELIVERABLES)


@dataclass
class Manifest:
    """The manifest of OUT/<term>, kept in step with the disk."""

    file: Path
    head: dict[str, Any]
    schools: dict[str, Entry] = field(default_factory=dict)
    trouble: str = ""
    """Why the last entries are not on the disk (it is full, say); empty where they are."""
    out: Remote | None = None
    """Where the folder belongs, if not on this machine."""
    _there: Mapping[str, int] = field(default_factory=dict)
    _next: float = 0.0

    @classmethod
    def open(cls, file: Path, answer: Results, crashed_rules: Sequence[str], out: Remote | None = None) -> Manifest:
        """The one that is there, as far as it can be read, without schools that the directory no longer has;
        its head is of the answer at hand. ``out``: where OUT is in truth. Raises StoreError where it cannot be read."""
        there: Mapping[str, int] = {}
        if out is not None:
            out.bring(f"{answer.term_id}/{file.name}")
            file.with_suffix(".journal").unlink(missing_ok=True)
            there = out.sizes(answer.term_id)
        head = {
            "kit": __version__,
            "edition": answer.edition,
            "term": answer.term_id,
            "as_of": answer.as_of.isoformat(),
            "inputs": answer.fingerprint,
            "outputs": ["findings.csv", "coverage.csv", *COUNTY_FILES],
            "crashed_rules": list(crashed_rules),
        }
        was = _read(file)
        schools = dict(_entries(was.pop("schools", {}))) | dict(_journal(file.with_suffix(".journal")))
        known = set(answer.schools["school_id"])
        kept = {school_id: entry for school_id, entry in schools.items() if school_id in known}
        head["county"] = str(was.get("county", ""))
        manifest = cls(file, head, kept, out=out, _there=there)
        manifest.write()
        return manifest

    def has_county(self, fingerprint: str) -> bool:
        """The county's own files are there, made from these very inputs."""
        return self.head["county"] == fingerprint and all(self._is_there(name) for name in self.head["outputs"])

    def put_county(self, fingerprint: str) -> None:
        """The county's own files are written. Raises StoreError where they cannot be given to where they belong."""
        if self.out is not None:
            self.out.give(*(f"{self.head['term']}/{name}" for name in self.head["outputs"]))
        self.head["county"] = fingerprint
        self.write()

    def is_done(self, school_id: str, fingerprint: str) -> bool:
        """Made from these very inputs, and every output is still there and not empty."""
        entry = self.schools.get(school_id)
        if entry is None or entry.status != "完成" or entry.fingerprint != fingerprint or not entry.outputs:
            return False
        return all(self._is_there(f"schools/{school_id}/{name}") for name in entry.outputs)

    def _is_there(self, name: str) -> bool:
        """A file of the folder is there and not empty."""
        if self.out is not None:
            return self._there.get(f"{self.head['term']}/{name}", 0) > 0
        file = self.file.parent / name
        return file.is_file() and file.stat().st_size > 0

    def begin(self, school_ids: Iterable[str]) -> None:
        """These schools are about to be made. Where a file cannot be renamed into place (an object store), a killed
        run leaves half a school of another day: such schools count only when they are done."""
        if self.out is None:
            return
        known = self.schools.keys() & set(school_ids)
        for school_id in known:
            del self.schools[school_id]
        if known:
            self.write()

    def put(self, school_id: str, entry: Entry) -> None:
        """Keep one school's entry, on the disk when this returns. A disk that takes no more ends nothing: the schools
        go on, and ``trouble`` says it."""
        self.schools[school_id] = entry
        line = json.dumps({school_id: asdict(entry)}, ensure_ascii=False)
        try:
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")
            if time.monotonic() >= self._next:
                self.write()
        except OSError as error:
            self.trouble = f"写不了 {self._journal}：{error.strerror}"
        except XuejiError as error:
            self.trouble = str(error)

    def close(self) -> None:
        """The last word on all schools; where it cannot be written, ``trouble`` says why."""
        try:
            self.write()
            self.trouble = ""
        except XuejiError as error:
            self.trouble = str(error)

    def write(self) -> None:
        """Bring manifest.json up to date. Takes at most a fiftieth of the time, however many schools there are."""
        started = time.monotonic()
        content = {**self.head, "schools": {key: asdict(self.schools[key]) for key in sorted(self.schools)}}
        put_file(self.file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        if self.out is not None:
            self.out.give(f"{self.head['term']}/{self.file.name}")
        self._journal.unlink(missing_ok=True)
        self._next = time.monotonic() + max(0.5, 50 * (time.monotonic() - started))

    @property
    def _journal(self) -> Path:
        return self.file.with_suffix(".journal")


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _journal(file: Path) -> Iterator[tuple[str, Entry]]:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):  # the line that a kill cut off
            yield from _entries(json.loads(line))


def _entries(content: Any) -> Iterator[tuple[str, Entry]]:
    for school_id, entry in content.items() if isinstance(content, dict) else ():
        with contextlib.suppress(TypeError, KeyError):
            yield school_id, Entry(**{**entry, "outputs": tuple(entry["outputs"])})
