"""The truth and the check agree, both ways: through real files, intake, store and all rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from xueji_lib import demo
from xueji_lib.judge.engine import Check, check
from xueji_lib.register import catalogue, identity

from .conftest import Made

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
    assert named == Counter((r["term"], r["file"], r["code"], r["row"]) for r in planted.truth("intake"))


def test_later_findings_come_when_their_day_has_come(planted: Made) -> None:
    result = check(planted.store, demo.TERM, dt.date(2026, 12, 31))
    later = Counter({subject: n for subject, n in found(result).items() if subject[0] == "R704"})
    assert later == expected(planted.truth("later"))


def test_every_rule_is_silent_on_the_clean_county(clean: Made) -> None:
    result = clean.check()
    assert not any(report.problems for report in clean.reports.values())
    assert found(result) == Counter()
    assert set(result.coverage["status"]) == {"未发现", "不适用"}
