"""二、填写、上报学籍数据和相关信息弄虚作假。"""

from __future__ import annotations

import datetime as dt

import numpy as np

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, agreed, maybe, not_no, truth, yes
from xueji_lib.county.rows import Ints, flagged
from xueji_lib.register.vocabulary import Direction, Situation, StudentStatus
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import (
    absent,
    awaiting_school,
    exported,
    first_of_school,
    full_years,
    in_ledger,
    not_supplied,
)
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R201", across=Across.CENTRAL)
def registered_but_gone(inquiry: Inquiry) -> Verdict:
    """在籍不在校且无合理去向（疑似空挂学籍）。"""
    rows, register = inquiry["headcount"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    no_reason = rows["situation"].eq(Situation.OTHER, blank=True)[hc]
    enrolled = register["status"].eq(StudentStatus.ENROLLED, blank=True)
    subject = base & no_reason & enrolled[reg]
    in_any = (
        in_ledger(inquiry, "transfers", inquiry["transfers"]["direction"].eq(Direction.OUT))
        | in_ledger(inquiry, "suspensions")
        | in_ledger(inquiry, "dropouts")
    )
    lacking = not_supplied(
        inquiry, ("transfers", "转学台账"), ("suspensions", "休复学台账"), ("dropouts", "疑似失学劝返台账")
    )
    return inquiry.judge(
        subject & ~in_any[reg],
        "名册在读，核对表记为不在校，情形{situation}；转学（转出）、休复学、疑似失学劝返台账都没有该生{lacking}",
        who=register,
        at=reg,
        applies=subject,
        facts={"situation": rows["situation"].take(hc), "lacking": lacking},
        sources=[(rows, hc), (register, reg)],
        awaiting=awaiting_school(inquiry, hc),
    )


def _reports_of_term(inquiry: Inquiry) -> Flags:
    return not_no(inquiry["reports"]["term"].eq(inquiry.county.term.id))


def _without_report(inquiry: Inquiry) -> Flags:
    """Per school code: no 排摸上报 row that may be of the term."""
    return ~flagged(len(inquiry.county.school_ids), inquiry["reports"].school[_reports_of_term(inquiry)])


@rule("R204", across=Across.CENTRAL, lacks=_without_report, reported_headcount=True)
def reported_figures_differ(inquiry: Inquiry) -> Verdict:
    """上报人数与名册或核对结果不符。"""
    rows, n = inquiry["reports"], len(inquiry["schools"])
    at, certain = _latest_reports(inquiry, n)
    school = rows.school[at]
    differs, parts = truth(np.zeros(len(at), dtype=bool)), []
    leave = _on_leave(inquiry, n)[:, school]
    for column, label, bounds in _computed(inquiry, n):
        reported = rows[column].take(at)
        figure_differs, texts = _compared(reported, label, bounds[:, school])
        if column == "registered_absent":  # all who are on leave counted, or none of them
            with_leave, _ = _compared(reported, label, bounds[:, school] + leave)
            figure_differs = figure_differs & with_leave
            more = [f"（计入休学的另加 {k} 名）" if k else "" for k in leave[0].tolist()]
            told = yes(figure_differs).tolist()
            texts = [text + also if shown else "" for text, also, shown in zip(texts, more, told, strict=True)]
        differs = differs | figure_differs
        parts.append(texts)
    # Of several rows that may be the latest, each has to say the same.
    hit = agreed(n, school, differs).opened(~certain)
    first = first_of_school(inquiry["register"].school, None, n)
    return inquiry.judge(
        hit[school],
        "{parts}（名册文件 {file}）",
        who=rows,
        at=at,
        person=school,
        facts={
            "parts": lambda chosen: ["；".join(filter(None, (p[i] for p in parts))) for i in chosen],
            "file": lambda chosen: exported(inquiry)(first[school[chosen]]),
        },
    )


ALL_OPEN = 10**9
"""More than any figure: what is counted could be anything."""


def _compared(reported: Cells, label: str, bounds: Ints) -> tuple[Truth, list[str]]:
    """Per report row: the figure is not what was counted, and how to say so (empty where it is not certain).

    ``bounds``: as ``_computed`` gives them, one column a report row.
    """
    value = reported.values.astype(float)
    low, low_most, high_least, high = bounds
    with np.errstate(invalid="ignore"):
        outside = (value < low) | (value > high)
        fits = (value >= low_most) & (value <= high_least)
    differs = truth(outside & reported.known, reported.unknown | (reported.known & ~outside & ~fits))
    texts = [
        f"{label}上报 {v:g}，核得 {a:g}{f' 至 {b:g}' * bool(a != b)}" if certain else ""
        for v, a, b, certain in zip(value, low, high, yes(differs), strict=True)
    ]
    return differs, texts


def _on_leave(inquiry: Inquiry, n: int) -> Ints:
    """By school, in the order of ``_computed``'s bounds: pupils who are said to be on leave and are 休学, at least and
    at most. Who counts them counts all."""
    register, answer = inquiry["register"], inquiry.county.reported_tally.on_leave
    low, high = (
        np.bincount(register.school[flags & (register.school >= 0)], minlength=n)[:n].astype(np.int64)
        for flags in (yes(answer), not_no(answer))
    )
    return np.stack([low, high, low, high])


def _latest_reports(inquiry: Inquiry, n: int) -> tuple[RowIndexes, Flags]:
    """The report rows that may be their school's latest of the term, and per school whether it surely has one.

    By 上报日期, a blank one before all others. More than one: dates that are equal (the order of the rows must not
    decide) or could not be read, or a row whose 学期 could not be.
    """
    rows = inquiry["reports"]
    at = np.flatnonzero(_reports_of_term(inquiry) & (rows.school >= 0) & (rows.school < n))
    school, sure = rows.school[at], yes(rows["term"].eq(inquiry.county.term.id))[at]
    date = rows["report_date"].take(at)
    day = np.where(date.known, date.values.astype("datetime64[D]").astype(np.int64), -(10**9))
    last = np.full(n, -(10**10), dtype=np.int64)
    np.maximum.at(last, school[sure & ~date.unknown], day[sure & ~date.unknown])
    return at[date.unknown | (day >= last[school])], flagged(n, school[sure])


def _computed(inquiry: Inquiry, n: int) -> list[tuple[str, str, Ints]]:
    """(column, label, bounds) of the four figures. ``bounds``, a column a school: the least and the most that the
    lower limit may be (without suspected pairs), the least and the most that the upper limit may be (with them);
    they differ where rows could not be read. A reported figure between the limits is no difference."""
    county, r, tally = inquiry.county, inquiry.county.reported, inquiry.county.reported_tally
    hc, register = county.reported_headcount, inquiry["register"]

    def count(school: Ints, where: Flags) -> Ints:
        return np.bincount(school[where & (school >= 0)], minlength=len(county.school_ids))[:n].astype(np.int64)

    def limits(school: Ints, answer: Truth, suspected: Truth) -> Ints:
        low, open_ = count(school, yes(answer)), count(school, maybe(answer))
        more, perhaps = count(hc.school, yes(suspected)), count(hc.school, maybe(suspected))
        return np.stack([low, low + open_, low + more, low + open_ + more + perhaps])

    lost = county.rejected
    lost = lost[(lost["table"] == "register") & (lost["code"] != "D07")]
    rejected = (
        lost.groupby("school_id")["rows"].sum().reindex(county.school_ids[:n], fill_value=0).to_numpy(dtype=np.int64)
    )
    anything = np.array([[-1], [ALL_OPEN], [-1], [ALL_OPEN]])
    pair, nobody = truth(r.suspected_headcount), truth(np.zeros(len(hc), dtype=bool))
    everyone = limits(register.school, county.registry.on_register, nobody)
    return [
        ("on_register", "在籍人数", np.where(rejected > 0, anything, everyone)),
        ("at_school", "在校人数", limits(hc.school, r.present, nobody)),
        ("registered_absent", "在籍不在校人数", limits(register.school, tally.absent, ~r.present & pair)),
        ("present_unregistered", "在校不在籍人数", limits(hc.school, tally.unregistered, r.present & pair)),
    ]


@rule("R209", not_for_special=True)
def age_does_not_fit_grade(inquiry: Inquiry) -> Verdict:
    """年龄与年级明显不符。"""
    register = inquiry["register"]
    birth, grade = register["birth_date"], register["grade"]
    day = dt.date(inquiry.county.term.first_year, 8, 31)
    age = full_years(birth.values, day)
    low = inquiry.policy["age_low"] + grade.values - 1
    high = low + 1 + inquiry.policy["age_span"]
    youngest, oldest = inquiry.policy["age_low"], inquiry.policy["age_low"] + 12 + inquiry.policy["age_span"]
    with np.errstate(invalid="ignore"):
        in_no_grade = (age < youngest) | (age >= oldest)
        odd = (age < low) | (age >= high) | in_no_grade
    return inquiry.judge(
        truth(odd, ~(birth.known & (grade.known | in_no_grade))),
        "{day} 周岁 {age}，{grade} 年级应满 {low} 岁、不满 {high} 岁",
        who=register,
        facts={"day": str(day), "age": age, "low": low, "high": high},
    )
