"""二、填写、上报学籍数据和相关信息弄虚作假。"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xueji_lib import identity
from xueji_lib.case import Case, Verdict
from xueji_lib.cells import Cells, Flags, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.rows import Ints, KeyIndex, Rows, any_of, flagged, groups
from xueji_lib.rules.common import (
    absent,
    exported,
    first_of_school,
    full_years,
    group_texts,
    in_ledger,
    not_supplied,
    numberless,
    students_in,
    with_school,
)
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


@rule("R202")
def one_number_several_records(case: Case) -> Verdict:
    """同一身份证件号有多条学籍。每一所涉及学校一条。"""
    register = case["register"]
    keys = register.key("id_key")
    order = np.sort(keys)
    repeated = np.unique(order[1:][order[1:] == order[:-1]])
    twice = np.isin(keys, repeated[repeated != 0])
    texts = _group_describer(case, keys, twice)
    return case.judge(
        truth(twice, keys == 0),
        lambda chosen: [f"身份证件号 {text}" for text in texts[0](chosen)],
        who=register,
        person=np.where(keys != 0, keys, case.county.registry.persons),
        sources=texts[1],
    )


@rule("R203")
def perhaps_registered_twice(case: Case) -> Verdict:
    """疑似重复学籍（同名同性别同生日）。每一所涉及学校一条。"""
    register = case["register"]
    name, sex, birth, number = (register[c] for c in ("name", "sex", "birth_date", "id_number"))
    codes = case.county.registry.own_name_codes
    days = np.where(birth.known, birth.values.astype(np.int64) + 100_000, 0)
    sexes = np.where(sex.known, 1 + np.asarray(sex.values == "男", dtype=np.int64), 0)
    parts = [np.where(name.known, codes + 1, 0), sexes, days]
    full = number.known & (parts[0] > 0) & (parts[1] > 0) & (parts[2] > 0)
    group = np.where(full, (parts[0] * 2 + sexes - 1) * 200_000 + days, 0)
    keys = register.key("id_key")
    twins = _several(group, keys, full)
    texts = _group_describer(case, group, twins)
    return case.judge(
        truth(twins, _may_agree(parts, keys, number.known)),
        lambda chosen: [f"姓名、性别、出生日期都相同而身份证件号不同：{text}" for text in texts[0](chosen)],
        who=register,
        person=np.where(twins, group, case.county.registry.persons),
        sources=texts[1],
    )


def _several(group: Ints, keys: Ints, among: Flags) -> Flags:
    """Rows (``among``) whose group holds two or more different numbers."""
    at = np.flatnonzero(among)
    pairs = np.unique(np.stack([group[at], keys[at]]), axis=1)
    groups, count = np.unique(pairs[0], return_counts=True)
    several: Flags = among & np.isin(group, groups[count > 1])
    return several


def _may_agree(parts: Sequence[Ints], keys: Ints, among: Flags) -> Flags:
    """Rows (``among``) with a part that is not known (0), such that a row with another number has the same in
    every part that both know."""
    known = np.zeros(len(keys), dtype=np.int64)
    for i, part in enumerate(parts):
        known |= (part > 0).astype(np.int64) << i
    kinds = np.unique(known[among]).tolist()
    found = np.zeros(len(keys), dtype=bool)
    for mine in kinds:
        if mine == (1 << len(parts)) - 1:
            continue
        at = np.flatnonzero(among & (known == mine))
        for theirs in kinds:
            shared = [part for i, part in enumerate(parts) if mine & theirs & (1 << i)]
            both = np.append(at, np.flatnonzero(among & (known == theirs)))
            group = groups(*(part[both] for part in shared)) if shared else np.zeros(len(both), dtype=np.int64)
            there = np.unique(np.stack([group[len(at) :], keys[both[len(at) :]]]), axis=1)
            size = int(group.max(initial=-1)) + 1
            others = np.bincount(there[0], minlength=size)[group[: len(at)]]
            own = pd.MultiIndex.from_arrays([group[: len(at)], keys[at]]).isin(pd.MultiIndex.from_arrays(list(there)))
            found[at] |= others > own
    return found


def _group_describer(
    case: Case, group: Ints, member: Flags
) -> tuple[Callable[[Places], list[str]], Callable[[Places], list[str]]]:
    """Two functions of places: a sentence that names every record of the row's group, and their sources."""
    register, county = case["register"], case.county

    def describe(chosen: Places) -> list[str]:
        at, groups = _members(chosen)
        shown = [
            f"{county.names[s]} {_class_text(g, c)} {name}（{identity.mask_id(str(number))}）"
            for s, g, c, name, number in zip(
                register.school[at],
                register["grade"].values[at],
                register["class_no"].values[at],
                register.strings("name", at),
                register.strings("id_number", at),
                strict=True,
            )
        ]
        texts = group_texts(groups, shown, "；")
        sizes = dict(zip(*np.unique(groups, return_counts=True), strict=True))
        return [f"共 {sizes[k]} 条学籍：{texts[k]}" for k in group[chosen].tolist()]

    def sources(chosen: Places) -> list[str]:
        at, groups = _members(chosen)
        texts = group_texts(groups, register.sources(at), " | ")
        return [texts[k] for k in group[chosen].tolist()]

    def _members(chosen: Places) -> tuple[Places, Ints]:
        """Every record of the chosen rows' groups, in the register's order, and its group."""
        at = np.flatnonzero(member & np.isin(group, group[chosen]))
        names = register.strings("name", at).astype(str)
        grade, class_no = register["grade"].values[at], register["class_no"].values[at]
        at = at[np.lexsort([at, names, class_no, grade, register.school[at]])]
        return at, group[at]

    return describe, sources


