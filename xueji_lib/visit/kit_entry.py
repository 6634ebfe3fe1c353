"""A filled-in paper kit typed into the casebook: answers, findings, roll-calls, verdicts. What is there stays."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from xueji_lib.casebook import cases, on_site_answers, rollcall
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.on_site_answers import Tick
from xueji_lib.casebook.on_site_findings import OfSchool
from xueji_lib.casebook.rollcall import Attendance
from xueji_lib.casebook.roster import SchoolClass, Student, classes, students
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import kit_findings
from xueji_lib.visit import kit_form as form

LIMIT: Final = 10 * 1024 * 1024
"""Bytes of a filled-in kit."""
_MOST_UNPACKED: Final = 100 * 1024 * 1024
_NO_KIT: Final = f"读不了 {{}}：要的是 xueji visit kit 做的{form.FILE}"
_HEAD: Final = 2
"""The row, counted from 0, in which a sheet's headings stand."""


@dataclass
class KitEntered:
    """What came of a kit: how many of each were entered; ``taken``: what each was; ``refused``: a sentence for each
    that was not, and why."""

    school_id: str
    counts: dict[str, int] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """How many of each were entered, in a line."""
        told = "，".join(f"{name} {n}" for name, n in self.counts.items() if n) or "没有填什么"
        return f"录入：{told}"

    def lines(self) -> list[str]:
        """The same for the screen, a line for each that was taken and each that was not."""
        taken = [f"  录了：{sentence}" for sentence in self.taken]
        return [self.summary, *taken, *(f"  没有录：{sentence}" for sentence in self.refused)]


def read(file: Path) -> tuple[str, str, dict[str, list[list[Any]]]]:
    """School, term and the sheets of a kit, cell by cell. Raises UsageError where it is none."""
    try:
        return read_content(file.read_bytes(), str(file))
    except OSError:
        raise UsageError(_NO_KIT.format(file)) from None


