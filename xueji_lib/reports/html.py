"""What the audit notebook shows of a school: pieces that are HTML in a notebook and plain text elsewhere.

The words and the layout are in ``templates/html``; here is only what goes into them. Nothing links
anywhere outside the page, and everything that comes from data is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import pandas as pd
from markupsafe import Markup

from xueji_lib import local_rules
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS, Catalogue
from xueji_lib.reports.chart import violations_svg
from xueji_lib.support import paths

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


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a page."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def heading(school: School, note: str = "") -> Shown:
    """Who the school is, its figures, how many leads and facts; ``note`` says how it came to be chosen."""
    info, found = school.info, school.findings
    severity = found["severity"].value_counts()
    staff = [("校长", "principal"), ("分管副校长", "vice_principal"), ("学籍管理员", "registrar")]
    return _render(
        "heading",
        style=style(),
        info=info,
        facts=[info["school_id"], *(info[c] for c in ("school_kind", "area", "township") if info[c])],
        staff=[f"{name} {info[column]}" for name, column in staff if info[column]],
        term=labels.term(school.term_id),
        as_of=school.as_of,
        edition=school.edition,
        figures=_figures(school.classes),
        total=len(found),
        by_severity=[f"{s} {severity[s]} 条" for s in reversed(SEVERITIES) if s in severity],
        facts_n=int((found["nature"] == "事实").sum()),
        leads_n=int((found["nature"] == "线索").sum()),
        not_examined=int(school.coverage["status"].isin(labels.NOT_EXAMINED).sum()),
        disclaimer=labels.DISCLAIMER,
        asked_note=note,
    )


def examined(school: School) -> Shown:
    """What was examined and what could not be, and why: a rule that did not run is never shown as clean."""
    catalogue, coverage = local_rules.catalogue(school.edition), school.coverage
    counts = coverage["status"].value_counts()
    part = coverage["undecided"].gt(0) & (coverage["status"] == "发现")
    return _render(
        "examined",
        total=len(coverage),
        statuses=[(s, int(counts[s]), meaning) for s, meaning in labels.STATUSES.items() if s in counts],
        gaps=_gaps(catalogue, coverage[coverage["status"].isin(labels.NOT_EXAMINED)], labels.NOT_EXAMINED)
        + _gaps(catalogue, coverage[part], ["发现"]),
        clean=coverage.loc[coverage["status"] == "未发现", "rule_id"].tolist(),
        unfit=_gaps(catalogue, coverage[coverage["status"] == "不适用"], ["不适用"]),
    )


def overview(school: School) -> Shown:
    """The seven violations at a glance: a picture and the same figures as a table."""
    severity, nature = school.counts("severity"), school.counts("nature")
    coverage, entries = school.coverage, local_rules.catalogue(school.edition).entries
    left = coverage[coverage["status"].isin(labels.NOT_EXAMINED)]["rule_id"]
    gaps = Counter(entries[rule_id].violation for rule_id in left if rule_id in entries)
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
                "facts": by_nature.get("事实", 0),
                "leads": by_nature.get("线索", 0),
                "total": sum(by_severity),
                "gaps": gaps[number],
            }
        )
    columns = [*zip(*(row["severity"] for row in rows), strict=True)]
    totals = [*map(sum, columns), *(sum(row[c] for row in rows) for c in ("facts", "leads", "total"))]
    return _render(
        "overview", chart=Markup(violations_svg(severity)), rows=rows, totals=totals, severities=SEVERITIES[::-1]
    )


def findings(school: School) -> Shown:
    """All findings: by violation, by rule (grave ones first, facts before leads), with evidence and remedy."""
    found, shown = school.findings, []
    undecided = school.coverage.set_index("rule_id")["undecided"].to_dict()
    for number, text in VIOLATIONS.items():
        part = found[found["violation"] == number]
        rules = [_rule(rule_id, rows, int(undecided.get(rule_id, 0))) for rule_id, rows in part.groupby("rule_id")]
        rules.sort(key=lambda r: (_WORST_FIRST[r["severity"]], r["nature"] != "事实", r["id"]))
        if rules:
            numeral = labels.violation(number)
            shown.append({"number": number, "numeral": numeral, "text": text, "total": len(part), "rules": rules})
    return _render("findings", violations=shown)


def classes(school: School) -> Shown:
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
                "place": labels.place(row["grade"], row["class_no"]),
                "cells": cells,
                "marked": differs or unlooked,
                "note": "没有核对" if unlooked else "",
            }
        )
    return _render(
        "classes",
        heads=list(CLASS_HEADS.values()),
        rows=rows,
        totals=[int(table[name].sum()) for name in names],
        first_difference=len(names) - len(DIFFERENCES),
        headcount=bool(table["headcount_rows"].sum()) if len(table) else False,
    )


def line(text: str) -> Shown:
    """One faint line."""
    return Shown(str(Markup('<div class="xj"><p class="faint">{}</p></div>').format(text)), text)


def style() -> Markup:
    """The page's own style sheet."""
    return Markup(paths.templates("html", "style.css").read_text("utf-8"))


