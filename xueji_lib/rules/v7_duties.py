"""七、违反学籍管理的有关规定的其他事项：学校自己的职责——承诺、审批、人员、培训。"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from xueji_lib.county.kleene import Flags, Truth, any_of, not_no, truth, yes
from xueji_lib.county.rows import flagged, groups
from xueji_lib.register.identity import clean_name
from xueji_lib.register.vocabulary import SchoolKind
from xueji_lib.rules.common import first_of_school
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


def _pledge_not_due(inquiry: Inquiry) -> str | None:
    """R701 is judged only some days after the school year began."""
    calendar, term, days = inquiry.county.calendar, inquiry.county.term, inquiry.policy["custody_days"]
    first = calendar.terms.get(f"{term.school_year}-1")
    # A second term whose first one the calendar does not hold: that one began long ago.
    if first is None or calendar.is_past(inquiry.as_of, first.start, days):
        return None
    return f"第一学期开学日 {first.start} 起 {days} 日的签订期限未过"


def _custody_of_year(inquiry: Inquiry) -> Truth:
    return inquiry["custody"]["school_year"].eq(inquiry.county.term.school_year)


@rule("R701", applies=_pledge_not_due)
def pledge_not_signed(inquiry: Inquiry) -> Verdict:
    """本学年未签保密承诺书。"""
    rows, schools = inquiry["custody"], inquiry["schools"]
    n, year = len(schools), inquiry.county.term.first_year
    first, last = np.datetime64(f"{year}-08-01"), np.datetime64(f"{year + 1}-07-31")
    this_year, pledge = _custody_of_year(inquiry), rows["pledge_date"]
    good = this_year & pledge.ge(first, blank=False) & pledge.le(last)
    signed = any_of(len(inquiry.county.school_ids), rows.school, good)[:n]
    listed = flagged(len(inquiry.county.school_ids), rows.school[yes(this_year)])[:n]
    at = first_of_school(rows.school, yes(this_year), n)
    return inquiry.judge(
        ~signed,
        "{year} 学年{record}（应在 {first} 至 {last} 之间签订；截至 {as_of}）",
        who=schools,
        facts={
            "year": inquiry.county.term.school_year,
            "record": _pledges(pledge.take(at).values if len(rows) else np.full(n, np.datetime64("NaT")), listed),
            "first": str(first),
            "last": str(last),
            "as_of": str(inquiry.as_of),
        },
        sources=[(rows, at)],
    )


def _pledges(days: npt.NDArray[np.datetime64], listed: Flags) -> list[str]:
    """Per school, what its record of the year says of the pledge."""
    return [
        "没有学籍管理与保密记录" if not has_record
        else "保密承诺书签订日期空白" if np.isnat(day)
        else f"保密承诺书签订日期 {day}"
        for has_record, day in zip(listed, days, strict=True)
    ]  # fmt: skip


@rule("R702")
def data_given_out_without_approval(inquiry: Inquiry) -> Verdict:
    """未经书面批准对外提供学籍信息。一次一条。"""
    rows = inquiry["disclosures"]
    approval, given_on = rows["approval_date"], rows["given_date"]
    date = np.where(given_on.known, given_on.values.astype("datetime64[D]").astype(str), "")
    extra = [f"{d}|{r or ''}" for d, r in zip(date, rows["receiver"].strings, strict=True)]
    return inquiry.judge(
        rows["approval_no"].is_blank() | approval.is_blank() | (approval.has_value() & approval.gt(given_on)),
        "{given_date} 向 {receiver} 提供学籍信息，批准文号 {approval_no}，批准日期 {approval_date}",
        who=rows,
        person=groups(rows.school, extra),
        extra=extra,
    )


@rule("R703")
def nobody_appointed(inquiry: Inquiry) -> Verdict:
    """未明确分管副校长或学籍管理员。"""
    schools = inquiry["schools"]
    kind = schools["school_kind"]
    vice = schools["vice_principal"].is_blank() & kind.ne(SchoolKind.TEACHING_POINT)
    return inquiry.judge(
        vice | schools["registrar"].is_blank(),
        "分管学籍副校长 {vice_principal}，学籍管理员 {registrar}",
        who=schools,
    )


@rule("R990")
def principal_not_named(inquiry: Inquiry) -> Verdict:
    """学校名录没有校长姓名（示例草案 2027-draft）。"""
    schools = inquiry["schools"]
    return inquiry.judge(schools["principal"].is_blank(), "校长 {principal}", who=schools)


def _training_not_due(inquiry: Inquiry) -> str | None:
    term = inquiry.county.term
    if not term.is_first or inquiry.as_of >= dt.date(term.first_year, 12, 31):
        return None
    return f"第一学期在 {term.first_year}-12-31 之后才判定"


def _without_record(inquiry: Inquiry) -> Flags:
    """Per school code: no 学籍管理与保密 row that may be of the school year."""
    rows = inquiry["custody"].school[not_no(_custody_of_year(inquiry))]
    return ~flagged(len(inquiry.county.school_ids), rows)


@rule("R704", applies=_training_not_due, lacks=_without_record)
def no_training_this_year(inquiry: Inquiry) -> Verdict:
    """本学年未开展学籍培训。"""
    rows, schools = inquiry["custody"], inquiry["schools"]
    n = len(schools)
    this_year = _custody_of_year(inquiry)
    trained = any_of(len(inquiry.county.school_ids), rows.school, this_year & rows["trainings"].gt(0))[:n]
    at = first_of_school(rows.school, yes(this_year), n)
    certain = flagged(len(inquiry.county.school_ids), rows.school[yes(this_year)])[:n]
    return inquiry.judge(
        ~trained & truth(certain, ~certain),
        "{year} 学年培训次数为 0（截至 {as_of}）",
        who=schools,
        facts={"year": inquiry.county.term.school_year, "as_of": str(inquiry.as_of)},
        sources=[(rows, at)],
    )


@rule("R722", lacks=_without_record)
def two_registrars_named(inquiry: Inquiry) -> Verdict:
    """学籍管理员记载不一致。"""
    rows, schools, size = inquiry["custody"], inquiry["schools"], len(inquiry.county.school_ids)
    n = len(schools)
    this_year = _custody_of_year(inquiry)
    listed = schools["registrar"].take(np.where(rows.school < n, rows.school, -1))
    here, there = (
        np.array([clean_name(name or "") for name in cells.strings]) for cells in (rows["registrar"], listed)
    )
    both = rows["registrar"].has_value() & listed.has_value()
    same = both & truth(np.asarray(here == there, dtype=bool), rows["registrar"].unknown | listed.unknown)
    agrees = any_of(size, rows.school, this_year & same)[:n]
    differs = any_of(size, rows.school, this_year & both & ~same)[:n]
    at = first_of_school(rows.school, not_no(this_year & both & ~same), n)
    return inquiry.judge(
        differs & ~agrees,
        "学校名录写的学籍管理员是 {registrar}，{year} 学年学籍管理与保密写的是 {other}",
        who=schools,
        facts={"year": inquiry.county.term.school_year, "other": rows["registrar"].take(at)},
        sources=[(schools, np.arange(n)), (rows, at)],
    )


@rule("R713")
def registrar_changed_lately(inquiry: Inquiry) -> Verdict:
    """学籍管理员任职不满一年。"""
    schools = inquiry["schools"]
    since = schools["registrar_since"]
    days = (inquiry.county.days - since.values).astype(float)
    with np.errstate(invalid="ignore"):
        short = days < inquiry.policy["registrar_min_days"]
        future = days < 0
    return inquiry.judge(
        since.has_value() & truth(short, since.unknown | future),
        "学籍管理员 {registrar_since} 任职，至 {as_of} 共 {days} 天",
        who=schools,
        facts={"days": days, "as_of": str(inquiry.as_of)},
    )
