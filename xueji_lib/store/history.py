"""The record of every intake: when, from which files, what it replaced, its report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xueji_lib.store import damage
from xueji_lib.store.state import FORMAT
from xueji_lib.support.checked import Damaged, read_checked, write_checked
from xueji_lib.support.errors import StoreError


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one school's table. ``kind``: new, replaced, unchanged, healed or undone (``commits``)."""

    table: str
    school_id: str
    kind: str
    old_rows: int
    new_rows: int


@dataclass(frozen=True, slots=True)
class Intake:
    """One line of a term's history. ``time`` is ISO text; ``changes`` leaves out what stayed unchanged."""

    number: int
    time: str
    files: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An intake, with what it takes to go back. ``before``: table → school → the version that was current, None where
    there was none (the whole None in a record of 0.1.0); ``new_tables``: those the term did not have; ``undoes``: the
    number of the intake that it took back, 0 for an ordinary one."""

    number: int
    time: str
    files: tuple[str, ...]
    changes: tuple[Change, ...]
    before: Mapping[str, Mapping[str, Any]] | None
    new_tables: tuple[str, ...]
    undoes: int


def write(
    folder: Path,
    number: int,
    report: Mapping[str, Any],
    changes: Sequence[Change],
    before: Mapping[str, Mapping[str, Any]] | None = None,
    new_tables: Sequence[str] = (),
) -> None:
    """Write the record of an intake into a term's folder."""
    record = {
        "format": FORMAT,
        "number": number,
        "time": str(report.get("time", "")),
        "files": list(report.get("files", ())),
        "changes": [_plain(change) for change in changes],
        "report": dict(report),
        "before": before or {},
        "new_tables": list(new_tables),
    }
    write_checked(_file(folder, number), record)


def intakes(folder: Path, last: int) -> list[Intake]:
    """The intakes up to the ``last``, oldest first; one whose record is gone is left out. Raises StoreError."""
    records = ((n, _read(folder, n)) for n in range(1, last + 1) if _file(folder, n).exists())
    return [
        Intake(n, record["time"], tuple(record["files"]), tuple(Change(**change) for change in record["changes"]))
        for n, record in records
    ]


def records(folder: Path, last: int) -> Iterator[Record]:
    """The same, with what it takes to go back. Raises StoreError."""
    for n in range(1, last + 1):
        if _file(folder, n).exists():
            record = _read(folder, n)
            changes = tuple(Change(**change) for change in record["changes"])
            before, new_tables = record.get("before"), tuple(record.get("new_tables", ()))
            undoes = int(record["report"].get("undoes", 0))
            yield Record(n, record["time"], tuple(record["files"]), changes, before, new_tables, undoes)


def times(folder: Path, numbers: Collection[int]) -> dict[int, str]:
    """Number → when, of these intakes; one whose record is gone or damaged is left out."""
    known = {}
    for number in numbers:
        with suppress(StoreError):
            known[number] = str(_read(folder, number)["time"])
    return known


def report(folder: Path, number: int) -> dict[str, Any]:
    """The report that was handed in with an intake. Raises StoreError."""
    content: dict[str, Any] = _read(folder, number)["report"]
    return content


def _plain(change: Change) -> dict[str, Any]:
    """``dataclasses.asdict`` takes twenty times as long, and a county has hundreds of changes."""
    return {
        "table": change.table,
        "school_id": change.school_id,
        "kind": change.kind,
        "old_rows": change.old_rows,
        "new_rows": change.new_rows,
    }


def _file(folder: Path, number: int) -> Path:
    return folder / "intakes" / f"{number:06d}.json"


def _read(folder: Path, number: int) -> dict[str, Any]:
    file = _file(folder, number)
    try:
        record = read_checked(file, lambda content: "format" not in content)  # 0.1.0 wrote neither
        if not {"time", "files", "changes", "report"} <= record.keys():
            raise Damaged(str(file))
    except (OSError, Damaged):
        raise damage.of_record(number, file) from None
    return record
