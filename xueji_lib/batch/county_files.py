"""The county's own files of a batch, written beside the schools'."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.batch.manifest import Manifest
from xueji_lib.batch.result import BatchResult, Failure
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.reports import deliverables, tables, verdicts
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import CaseStates
from xueji_lib.support import paths
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import digest_files


@dataclass(frozen=True)
class CountyFiles:
    """findings.csv, coverage.csv and the county's paper, in ``folder``."""

    answer: Results
    said: Mapping[str, CaseStates]
    earlier: Sequence[Results]
    folder: Path

    @property
    def mark(self) -> str:
        """A fingerprint of all that they show."""
        states = sorted((school_id, verdicts.mark(states)) for school_id, states in self.said.items())
        shown = [past.fingerprint for past in (*self.earlier, self.answer)]
        return hashlib.sha256(f"{shown} {deliverables_mark()} {states}".encode()).hexdigest()[:16]

    def write(self) -> float:
        """Returns the seconds it took. Raises UsageError where a file is held by another program."""
        started = time.monotonic()
        tables.write_findings_csv(self.answer, self.folder / "findings.csv")
        tables.write_coverage_csv(self.answer, self.folder / "coverage.csv")
        deliverables.write_county(self.answer, LetterFacts.load(), self.folder, self.said, self.earlier)
        return time.monotonic() - started

    @contextlib.contextmanager
    def written_aside(self, manifest: Manifest, result: BatchResult, *, force: bool) -> Iterator[None]:
        """Written in a thread of its own while the block makes the schools, if anything of them changed. What goes
        wrong with them is a failure in ``result``: the schools go on."""
        mark = self.mark
        if not force and manifest.has_county(mark):
            yield
            return
        with ThreadPoolExecutor(1) as aside:
            writing = aside.submit(self.write)
            try:
                yield
            finally:
                try:
                    result.stages["全县汇总"] = writing.result()
                    manifest.put_county(mark)
                except (XuejiError, OSError) as failure:
                    result.failed.append(Failure("", "全县汇总", str(failure)))


def deliverables_mark() -> str:
    """A fingerprint of what makes the deliverables: the kit, its notebook and its templates."""
    files = [(paths.home(), paths.notebooks("school_audit.ipynb"))]
    for folder in (paths.templates("html"), paths.templates("letters"), paths.data("letters.toml")):
        files += [(paths.home(), file) for file in (folder, *folder.rglob("*")) if file.is_file()]
    return digest_files(files, shelf.kit_mark())
