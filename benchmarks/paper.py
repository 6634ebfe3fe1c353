"""A school's paper against bare xlsxwriter and docxtpl with the same content, and a ledger of 100,000 findings.

The bare side is what a script would do that knows the finished content: the same cells, formats and row heights by
xlsxwriter, the same values through docxtpl's own rendering. Prints milliseconds a school, a document, the ratio (bound:
1.3), and the memory that a workbook of 100,000 finding rows takes to write, and the whole process's (bound: 300 MiB).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from docxtpl import DocxTemplate

from xueji_lib import demo, intake
from xueji_lib.judge import shelf
from xueji_lib.judge.results import School
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import deliverables
from xueji_lib.reports.case_states import NOBODY
from xueji_lib.reports.letters import field_values as letters
from xueji_lib.reports.letters import kinds as letter_kinds
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import annex
from xueji_lib.reports.workbooks import findings_book as workbook
from xueji_lib.store import Store
from xueji_lib.support import paths

FACTS = LetterFacts.load()
ROUNDS = 3


def timed(work: Callable[[], Any]) -> float:
    """Best of some rounds, in seconds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


# ---- the bare side ----

Cells = list[tuple[str, list[tuple[int, float, list[tuple[int, Any, int]]]], dict[int, float]]]
_FORMS = ("font_name", "font_size", "bold", "text_wrap", "align", "bg_color", "bottom", "locked")


def content(file: Path) -> tuple[Cells, list[dict[str, Any]]]:
    """Every sheet as (name, rows of (row, height, cells of (column, value, format)), widths), and the formats."""
    book = openpyxl.load_workbook(file)
    known: dict[tuple[Any, ...], int] = {}
    sheets: Cells = []
    for sheet in book:
        rows = []
        for at, row in enumerate(sheet.iter_rows()):
            cells = []
            for cell in row:
                if cell.value is None and not cell.has_style:
                    continue
                font, fill = cell.font, cell.fill
                form = (
                    *(font.name, font.sz, bool(font.b), bool(cell.alignment.wrap_text), cell.alignment.horizontal),
                    f"#{fill.fgColor.rgb[2:]}" if fill.fill_type else "",
                    *(1 if cell.border.bottom.style else 0, cell.protection.locked),
                )
                cells.append((cell.column - 1, cell.value, known.setdefault(form, len(known))))
            rows.append((at, sheet.row_dimensions[at + 1].height or 15, cells))
        widths = {n: d.width for n, d in enumerate(sheet.column_dimensions.values())}
        sheets.append((sheet.title, rows, widths))
    forms = [{k: v for k, v in zip(_FORMS, form, strict=True) if v} for form in known]
    return sheets, forms


def bare_workbook(made: tuple[Cells, list[dict[str, Any]]], file: Path) -> None:
    sheets, forms = made
    book = xlsxwriter.Workbook(str(file), {"in_memory": True, "strings_to_urls": False})
    formats = [book.add_format(form) for form in forms]
    for name, rows, widths in sheets:
        sheet = book.add_worksheet(name)
        for column, width in widths.items():
            sheet.set_column(column, column, width)
        for at, height, cells in rows:
            sheet.set_row(at, height)
            for column, value, form in cells:
                if value is None:
                    sheet.write_blank(at, column, None, formats[form])
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(at, column, value, formats[form])
                elif isinstance(value, str):
                    sheet.write_string(at, column, value, formats[form])
                else:
                    sheet.write(at, column, value, formats[form])
    book.close()


def bare_letter(name: str, values: dict[str, Any], file: Path) -> None:
    template = DocxTemplate(str(paths.templates("letters", f"{name}.docx")))
    template.render(values, autoescape=True)
    template.save(str(file))


# ---- side by side ----


