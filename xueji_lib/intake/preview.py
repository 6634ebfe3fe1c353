"""What an inbox would change: taken into a shadow of the store and judged there, before and after; nothing is stored.

The county is judged once as it is (where its answer is not on the shelf), and then only what the inbox touches.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib import intake
from xueji_lib.county.mismatches import ABSENT, UNREGISTERED, no_mismatches
from xueji_lib.intake import taught
from xueji_lib.intake.before_after import GONE, BlankCells, blanks, changed_tables, gone
from xueji_lib.intake.plain_records import plain_records
from xueji_lib.intake.reading import Progress, Reading
from xueji_lib.intake.report import SHOWN, Report
from xueji_lib.judge import shelf
from xueji_lib.judge.results import Results
from xueji_lib.register import labels, schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import PART, Store
from xueji_lib.store.shadow import shadow
from xueji_lib.store.workroom import workroom

_FINDING: Final = "finding_id rule_id severity nature school_id school grade class student title".split()
_WORDS: Final[Mapping[str, str]] = {"pupils": "名册学生", ABSENT: ABSENT, UNREGISTERED: UNREGISTERED}
_COUNTS: Final = tuple(_WORDS)
NAMED: Final = 20
"""People and findings named of a kind on a page."""


@dataclass(frozen=True)
class Preview:
    """``report``: the intake's. ``totals``: of the county, name (``_COUNTS``) → before and after. ``schools``: a row a
    school of which anything would change, by id; its counts before and after. ``come``, ``go``: findings (columns
    ``_FINDING``). ``gone``: who is no more in a table (``before_after.GONE``); ``blank``: required cells left blank."""

    report: Report
    totals: Mapping[str, tuple[int, int]]
    schools: pd.DataFrame
    come: pd.DataFrame
    go: pd.DataFrame
    gone: pd.DataFrame
    blank: tuple[BlankCells, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report's dictionary, and ``preview``."""
        preview = {
            "pupils": list(self.totals["pupils"]),
            "mismatches": {name: list(self.totals[name]) for name in (ABSENT, UNREGISTERED)},
            "findings": {"come": plain_records(self.come), "go": plain_records(self.go)},
            "schools": plain_records(self.schools),
            "gone": plain_records(self.gone),
            "blank": [asdict(cells) for cells in self.blank],
        }
        return {**self.report.to_dict(), "intake": None, "dry_run": True, "preview": preview}

    def lines(self) -> list[str]:
        """For the screen: the report's lines, then what would change."""
        out = [line.replace("写入数据仓，第", "真的收下，会是第") for line in self.report.lines()]
        out += ["", "只试了一遍，什么也没有存。真的收下以后（现在 → 以后）："]
        for name, (before, after) in self.totals.items():
            out.append(f"  {_WORDS[name]} {before} → {after}" + ("" if before != after else "，不变"))
        out.append(f"  疑点：多出 {len(self.come)} 条，消去 {len(self.go)} 条")
        names = dict(zip(self.schools["school_id"], self.schools["school"], strict=True))
        for cells in self.blank[:SHOWN]:
            out.append(f"  {names.get(cells.school_id) or cells.school_id}的{cells.said}")
        out += [f"  {line}" for line in self.gone_lines()[:SHOWN]]
        schools = plain_records(self.schools)
        out += [f"  {row['school_id']} {row['school']}：{_school_line(row)}" for row in schools[:SHOWN]]
        if len(schools) > SHOWN:
            out.append(f"  其余 {len(schools) - SHOWN} 所有变化的学校，加 --json 看")
        for word, findings in (("会多出", plain_records(self.come)), ("会消去", plain_records(self.go))):
            out += [f"  {word} {_finding_line(row)}" for row in findings[:SHOWN]]
            if len(findings) > SHOWN:
                out.append(f"  {word}的其余 {len(findings) - SHOWN} 条，加 --json 看")
        return out

    def gone_lines(self, most: int = NAMED) -> list[str]:
        """Who is no more in which table, by name, a line a table and school."""
        lines = []
        for (table, school), part in self.gone.groupby(["table", "school_id"], sort=True):
            who = [
                f"{labels.class_label(row['grade'], row['class'])} {row['name']}".strip() for row in plain_records(part)
            ]
            more = f"等 {len(who)} 人" if len(who) > most else f" {len(who)} 人"
            lines.append(f"{schema.TABLES[str(table)].header}（{school}）不再有{more}：{'、'.join(who[:most])}")
        return lines

    def page_lines(self, school_id: str) -> list[str]:
        """For a page, of the school whose file it is: the difference against what is in force."""
        own = next((row for row in plain_records(self.schools) if row["school_id"] == school_id), None)
        lines = [f"！{cells.said}" for cells in self.blank]
        lines += self.gone_lines() or ["现有的表里的人，这一份里都有"]
        for name, word in _WORDS.items():
            totals = self.totals[name] if own is None else (own[f"{name}_before"], own[f"{name}_after"])
            if name != "pupils" and own is not None:
                lines.append(f"{word} {totals[0]} → {totals[1]}" + ("" if totals[0] != totals[1] else "，不变"))
        if own is None:
            lines.append("人籍不一致、疑点都不变")
        for word, findings in (("会多出", self.come), ("会消去", self.go)):
            rows = plain_records(findings)
            if rows:
                lines.append(f"{word}疑点 {len(rows)} 条：")
                lines += [_finding_line(row, school_id) for row in rows[:NAMED]]
            if len(rows) > NAMED:
                lines.append(f"{word}的其余 {len(rows) - NAMED} 条略")
        return lines


