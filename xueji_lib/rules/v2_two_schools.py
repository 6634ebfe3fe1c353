"""二、弄虚作假：一人在两校，一个电话几家用。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, concat, maybe, not_no, open_where, truth, yes
from xueji_lib.county.rows import KeyIndex, Keys, Rows
from xueji_lib.register import identity
from xueji_lib.register.vocabulary import StudentStatus
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import first_of_school, not_supplied, numberless, students_in, with_school
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.seen_elsewhere import PENDING_OR_AGREED, seen_elsewhere, seen_facts
from xueji_lib.rules.sides import row_texts, seen_texts
from xueji_lib.rules.verdict import Verdict


@rule("R207", across=Across.NUMBERS)
def at_two_schools(inquiry: Inquiry) -> Verdict:
    """同一学生在两校点名在校。每校一条。"""
    county, rows = inquiry.county, inquiry["headcount"]
    reconciled = county.reconciled
    a, b = reconciled.counted_elsewhere
    plain = ~county.special[rows.school[a]] & ~county.special[rows.school[b]]
    a, b = a[plain], b[plain]
    present = reconciled.present
    moved = _transferred(inquiry, a, b)
    own_day, other_day = rows["check_date"].take(a), rows["check_date"].take(b)
    both = present[a] & present[b] & ~moved
    # Who is on no register here and has no number may be at any other school, too.
    strangers = not_no(reconciled.strangers_without_number) & ~county.special[rows.school]
    nobody = np.flatnonzero(strangers)
    none = np.full(len(nobody), -1)
    return inquiry.judge(
        concat(both, open_where(np.ones(len(nobody), dtype=bool))),
        "号码相同的学生在本校（核对日期 {own_day}）和{other}（{other_class}，核对日期 {other_day}）都点名在校",
        who=rows,
        at=np.append(a, nobody),
        facts={**seen_facts(inquiry, b), "own_day": own_day, "other_day": other_day},
        sources=[(rows, np.append(a, nobody)), (rows, np.append(b, none))],
        leads=[_days_apart(inquiry, own_day, other_day, len(nobody))],
        shared=lambda chosen: _both_rows(rows, a[chosen], b[chosen]),
    )


def _both_rows(rows: Rows, own: RowIndexes, other: RowIndexes) -> list[str]:
    """The two rows of each pair, the same from both sides."""
    pairs = zip(row_texts(rows, own), row_texts(rows, other), strict=True)
    return ["counted|" + "|".join(sorted(pair)) for pair in pairs]


def _days_apart(inquiry: Inquiry, own: Cells, other: Cells, more: int) -> Lead:
    """The two schools counted on days that lie apart, or one does not say when; ``more``: judged rows behind the
    pairs, which are no findings."""
    limit = inquiry.policy["registration_gap_workdays"]
    first = own.choose(own.values <= other.values, other)
    last = other.choose(own.values <= other.values, own)
    known = own.known & other.known
    apart = inquiry.periods.more_workdays(first, last, limit)
    holds = Truth(apart.yes | ~known, apart.unknown & known, apart.gap)
    return Lead(
        concat(holds, truth(np.zeros(more, dtype=bool))),
        f"两校核对日期（本校 {{own_day}}，{{other}} {{other_day}}）没有写明或相隔超过 {limit} 个工作日，可能先后就读",
    )


def _transferred(inquiry: Inquiry, a: RowIndexes, b: RowIndexes) -> Truth:
    """Per pair of headcount rows: a transfer between the two schools was agreed or is under way (either school's
    ledger)."""
    rows, transfers = inquiry["headcount"], inquiry["transfers"]
    result = truth(np.zeros(len(a), dtype=bool))
    if not len(transfers) or not len(a):
        return result
    agreed = transfers["result"].isin(PENDING_OR_AGREED)
    who, ledger = students_in(inquiry, rows, "transfers")
    index = KeyIndex(Keys(who + 1))
    for own, far in ((a, b), (b, a)):
        at, matched = index.join(Keys(own + 1))
        row = ledger[matched]
        result = result | any_of(len(a), at, agreed[row] & with_school(inquiry, row, rows.school[far[at]]))
    return result


@rule("R208")
def one_phone_for_many(inquiry: Inquiry) -> Verdict:
    """监护人电话异常集中。一号一条。"""
    register = inquiry["register"]
    figure = inquiry.policy["shared_phone_students"]
    phone, guardian = register["member1_phone"], register["member1_name"]
    digits = register.frame["member1_phone"].str.replace(r"\D", "", regex=True).str.removeprefix("86")
    mobile = digits.str.fullmatch(r"1\d{10}").fillna(False).to_numpy(dtype=bool) & phone.known
    number = digits.where(mobile).astype(object)
    n_schools = len(inquiry.county.school_ids)
    key = np.where(mobile, pd.factorize(number)[0].astype(np.int64) * n_schools + register.school + 1, 0)
    rows = pd.DataFrame({
        "key": key, "at": np.arange(len(key)), "school": register.school,
        "guardian": pd.Series(guardian.strings), "open": guardian.unknown,
        "sure": yes(inquiry.county.registry.on_register),
    })  # fmt: skip
    frame, unread = rows[mobile], rows[phone.unknown]
    groups = frame.groupby("key").agg(
        n=("at", "size"),
        at=("at", "min"),
        school=("school", "first"),
        names=("guardian", "nunique"),
        first=("guardian", "first"),
        open=("open", "sum"),
        sure=("sure", "sum"),
    )
    n, names = groups["n"].to_numpy(), groups["names"].to_numpy()
    # Rows whose phone could not be read may be of any number, and bring their guardians' names with them.
    more = unread.groupby("school").agg(n=("at", "size"), names=("guardian", "nunique"), open=("open", "sum"))
    more = more.reindex(range(n_schools), fill_value=0)
    unread_counts = more.loc[groups["school"]].to_numpy()
    again = _among(groups["school"], groups["first"], unread)
    most_names = names + groups["open"].to_numpy() + unread_counts[:, 1] + unread_counts[:, 2] - again
    could = (n + unread_counts[:, 0] >= figure) & (most_names >= 2)
    # Pupils who may have departed are perhaps none.
    sure_names = frame[frame["sure"]].groupby("key")["guardian"].nunique().reindex(groups.index, fill_value=0)
    certain = (groups["sure"].to_numpy() >= figure) & (sure_names.to_numpy() >= 2)
    hit = truth(certain, could & ~certain)
    first_row = groups["at"].to_numpy(dtype=np.int64)
    # A school whose phones could not be read at all still has something undecided.
    unreadable = (more["n"] >= figure) & (more["names"] + more["open"] >= 2)
    blind = np.setdiff1d(np.flatnonzero(unreadable), groups["school"].to_numpy()[maybe(hit)])
    school = np.append(groups["school"].to_numpy(dtype=np.int64), blind)
    all_at = np.append(first_row, first_of_school(register.school, None, n_schools)[blind])
    members = {k: v.to_numpy() for k, v in frame[frame["key"].isin(groups.index[yes(hit)])].groupby("key")["at"]}
    keys = groups.index.to_numpy()
    return inquiry.judge(
        concat(hit, open_where(np.ones(len(blind), dtype=bool))),
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
    guardians = rows[["school", "guardian"]].dropna().drop_duplicates()
    index = pd.MultiIndex.from_frame(guardians)
    return np.asarray(pd.MultiIndex.from_arrays([school, name]).isin(index) & name.notna().to_numpy(), dtype=bool)


@rule("R210", across=(Across.NUMBERS, Across.NUMBERLESS))
def registered_here_studies_there(inquiry: Inquiry) -> Verdict:
    """本校在籍学生在他校在校就读（人籍分离）。记在学籍所在学校。"""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    seen = seen_elsewhere(inquiry)
    there, pupil = seen.there, seen.pupil
    enrolled = register["status"].eq(StudentStatus.ENROLLED, blank=True)[pupil]
    n = int((numberless(rows) & yes(county.reconciled.present_unregistered)).sum()) + county.numberless_elsewhere
    if n:
        inquiry.note_everywhere(f"全县另有 {n} 行在校不在籍核对行没有号码，未能比对")
    return inquiry.judge(
        enrolled & ~county.reconciled.registered_absent[pupil] & seen.strange & ~seen.arranged,
        "学籍在本校，{other}（{other_class}）核对表记为在校，该校名册没有其学籍；"
        "两校转学台账都没有同意或办理中的记录{lacking}",
        who=register,
        at=pupil,
        facts={**seen_facts(inquiry, there), "lacking": not_supplied(inquiry, ("transfers", "转学台账"))},
        sources=[(register, pupil), (rows, there)],
        shared=seen_texts(rows, there),
    )
