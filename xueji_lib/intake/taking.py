"""Files of an inbox → tables of a term: recognise, clean, account for, commit.

Stage 1 reads each file to columns of text (``reading``); stage 2 puts the sheets of a table together and parses whole
columns (``table``). Source: data contract, section 2.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from xueji_lib.intake import lists, other_term, parts, senders, sheet_notes, taught, term_directory, twice
from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.reading import Limits, Progress, ReadFile, Reading
from xueji_lib.intake.report import FileReport, Problem, Report, SheetReport
from xueji_lib.intake.schools import Directory
from xueji_lib.intake.table import Built, build
from xueji_lib.intake.unknown_centres import unknown_centres
from xueji_lib.intake.work import Setting
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import StoreError


def take_in(
    inbox_folder: Path | Reading,
    store: Store,
    term_id: str,
    calendar: Calendar,
    *,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
    limits: Limits | None = None,
    replace: bool = False,
) -> Report:
    """See ``intake.run``."""
    calendar.term(term_id)
    with ExitStack() as block:
        if isinstance(inbox_folder, Reading):
            reading = inbox_folder
        else:
            taught_pairs = taught.known(store.root).pairs
            reading = block.enter_context(Reading(Path(inbox_folder), limits or Limits(), taught_pairs))
        return _take_in(reading, store, calendar.term(term_id), progress, now, replace)


def _take_in(
    reading: Reading,
    store: Store,
    term: Term,
    progress: Progress | None,
    now: dt.datetime | None,
    replace: bool,
) -> Report:
    term_id, lessons = term.id, taught.known(store.root, reading.maps)
    files = reading.finish(progress)
    if progress:
        progress(len(files), len(files), "核对各表")
    report = Report(term_id, ignored=sorted((masked_name(path), why) for path, why in reading.ignored))
    for folder in reading.inbox.closed:
        report.problems.append(
            Problem(masked_name(folder), "", 0, "", "D01", "文件夹打不开（没有权限），里面的文件都没有读")
        )
    setting = Setting(
        term.first_year,
        Directory(empty(schema.SCHOOLS)),
        [read_file.file.relative for read_file in files],
        [read_file.file.shown for read_file in files],
    )
    by_table = _by_table(files)

    built: dict[str, Built] = {}
    frames: dict[str, pd.DataFrame] = {}
    if "schools" in by_table:
        built["schools"] = build(schema.SCHOOLS, by_table["schools"], setting)
        frames["schools"] = built["schools"].frame
    known, note = term_directory.known(store, term_id, required="schools" not in frames)
    frames["schools"], more = term_directory.whole(frames.get("schools"), known, store.has(term_id, "schools"))
    report.notes += filter(None, (note, more))
    directory = term_directory.united(frames["schools"], known)
    if directory.empty:
        raise StoreError(
            "没有学校名录，认不出各表是哪所学校的。请把“学校名录”（学校标识码、学校名称、办学类型、城乡类别、所属乡镇）"
            f"放进收件夹 {reading.folder} 再收"
        )
    setting = Setting(setting.first_year, Directory(directory), setting.names, setting.shown)
    files, said = taught.settled(files, reading, setting, lessons)
    report.notes += said
    by_table = _by_table(files) | {"schools": by_table["schools"]} if "schools" in by_table else _by_table(files)
    for table in schema.TABLES.values():
        if table.id in by_table and table.id != "schools":
            result = build(table, by_table[table.id], setting)
            if table.id in twice.LISTS:
                result = lists.settled(result, by_table[table.id], setting, store, term_id, files)
            built[table.id] = result
            frames[table.id] = result.frame
    if "schools" not in by_table:
        del frames["schools"]
    report.notes += lists.only_in_annex1(frames, store, term_id)

    _report(report, files, by_table, built)
    if "schools" in built:
        report.problems += unknown_centres(built["schools"].frame, directory)
    report.sent = senders.sent(frames)
    senders.of_files(report, files, setting)
    rejected = pd.DataFrame(
        [row for b in built.values() for row in b.rejected], columns=["table", "school_id", "code", "rows"]
    )
    taken = {name: frame for name, frame in frames.items() if _came(built[name], frame)}
    record = {
        **report.to_dict(),
        "time": (now or dt.datetime.now()).isoformat(timespec="seconds"),
        "files": setting.shown,
        "digests": [read_file.read.digest.hex() for read_file in files],
    }
    before = store.fingerprint(term_id)
    settled = parts.Settled(taken, rejected) if replace else parts.settle(store, term_id, taken, rejected)
    done = store.commit(term_id, settled.tables, settled.rejected, record, on_top_of=before)
    report.changes, report.intake = done.changes, done.intake
    report.came_of_parts(settled)
    taught.remember(store.root, lessons)
    return report


def _by_table(files: Sequence[ReadFile]) -> dict[str, list[RawSheet]]:
    by_table: dict[str, list[RawSheet]] = defaultdict(list)
    for read_file in files:
        for sheet in read_file.read.sheets:
            if sheet.table and not _is_left(sheet):
                by_table[sheet.table].append(sheet)
    return by_table


def _came(built: Built, frame: pd.DataFrame) -> bool:
    """The table is there: with rows, or as a ledger without any; not where all was refused."""
    return len(frame) > 0 or not any(built.refused)


def _is_left(sheet: RawSheet) -> bool:
    """It is a known table, but not one to be taken in: it is hidden, or another list than it looks like."""
    return bool(sheet.foreign) or (sheet.hidden and len(sheet.rows) > 0)


# ---- the report ----


def _report(
    report: Report,
    files: Sequence[ReadFile],
    by_table: dict[str, list[RawSheet]],
    built: dict[str, Built],
) -> None:
    of_sheet: dict[int, SheetReport] = {}
    by_file: dict[int, list[tuple[tuple[int, ...], Problem]]] = defaultdict(list)
    order = {id(s): n for read_file in files for n, s in enumerate(read_file.read.sheets)}
    for table, result in built.items():
        for n, sheet in enumerate(by_table[table]):
            of_sheet[id(sheet)] = _sheet_report(sheet, result.accepted[n], result.refused[n], result.missing[n])
        for trouble in result.troubles:
            sheet = by_table[table][trouble.sheet]
            by_file[sheet.file].append(((order[id(sheet)], *trouble.order), trouble.problem))
    for file_number, read_file in enumerate(files):
        file, read = read_file.file, read_file.read
        entry = FileReport(file.shown, read.form)
        if read.why:
            report.problems.append(Problem(file.shown, "", 0, "", "D01", read.why))
        recognised = any(s.table or s.own for s in read.sheets)
        for sheet in read.sheets:
            entry.sheets.append(of_sheet.get(id(sheet)) or _unused_report(sheet))
            report.problems += _sheet_problems(file.shown, sheet)
            if not sheet.table and (sheet.why or not recognised):
                why = sheet.why or "整个文件里没有认识的表"
                report.problems.append(Problem(file.shown, masked_name(sheet.sheet), 0, "", "D02", why))
            if sheet.beyond:
                why = f"表格下方很远处还有 {sheet.beyond} 行有内容，没有读。请删去，或移到表格下面"
                report.problems.append(Problem(file.shown, masked_name(sheet.sheet), 0, "", "D01", why))
        report.problems.extend(p for _, p in sorted(by_file[file_number], key=lambda item: item[0]))
        counted = list(zip(read.sheets, entry.sheets, strict=True))
        report.problems += other_term.problems(file.shown, file.relative.rpartition("/")[2], counted, report.term)
        report.files.append(entry)
    taken = [
        (file.file.shown, sheet) for file in files for sheet in file.read.sheets if sheet.table and not _is_left(sheet)
    ]
    report.notes += [*sheet_notes.hidden_rows(taken), *sheet_notes.without_records(taken)]
    report.check()


def _unused_report(sheet: RawSheet) -> SheetReport:
    """Of a sheet that is no table, or one that is not taken in: its records are refused as a whole."""
    rows = len(sheet.rows)
    code = "D13" if sheet.foreign else "D12"
    report = _sheet_report(sheet, 0, {code: rows} if rows else {}, [])
    report.table = None
    return report


def _sheet_problems(file: str, sheet: RawSheet) -> list[Problem]:
    """What is to be said of a sheet as a whole."""
    name, rows = masked_name(sheet.sheet), len(sheet.rows)
    problems = []

    def say(code: str, message: str, row: int = 0, column: str = "") -> None:
        problems.append(Problem(file, name, row, column, code, message))

    if sheet.foreign:
        say("D13", f"{sheet.foreign}（{rows} 行）。确是本表的，请改标题或删去这些列后重交；不是的，请移出收件夹")
    elif sheet.table and _is_left(sheet):
        header = schema.TABLES[sheet.table].header
        say("D12", f"这张工作表是隐藏的，里面是{header}（{rows} 行），没有收。要收的请取消隐藏，不要的请删去")
    if sheet.table and not _is_left(sheet):
        if sheet.above:
            say("D02", f"表头上方有 {sheet.above} 行像是记录，与表头的列对不上，没有读。请把表头放在最上面", 1)
        for column, blanks in sheet.filled.items():
            header = sheet.texts.get(column, column)
            message = f"只在每段的第一行写了，下面 {blanks} 行空着，已照上面的填。请核对，最好每行都写"
            say("D06", message, sheet.header_row, masked_name(header))
    return problems


def _sheet_report(sheet: RawSheet, accepted: int, fates: dict[str, int], missing: list[str]) -> SheetReport:
    return SheetReport(
        masked_name(sheet.sheet),
        sheet.table,
        sheet.header_row,
        sheet.read,
        accepted,
        fates,
        sheet.skipped,
        missing,
        [masked_name(h) for h in sheet.ignored],
    )
