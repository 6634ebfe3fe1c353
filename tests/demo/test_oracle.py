"""The truth and the check agree, both ways: through real files, intake, store and all rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from xueji_lib import demo
from xueji_lib.demo import trap_files
from xueji_lib.judge.engine import Check, check
from xueji_lib.register import catalogue, identity
from xueji_lib.register.inspection import Inspection

from .conftest import Made

pytestmark = pytest.mark.slow

Subject = tuple[str, str, str]


def expected(rows: list[dict[str, str]]) -> Counter[Subject]:
    """(rule, school, who or what) of truth rows."""
    entries = catalogue.load().entries
    return Counter((r["rule_id"], r["school_id"], _subject(entries[r["rule_id"]].scope, r)) for r in rows)


def _subject(scope: str, row: dict[str, str]) -> str:
    if scope == "student":
        return identity.clean_name(row["student"])
    if scope == "class":
        return f"{row['grade']}-{row['class']}"
    return row["grade"] if row["rule_id"] == "R712" else ""


def found(result: Check) -> Counter[Subject]:
    """The same of findings."""
    entries = catalogue.load().entries
    rows = result.findings.astype(object).where(result.findings.notna(), "").astype(str).to_dict("records")
    return Counter((r["rule_id"], r["school_id"], _subject(entries[r["rule_id"]].scope, r)) for r in rows)


def test_every_planted_finding_is_found_and_no_other(planted: Made) -> None:
    assert found(planted.check()) == expected(planted.truth("findings"))


def test_no_near_miss_is_found(planted: Made) -> None:
    """Where a near miss shares its subject with a finding of the rule, the truth says so."""
    hits = expected(planted.truth("findings"))
    near = set(expected(planted.truth("near_misses"))) - set(hits)
    assert len(near) > 100
    assert not near & set(found(planted.check()))


def test_what_cannot_be_decided_is_said_to_be_so(planted: Made) -> None:
    coverage = planted.check().coverage
    open_ = coverage[coverage["undecided"] > 0]
    said = {(r, s): int(n) for r, s, n in zip(open_["rule_id"], open_["school_id"], open_["undecided"], strict=True)}
    assert said == Counter((r["rule_id"], r["school_id"]) for r in planted.truth("undecided"))


def test_intake_names_every_planted_fault_and_no_other(planted: Made) -> None:
    named = Counter(
        (term, problem.file, problem.code, str(problem.row or ""))
        for term, report in planted.reports.items()
        for problem in report.problems
    )
    faults = [r for r in planted.truth("intake") if r["code"] not in (trap_files.ANNEX1, trap_files.TEMPLATE)]
    assert named == Counter((r["term"], r["file"], r["code"], r["row"]) for r in faults)


def test_nothing_rests_on_a_trap_and_each_is_named(planted: Made) -> None:
    """Other lists, lists twice, last term's, 附件1, a blank form: thirty files that hold no pupil of their own."""
    traps = {r["file"]: r["code"] for r in planted.truth("intake") if r["file"].startswith(f"{trap_files.FOLDER}/")}
    assert len(traps) == 30
    for table in ("register", "headcount"):
        assert not set(planted.store.read(demo.TERM, table)["_file"].astype(str)) & set(traps)
    report = planted.reports[demo.TERM]
    taken_for = {file.file: {sheet.table for sheet in file.sheets} for file in report.files}
    named = {problem.file: problem.code for problem in report.problems}
    for file, code in traps.items():
        if code == trap_files.ANNEX1:
            assert taken_for[file] == {"annex1"}
        elif code == trap_files.TEMPLATE:
            assert [sheet.accepted for f, sheet in report.sheets() if f.file == file] == [0]
        else:
            assert named[file] == code
    # Whoever is in 附件1 alone is said to be.
    (note,) = [note for note in report.notes if "附件1" in note]
    annex = planted.store.read(demo.TERM, "annex1")
    assert all(name in note for name in annex["name"])
    findings = planted.check().findings
    assert not any(file in sources for sources in findings["sources"] for file in traps)


def test_later_findings_come_when_their_day_has_come(planted: Made) -> None:
    result = check(planted.store, Inspection(demo.TERM, dt.date(2026, 12, 31)))
    later = Counter({subject: n for subject, n in found(result).items() if subject[0] == "R704"})
    assert later == expected(planted.truth("later"))


def test_every_rule_is_silent_on_the_clean_county(clean: Made) -> None:
    result = clean.check()
    assert not any(report.problems for report in clean.reports.values())
    assert found(result) == Counter()
    assert set(result.coverage["status"]) == {"未发现", "不适用"}
