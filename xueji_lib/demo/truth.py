"""What was planted, and what a check must find."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from xueji_lib.demo.model import DemoSchool, DemoStudent, HeadRow

_HEAD = ["rule_id", "school_id", "subject_kind", "grade", "class", "student", "key", "note"]
_INTAKE = ["term", "file", "code", "row", "column", "note"]


@dataclass
class PlantedTruth:
    """Rows of the truth files; ``later``: what an inspection on 2026-12-31 adds (R704)."""

    findings: list[list[str]] = field(default_factory=list)
    near_misses: list[list[str]] = field(default_factory=list)
    undecided: list[list[str]] = field(default_factory=list)
    later: list[list[str]] = field(default_factory=list)
    intake: list[list[str]] = field(default_factory=list)

    # ---- students ----

    def hit(self, rule: str, student: DemoStudent, note: str = "", school: DemoSchool | None = None) -> None:
        """``school``: the one charged, where it is not the student's own."""
        self.findings.append(_student(rule, student, note, school))

    def near(self, rule: str, student: DemoStudent, note: str, school: DemoSchool | None = None) -> None:
        self.near_misses.append(_student(rule, student, note, school))

    def unknown(self, rule: str, student: DemoStudent, note: str, school: DemoSchool | None = None) -> None:
        self.undecided.append(_student(rule, student, note, school))

    # ---- children who are on the headcount only ----

    def hit_row(self, rule: str, school: DemoSchool, row: HeadRow, note: str = "") -> None:
        self.findings.append(_row(rule, school, row, note))

    def near_row(self, rule: str, school: DemoSchool, row: HeadRow, note: str) -> None:
        self.near_misses.append(_row(rule, school, row, note))

    def unknown_row(self, rule: str, school: DemoSchool, row: HeadRow, note: str) -> None:
        self.undecided.append(_row(rule, school, row, note))

    # ---- classes ----

    def hit_class(self, rule: str, school: DemoSchool, grade: int, number: int, note: str = "") -> None:
        self.findings.append([rule, school.id, "class", str(grade), str(number), "", f"{grade}-{number}", note])

    def near_class(self, rule: str, school: DemoSchool, grade: int, number: int, note: str) -> None:
        self.near_misses.append([rule, school.id, "class", str(grade), str(number), "", f"{grade}-{number}", note])

    # ---- schools ----

    def hit_school(
        self, rule: str, school: DemoSchool, note: str = "", key: str = "", grade: int | None = None
    ) -> None:
        self.findings.append(_school(rule, school, note, key, grade))

    def near_school(self, rule: str, school: DemoSchool, note: str, key: str = "", grade: int | None = None) -> None:
        self.near_misses.append(_school(rule, school, note, key, grade))

    def unknown_school(self, rule: str, school: DemoSchool, note: str, key: str = "") -> None:
        self.undecided.append(_school(rule, school, note, key, None))

    # ---- files ----

    def write(self, folder: Path) -> None:
        """Write findings, near_misses, undecided, later and intake .csv into ``folder``; UTF-8 with BOM, sorted."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("findings", "near_misses", "undecided", "later"):
            _write(folder / f"{name}.csv", _HEAD, getattr(self, name))
        _write(folder / "intake.csv", _INTAKE, self.intake)


def _student(rule: str, student: DemoStudent, note: str, school: DemoSchool | None) -> list[str]:
    charged = school or student.at
    return [rule, charged.id, "student", str(student.grade), str(student.class_no), student.name, student.key, note]


def _row(rule: str, school: DemoSchool, row: HeadRow, note: str) -> list[str]:
    key = row.id_number or row.register_no or ""
    return [rule, school.id, "student", str(row.grade), str(row.class_no), row.name, key, note]


def _school(rule: str, school: DemoSchool, note: str, key: str, grade: int | None) -> list[str]:
    return [rule, school.id, "school", str(grade or ""), "", "", key or school.id, note]


def _write(file: Path, head: list[str], rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(sorted(rows))