def documents(school: School, folder: Path) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Each document: its name, the kit's way, the bare way."""
    books = {
        "findings.xlsx": lambda path: path.write_bytes(workbook.content(school, NOBODY)),
        "附件1.xlsx": lambda path: path.write_bytes(annex.content(school, FACTS)),
    }
    for name, write in books.items():
        write(folder / name)
        made = content(folder / name)
        yield name, lambda w=write, n=name: w(folder / n), lambda m=made: bare_workbook(m, folder / "bare.xlsx")
    for kind, make in (
        (letter_kinds.RECTIFY, lambda: letters.rectify(school, NOBODY, FACTS)),
        (letter_kinds.PLEDGE, lambda: letters.pledge(school, FACTS)),
    ):
        yield (
            f"{kind.name}.docx",
            lambda k=kind, m=make: (folder / "kit.docx").write_bytes(k.content(m())),
            lambda k=kind, m=make: bare_letter(k.name, m(), folder / "bare.docx"),
        )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=20)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temp:
        root = Path(temp)
        demo.make(root, schools=min(options.schools, 40))
        store = Store(root / "store")
        intake.run(root / "inbox" / demo.TERM, store, demo.TERM, Calendar.load())
        answer = shelf.obtain(store, demo.INSPECTION)
        deliverables.check_templates()
        sums: dict[str, list[float]] = {}
        schools = [answer.school(school_id) for school_id in answer.schools["school_id"]]
        for school in schools:
            for name, kit, bare in documents(school, root):
                pair = sums.setdefault(name, [0.0, 0.0])
                pair[0] += timed(kit)
                pair[1] += timed(bare)
        whole = sum(timed(lambda s=s: deliverables.write_school(s, FACTS, root / s.id)) for s in schools)
        county = timed(lambda: deliverables.write_county(answer, FACTS, root / "county"))
    n = len(schools)
    print(f"paper, {n} schools, milliseconds a school: kit, bare, ratio")
    for name, (kit, bare) in sums.items():
        print(f"  {name:<24} {1000 * kit / n:7.1f} {1000 * bare / n:7.1f} {kit / bare:6.2f}")
    kit, bare = (sum(pair[i] for pair in sums.values()) for i in (0, 1))
    verdict = "within" if kit <= 1.3 * bare else "NOT within"
    print(f"  {'together':<24} {1000 * kit / n:7.1f} {1000 * bare / n:7.1f} {kit / bare:6.2f}  {verdict} 1.3")
    print(f"  everything of a school {1000 * whole / n:.1f} ms; the county's own {1000 * county:.0f} ms")
    many()


_MANY = """
import datetime as dt, re, sys, time
import pandas as pd
from pathlib import Path
from xueji_lib.reports.workbooks import findings_book as workbook
from xueji_lib.judge.results import School
n = 100_000
texts = "school_id school student_ref clause remedy due sources edition".split()
found = pd.DataFrame({**{name: [""] * n for name in texts},
    "finding_id": [f"R705-{i:016x}" for i in range(n)], "rule_id": "R705", "violation": 7, "severity": "较重",
    "nature": "事实", "grade": 3, "class": 1, "student": [f"马{i}" for i in range(n)], "title": "大班额",
    "evidence": [f"第 {i} 条，七年级 3 班在读 61 人，超过 55 人" for i in range(n)]})
blank = lambda columns: pd.DataFrame({c: [] for c in columns.split()})
coverage = blank("school_id rule_id status population findings undecided reason")
classes = blank("school_id grade class_no registered enrolled headcount_rows present absent registered_absent "
                "present_unregistered suspected unchecked")
info = dict.fromkeys("school_id school_name school_kind area township principal vice_principal registrar".split(), "x")
school = School("2026-2027-1", dt.date(2026, 11, 20), "2020-154", info, found, coverage, classes)
started = time.perf_counter()
workbook.write(school, Path(sys.argv[1]))
seconds = time.perf_counter() - started
# Of this process alone: what getrusage tells starts with the parent's.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(f"{seconds:.1f} {peak // 1024}")
"""


def many() -> None:
    """A ledger of 100,000 findings in a process of its own."""
    if sys.platform != "linux":
        print("  100,000 findings: the memory is measured on Linux only")
        return
    with tempfile.TemporaryDirectory() as temp:
        given = [sys.executable, "-c", _MANY, str(Path(temp) / "many.xlsx")]
        seconds, mib = subprocess.run(given, capture_output=True, text=True, check=True).stdout.split()
    verdict = "within" if int(mib) <= 300 else "NOT within"
    print(f"  100,000 findings: {seconds} s, {mib} MiB at most, {verdict} 300 MiB")


if __name__ == "__main__":
    main()
