"""manifest.json: what a batch made of each school. Replaced whole after every school (data contract 4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xueji_lib import __version__
from xueji_lib.audit import DELIVERABLES
from xueji_lib.files import put_file
from xueji_lib.reports.deliverables import COUNTY_FILES
from xueji_lib.results import Results


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

    @classmethod
    def open(cls, file: Path, answer: Results, crashed_rules: Sequence[str]) -> Manifest:
        """The one that is there, as far as it can be read, without schools that the directory no longer has;
        its head is of the answer at hand."""
        head = {
            "kit": __version__,
            "edition": answer.edition,
            "term": answer.term_id,
            "as_of": answer.as_of.isoformat(),
            "inputs": answer.fingerprint,
            "outputs": ["findings.csv", "coverage.csv", *COUNTY_FILES],
            "crashed_rules": list(crashed_rules),
        }
        schools: dict[str, Entry] = {}
        try:
            for school_id, entry in json.loads(file.read_text("utf-8"))["schools"].items():
                schools[school_id] = Entry(**{**entry, "outputs": tuple(entry["outputs"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            schools = {}
        known = set(answer.schools["school_id"])
        return cls(file, head, {school_id: entry for school_id, entry in schools.items() if school_id in known})

    def is_done(self, school_id: str, fingerprint: str) -> bool:
        """Made from these very inputs, and every output is still there and not empty."""
        entry = self.schools.get(school_id)
        if entry is None or entry.status != "完成" or entry.fingerprint != fingerprint or not entry.outputs:
            return False
        folder = self.file.parent / "schools" / school_id
        return all((folder / name).is_file() and (folder / name).stat().st_size for name in entry.outputs)

    def put(self, school_id: str, entry: Entry) -> None:
        self.schools[school_id] = entry
        self.write()

    def write(self) -> None:
        content = {**self.head, "schools": {key: asdict(self.schools[key]) for key in sorted(self.schools)}}
        put_file(self.file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
