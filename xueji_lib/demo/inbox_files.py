"""Writes the county as the files that two inboxes would hold."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.demo import sheet_columns
from xueji_lib.demo.cell_styles import Style, grade_name, style
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.file_forms import FORMS, SUFFIX, Sheet, write
from xueji_lib.demo.model import LEDGERS, PREVIOUS_TERM, TERM, DemoSchool, Raw, Row
from xueji_lib.demo.table_surroundings import dress, spoil
from xueji_lib.demo.truth import PlantedTruth
from xueji_lib.register import schema
from xueji_lib.register.schema import Column

_ONE_STAGE = ("小学", "教学点", "初级中学", "高级中学")


@dataclass
class Writer:
    """Writes below ``folder``; what intake must refuse goes to ``truth``."""

    folder: Path
    county: DemoCounty
    truth: PlantedTruth
    seed: int

    def everything(self) -> None:
        """Write the files of both terms."""
        for school in self.county.schools:
            self.register(school, TERM)
            self.register(school, PREVIOUS_TERM)
            self.headcount(school)
            self.ledgers(school, TERM)
            self.ledgers(school, PREVIOUS_TERM)
        for school in self.county.closed:
            self.register(school, PREVIOUS_TERM)
        for term in (TERM, PREVIOUS_TERM):
            self.county_tables(term)

    # ---- a file ----

    def _style(self, term: str, table: str, key: str, turn: int, form: str) -> Style:
        return style(turn, int(term[:4]), form, random.Random(f"{self.seed}:{term}:{table}:{key}"))

    def _sheet(self, spelling: Style, name: str, columns: list[Column], rows: Iterable[Row]) -> Sheet:
        sheet = Sheet(name, [spelling.header(c) for c in columns], [])
        headers = {c.id: spelling.header(c) for c in columns}
        for row_index, row in enumerate(rows):
            sheet.rows.append([spelling.cell(c, row.get(c.id), int(row.get("grade") or 0)) for c in columns])
            sheet.refused += [(row_index, headers[i], v.code) for i, v in row.items() if isinstance(v, Raw)]
        return sheet

    def _by_grade(self, form: str, name: str, rows: list[Row], make: Callable[[str, list[Row]], Sheet]) -> list[Sheet]:
        """One sheet, or in the form with several sheets one a grade."""
        if form != "xlsx_sheets":
            return [make(name, rows)]
        grades = sorted({int(row["grade"]) for row in rows})
        return [make(grade_name(g), [row for row in rows if row["grade"] == g]) for g in grades]

    def _save(self, term: str, path: Path, form: str, sheets: list[Sheet]) -> None:
        inbox = self.folder / "inbox" / term
        file = write(inbox / path, form, sheets).relative_to(inbox).as_posix()
        for sheet in sheets:
            for row_index, header, code in sheet.refused:
                line = str(sheet.line_of(row_index))
                self.truth.intake.append([term, file, code, line, header, f"工作表 {sheet.name}"])

    # ---- registers and headcounts ----

    def register(self, school: DemoSchool, term: str) -> None:
        """Write one school's register of one term, in a file form of its own."""
        now = term == TERM
        turn = school.index + (0 if now else 4)
        form = FORMS[turn % len(FORMS)]
        wide = school.index % 15 == 5
        spelling = self._style(term, "register", school.id, turn, form)
        columns = sheet_columns.register_columns(wide)
        class_names_grade = spelling.classes in (4, 5) or (spelling.classes == 7 and school.kind in _ONE_STAGE)
        if class_names_grade and turn % 2 and not wide:
            columns = [c for c in columns if c.id != "grade"]
        if not wide and turn % 5 == 0 and not any(s.status != "在读" or s.raw for s in school.students()):
            columns = [c for c in columns if c.id != "status"]
        naming = 0 if wide else turn % 4  # where the school is named: its column, a name column, file, folder
        if naming < 2:
            columns.insert(0, schema.SCHOOL if naming == 0 else sheet_columns.SCHOOL_NAME)
        students = list(school.students()) if now else sorted(school.previous, key=lambda s: (s.grade, s.class_no))
        rows = [
            sheet_columns.register_row(s, wide) | {"school_id": school.id, "school_name": school.name} for s in students
        ]
        sheets = self._by_grade(form, "名册", rows, lambda name, part: self._sheet(spelling, name, columns, part))
        if now:
            spoil(school, sheets[-1], [c.id for c in columns].index("hukou_place"))
        if wide and form == "xlsx":
            sheets[0].two_rows = True
            headers = [spelling.header(c) for c in columns]
            sheets[0].header = [
                c.header if c.id.startswith("member") else h for c, h in zip(columns, headers, strict=True)
            ]
        dress(sheets, school, term, "学籍名册", turn)
        name = (
            f"{school.name}学籍名册",
            f"{school.name}_学籍名册",
            f"{school.id}学籍名册",
            f"{school.id}{school.name}/名册",
        )[naming]
        self._save(term, Path("学籍名册") / f"{name}{SUFFIX[form]}", form, sheets)

    def headcount(self, school: DemoSchool) -> None:
        """Write the school's 逐班核对表 of the term."""
        turn = school.index + 7
        form = FORMS[turn % len(FORMS)]
        spelling = self._style(TERM, "headcount", school.id, turn, form)
        columns = sheet_columns.headcount_columns(school)
        naming = turn % 3
        if naming == 0:
            columns.insert(0, schema.SCHOOL)
        order = sorted(school.headcount, key=lambda h: (h.grade, h.class_no))
        rows = [sheet_columns.headcount_row(school, h) | {"school_id": school.id} for h in order]
        sheets = self._by_grade(form, "核对表", rows, lambda name, part: self._sheet(spelling, name, columns, part))
        dress(sheets, school, TERM, "逐班核对表", turn)
        name = (f"{school.name}逐班核对", f"{school.id}_逐班核对", f"{school.id}/逐班核对表")[naming]
        self._save(TERM, Path("逐班核对") / f"{name}{SUFFIX[form]}", form, sheets)

    # ---- ledgers ----

    def ledgers(self, school: DemoSchool, term: str) -> None:
        """Write one workbook of ledgers for the school; for every third school one file for each ledger."""
        rows_of = school.ledgers if term == TERM else school.past
        apart = school.index % 3 == 2
        book: list[Sheet] = []
        for table in LEDGERS:
            if not rows_of[table]:
                continue
            spec = schema.TABLES[table]
            turn = school.index + len(table)
            form = FORMS[turn % len(FORMS)] if apart else "xlsx"
            spelling = self._style(term, table, school.id, turn, form)
            spelling.classes, spelling.plain = 0, True
            spelling.aliases = {k: v for k, v in spelling.aliases.items() if k in ("id_number", "register_no")}
            sheet = self._sheet(spelling, spec.header, list(spec), rows_of[table])
            if apart:
                self._save(term, Path("台账") / f"{school.name}{spec.header}{SUFFIX[form]}", form, [sheet])
            else:
                book.append(sheet)
        if book:
            self._save(term, Path("台账") / f"{school.name}台账.xlsx", "xlsx", book)

    # ---- tables of the whole county ----

    def county_tables(self, term: str) -> None:
        """Write directory, classes, reports, custody, residents and complaints, one file each."""
        schools = self.county.schools
        rooms = [sheet_columns.class_row(s, s.rooms[place]) for s in schools for place in sorted(s.rooms)]
        listed = schools if term == TERM else [*schools, *self.county.closed]
        self._county(term, schema.SCHOOLS, [s.directory for s in listed], "xlsx", 0)
        self._county(term, schema.CLASSES, rooms, "csv_gb18030", 1)
        if term == TERM:
            self._county(term, schema.REPORTS, [r for s in schools for r in s.reports], "xlsx", 2)
            self._county(term, schema.CUSTODY, [r for s in schools for r in s.custody], "xlsx", 3)
            self._county(term, schema.RESIDENTS, self.county.residents, "csv_bom", 4)
            self._county(term, schema.COMPLAINTS, self.county.complaints, "xlsx", 0)
        else:
            self._county(term, schema.REPORTS, [_last_report(s) for s in schools], "csv_utf8", 0)

    def _county(self, term: str, spec: schema.Table, rows: list[Row], form: str, turn: int) -> None:
        spelling = self._style(term, spec.id, "", turn, form)
        spelling.classes, spelling.plain, spelling.codes, spelling.grades, spelling.aliases = 0, True, False, 0, {}
        sheet = self._sheet(spelling, spec.header, list(spec), rows)
        sheet.titles.append(f"示范县{spec.header}")
        self._save(term, Path(f"{spec.header}{SUFFIX[form]}"), form, [sheet])


def _last_report(school: DemoSchool) -> Row:
    """Last spring's report: every child was there."""
    total = len(school.previous)
    return {
        "school_id": school.id,
        "term": PREVIOUS_TERM,
        "report_date": dt.date(2026, 3, 5),
        "on_register": total,
        "at_school": total,
        "registered_absent": 0,
        "present_unregistered": 0,
    }


def settle_reports(county: DemoCounty) -> None:
    """Fill in every report with the figures of its headcount, apart from what was planted ("" stays blank)."""
    for school in county.schools:
        for name, value in school.figures().items():
            for row in school.reports:
                planted = row.get(name)
                if planted is None:
                    row[name] = value + school.report_offsets.get(name, 0)
                elif planted == "":
                    row[name] = None
