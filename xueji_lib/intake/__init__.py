"""Files of an inbox → tables of a term: recognise, clean, account for, commit.

Stage 1 reads each file to columns of text (``files``); stage 2 puts the sheets of a table together and parses whole
columns (``table``). Source: data contract, section 2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from xueji_lib.intake import files, inbox, overlap
from xueji_lib.intake.files import FileRead
from xueji_lib.intake.inbox import InboxFile
from xueji_lib.intake.report import FileReport, Problem, Report, SheetReport
from xueji_lib.intake.schools import Directory
from xueji_lib.intake.sheet import RawSheet
from xueji_lib.intake.table import Built, build
from xueji_lib.intake.work import Setting
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.identity import mask_text
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import StoreError

__all__ = ["Problem", "Report", "run"]

Progress = Callable[[int, int, str], None]


def run(
    inbox_folder: Path,
    store: Store,
    term_id: str,
    calendar: Calendar,
    *,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
) -> Report:
    """Take an inbox into the store as ``term_id``.

    ``progress(done, total, what)`` is called as files are read; ``now`` dates the intake in the history.
    Raises StoreError where there is nothing to take in or no school directory at all, UsageError for an unknown term.
    """
    term = calendar.term(term_id)
    found = inbox.look(Path(inbox_folder))
    reads = _read(found.files, progress)
    report = Report(term_id, ignored=list(found.ignored))
    setting = Setting(
        term.first_year,
        Directory(empty(schema.SCHOOLS)),
        [f.relative for f in found.files],
        [f.shown for f in found.files],
        _copies(found.files),
    )
    by_table: dict[str, list[RawSheet]] = defaultdict(list)
    for read in reads:
        for sheet in read.sheets:
            if sheet.table:
                by_table[sheet.table].append(sheet)

    built: dict[str, Built] = {}
    frames: dict[str, pd.DataFrame] = {}
    if "schools" in by_table:
        built["schools"] = build(schema.SCHOOLS, by_table["schools"], setting)
        frames["schools"] = built["schools"].frame
    known = store.directory(term_id)
    frames["schools"], note = _whole_directory(frames.get("schools"), known, store.has(term_id, "schools"))
    if note:
        report.notes.append(note)
    directory = _united(frames["schools"], known)
    if directory.empty:
        raise StoreError(
            "没有学校名录，认不出各表是哪所学校的。请把“学校名录”（学校标识码、学校名称、办学类型、城乡类别、所属乡镇）"
            f"放进收件夹 {inbox_folder} 再收"
        )
    setting = Setting(setting.first_year, Directory(directory), setting.names, setting.shown, setting.copies)
    for table in schema.TABLES.values():
        if table.id in by_table and table.id != "schools":
            built[table.id] = build(table, by_table[table.id], setting)
            frames[table.id] = built[table.id].frame
    if "schools" not in by_table:
        del frames["schools"]
    for name in ("register", "headcount"):
        if name in frames:
            report.notes += overlap.notes(schema.TABLES[name], frames[name])

    _report(report, found.files, reads, by_table, built)
    rejected = pd.DataFrame(
        [row for b in built.values() for row in b.rejected], columns=["table", "school_id", "code", "rows"]
    )
    taken = {name: frame for name, frame in frames.items() if _came(built[name], frame)}
    kept = {
        **report.to_dict(),
        "time": (now or dt.datetime.now()).isoformat(timespec="seconds"),
        "files": [f.shown for f in found.files],
    }
    done = store.commit(term_id, taken, rejected, kept)
    report.changes, report.intake = done.changes, done.intake
    return report


def _came(built: Built, frame: pd.DataFrame) -> bool:
    """The table is there: with rows, or as a ledger without any; not where all was refused."""
    return len(frame) > 0 or not any(built.refused)


# ---- reading ----


def _read(found: Sequence[InboxFile], progress: Progress | None) -> list[FileRead]:
    reads = []
    for place, file in enumerate(found):
        if progress:
            progress(place, len(found), file.shown)
        reads.append(files.read(place, file))
    if progress:
        progress(len(found), len(found), "核对各表")
    return reads


def _copies(found: Sequence[InboxFile]) -> dict[int, int]:
    """File → the first file of the same bytes. Only files of equal size are looked into."""
    sizes = Counter(f.size for f in found)
    first: dict[tuple[int, bytes], int] = {}
    copies = {}
    for place, file in enumerate(found):
        if sizes[file.size] < 2 or file.size == 0:
            continue
        try:
            with file.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
        except OSError:
            continue
        original = first.setdefault((file.size, digest), place)
        if original != place:
            copies[place] = original
    return copies


# ---- the directory ----


def _united(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """The rows of this inbox, and those of the store for schools it does not name."""
    rest = old[~old["school_id"].astype(object).isin(set(new["school_id"].astype(object)))]
    return pd.concat([new.astype(object), rest.astype(object)], ignore_index=True)


def _whole_directory(new: pd.DataFrame | None, known: pd.DataFrame, has_own: bool) -> tuple[pd.DataFrame, str]:
    """What is stored as the term's directory, and what the user should know about it.

    A term without a directory of its own uses the nearest term's. The first, partial, directory of the term (a
    corrected line or two) must not make the other schools vanish: they are carried over.
    """
    if new is None:
        return empty(schema.SCHOOLS), ""
    ids = set(new["school_id"].astype(object))
    others = known[~known["school_id"].astype(object).isin(ids)]
    if has_own or others.empty or new.empty:
        return new, ""
    if len(others) <= len(known) // 2:
        return new, f"上一份学校名录里的 {len(others)} 所学校不在这次的学校名录里，本学期不再检查它们"
    both = pd.concat([new.astype(object), others.astype(object)], ignore_index=True).astype(
        {c: t for c, t in empty(schema.SCHOOLS).dtypes.items() if str(t) != "category"}
    )
    for column, kind in empty(schema.SCHOOLS).dtypes.items():
        if str(kind) == "category":
            both[column] = both[column].astype("category")
    return both, f"这次的学校名录只有 {len(new)} 所学校，其余 {len(others)} 所沿用上一份学校名录"


# ---- the report ----


def _report(
    report: Report,
    found: Sequence[InboxFile],
    reads: Sequence[FileRead],
    by_table: dict[str, list[RawSheet]],
    built: dict[str, Built],
) -> None:
    of_sheet: dict[int, SheetReport] = {}
    by_file: dict[int, list[tuple[tuple[int, ...], Problem]]] = defaultdict(list)
    order = {id(s): n for read in reads for n, s in enumerate(read.sheets)}
    for table, result in built.items():
        for n, sheet in enumerate(by_table[table]):
            of_sheet[id(sheet)] = _sheet_report(sheet, result.accepted[n], result.refused[n], result.missing[n])
        for trouble in result.troubles:
            sheet = by_table[table][trouble.sheet]
            by_file[sheet.file].append(((order[id(sheet)], *trouble.order), trouble.problem))
    for place, (file, read) in enumerate(zip(found, reads, strict=True)):
        entry = FileReport(file.shown, read.form)
        if read.why:
            report.problems.append(Problem(file.shown, "", 0, "", "D01", read.why))
        recognised = any(s.table or s.own for s in read.sheets)
        for sheet in read.sheets:
            entry.sheets.append(of_sheet.get(id(sheet)) or _sheet_report(sheet, 0, {}, []))
            if not sheet.table and (sheet.why or not recognised):
                why = sheet.why or "整个文件里没有认识的表"
                report.problems.append(Problem(file.shown, mask_text(sheet.sheet), 0, "", "D02", why))
            if sheet.beyond:
                why = f"表格下方很远处还有 {sheet.beyond} 行有内容，没有读。请删去，或移到表格下面"
                report.problems.append(Problem(file.shown, mask_text(sheet.sheet), 0, "", "D01", why))
        report.problems.extend(p for _, p in sorted(by_file[place], key=lambda item: item[0]))
        report.files.append(entry)
    report.check()


def _sheet_report(sheet: RawSheet, accepted: int, fates: dict[str, int], missing: list[str]) -> SheetReport:
    return SheetReport(
        mask_text(sheet.sheet),
        sheet.table,
        sheet.header_row,
        sheet.read,
        accepted,
        fates,
        sheet.skipped,
        missing,
        [mask_text(h) for h in sheet.ignored],
    )
