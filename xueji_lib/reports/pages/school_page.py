"""What the audit notebook shows of a school, piece by piece: heading, coverage, violations, findings, classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from xueji_lib import local_rules
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS, Catalogue
from xueji_lib.register.vocabulary import CoverageStatus, Nature
from xueji_lib.reports.pages.chart import violations_svg
from xueji_lib.reports.pages.piece import HtmlPiece, render, style

CLASS_HEADS: Final = {
    "registered": "在籍",
    "enrolled": "在读",
    "headcount_rows": "核对",
    "present": "在校",
    "absent": "不在校",
    "registered_absent": "在籍不在校",
    "present_unregistered": "在校不在籍",
    "suspected": "疑似",
    "unchecked": "未核对",
}
"""Columns of the reconciliation class by class; from ``registered_absent`` on they are differences."""

DIFFERENCES: Final = tuple(CLASS_HEADS)[5:]
_WORST_FIRST: Final = {name: place for place, name in enumerate(reversed(SEVERITIES))}


def heading(school: School, note: str = "") -> HtmlPiece:
    """Who the school is, its figures, how many leads and facts; ``note`` says how it came to be chosen."""
    info, all_findings = school.info, school.findings
    severity = all_findings["severity"].value_counts()
    staff = [("校长", "principal"), ("分管副校长", "vice_principal"), ("学籍管理员", "registrar")]
    return render(
        "heading",
        style=style(),
        info=info,
        facts=[info["school_id"], *(info[c] for c in ("school_kind", "area", "township") if info[c])],
        staff=[f"{name} {info[column]}" for name, column in staff if info[column]],
        term=labels.term(school.term_id),
        as_of=school.as_of,
        edition=school.edition,
        figures=_figures(school.classes),
        total=len(all_findings),
        by_severity=[f"{s} {severity[s]} 条" for s in reversed(SEVERITIES) if s in severity],
        facts_n=int((all_findings["nature"] == Nature.FACT).sum()),
        leads_n=int((all_findings["nature"] == Nature.LEAD).sum()),
        not_examined=int(school.coverage["status"].isin(labels.NOT_EXAMINED).sum()),
        disclaimer=labels.DISCLAIMER,
        asked_note=note,
        look=school.look,
    )


def examined(school: School) -> HtmlPiece:
    """What was examined and what could not be, and why: a rule that did not run is never shown as clean."""
    catalogue, coverage = local_rules.catalogue(school.edition), school.coverage
    counts = coverage["status"].value_counts()
    not_applicable = CoverageStatus.NOT_APPLICABLE
    part = coverage["undecided"].gt(0) & (coverage["status"] == CoverageStatus.FOUND)
    return render(
        "examined",
        total=len(coverage),
        statuses=[(s, int(counts[s]), meaning) for s, meaning in labels.STATUSES.items() if s in counts],
        gaps=_gaps(catalogue, coverage[coverage["status"].isin(labels.NOT_EXAMINED)], labels.NOT_EXAMINED)
        + _gaps(catalogue, coverage[part], [CoverageStatus.FOUND]),
        clean=coverage.loc[coverage["status"] == CoverageStatus.NOT_FOUND, "rule_id"].tolist(),
        unfit=_gaps(catalogue, coverage[coverage["status"] == not_applicable], [not_applicable]),
    )


def overview(school: School) -> HtmlPiece:
    """The seven violations at a glance: a picture and the same figures as a table."""
    severity, nature = school.counts("severity"), school.counts("nature")
    coverage, entries = school.coverage, local_rules.catalogue(school.edition).entries
    not_examined = coverage[coverage["status"].isin(labels.NOT_EXAMINED)]["rule_id"]
    gaps = Counter(entries[rule_id].violation for rule_id in not_examined if rule_id in entries)
    rows: list[dict[str, Any]] = []
    for number, text in VIOLATIONS.items():
        by_severity = [severity.get(number, {}).get(s, 0) for s in reversed(SEVERITIES)]
        by_nature = nature.get(number, {})
        rows.append(
            {
                "number": number,
                "numeral": labels.violation(number),
                "text": text,
                "severity": by_severity,
                "facts": by_nature.get(Nature.FACT, 0),
                "leads": by_nature.get(Nature.LEAD, 0),
                "total": sum(by_severity),
                "gaps": gaps[number],
            }
        )
    columns = [*zip(*(row["severity"] for row in rows), strict=True)]
    totals = [*map(sum, columns), *(sum(row[c] for row in rows) for c in ("facts", "leads", "total"))]
    return render(
        "overview", chart=Markup(violations_svg(severity)), rows=rows, totals=totals, severities=SEVERITIES[::-1]
    )


def findings(school: School) -> HtmlPiece:
    """A school's findings: by violation, by rule (grave ones first, facts before leads), with evidence and remedy."""
    all_findings, violations = school.findings, []
    undecided = school.coverage.set_index("rule_id")["undecided"].to_dict()
    for number, text in VIOLATIONS.items():
        part = all_findings[all_findings["violation"] == number]
        rules = [_rule(rule_id, rows, int(undecided.get(rule_id, 0))) for rule_id, rows in part.groupby("rule_id")]
        rules.sort(key=lambda r: (_WORST_FIRST[r["severity"]], r["nature"] != Nature.FACT, r["id"]))
        if rules:
            numeral = labels.violation(number)
            violations.append({"number": number, "numeral": numeral, "text": text, "total": len(part), "rules": rules})
    return render("findings", violations=violations)


