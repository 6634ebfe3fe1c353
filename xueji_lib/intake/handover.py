"""A file that a school hands in through its page: looked at apart from everything, then laid into a queue.

In quarantine the file is taken in by the ordinary intake into a store of its own that knows one school only, so that
what it holds of another school shows. The county takes from the queue what it wants, by the ordinary intake again.

More than 250 lines: both sides of one queue; what the school lays in is what the county looks at and takes, and the
entry of a file has one form.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib import intake
from xueji_lib.intake import taught
from xueji_lib.intake.report import MEANINGS, Report
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.identity import mask_text
from xueji_lib.store import Store
from xueji_lib.store.workroom import workroom
from xueji_lib.support.errors import StoreError, UsageError, XuejiError
from xueji_lib.support.files import put_file
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.private import make_folder
from xueji_lib.support.safe_write import write_json

LIMIT: Final = 20 * 1024 * 1024
"""Bytes."""
_UNPACKED: Final = 64 * 1024 * 1024
_PARTS: Final = 2000
_MOST_WAITING: Final = 30
_ENDINGS: Final = (".xlsx", ".xls", ".csv", ".txt", ".tsv")
_REFUSED: Final = ("D01", "D03", "D08")
"""Intake codes after which a file is not accepted: it cannot be read whole, lacks a column, or is about others."""
_SHOWN: Final = 12

REPLIES: Final = "replies"
ACCEPTED: Final = (
    *"headcount transfers suspensions changes dropouts custody disclosures reports classes".split(),
    REPLIES,
)
"""What a school keeps itself. Register, directory, residents and complaints come from elsewhere."""

WAITING, TAKEN, DECLINED = "待导入", "已导入", "退回"


@dataclass(frozen=True, slots=True)
class SchoolFile:
    """A file that a school hands in for a term."""

    school_id: str
    term: str
    name: str
    content: bytes = field(repr=False)

    def laid(self, folder: Path) -> Path:
        """An inbox below ``folder`` that holds this file alone, under its school's code."""
        inbox = folder / "收件"
        (inbox / self.school_id).mkdir(parents=True)
        (inbox / self.school_id / self.name).write_bytes(self.content)
        return inbox


@dataclass(frozen=True)
class Examined:
    """A file that may be handed in, under a plain name. ``tables``: id → rows; ``lines``: the intake's report for the
    page; ``replies``: what the school wrote into its 问题台账, at rest."""

    file: SchoolFile
    tables: Mapping[str, int]
    lines: tuple[str, ...]
    replies: pd.DataFrame | None = None


@dataclass(frozen=True)
class Handed:
    """A file in the queue; ``folder`` holds it. ``state``: WAITING, TAKEN or DECLINED, with ``note``."""

    folder: Path
    school_id: str
    term: str
    name: str
    sha256: str
    who: str
    at: str
    state: str
    note: str
    tables: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.school_id}/{self.folder.name}"

    @property
    def said(self) -> str:
        return table_names(self.tables)


def table_names(tables: Mapping[str, int]) -> str:
    """逐班核对表 45 行、转学台账 3 行."""
    return "、".join(f"{_header(name)} {rows} 行" for name, rows in tables.items())


# ---- quarantine ----


def examine(store: Store, file: SchoolFile, calendar: Calendar) -> Examined:
    """What the file brings. Raises UsageError with one clear sentence where it may not be handed in."""
    file = check_file(file)
    school_id, term, name = file.school_id, file.term, file.name
    with workroom(store, "examine") as temp:
        inbox, apart = file.laid(temp), Store(temp / "数据")
        _know_one_school(apart, store, school_id, term)
        taught.hand_on(store.root, apart.root, school_id)
        try:
            report = intake.run(inbox, apart, term, calendar)
        except MemoryError:
            raise UsageError(f"{name} 太大，处理不了。请分成几个文件再交") from None
        except XuejiError as error:
            raise UsageError(f"{name}：{str(error).replace(str(temp), '')}") from None
        tables = _tables(report)
        _check_report(name, report, tables)
        for table in tables:  # what is in the store decides, whatever the report says
            if set(apart.schools(term, table)) - {school_id}:
                raise UsageError(f"{name} 里有别的学校的记录，没有收。请只交本校的")
        replies = apart.read(term, REPLIES) if REPLIES in tables else None
    lines = tuple(_lines(report, store, school_id, term, tables))
    return Examined(file, tables, lines, replies)


