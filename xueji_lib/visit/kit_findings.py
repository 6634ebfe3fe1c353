"""现场发现 that stand on a filled-in paper kit: what an answer is marked as, and what was written down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xueji_lib.casebook import on_site_answers, on_site_findings
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.on_site_findings import OfSchool, OnSiteFinding, unnumbered
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.masking import mask_text
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import kit_form as form


def of_answer(catalogue: Catalogue, row: Mapping[str, str]) -> OnSiteFinding:
    """The finding that a line of the questions is marked as. Raises UsageError where there is no such question."""
    question = next((question for question in catalogue.questions if question.id == row[form.NUMBER]), None)
    if question is None:
        raise UsageError(f"没有 {row[form.NUMBER]} 这一问")
    begins = catalogue.finding_form(question.violation, question)
    return OnSiteFinding(
        question.id, begins.title, row.get(form.NOTE, ""), begins.severity, begins.clause, begins.remedy
    )


def by_hand(catalogue: Catalogue, row: Mapping[str, str]) -> OnSiteFinding:
    """The finding of a line that was written by hand. Raises UsageError where its violation cannot be told."""
    violation = form.VIOLATIONS.get(row.get(form.VIOLATION, ""))
    if violation is None:
        raise UsageError(f"{form.VIOLATION}只写{'、'.join(form.VIOLATIONS)}")
    begins = catalogue.finding_form(violation)
    severity = row.get(form.SEVERITY, "") or begins.severity
    return OnSiteFinding(
        unnumbered(violation), row.get(form.TITLE, ""), row.get(form.SEEN, ""), severity, begins.clause, begins.remedy
    )


def record(desk: Desk, school: OfSchool, finding: OnSiteFinding, asked: Sequence[str]) -> bool:
    """Write a finding down; returns whether it is new. ``asked``: the numbers of the questions.

    Raises UsageError where its question was not answered 不符合, or has a finding already; StoreError.
    """
    known = on_site_findings.of_school(desk.book, school.school_id, desk.term)
    same = [one for one in known if _words(one.finding) == _words(finding)]
    if same and all(one.withdrawn for one in same):
        raise UsageError("这一条记过，后来撤回了，没有再记")
    if same:
        return False
    if finding.question in asked:
        answers = on_site_answers.of_school(desk.book, school.school_id, desk.term, asked)
        if answers[finding.question].value != on_site_answers.NOT_AS_ASKED:
            raise UsageError(f"台账里的结论不是“{on_site_answers.NOT_AS_ASKED}”，不能{form.AS_FINDING}")
        if any(one.finding.question == finding.question and not one.withdrawn for one in known):
            raise UsageError("台账里已经有这一问的现场发现，没有再记。要改，在核查清单里改")
    on_site_findings.record(desk, school, finding, asked)
    return True


def _words(finding: OnSiteFinding) -> tuple[str, str, str]:
    """By what two findings are the same, as the casebook keeps it."""
    return finding.question, mask_text(finding.title.strip()), mask_text(finding.what.strip())
