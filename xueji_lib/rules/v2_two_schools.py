"""二、弄虚作假：一人在两校，一个电话几家用。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Flags, Places, Truth, maybe, truth, yes
from xueji_lib.county.rows import Ints, KeyIndex, any_of
from xueji_lib.register import identity
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import first_of_school, in_ledger, not_supplied, numberless, students_in, with_school
from xueji_lib.rules.registry import rule


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