def check_file(file: SchoolFile) -> SchoolFile:
    """The file under a plain name. Raises UsageError where it may not be opened: its kind, its size, another school's
    code in its name."""
    name = plain_name(file.name)
    if set(re.findall(r"(?<!\d)\d{10}(?!\d)", name)) - {file.school_id}:
        raise UsageError(f"{name} 的文件名里有别的学校标识码，没有收。请确认是本校的表，改名后再交")
    _check_bytes(name, file.content)
    return replace(file, name=name)


def plain_name(name: str) -> str:
    """A file's name without any folder, safe on every system, any personal number in it masked. Raises UsageError for a
    kind that is not taken."""
    last = re.split(r"[\\/]", name)[-1]
    last = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")[-80:]
    if not last.lower().endswith(_ENDINGS):
        raise UsageError("只收 Excel 或 CSV 文件（xlsx、xls、csv、txt）。别的文件没有收")
    stem, dot, ending = last.rpartition(".")
    return mask_text(stem).replace("*", "x") + dot + ending  # Windows takes no star in a name


def _check_bytes(name: str, content: bytes) -> None:
    if len(content) > LIMIT:
        raise UsageError(f"{name} 太大（{len(content) / 2**20:.1f} MB），最多 {LIMIT // 2**20} MB")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise UsageError(f"{name} 里有宏，没有收。请另存为不带宏的 xlsx 再交")
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UsageError(f"{name} 不完整或已损坏，打不开。请在 Excel 里打开，另存后再交") from None
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise UsageError(f"{name} 解开后太大，不像一张表，没有收。请只留要交的内容，另存后再交")
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise UsageError(f"{name} 里有宏，没有收。请另存为不带宏的 xlsx 再交")


def _know_one_school(apart: Store, store: Store, school_id: str, term: str) -> None:
    directory = store.directory(term)
    own = directory[directory["school_id"].astype("str") == school_id].reset_index(drop=True)
    if own.empty:
        raise StoreError("学校名录里没有贵校，不能交表。请告诉县教育体育局")
    for column in own:
        if isinstance(own[column].dtype, pd.CategoricalDtype):
            own[column] = own[column].cat.remove_unused_categories()
    nothing = store.rejected(term).iloc[:0]
    apart.commit(term, {"schools": own}, nothing, {"time": "", "files": []})


def _tables(report: Report) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for _, sheet in report.sheets():
        if sheet.table:
            rows[sheet.table] += sheet.accepted
    return dict(rows)


def _check_report(name: str, report: Report, tables: Mapping[str, int]) -> None:
    if wrong := [_header(table) for table in tables if table not in ACCEPTED]:
        raise UsageError(f"{name} 里有{'、'.join(wrong)}，这里不收。本页只收本校自己填的台账和逐班核对表")
    codes = Counter(problem.code for problem in report.problems)
    if codes["D08"]:
        raise UsageError(
            f"{name} 里有不是贵校的记录（{codes['D08']} 处学校标识码或校名对不上），整个文件没有收。请只交本校的"
        )
    for problem in report.problems:
        if problem.code in _REFUSED or (problem.code == "D02" and not tables):
            where = f"{problem.where}，" if problem.where else ""
            raise UsageError(f"{name} 没有收：{where}{problem.message or MEANINGS[problem.code]}")
    if not sum(tables.values()):
        raise UsageError(f"{name} 里没有能收的行。请核对表头和内容")


def _lines(report: Report, store: Store, school_id: str, term: str, tables: Mapping[str, int]) -> list[str]:
    lines = []
    sheets = [sheet for _, sheet in report.sheets() if sheet.table]
    for sheet in sheets[:_SHOWN]:
        read = f"读 {sheet.read} 行，收 {sheet.accepted} 行"
        refused = f"，退 {sheet.rows_rejected} 行" if sheet.rows_rejected else ""
        skipped = f"，标题、空行、合计 {sheet.rows_skipped} 行" if sheet.rows_skipped else ""
        lines.append(f"“{sheet.sheet or '整个文件'}”：{_header(str(sheet.table))}，{read}{refused}{skipped}")
    if len(sheets) > _SHOWN:
        lines.append(f"另有 {len(sheets) - _SHOWN} 个工作表，共收 {sum(s.accepted for s in sheets[_SHOWN:])} 行")
    for problem in report.problems[:_SHOWN]:
        value_note = f"：{problem.value}" if problem.value else ""
        lines.append(f"{problem.where or '文件'}：{problem.message or MEANINGS[problem.code]}{value_note}")
    if len(report.problems) > _SHOWN:
        lines.append(f"还有 {len(report.problems) - _SHOWN} 处类似的问题")
    for table, rows in tables.items():
        if table == REPLIES or not store.has(term, table):
            continue
        known = len(store.read(term, table, columns=[], schools=[school_id]))
        if rows < known / 2:
            what = "导入后更新这一份里的班，其余班照原来的" if table == "headcount" else "导入后整张表以这一份为准"
            lines.append(f"注意：{_header(table)}现有 {known} 行，这一份只有 {rows} 行；{what}")
    return lines


