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
from xueji_lib.batch.outputs import record
from xueji_lib.batch.result import BatchResult, Failure
from xueji_lib.batch.selection import Selection, unsaved
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.reports import csv_files, deliverables, pool_files, verdicts
from xueji_lib.reports.case_states import CaseStates
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import XuejiError
from xueji_lib.support.files import digest_files, put_file
from xueji_lib.views import children_pool


@dataclass(frozen=True)
class CountyFiles:
    """findings.csv, coverage.csv and the county's documents, in ``folder``. ``states``: school id → what people
    decided; ``settled``: the findings that they closed; ``store``: what the answer was made from."""

    answer: Results
    store: Store
    settled: frozenset[str]
    states: Mapping[str, CaseStates]
    earlier: Sequence[Results]
    folder: Path

    @property
    def mark(self) -> str:
        """A fingerprint of all that they show."""
        states = sorted((school_id, verdicts.mark(states)) for school_id, states in self.states.items())
        fingerprints = [past.fingerprint for past in (*self.earlier, self.answer)]
        text = f"{fingerprints} {deliverables_mark()} {states} {sorted(self.settled)} {self.answer.look}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def write(self) -> float:
        """Returns the seconds it took. Raises UsageError where a file is held by another program."""
        started = time.monotonic()
        csv_files.write_findings_csv(self.answer, self.folder / "findings.csv")
        csv_files.write_coverage_csv(self.answer, self.folder / "coverage.csv")
        facts = LetterFacts.load()
        pool = pool_files.makers(children_pool.pool(self.answer, self.store, self.settled), self.store, facts)
        deliverables.write_county(self.answer, facts, self.folder, self.states, self.earlier)
        for name, make in pool.items():
            put_file(self.folder / name, make())
        return time.monotonic() - started

    @contextlib.contextmanager
    def written_aside(self, manifest: Manifest, result: BatchResult, selection: Selection) -> Iterator[None]:
        """Write them in a thread of their own while the block makes the schools, if anything in them changed. An error
        becomes a failure in ``result``: the schools go on."""
        mark = self.mark
        try:
            due = selection.county(manifest, mark, result)
        except OSError as failure:
            result.failed.append(Failure("", "全县汇总", unsaved(failure)))
            due = False
        if not due:
            yield
            return
        manifest.begin_county()
        with ThreadPoolExecutor(1) as aside:
            writing = aside.submit(self.write)
            try:
                yield
            finally:
                try:
                    result.stages["全县汇总"] = writing.result()
                    remade = result.remade.get("")
                    written = record(self.folder, manifest.head["outputs"])
                    manifest.put_county(mark, written, remade.files if remade else {})
                except (XuejiError, OSError) as failure:
                    result.failed.append(Failure("", "全县汇总", str(failure)))


def deliverables_mark() -> str:
    """A fingerprint of what makes the deliverables: the kit, its notebook and its templates."""
    files = [(paths.home(), paths.notebooks("school_audit.ipynb"))]
    for folder in (paths.templates("html"), paths.templates("letters"), paths.data("letters.toml")):
        files += [(paths.home(), file) for file in (folder, *folder.rglob("*")) if file.is_file()]
    return digest_files(files, shelf.kit_mark())