def _class_text(grade: float, class_no: float) -> str:
    g = "？" if np.isnan(grade) else f"{grade:g}"
    c = "？" if np.isnan(class_no) else f"{class_no:g}"
    return f"{g} 年级 {c} 班"


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


@rule("R205")
def id_number_fails_check(case: Case) -> Verdict:
    """居民身份证号校验不通过。"""
    register = case["register"]
    number, kind = register["id_number"], register["id_type"]
    form, birth, check_ok = _parsed(register)
    absent_kind = _column_absent(register, "id_type")
    length = register.frame["id_number"].str.len().to_numpy(dtype=float, na_value=0.0)
    resident = kind.eq("居民身份证")
    resident = truth(yes(resident) | (absent_kind & (length == 18)), maybe(resident) & ~(absent_kind & (length == 18)))
    impossible = np.isnat(birth) | (birth > case.county.days)
    wrong = (form == 0) | impossible | ((form == 18) & ~check_ok)
    why = np.select([form == 0, impossible], ["不是17位数字加校验位的号码", "号码中的出生日期不存在"], "校验位不符")
    return case.judge(
        resident & truth(wrong, ~number.known),
        "身份证件号 {id_number}：{why}",
        who=register,
        applies=resident,
        facts={"why": why},
    )


def _parsed(rows: Rows) -> tuple[Any, Any, Any]:
    frame = rows.frame
    return (
        frame["id_form"].to_numpy(),
        frame["id_birth"].to_numpy().astype("datetime64[D]"),
        frame["id_check"].to_numpy(dtype=bool),
    )


def _column_absent(rows: Rows, column: str) -> Flags:
    """The row's file has no such column: the cell is unknown in every row of that sheet."""
    unknown = rows[column].unknown
    sheet = rows.frame.groupby(["_file", "_sheet"], observed=True, sort=False).ngroup().to_numpy()
    all_unknown = np.bincount(sheet, weights=~unknown, minlength=1) == 0
    absent_there: Flags = unknown & all_unknown[sheet]
    return absent_there


@rule("R206")
def birth_or_sex_differs_from_number(case: Case) -> Verdict:
    """出生日期或性别与身份证号不符。"""
    register = case["register"]
    form, id_birth, check_ok = _parsed(register)
    number, birth, sex, kind = (register[c] for c in ("id_number", "birth_date", "sex", "id_type"))
    sound = (form == 18) & check_ok & ~np.isnat(id_birth) & (id_birth <= case.county.days)
    other_paper = kind.known & yes(kind.ne("居民身份证"))
    other_birth = truth(birth.values != id_birth, ~birth.known)
    id_sex = register.frame["id_sex"].astype(object).to_numpy(dtype=object)
    other_sex = truth(np.asarray(sex.strings != id_sex, dtype=bool), ~sex.known)
    subject = truth(sound & ~other_paper, ~number.known & ~other_paper)
    return case.judge(
        subject & (other_birth | other_sex),
        lambda chosen: [_birth_text(register, i, birth, id_birth, sex, id_sex) for i in chosen],
        who=register,
        applies=subject,
    )