def read_content(content: bytes, name: str) -> tuple[str, str, dict[str, list[list[Any]]]]:
    """The same of a file's bytes, which may have come from anywhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if len(content) > LIMIT or unpacked > _MOST_UNPACKED:
            raise UsageError(f"{name} 太大，不是 xueji visit kit 做的{form.FILE}")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in book.sheet_names}
    except (OSError, CalamineError, zipfile.BadZipFile):
        raise UsageError(_NO_KIT.format(name)) from None
    cover = {str(row[0]): _text(row[1]) for row in sheets.get(form.COVER, ()) if len(row) > 1}
    if not cover.get(form.SCHOOL) or not cover.get(form.TERM):
        raise UsageError(f"{name} 不是 xueji visit kit 做的{form.FILE}：“{form.COVER}”页没有学校标识码和学期")
    return cover[form.SCHOOL], cover[form.TERM], sheets


def enter(
    desk: Desk, school: OfSchool, sheets: Mapping[str, Sequence[Sequence[Any]]], catalogue: Catalogue
) -> KitEntered:
    """Enter what is filled in; returns what came of it. Each line is entered by itself, the others whatever becomes of
    it. ``catalogue``: has the on-site questions. Raises StoreError."""
    school_id, asked = school.school_id, [question.id for question in catalogue.questions]
    result = KitEntered(school_id)

    def each(kind: str, about: str, told: str, act: Callable[[], bool]) -> None:
        try:
            is_new = act()
            result.counts[kind] = result.counts.get(kind, 0) + is_new
            if is_new:
                result.taken.append(f"{kind} {about} {told}".strip())
        except UsageError as error:
            result.refused.append(f"{about}：{error}")

    known = on_site_answers.of_school(desk.book, school_id, desk.term, asked)
    for row in _rows(sheets.get(form.ANSWERS, ())):
        if row.get(form.VALUE) or row.get(form.NOTE):
            tick = Tick(row[form.NUMBER], row.get(form.VALUE, ""), row.get(form.NOTE, ""))
            each("现场核查", tick.question, tick.value, lambda tick=tick: _answer(desk, school_id, tick, asked, known))  # type: ignore[misc]
        if row.get(form.AS_FINDING):
            each(form.BY_HAND, row[form.NUMBER], "", lambda row=row: _answer_finding(desk, school, row, catalogue))  # type: ignore[misc]
    for row in _rows(sheets.get(form.BY_HAND, ())):
        if any(row.get(head) for head in (form.VIOLATION, form.TITLE, form.SEEN, form.SEVERITY)):
            about = f"{form.BY_HAND}第 {row[form.NUMBER]} 行"
            each(form.BY_HAND, about, "", lambda row=row: _hand_finding(desk, school, row, catalogue))  # type: ignore[misc]
    places = {SchoolClass(school_id, g, n).place: (g, n) for g, n, _ in classes(desk.store, desk.term, school_id)}
    for name, sheet in sheets.items():
        if name.startswith(form.CLASS):
            place = name.removeprefix(form.CLASS)
            each("点名的班", place, "", lambda s=sheet, p=place: _roll(desk, school_id, places.get(p), s))  # type: ignore[misc]
    for row in _rows(sheets.get(form.FINDINGS, ())):
        if row.get(form.VERDICT) or row.get(form.NOTE):
            each("认定", row[form.NUMBER], row.get(form.VERDICT, ""), lambda row=row: _verdict(desk, school_id, row))  # type: ignore[misc]
    return result


def _answer(
    desk: Desk, school_id: str, tick: Tick, asked: Sequence[str], known: Mapping[str, on_site_answers.OnSiteAnswer]
) -> bool:
    there = known.get(tick.question)
    if there is not None and there.value:
        if (there.value, there.note) == (tick.value, tick.note):
            return False
        raise UsageError(f"台账里已经是“{there.value}”（{there.who}），没有改。要改，在核查清单里改")
    if not tick.value:
        raise UsageError("写了说明，没有写结论")
    on_site_answers.answer(desk, school_id, tick, questions=asked, seen=there.seen if there else ())
    return True


def _answer_finding(desk: Desk, school: OfSchool, row: Mapping[str, str], catalogue: Catalogue) -> bool:
    if row[form.AS_FINDING] != form.YES:
        raise UsageError(f"{form.AS_FINDING}只写{form.YES}，或者空着")
    asked = [question.id for question in catalogue.questions]
    return kit_findings.record(desk, school, kit_findings.of_answer(catalogue, row), asked)


def _hand_finding(desk: Desk, school: OfSchool, row: Mapping[str, str], catalogue: Catalogue) -> bool:
    return kit_findings.record(desk, school, kit_findings.by_hand(catalogue, row), ())


def _roll(desk: Desk, school_id: str, place: tuple[int, int] | None, sheet: Sequence[Sequence[Any]]) -> bool:
    rows = _rows(sheet)
    day = _day(sheet)
    if day is None:
        if any(row.get(form.MARK) for row in rows):
            raise UsageError(f"写了点名，没有写{form.DAY}（第 2 行的黄格）")
        return False
    if place is None:
        raise UsageError("名册和核对表里没有这个班")
    school_class = SchoolClass(school_id, *place)
    if rollcall.of_class(desk.book, desk.term, school_class, day):
        raise UsageError(f"{day} 这个班在台账里已经点过，没有改")
    called = {pupil.ref: pupil for pupil in students(desk.book, desk.store, desk.term, school_class)}
    listed = {row[form.REF]: row.get(form.MARK, "") for row in rows if row.get(form.REF, "") not in ("", form.EXTRA)}
    if set(listed) != set(called):
        raise UsageError("名册或核对表在打印以后变了，名单对不上。请重新打印这个班，照纸上的再填")
    absent = {ref: mark for ref, pupil in called.items() if (mark := _mark(pupil, listed[ref]))}
    extra = [
        {"name": row.get(form.NAME, ""), "sex": row.get(form.SEX, ""), "number": "",
         "situation": row.get(form.MARK, ""), "origin": row.get(form.NOTE, "")}
        for row in rows
        if row.get(form.REF) == form.EXTRA and (row.get(form.NAME) or row.get(form.MARK))
    ]  # fmt: skip
    rollcall.save(desk, school_class, Attendance(day, absent, extra, "纸质点名表录入"))
    return True


def _mark(pupil: Student, written: str) -> str:
    """What ``rollcall`` takes for a pupil: "" where present or met."""
    word = written or form.unmarked(pupil)
    if word not in form.mark_words(pupil) and word != pupil.preset:
        raise UsageError(f"{pupil.name}：点名只写{'、'.join(form.mark_words(pupil))}")
    return "" if word in (form.PRESENT, form.MET) else word


def _verdict(desk: Desk, school_id: str, row: Mapping[str, str]) -> bool:
    finding_id, verdict, note = row[form.NUMBER], row.get(form.VERDICT, ""), row.get(form.NOTE, "")
    case = cases.case(desk.book, finding_id, desk.today)
    if case.sighting.school_id != school_id:
        raise UsageError("不是这所学校的疑点")
    if verdict not in form.VERDICT_WORDS:
        raise UsageError(f"{form.VERDICT}只写{'、'.join(form.VERDICT_WORDS)}")
    if not case.is_waiting:
        if (case.state, str(case.body.get("note", ""))) == (verdict, note):
            return False
        raise UsageError(f"台账里已经是“{case.state}”，没有改。要改，在核查清单里改")
    cases.decide(desk, finding_id, {"to": verdict, "note": note}, seen=case.seen)
    return True


def _rows(sheet: Sequence[Sequence[Any]]) -> list[dict[str, str]]:
    """The rows below the headings, by heading; a line without a number or reference is none."""
    if len(sheet) <= _HEAD:
        return []
    heads = [_text(cell) for cell in sheet[_HEAD]]
    rows = [dict(zip(heads, map(_text, row), strict=False)) for row in sheet[_HEAD + 1 :]]
    return [row for row in rows if row.get(form.NUMBER) or row.get(form.REF)]


def _day(sheet: Sequence[Sequence[Any]]) -> dt.date | None:
    cell = sheet[1][5] if len(sheet) > 1 and len(sheet[1]) > 5 else ""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = _text(cell).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").rstrip("日")
    if not text:
        return None
    try:
        return dt.date(*(int(part) for part in text.split("-")))
    except (ValueError, TypeError):
        raise UsageError(f"{form.DAY}“{text}”看不懂，写成 2026-11-23 这样") from None


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()