def _figures(classes: pd.DataFrame) -> list[tuple[str, str]]:
    if classes.empty:
        return [("班级", "—"), ("在籍", "—")]
    total = classes[list(CLASS_HEADS)].sum()
    shown = [("班级", len(classes)), ("在籍", total["registered"]), ("在读", total["enrolled"])]
    if total["headcount_rows"]:
        differences = ("present", "registered_absent", "present_unregistered", "unchecked")
        shown += [(CLASS_HEADS[name], total[name]) for name in differences]
    return [(name, f"{int(value)}") for name, value in shown]


def _gaps(catalogue: Catalogue, coverage: pd.DataFrame, order: Sequence[str]) -> list[dict[str, Any]]:
    """Rules with the same status and reason in one entry, statuses in the given order."""
    shown = []
    for (status, reason), rows in coverage.groupby(["status", "reason"], sort=True, dropna=False):
        ids = rows["rule_id"].tolist()
        rules = [{"id": i, "title": catalogue.entries[i].title if i in catalogue.entries else ""} for i in ids]
        words = "有疑点，另有判不了的" if status == "发现" else status
        shown.append(
            {"status": words, "at": order.index(status), "reason": labels.text(reason), "rules": rules, "ids": ids}
        )
    return sorted(shown, key=lambda gap: (gap["at"], gap["ids"]))


def _rule(rule_id: Any, rows: pd.DataFrame, undecided: int) -> dict[str, Any]:
    """One rule's block: what is the same for all its findings, then a row each."""
    first = rows.iloc[0]
    severities = sorted(set(rows["severity"]), key=_WORST_FIRST.__getitem__)
    listed = [
        {
            "severity": row["severity"],
            "place": labels.place(row["grade"], row["class"]),
            "student": labels.text(row["student"]),
            "ref": labels.text(row["student_ref"]),
            "evidence": labels.text(row["evidence"]),
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
        "nature": first["nature"],
        "clause": first["clause"],
        "remedy": first["remedy"],
        "due": "、".join(dues),
        "undecided": undecided,
        "places": any(row["place"] for row in listed),
        "students": any(row["student"] or row["ref"] for row in listed),
        "rows": listed,
    }


def environment() -> jinja2.Environment:
    return _compiled(paths.templates("html"))


@cache
def _compiled(folder: Path) -> jinja2.Environment:
    """Kept, because compiling a template takes longer than filling it; a changed file is read again."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=jinja2.select_autoescape(("html.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(name: str, **values: Any) -> Shown:
    templates = environment()
    html, text = (templates.get_template(f"{name}.{kind}.j2").render(values) for kind in ("html", "txt"))
    return Shown(html, text.strip())