def _birth_text(register: Rows, i: int, birth: Cells, id_birth: Any, sex: Cells, id_sex: Any) -> str:
    """What differs; of birth dates only the years are shown."""
    parts = []
    if birth.known[i] and birth.values[i] != id_birth[i]:
        mine, written = str(birth.values[i])[:4], str(id_birth[i])[:4]
        parts.append(f"出生年 名册 {mine}、号码 {written}" if mine != written else f"出生年同为 {mine}，月日不同")
    if sex.known[i] and str(sex.values[i]) != id_sex[i]:
        parts.append(f"性别 名册 {sex.values[i]}、号码 {id_sex[i]}")
    number = identity.mask_id(str(register.frame["id_number"].iloc[i]))
    return f"身份证件号 {number} 校验通过，但{'；'.join(parts)}"


@rule("R207")
def at_two_schools(case: Case) -> Verdict:
    """同一学生在两校点名在校。每校一条。"""
    county, rows = case.county, case["headcount"]
    here, there = [], []
    for kind in ("id_key", "register_key"):
        left, right = KeyIndex(rows.key(kind)).join(rows.key(kind))
        far = rows.school[left] != rows.school[right]
        here.append(left[far])
        there.append(right[far])
    pairs = np.unique(np.stack([np.concatenate(here), np.concatenate(there)]), axis=1)
    a, b = pairs
    plain = ~county.special[rows.school[a]] & ~county.special[rows.school[b]]
    a, b = a[plain], b[plain]
    present = county.reconciled.present
    moved = _transferred(case, a, b)
    case.note(rows.school[numberless(rows) & yes(present)], "{n} 行在校核对行没有号码，未能与他校比对")
    return case.judge(
        present[a] & present[b] & ~moved,
        "号码相同的学生在本校和{other}（{other_grade} 年级 {other_class} 班）都点名在校",
        who=rows,
        at=a,
        facts={
            "other": county.names[rows.school[b]],
            "other_grade": rows["grade"].take(b),
            "other_class": rows["class_no"].take(b),
        },
        sources=[(rows, a), (rows, b)],
    )


def _transferred(case: Case, a: Places, b: Places) -> Truth:
    """Per pair of headcount rows: a transfer between the two schools was agreed (either school's ledger)."""
    rows, transfers = case["headcount"], case["transfers"]
    result = truth(np.zeros(len(a), dtype=bool))
    if not len(transfers) or not len(a):
        return result
    agreed = transfers["result"].eq("同意")
    who, ledger = students_in(case, rows, "transfers")
    index = KeyIndex(who + 1)
    for mine, far in ((a, b), (b, a)):
        at, found = index.join(mine + 1)
        row = ledger[found]
        result = result | any_of(len(a), at, agreed[row] & with_school(case, row, rows.school[far[at]]))
    return result