def classes(school: School) -> HtmlPiece:
    """The reconciliation class by class; a class with a difference is marked."""
    table = school.classes.sort_values(["grade", "class_no"], ignore_index=True)
    names = list(CLASS_HEADS)
    rows = []
    for row in table.to_dict("records"):
        cells = [int(row[name]) for name in names]
        differs = any(bool(row[name]) for name in DIFFERENCES)
        unlooked = not row["headcount_rows"] and row["enrolled"]
        rows.append(
            {
                "place": labels.class_label(row["grade"], row["class_no"]),
                "cells": cells,
                "marked": differs or unlooked,
                "note": "没有核对" if unlooked else "",
            }
        )
    return render(
        "classes",
        heads=list(CLASS_HEADS.values()),
        rows=rows,
        totals=[int(table[name].sum()) for name in names],
        first_difference=len(names) - len(DIFFERENCES),
        headcount=bool(table["headcount_rows"].sum()) if len(table) else False,
    )


def _figures(classes: pd.DataFrame) -> list[tuple[str, str]]:
    if classes.empty:
        return [("班级", "—"), ("在籍", "—")]
    total = classes[list(CLASS_HEADS)].sum()
    figures = [("班级", len(classes)), ("在籍", total["registered"]), ("在读", total["enrolled"])]
    if total["headcount_rows"]:
        differences = ("present", "registered_absent", "present_unregistered", "unchecked")
        figures += [(CLASS_HEADS[name], total[name]) for name in differences]
    return [(name, f"{int(value)}") for name, value in figures]


def _gaps(catalogue: Catalogue, coverage: pd.DataFrame, order: Sequence[str]) -> list[dict[str, Any]]:
    """Rules with the same status and reason in one entry, statuses in the given order."""
    gaps = []
    for (status, reason), rows in coverage.groupby(["status", "reason"], sort=True, dropna=False):
        ids = rows["rule_id"].tolist()
        rules = [{"id": i, "title": catalogue.entries[i].title if i in catalogue.entries else ""} for i in ids]
        words = "有疑点，另有判不了的" if status == CoverageStatus.FOUND else status
        gaps.append(
            {"status": words, "at": order.index(status), "reason": labels.text(reason), "rules": rules, "ids": ids}
        )
    return sorted(gaps, key=lambda gap: (gap["at"], gap["ids"]))


def _rule(rule_id: Any, rows: pd.DataFrame, undecided: int) -> dict[str, Any]:
    """One rule's block: what is the same for all its findings, then a row each."""
    first = rows.iloc[0]
    severities = sorted(set(rows["severity"]), key=_WORST_FIRST.__getitem__)
    natures = [nature for nature in Nature if nature in set(rows["nature"])]
    listed = [
        {
            "severity": row["severity"],
            "nature": row["nature"],
            "place": labels.class_label(row["grade"], row["class"]),
            "student": labels.text(row["student"]),
            "ref": labels.text(row["student_ref"]),
            "evidence": labels.evidence(row["evidence"], row["nature_reason"]),
            "sources": labels.sources(labels.text(row["sources"])),
        }
        for row in rows.to_dict("records")
    ]
    dues = sorted({labels.text(value) for value in rows["due"]} - {""})
    return {
        "id": rule_id,
        "title": first["title"],
        "severity": severities[0],
        "mixed": len(severities) > 1,
        "nature": natures[0],
        "natures_differ": len(natures) > 1,
        "clause": first["clause"],
        "remedy": first["remedy"],
        "due": "、".join(dues),
        "undecided": undecided,
        "places": any(row["place"] for row in listed),
        "students": any(row["student"] or row["ref"] for row in listed),
        "rows": listed,
    }
