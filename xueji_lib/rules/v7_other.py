"""七、违反学籍管理的有关规定，影响学籍数据准确、完整或学生权益的其他事项。"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Flags, Places, Truth, not_no, truth, yes
from xueji_lib.county.rows import Ints, any_of, flagged, groups, split_class_key
from xueji_lib.register import schema
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import first_of_school, full_years
from xueji_lib.rules.registry import rule
from xueji_lib.rules.seats import at_least

# ---- the school ----


def _pledge_not_due(case: Case) -> str | None:
    """R701 is judged only some days after the school year began."""
    calendar, term, days = case.county.calendar, case.county.term, case.policy["custody_days"]
    first = calendar.terms.get(f"{term.school_year}-1")
    # A second term whose first one the calendar does not hold: that one began long ago.
    if first is None or calendar.is_past(case.as_of, first.start, days):
        return None
    return f"第一学期开学日 {first.start} 起 {days} 日的签订期限未过"


def _custody_of_year(case: Case) -> Truth:
    return case["custody"]["school_year"].eq(case.county.term.school_year)


@rule("R701", applies=_pledge_not_due)
def pledge_not_signed(case: Case) -> Verdict:
    """本学年未签保密承诺书。"""
    rows, schools = case["custody"], case["schools"]
    n, year = len(schools), case.county.term.first_year
    first, last = np.datetime64(f"{year}-08-01"), np.datetime64(f"{year + 1}-07-31")
    this_year, pledge = _custody_of_year(case), rows["pledge_date"]
    good = this_year & pledge.ge(first, blank=False) & pledge.le(last)
    signed = any_of(len(case.county.school_ids), rows.school, good)[:n]
    listed = flagged(len(case.county.school_ids), rows.school[yes(this_year)])[:n]
    at = first_of_school(rows.school, yes(this_year), n)
    return case.judge(
        ~signed,
        "{year} 学年{said}（应在 {first} 至 {last} 之间签订；截至 {as_of}）",
        who=schools,
        facts={
            "year": case.county.term.school_year,
            "said": [
                f"保密承诺书签订日期 {d}"
                if has and not np.isnat(d)
                else "保密承诺书签订日期空白"
                if has
                else "没有学籍管理与保密记录"
                for has, d in zip(
                    listed, pledge.take(at).values if len(rows) else np.full(n, np.datetime64("NaT")), strict=True
                )
            ],
            "first": str(first),
            "last": str(last),
            "as_of": str(case.as_of),
        },
        sources=[(rows, at)],
    )


@rule("R702")
def data_given_out_without_approval(case: Case) -> Verdict:
    """未经书面批准对外提供学籍信息。一次一条。"""
    rows = case["disclosures"]
    approval, given = rows["approval_date"], rows["given_date"]
    date = np.where(given.known, given.values.astype("datetime64[D]").astype(str), "")
    extra = [f"{d}|{r or ''}" for d, r in zip(date, rows["receiver"].strings, strict=True)]
    return case.judge(
        rows["approval_no"].is_blank() | approval.is_blank() | (approval.has_value() & approval.gt(given)),
        "{given_date} 向 {receiver} 提供学籍信息，批准文号 {approval_no}，批准日期 {approval_date}",
        who=rows,
        person=groups(rows.school, extra),
        extra=extra,
    )


@rule("R703")
def nobody_appointed(case: Case) -> Verdict:
    """未明确分管副校长或学籍管理员。"""
    schools = case["schools"]
    kind = schools["school_kind"]
    vice = schools["vice_principal"].is_blank() & kind.ne("教学点")
    return case.judge(
        vice | schools["registrar"].is_blank(),
        "分管学籍副校长 {vice_principal}，学籍管理员 {registrar}",
        who=schools,
    )


@rule("R716")
def principal_not_named(case: Case) -> Verdict:
    """学校名录没有校长姓名（示例草案 2027-draft）。"""
    schools = case["schools"]
    return case.judge(schools["principal"].is_blank(), "校长 {principal}", who=schools)


def _training_not_due(case: Case) -> str | None:
    term = case.county.term
    if not term.is_first or case.as_of >= dt.date(term.first_year, 12, 31):
        return None
    return f"第一学期在 {term.first_year}-12-31 之后才判定"


@rule(
    "R704",
    applies=_training_not_due,
    lacks=lambda case: ~flagged(len(case.county.school_ids), case["custody"].school[not_no(_custody_of_year(case))]),
)
def no_training_this_year(case: Case) -> Verdict:
    """本学年未开展学籍培训。"""
    rows, schools = case["custody"], case["schools"]
    n = len(schools)
    this_year = _custody_of_year(case)
    trained = any_of(len(case.county.school_ids), rows.school, this_year & rows["trainings"].gt(0))[:n]
    at = first_of_school(rows.school, yes(this_year), n)
    certain = flagged(len(case.county.school_ids), rows.school[yes(this_year)])[:n]
    return case.judge(
        ~trained & truth(certain, ~certain),
        "{year} 学年培训次数为 0（截至 {as_of}）",
        who=schools,
        facts={"year": case.county.term.school_year, "as_of": str(case.as_of)},
        sources=[(rows, at)],
    )


@rule("R713")
def registrar_changed_lately(case: Case) -> Verdict:
    """学籍管理员任职不满一年。"""
    schools = case["schools"]
    since = schools["registrar_since"]
    days = (case.county.days - since.values).astype(float)
    with np.errstate(invalid="ignore"):
        short = days < case.policy["registrar_min_days"]
        future = days < 0
    return case.judge(
        since.has_value() & truth(short, since.unknown | future),
        "学籍管理员 {registrar_since} 任职，至 {as_of} 共 {days} 天",
        who=schools,
        facts={"days": days, "as_of": str(case.as_of)},
    )


# ---- the register ----


@rule("R705")
def required_fields_empty(case: Case) -> Verdict:
    """必填信息缺失。"""
    register = case["register"]
    empty: dict[str, Truth] = {}
    for header in case.policy.texts("required_fields"):
        cells = register[schema.REGISTER.by_header(header).id]
        blank = truth(cells.blank)  # an absent column or a rejected cell is no empty cell
        if header == "身份证件号":
            blank = blank & register["id_type"].ne("其他")
        empty[header] = blank
    missing = truth(np.zeros(len(register), dtype=bool))
    for blank in empty.values():
        missing = missing | blank
    certain = {header: yes(blank) for header, blank in empty.items()}
    return case.judge(
        missing,
        "名册空缺：{headers}",
        who=register,
        facts={"headers": lambda chosen: ["、".join(h for h, f in certain.items() if f[i]) for i in chosen]},
    )


@rule("R706")
def class_too_large(case: Case) -> Verdict:
    """大班额。"""
    registry, policy = case.county.registry, case.policy
    sizes = registry.sizes
    school, grade, class_no = split_class_key(sizes.keys)
    low, high = sizes.of(school, grade.astype(float), class_no.astype(float))
    order = np.argsort(registry.class_keys, kind="stable")
    place = order[np.searchsorted(registry.class_keys[order], sizes.keys)]
    unlisted = _perhaps_a_large_class(case)
    n = len(unlisted)
    hit = at_least(low, high, policy["class_large"])
    low = np.append(low, np.zeros(n, dtype=np.int64))
    very = low >= policy["class_super"]
    return case.judge(
        truth(np.append(hit.yes, np.zeros(n, bool)), np.append(hit.unknown, np.ones(n, bool))),
        "名册在读 {low} 人，{said}",
        who=case["register"],
        at=np.append(place, unlisted),
        person=np.append(sizes.keys, np.zeros(n, dtype=np.int64)),
        grade=np.append(grade.astype(float), np.full(n, np.nan)),
        class_no=np.append(class_no.astype(float), np.full(n, np.nan)),
        facts={
            "low": low,
            "said": np.where(
                very, f"超大班额（{policy['class_super']} 人及以上）", f"大班额（{policy['class_large']} 人及以上）"
            ),
        },
        severity=np.where(very, "严重", case.entry.severity),
    )


def _perhaps_a_large_class(case: Case) -> Places:
    """A register row of each school where so many students have no readable class that they alone may be a 大班额."""
    registry, n = case.county.registry, len(case.county.school_ids)
    rows = registry.rows
    lost: Places = np.flatnonzero((registry.enrolled | registry.maybe_enrolled) & (registry.class_keys == 0))
    school, grade = rows.school[lost], rows["grade"].values[lost]

    def students(where: Flags) -> Ints:
        return np.bincount(school[where], minlength=n)

    anywhere = students(np.isnan(grade))
    most = np.max([anywhere, *(anywhere + students(grade == g) for g in np.unique(grade))], axis=0)
    place: Places = lost[first_of_school(school, None, n)[most >= case.policy["class_large"]]]
    return place


@rule("R710")
def child_without_register(case: Case) -> Verdict:
    """户籍适龄儿童无学籍。记在县，school 填户籍乡镇。"""
    county, rows, register = case.county, case["residents"], case["register"]
    day = np.datetime64(f"{county.term.first_year}-08-31")
    form, birth = rows.frame["id_form"].to_numpy(), rows.frame["id_birth"].to_numpy().astype("datetime64[D]")
    check_ok = rows.frame["id_check"].to_numpy(dtype=bool)
    sound = rows["id_number"].known & ~np.isnat(birth) & (check_ok | (form == 15)) & (birth <= county.days)
    age = full_years(birth, dt.date(county.term.first_year, 8, 31))
    with np.errstate(invalid="ignore"):
        of_age = truth((age >= 6) & (age < 15), ~sound)
    found = flagged(len(rows), county.registry.by_id.join(rows.key("id_key"))[0])
    nameless = register.strings("name", np.flatnonzero(register.key("id_key") == 0))
    namesake = np.isin(rows.strings("name", np.arange(len(rows))).astype(str), nameless[pd.notna(nameless)].astype(str))
    incomplete = not county.schools_with("register")[: county.n_schools].all()
    nowhere = truth(~found, ~found & (namesake | incomplete))
    return case.judge(
        of_age & rows["schooling"].is_blank() & nowhere,
        "{day} 满 {age} 周岁，本县名册没有其学籍，就学去向空白（户籍乡镇 {township}）",
        who=rows,
        # Without a number, namesakes are not one child.
        person=np.where(rows.key("id_key") == 0, np.arange(len(rows)), rows.key("id_key")),
        applies=of_age,
        facts={"day": str(day), "age": age},
        extra=[t or "" for t in rows["township"].strings],
    )


# ---- figures that must add up ----


@rule("R712")
def no_seats_kept_for_returners(case: Case) -> Verdict:
    """未预留复学学位。一个年级一条。"""
    from xueji_lib.rules.returners import verdict

    return verdict(case)


@rule("R715")
def accounts_do_not_balance(case: Case) -> Verdict:
    """学籍变动账不平。"""
    from xueji_lib.rules.balance import Balance

    return Balance(case).verdict()