@rule("R208")
def one_phone_for_many(case: Case) -> Verdict:
    """监护人电话异常集中。一号一条。"""
    register = case["register"]
    figure = case.policy["shared_phone_students"]
    phone, guardian = register["member1_phone"], register["member1_name"]
    digits = register.frame["member1_phone"].str.replace(r"\D", "", regex=True).str.removeprefix("86")
    mobile = digits.str.fullmatch(r"1\d{10}").fillna(False).to_numpy(dtype=bool) & phone.known
    number = digits.where(mobile).astype(object)
    n_schools = len(case.county.school_ids)
    key = np.where(mobile, pd.factorize(number)[0].astype(np.int64) * n_schools + register.school + 1, 0)
    rows = pd.DataFrame({
        "key": key, "at": np.arange(len(key)), "school": register.school,
        "guardian": pd.Series(guardian.strings), "open": guardian.unknown,
    })  # fmt: skip
    frame, unread = rows[mobile], rows[phone.unknown]
    groups = frame.groupby("key").agg(
        n=("at", "size"),
        at=("at", "min"),
        school=("school", "first"),
        names=("guardian", "nunique"),
        one=("guardian", "first"),
        open=("open", "sum"),
    )
    n, names = groups["n"].to_numpy(), groups["names"].to_numpy()
    # Rows whose phone could not be read may be of any number, and bring their guardians' names with them.
    more = unread.groupby("school").agg(n=("at", "size"), names=("guardian", "nunique"), open=("open", "sum"))
    more = more.reindex(range(n_schools), fill_value=0)
    theirs = more.loc[groups["school"]].to_numpy()
    again = _among(groups["school"], groups["one"], unread)
    most_names = names + groups["open"].to_numpy() + theirs[:, 1] + theirs[:, 2] - again
    could = (n + theirs[:, 0] >= figure) & (most_names >= 2)
    certain = (n >= figure) & (names >= 2)
    hit = truth(certain, could & ~certain)
    place = groups["at"].to_numpy(dtype=np.int64)
    # A school whose phones could not be read at all still has something undecided.
    unreadable = (more["n"] >= figure) & (more["names"] + more["open"] >= 2)
    blind = np.setdiff1d(np.flatnonzero(unreadable), groups["school"].to_numpy()[maybe(hit)])
    school = np.append(groups["school"].to_numpy(dtype=np.int64), blind)
    all_at = np.append(place, first_of_school(register.school, None, n_schools)[blind])
    members = {k: v.to_numpy() for k, v in frame[frame["key"].isin(groups.index[yes(hit)])].groupby("key")["at"]}
    keys = groups.index.to_numpy()
    return case.judge(
        truth(np.append(yes(hit), np.zeros(len(blind), bool)), np.append(maybe(hit), np.ones(len(blind), bool))),
        "监护人电话 {phone} 在本校名册出现 {n} 名，监护人姓名 {names} 种",
        who=register,
        at=all_at,
        school=school,
        person=np.append(keys, -blind - 1),
        facts={
            "phone": lambda chosen: [identity.mask_phone(str(number.iloc[all_at[i]])) for i in chosen],
            "n": n,
            "names": names,
        },
        extra=lambda chosen: [identity.mask_phone(str(number.iloc[all_at[i]])) for i in chosen],
        secret=lambda chosen: [str(number.iloc[all_at[i]]) for i in chosen],
        sources=lambda chosen: [" | ".join(register.sources(members[keys[i]])) for i in chosen],
    )


def _among(school: pd.Series, name: pd.Series, rows: pd.DataFrame) -> Flags:
    """The school's ``rows`` have this guardian."""
    theirs = rows[["school", "guardian"]].dropna().drop_duplicates()
    index = pd.MultiIndex.from_frame(theirs)
    return np.asarray(pd.MultiIndex.from_arrays([school, name]).isin(index) & name.notna().to_numpy(), dtype=bool)


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


@rule("R210")
def registered_here_studies_there(case: Case) -> Verdict:
    """本校在籍学生在他校在校就读（人籍分离）。记在学籍所在学校。"""
    county, rows, register = case.county, case["headcount"], case["register"]
    hc, reg = county.registry.elsewhere(rows)
    plain = ~county.special[rows.school[hc]]
    hc, reg = hc[plain], reg[plain]
    no_register = ~county.schools_with("register")[rows.school[hc]]
    strange = county.reconciled.present_unregistered[hc]
    strange = strange.doubted(no_register) & ~truth(_registered_too(case, reg, rows.school[hc]))
    pending = case["transfers"]["result"].isin(("同意", "办理中"))
    at_home = in_ledger(case, "transfers", pending)[reg]
    who, ledger = students_in(case, rows, "transfers")
    there = any_of(len(rows), who, pending[ledger])[hc] if len(ledger) else truth(np.zeros(len(hc), dtype=bool))
    enrolled = register["status"].eq("在读", blank=True)[reg]
    everywhere = np.arange(county.n_schools)
    n = int((numberless(rows) & yes(county.reconciled.present_unregistered)).sum()) + county.numberless_elsewhere
    if n:
        for code in everywhere:
            case.notes.setdefault(int(code), []).append(f"全县另有 {n} 行在校不在籍核对行没有号码，未能比对")
    return case.judge(
        enrolled & strange & ~at_home & ~there,
        "学籍在本校，{other}（{other_grade} 年级 {other_class} 班）核对表记为在校，该校名册没有其学籍；"
        "两校转学台账都没有同意或办理中的记录{lacking}",
        who=register,
        at=reg,
        facts={
            "other": county.names[rows.school[hc]],
            "other_grade": rows["grade"].take(hc),
            "other_class": rows["class_no"].take(hc),
            "lacking": not_supplied(case, ("transfers", "转学台账")),
        },
        sources=[(register, reg), (rows, hc)],
    )


def _registered_too(case: Case, students: Places, school: Ints) -> Flags:
    """Per register row (by place) and school: that school's register has the student too, by either number."""
    register, n = case["register"], len(case.county.school_ids)
    one, two = case.county.registry.elsewhere(register)
    return np.isin(students * n + school, one * n + register.school[two])