def _header(table: str) -> str:
    return schema.TABLES[table].header if table in schema.TABLES else table


# ---- the queue ----


def hand_in(root: Path, examined: Examined, who: str, at: str) -> Handed:
    """Lay an examined file into the queue below ``root``; the same file again changes nothing. ``at``: UTC, ISO.

    Raises UsageError where too many wait, StoreError where it could not be written.
    """
    file = examined.file
    school_id, term, name, content = file.school_id, file.term, file.name, file.content
    sha256 = hashlib.sha256(content).hexdigest()
    waiting = [entry for entry in queue(root, school_id) if entry.state == WAITING]
    if known := next((entry for entry in waiting if (entry.sha256, entry.term) == (sha256, term)), None):
        return known
    if len(waiting) >= _MOST_WAITING:
        raise UsageError(f"贵校已有 {len(waiting)} 份文件等着导入，先请县教育体育局处理，再交新的")
    folder = root / school_id / f"{dt.datetime.fromisoformat(at):%Y%m%dT%H%M%S}-{sha256[:12]}"
    try:
        make_folder(folder)
        put_file(folder / name, content)
        note = {
            "school_id": school_id, "term": term, "name": name, "sha256": sha256, "who": who, "at": at,
            "state": WAITING, "note": "", "tables": dict(examined.tables), "lines": list(examined.lines),
        }  # fmt: skip
        write_json(folder / "note.json", note)  # last: a folder without it is no entry
    except (OSError, UsageError) as error:
        raise StoreError(
            f"文件没有存上（{reason_of(error) if isinstance(error, OSError) else error}），请稍后再传一次"
        ) from None
    return _handed(folder, note)


def queue(root: Path, school_id: str = "") -> list[Handed]:
    """What was handed in, the newest first; of one school, or of all."""
    entries = []
    for note in root.glob(f"{school_id or '*'}/*/note.json"):
        try:
            entries.append(_handed(note.parent, json.loads(note.read_text("utf-8"))))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)


def file_of(entry: Handed) -> SchoolFile:
    """The file that waits. Raises UsageError where it is not what the school handed in."""
    try:
        content = (entry.folder / entry.name).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise UsageError("这一份在队列里被改动过，没有导入。请退回，让学校重交")
    return SchoolFile(entry.school_id, entry.term, entry.name, content)


def take(store: Store, entry: Handed, who: str, calendar: Calendar) -> Handed:
    """Into the county's store, by the ordinary intake. Raises UsageError, StoreError."""
    if entry.state != WAITING:
        raise UsageError(f"这一份已经{entry.state}")
    file = file_of(entry)
    examine(store, file, calendar)
    with workroom(store, "take") as temp:
        inbox = temp / entry.school_id
        inbox.mkdir()
        (inbox / entry.name).write_bytes(file.content)
        report = intake.run(temp, store, entry.term, calendar)
    number = report.intake
    return _settled(entry, TAKEN, f"{who}导入" + (f"，第 {number} 次" if number else "，内容和原来一样"))


def decline(entry: Handed, note: str) -> Handed:
    """Back to the school, saying why. Raises UsageError."""
    if entry.state != WAITING:
        raise UsageError(f"这一份已经{entry.state}")
    if not note.strip():
        raise UsageError("退回要写明原因")
    return _settled(entry, DECLINED, note.strip())


def _settled(entry: Handed, state: str, note: str) -> Handed:
    raw: dict[str, Any] = json.loads((entry.folder / "note.json").read_text("utf-8"))
    raw |= {"state": state, "note": mask_text(note)}
    write_json(entry.folder / "note.json", raw)
    return _handed(entry.folder, raw)


def _handed(folder: Path, raw: Mapping[str, Any]) -> Handed:
    names = ("school_id", "term", "name", "sha256", "who", "at", "state", "note")
    return Handed(folder, **{name: str(raw[name]) for name in names}, tables=raw["tables"], lines=tuple(raw["lines"]))
