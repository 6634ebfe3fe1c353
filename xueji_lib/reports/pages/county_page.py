"""county.html: the county on one page, in one file that needs no network and prints on A4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from xueji_lib.judge.results import Results, tally
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS, VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import Nature, Severity
from xueji_lib.reports.case_states import CaseStates
from xueji_lib.reports.county_figures import Figures
from xueji_lib.reports.pages.chart import violations_svg
from xueji_lib.reports.pages.piece import environment, style
from xueji_lib.support.files import put_file

_DEEP = 0.55
"""The strongest tint of the heat map."""


def write(
    results: Results, path: Path, states: Mapping[str, CaseStates] | None = None, earlier: Sequence[Results] = ()
) -> None:
    """Write county.html, the same bytes for the same answer. Raises UsageError where the file is held."""
    put_file(path, page(results, states or {}, earlier))


def page(results: Results, states: Mapping[str, CaseStates], earlier: Sequence[Results] = ()) -> str:
    """county.html as text."""
    figures = Figures(results, states, earlier)
    most = [max([s.violations[n] for s in figures.schools], default=0) for n in range(len(VIOLATIONS))]
    severity = tally(figures.school_findings)
    templates = environment()
    rendered: str = templates.get_template("county.html.j2").render(
        style=style(),
        about=results,
        term=labels.term(results.term_id),
        figures=figures,
        totals=_totals(figures),
        chart=Markup(violations_svg(severity)),
        violations=[(labels.violation(n), text, VIOLATIONS_SHORT[n]) for n, text in VIOLATIONS.items()],
        by_severity=[(s, int((figures.school_findings["severity"] == s).sum())) for s in SEVERITIES[::-1]],
        most=most,
        statuses=[(s, figures.statuses[s], meaning) for s, meaning in labels.STATUSES.items() if s in figures.statuses],
        not_examined=labels.NOT_EXAMINED,
        unseen=[s for s in figures.schools if not s.headcount],
        suggested=[(s, m) for s in figures.schools for m in s.measures],
        county_own=int((results.findings["school_id"] == "").sum()),
        disclaimer=labels.DISCLAIMER,
        heat=_heat,
        share=_share,
    )
    return rendered


def _totals(figures: Figures) -> dict[str, Any]:
    classes, findings = figures.results.classes, figures.school_findings
    return {
        "schools": len(figures.schools),
        "registered": int(classes["registered"].sum()),
        "absent": int((figures.results.mismatches["kind"] == "在籍不在校").sum()),
        "unregistered": int((figures.results.mismatches["kind"] == "在校不在籍").sum()),
        "findings": len(findings),
        "facts": int((findings["nature"] == Nature.FACT).sum()),
        "leads": int((findings["nature"] == Nature.LEAD).sum()),
        "confirmed": sum(figures.confirmed.values()),
        "violations": [int((findings["violation"] == n).sum()) for n in VIOLATIONS],
        "grave": int((findings["severity"] == Severity.GRAVE).sum()),
    }


def _heat(value: int, most: int) -> str:
    """The tint of a cell: none for 0, the deepest for the county's most."""
    return f"rgba(181,72,63,{round(0.08 + (_DEEP - 0.08) * value / most, 3)})" if value and most else "transparent"


def _share(value: int, most: int) -> str:
    """A bar's length in per cent."""
    return f"{round(100 * value / most, 1) if most else 0:g}%"