def preview(
    reading: Reading | Path,
    store: Store,
    inspection: Inspection,
    calendar: Calendar,
    *,
    progress: Progress | None = None,
    replace: bool = False,
    apart: bool = False,
) -> Preview:
    """Try the inbox. ``apart``: what is kept as the day's answer is of more than this store (a school's view), so both
    sides are judged. Raises StoreError and UsageError as ``intake.run`` does."""
    with workroom(store, "preview") as temp:
        trial = shadow(store, temp / "试收", [taught.FILE])
        if apart:
            (trial.root / PART).unlink(missing_ok=True)  # else the first answer would stand for both
        else:
            _bring_answer(store, trial, inspection)
        report_progress = progress or (lambda *_: None)
        report_progress(0, 0, "判定现在的数据")
        before = _State.of(trial, inspection)
        report = intake.run(reading, trial, inspection.term_id, calendar, progress=progress, replace=replace)
        report_progress(0, 0, "判定收下以后的数据")
        return _compared(report, before, _State.of(trial, inspection), *_tables(report, store, trial))


def _tables(report: Report, before: Store, after: Store) -> tuple[pd.DataFrame, tuple[BlankCells, ...]]:
    """Who is gone from the tables that the inbox changed, and what it leaves blank."""
    files = {sent.file for sent in report.sent} | {file.file for file in report.files}
    changed = sorted(changed_tables(report.changes))
    lost = [gone(before, after, report.term, *one) for one in changed]
    blank = [cells for one in changed for cells in blanks(after, files, report.term, *one)]
    whole = [part for part in lost if len(part)]
    return (pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=GONE)), tuple(blank)


def _bring_answer(store: Store, trial: Store, inspection: Inspection) -> None:
    """The day's kept answer, so that only what changes has to be judged."""
    kept = Path("results", inspection.term_id, inspection.as_of.isoformat())
    if (store.root / kept).is_dir():
        shutil.copytree(store.root / kept, trial.root / kept)


@dataclass(frozen=True)
class _State:
    """A county before or after. ``pupils``: school → rows of its register."""

    pupils: Mapping[str, int]
    names: Mapping[str, str]
    mismatches: pd.DataFrame
    findings: pd.DataFrame

    @classmethod
    def of(cls, store: Store, inspection: Inspection) -> _State:
        """Judged where its answer is not kept; nothing of a term without data."""
        term = inspection.term_id
        if term not in store.terms():
            return cls({}, {}, no_mismatches(), pd.DataFrame(columns=_FINDING))
        answer: Results = shelf.obtain(store, inspection)
        versions = store.tables(term).get("register", {})
        pupils = {school: int(version["rows"]) for school, version in versions.items()}
        names = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
        return cls(pupils, names, answer.mismatches, answer.findings)

    def counts(self) -> pd.DataFrame:
        """A row a school, columns ``_COUNTS``."""
        kinds = self.mismatches.groupby(["school_id", "kind"]).size().unstack(fill_value=0)
        parts = {"pupils": pd.Series(self.pupils, dtype="int64")}
        parts |= {kind: kinds[kind] if kind in kinds else pd.Series(dtype="int64") for kind in (ABSENT, UNREGISTERED)}
        return pd.DataFrame(parts).reindex(columns=list(_COUNTS)).fillna(0).astype("int64")


def _compared(
    report: Report, before: _State, after: _State, lost: pd.DataFrame, blank: tuple[BlankCells, ...]
) -> Preview:
    come = after.findings[~after.findings["finding_id"].isin(before.findings["finding_id"])]
    go = before.findings[~before.findings["finding_id"].isin(after.findings["finding_id"])]
    counts = before.counts().add_suffix("_before").join(after.counts().add_suffix("_after"), how="outer").fillna(0)
    counts = counts.astype("int64")
    totals = {name: (int(counts[f"{name}_before"].sum()), int(counts[f"{name}_after"].sum())) for name in _COUNTS}
    for name, findings in (("come", come), ("go", go)):
        counts[name] = findings.groupby("school_id").size().reindex(counts.index, fill_value=0)
    same = counts["come"].eq(0) & counts["go"].eq(0)
    for name in _COUNTS:
        same &= counts[f"{name}_before"].eq(counts[f"{name}_after"])
    changed = counts[~same].rename_axis("school_id").reset_index().sort_values("school_id", ignore_index=True)
    names = {**before.names, **after.names}
    changed.insert(1, "school", [names.get(school, "") for school in changed["school_id"]])
    come, go = (findings[_FINDING].reset_index(drop=True) for findings in (come, go))
    return Preview(report, totals, changed, come, go, lost, blank)


def _school_line(row: Mapping[str, Any]) -> str:
    pairs = ((word, row[f"{name}_before"], row[f"{name}_after"]) for name, word in _WORDS.items())
    parts = [f"{word} {before} → {after}" for word, before, after in pairs if before != after]
    parts += [f"疑点多 {row['come']} 条、少 {row['go']} 条"] if row["come"] or row["go"] else []
    return "，".join(parts)


def _finding_line(row: Mapping[str, Any], own: str = "") -> str:
    """``own``: the school that is not named."""
    place, school = labels.class_label(row["grade"], row["class"]), "" if row["school_id"] == own else row["school"]
    return " ".join(part for part in (row["rule_id"], row["title"], school, place, row["student"]) if part)
