"""manifest.json: what a batch made of each school, and size, time and digest of each file as written (data contract 4).

Each school is one line appended to ``manifest.journal`` when it is done; now and then, and at the end, the journal
goes into ``manifest.json``, which is replaced whole. A killed run loses nothing but a line that it was just writing,
and writing costs the same for the last school as for the first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from xueji_lib.batch.manifest_content import ManifestContent, SchoolRecord, journal_of
from xueji_lib.batch.outputs import Files, LocalFiles, RemoteFiles, Written, damage
from xueji_lib.judge.results import Results
from xueji_lib.notebook.audit import DELIVERABLES
from xueji_lib.reports import pool_files
from xueji_lib.reports.deliverables import COUNTY_FILES
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import put_file
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.remote import Remote
from xueji_lib.support.version import __version__


@dataclass
class Manifest:
    """The manifest of OUT/<term>, kept in step with the disk."""

    file: Path
    head: dict[str, Any]
    schools: dict[str, SchoolRecord] = field(default_factory=dict)
    county_files: dict[str, Written] = field(default_factory=dict)
    """What the county's own files were when they were written."""
    unreadable: bool = False
    """There was a manifest.json that could not be read: everything is made again."""
    trouble: str = ""
    """Why the last entries are not on the disk (it is full, say); empty where they are."""
    out: Remote | None = None
    """Where the folder belongs, if not on this machine."""
    _files: Files = field(default_factory=lambda: LocalFiles(Path()))
    _next: float = 0.0

    @classmethod
    def open(cls, file: Path, answer: Results, crashed_rules: Sequence[str], out: Remote | None = None) -> Manifest:
        """The manifest that is there, as far as it can be read, without schools that the directory no longer has;
        its head is that of ``answer``. ``out``: the URL of OUT, where it is a copy. Raises StoreError where it
        cannot be read."""
        files: Files = LocalFiles(file.parent)
        if out is not None:
            out.bring(f"{answer.term_id}/{file.name}")
            journal_of(file).unlink(missing_ok=True)
            files = RemoteFiles(out, answer.term_id, out.sizes(answer.term_id))
        earlier = ManifestContent.read(file)
        head = {
            "kit": __version__,
            "edition": answer.edition,
            "term": answer.term_id,
            "as_of": answer.as_of.isoformat(),
            "inputs": answer.fingerprint,
            "outputs": ["findings.csv", "coverage.csv", *COUNTY_FILES, *pool_files.NAMES],
            "crashed_rules": list(crashed_rules),
            "county": str(earlier.head.get("county", "")),
            "remade": earlier.head.get("remade", {}),
        }
        directory = set(answer.schools["school_id"])
        schools = {school_id: entry for school_id, entry in earlier.schools.items() if school_id in directory}
        manifest = cls(file, head, schools, dict(earlier.files), earlier.unreadable, out=out, _files=files)
        manifest.write()
        return manifest

    # ---- the county's own files ----

    def has_county(self, fingerprint: str) -> bool:
        """Whether the county's own files were made from these very inputs, and each is recorded."""
        return self.head["county"] == fingerprint and self.county_files.keys() >= set(self.head["outputs"])

    def damaged_county(self, *, every_byte: bool = False) -> dict[str, str]:
        """As ``damaged``, of the county's own files."""
        damages, self.county_files = self._compared(self.county_files, "", every_byte)
        return damages

    def begin_county(self) -> None:
        """Note that the county's own files are about to be written: if the run is killed, they count as not made."""
        self.head["county"], self.county_files = "", {}
        try:
            self.write()
        except XuejiError as error:
            self.trouble = str(error)

    def put_county(self, fingerprint: str, files: Mapping[str, Written], remade: Mapping[str, str]) -> None:
        """Record the county's own files as written. Raises StoreError where they cannot be sent to the URL they
        belong to."""
        if self.out is not None:
            self.out.give(*(f"{self.head['term']}/{name}" for name in self.head["outputs"]))
        self.head |= {"county": fingerprint, "remade": dict(remade)}
        self.county_files = dict(files)
        self.write()

    # ---- the schools ----

    def is_done(self, school_id: str, fingerprint: str) -> bool:
        """Whether the school was made from these very inputs, and each file is recorded."""
        entry = self.schools.get(school_id)
        made = entry is not None and entry.status == "完成" and entry.fingerprint == fingerprint
        return made and entry is not None and entry.files.keys() >= set(DELIVERABLES)

    def damaged(self, school_id: str, *, every_byte: bool = False) -> dict[str, str]:
        """Which of a school's files are not what was written, and in what way (``outputs.damage``)."""
        entry = self.schools.get(school_id)
        if entry is None:
            return {}
        damages, files = self._compared(entry.files, f"schools/{school_id}/", every_byte)
        self.schools[school_id] = replace(entry, files=files)
        return damages

    def _compared(
        self, files: Mapping[str, Written], below: str, every_byte: bool
    ) -> tuple[dict[str, str], dict[str, Written]]:
        """Which of these files are damaged (name → why), and their records with the present times: a file that was
        copied is read once, not at every run."""
        damages, records = dict[str, str](), dict(files)
        for name, written in files.items():
            if why := damage(self._files, below + name, written, every_byte=every_byte):
                damages[name] = why
            elif (state := self._files.state(below + name)) is not None and state[1] is not None:
                records[name] = replace(written, mtime_ns=state[1])
        return damages, records

    def begin(self, school_ids: Iterable[str]) -> None:
        """Note that these schools are about to be made. Where a file cannot be renamed into place (an object store),
        a killed run leaves half a school of another day: such schools count only when they are done."""
        if self.out is None:
            return
        recorded = self.schools.keys() & set(school_ids)
        for school_id in recorded:
            del self.schools[school_id]
        if recorded:
            self.write()

    def put(self, school_id: str, entry: SchoolRecord) -> None:
        """Record one school, on the disk when this returns. A full disk stops nothing: the schools go on, and
        ``trouble`` says so."""
        self.schools[school_id] = entry
        line = json.dumps({school_id: asdict(entry)}, ensure_ascii=False)
        try:
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")
            if time.monotonic() >= self._next:
                self.write()
        except OSError as error:
            self.trouble = f"写不了 {self._journal}：{reason_of(error)}"
        except XuejiError as error:
            self.trouble = str(error)

    def close(self) -> None:
        """Write the manifest for the last time; where that fails, ``trouble`` says why."""
        try:
            self.write()
            self.trouble = ""
        except XuejiError as error:
            self.trouble = str(error)

    def write(self) -> None:
        """Bring manifest.json up to date. Takes at most a fiftieth of the time, however many schools there are."""
        started = time.monotonic()
        files = {name: asdict(was) for name, was in self.county_files.items()}
        schools = {key: asdict(self.schools[key]) for key in sorted(self.schools)}
        content = {**self.head, "files": files, "schools": schools}
        put_file(self.file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        if self.out is not None:
            self.out.give(f"{self.head['term']}/{self.file.name}")
        self._journal.unlink(missing_ok=True)
        self._next = time.monotonic() + max(0.5, 50 * (time.monotonic() - started))

    @property
    def _journal(self) -> Path:
        return journal_of(self.file)
