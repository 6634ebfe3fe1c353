"""二、填写、上报学籍数据和相关信息弄虚作假。"""

from __future__ import annotations

import datetime as dt

import numpy as np

from xueji_lib.county.cells import Cells, Flags, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.county.rows import Ints, flagged
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import absent, exported, first_of_school, full_years, in_ledger, not_supplied
from xueji_lib.rules.registry import rule


@rule("R201")
def registered_but_gone(case: Case) -> Verdict:
    """在籍不在校且无合理去向（疑似空挂学籍）。"""
    rows, register = case["headcount"], case["register"]
    hc, reg, base = absent(case)
    no_reason = rows["situation"].eq("其他", blank=True)[hc]
    enrolled = register["status"].eq("在读", blank=True)
    subject = base & no_reason & enrolled[reg]
    in_any = (
        in_ledger(case, "transfers", case["transfers"]["direction"].eq("转出"))
        | in_ledger(case, "suspensions")
        | in_ledger(case, "dropouts")
    )
    lacking = not_supplied(
        case, ("transfers", "转学台账"), ("suspensions", "休复学台账"), ("dropouts", "疑似失学劝返台账")
    )
    return case.judge(
        subject & ~in_any[reg],
        "名册在读，核对表记为不在校，情形{situation}；转学（转出）、休复学、疑似失学劝返台账都没有该生{lacking}",
        who=register,
        at=reg,
        applies=subject,
        facts={"situation": rows["situation"].take(hc), "lacking": lacking},
        sources=[(rows, hc), (register, reg)],
    )


def _reports_of_term(case: Case) -> Flags:
    return not_no(case["reports"]["term"].eq(case.county.term.id))


@rule("R204", lacks=lambda case: ~flagged(len(case.county.school_ids), case["reports"].school[_reports_of_term(case)]))
def reported_figures_differ(case: Case) -> Verdict:
    """上报人数与名册或核对结果不符。"""
    rows, n = case["reports"], len(case["schools"])
    at, certain = _latest_reports(case, n)
    school = rows.school[at]
    differs, parts = truth(np.zeros(len(at), dtype=bool)), []
    for column, label, bounds in _computed(case, n):
        one, texts = _compared(rows[column].take(at), label, bounds[:, school])
        differs = differs | one
        parts.append(texts)
    # Of several rows that may be the latest, each has to say the same.
    hit = certain & ~flagged(n, school[~yes(differs)])
    fine = certain & ~flagged(n, school[not_no(differs)])
    first = first_of_school(case["register"].school, None, n)
    return case.judge(
        truth(hit, ~hit & ~fine)[school],
        "{parts}（名册文件 {file}）",
        who=rows,
        at=at,
        person=school,
        facts={
            "parts": lambda chosen: ["；".join(filter(None, (p[i] for p in parts))) for i in chosen],
            "file": lambda chosen: exported(case)(first[school[chosen]]),
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


def _latest_reports(case: Case, n: int) -> tuple[Places, Flags]:
    """The report rows that may be their school's latest of the term, and per school whether it surely has one.

    By 上报日期, a blank one before all others. More than one: dates that are equal (the order of the rows must not
    decide) or could not be read, or a row whose 学期 could not be.
    """
    rows = case["reports"]
    at = np.flatnonzero(_reports_of_term(case) & (rows.school >= 0) & (rows.school < n))
    school, sure = rows.school[at], yes(rows["term"].eq(case.county.term.id))[at]
    date = rows["report_date"].take(at)
    day = np.where(date.known, date.values.astype("datetime64[D]").astype(np.int64), -(10**9))
    last = np.full(n, -(10**10), dtype=np.int64)
    np.maximum.at(last, school[sure & ~date.unknown], day[sure & ~date.unknown])
    return at[date.unknown | (day >= last[school])], flagged(n, school[sure])


def _computed(case: Case, n: int) -> list[tuple[str, str, Ints]]:
    """(column, label, bounds) of the four figures. ``bounds``, a column a school: the least and the most that the
    lower limit may be (without suspected pairs), the least and the most that the upper limit may be (with them);
    they differ where rows could not be read. A reported figure between the limits is no difference."""
    county, r = case.county, case.county.reconciled
    hc, register = case["headcount"], case["register"]

    def count(school: Ints, where: Flags) -> Ints:
        return np.bincount(school[where & (school >= 0)], minlength=len(county.school_ids))[:n].astype(np.int64)

    def limits(school: Ints, answer: Truth, suspected: Truth) -> Ints:
        low, open_ = count(school, yes(answer)), count(school, maybe(answer))
        more, perhaps = count(hc.school, yes(suspected)), count(hc.school, maybe(suspected))
        return np.stack([low, low + open_, low + more, low + open_ + more + perhaps])

    everyone = count(register.school, np.ones(len(register), dtype=bool))
    lost = county.rejected
    lost = lost[(lost["table"] == "register") & (lost["code"] != "D07")]
    rejected = (
        lost.groupby("school_id")["rows"].sum().reindex(county.school_ids[:n], fill_value=0).to_numpy(dtype=np.int64)
    )
    anything = np.array([[-1], [ALL_OPEN], [-1], [ALL_OPEN]])
    pair, nobody = truth(r.suspected_headcount), truth(np.zeros(len(hc), dtype=bool))
    return [
        ("on_register", "在籍人数", np.where(rejected > 0, anything, everyone)),
        ("at_school", "在校人数", limits(hc.school, r.present, nobody)),
        ("registered_absent", "在籍不在校人数", limits(register.school, r.registered_absent, ~r.present & pair)),
        ("present_unregistered", "在校不在籍人数", limits(hc.school, r.present_unregistered, r.present & pair)),
    ]


@rule("R209", not_for_special=True)
def age_does_not_fit_grade(case: Case) -> Verdict:
    """年龄与年级明显不符。"""
    register = case["register"]
    birth, grade = register["birth_date"], register["grade"]
    day = dt.date(case.county.term.first_year, 8, 31)
    age = full_years(birth.values, day)
    low = case.policy["age_low"] + grade.values - 1
    high = low + 1 + case.policy["age_span"]
    youngest, oldest = case.policy["age_low"], case.policy["age_low"] + 12 + case.policy["age_span"]
    with np.errstate(invalid="ignore"):
        in_no_grade = (age < youngest) | (age >= oldest)
        odd = (age < low) | (age >= high) | in_no_grade
    return case.judge(
        truth(odd, ~(birth.known & (grade.known | in_no_grade))),
        "{day} 周岁 {age}，{grade} 年级应满 {low} 岁、不满 {high} 岁",
        who=register,
        facts={"day": str(day), "age": age, "low": low, "high": high},
    )
