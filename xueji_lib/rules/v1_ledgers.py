"""一、未按规定及时录入、变动和上报：台账里没有的，两校台账不合的。"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import RowIndexes, Truth, any_of, not_no, truth
from xueji_lib.county.rows import Ints, KeyIndex, Keys, flagged, groups
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import Direction, Situation, StudentStatus, TransferResult
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import absent, in_ledger, other_school
from xueji_lib.rules.county_pupils import components
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.ledger_numbers import numbers_of, same_numbers
from xueji_lib.rules.marking import rule
from xueji_lib.rules.one_school import same_school
from xueji_lib.rules.seen_elsewhere import places_seen
from xueji_lib.rules.terms_of_days import in_terms
from xueji_lib.rules.verdict import Verdict


@rule("R107", across=Across.NUMBERS)
def moved_away_without_transfer(inquiry: Inquiry) -> Verdict:
    """已转外校就读未办学籍转接。"""
    rows, transfers, register = inquiry["headcount"], inquiry["transfers"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    moved = base & rows["situation"].eq(Situation.MOVED_SCHOOL, blank=False)[hc]
    left = transfers["direction"].eq(Direction.OUT) & transfers["result"].ne(TransferResult.REJECTED)
    out = in_ledger(inquiry, "transfers", left)
    seen = places_seen(inquiry, reg)
    return inquiry.judge(
        moved & ~out[reg],
        "核对表记为不在校、已转外校就读（离校 {moved}），本校转学台账没有该生的转出记录（不同意的不算）{seen}",
        who=register,
        at=reg,
        applies=moved,
        facts={"moved": rows["moved_date"].take(hc), "seen": lambda chosen: [seen.get(i, "") for i in reg[chosen]]},
        sources=[(rows, hc), (register, reg)],
        leads=[Lead(rows["measure"].has_value()[hc], "学校已如实写明该生去向并填了整改措施，正在督促办理")],
    )


@rule("R108")
def suspended_without_ledger(inquiry: Inquiry) -> Verdict:
    """休学学生未建台账。"""
    register = inquiry["register"]
    suspended = register["status"].eq(StudentStatus.SUSPENDED, blank=False)
    return inquiry.judge(
        suspended & ~in_ledger(inquiry, "suspensions"),
        "名册学生状态为休学，休复学台账没有该生的记录",
        who=register,
        applies=suspended,
    )


@rule("R109")
def grade_and_entry_month_disagree(inquiry: Inquiry) -> Verdict:
    """年级与入学年月不符。"""
    register = inquiry["register"]
    grade, entry = register["grade"], register["entry_month"]
    kind = pd.Series(inquiry.county.kind)[register.school]
    first = kind.map(FIRST_GRADE_OF_MANY).to_numpy(dtype=float)
    kind_open = kind.isna().to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        stage = np.select([grade.values <= 6, grade.values <= 9], [1, 7], 10)
        entry_year = np.floor(entry.values / 100) - (entry.values % 100 < 7)
        since = inquiry.county.term.first_year - entry_year
        expected, from_first = stage + since, first + since
        # No grade at all fits such an entry: a stage has six grades at most, a school its own number.
        most = np.where(kind_open, 11, kind.map(MOST_YEARS).fillna(5).to_numpy(dtype=float))
        none_fits = (since < 0) | (since > most)
        perhaps = kind_open & ~none_fits & ((1 + since == grade.values) | (7 + since == grade.values))
        fits = ((expected == grade.values) & (since >= 0) & (since <= 5)) | (from_first == grade.values)
    differs = truth(~fits | none_fits, entry.unknown | ~(grade.known | none_fits) | (perhaps & ~fits))
    subject = entry.has_value()
    return inquiry.judge(
        subject & differs & ~in_ledger(inquiry, "suspensions"),
        "入学年月 {entry_month}，{expected}，名册为 {grade} 年级",
        who=register,
        applies=subject,
        facts={
            "expected": lambda chosen: [
                _expected_grade(g) + (f"（从本校 {f:g} 年级算起为 {h:g} 年级）" if 1 <= h <= 12 else "")
                for g, f, h in zip(expected[chosen], first[chosen], from_first[chosen], strict=True)
            ]
        },
    )


FIRST_GRADE_OF_MANY: Final[Mapping[str, int]] = {"九年一贯制学校": 1, "十二年一贯制学校": 1, "完全中学": 7}
"""办学类型 of schools of several stages → their lowest grade: 入学年月 may be when a pupil came to the school."""
MOST_YEARS: Final[Mapping[str, int]] = {"九年一贯制学校": 11, "十二年一贯制学校": 11}
"""For these, how many grades above the first one a pupil may be (the grade in the list may be any); five elsewhere."""


def _expected_grade(grade: float) -> str:
    if grade < 1:
        return "按此推算本学年尚未入学"
    return f"按此推算为 {grade:g} 年级" if grade <= 12 else "按此推算已超过 12 年级"


@rule("R112", across=Across.TRANSFERS)
def ledgers_of_two_schools_disagree(inquiry: Inquiry) -> Verdict:
    """转出转入两校台账不一致。记在缺行的学校。"""
    county, rows = inquiry.county, inquiry["transfers"]
    other = other_school(inquiry)
    far = (other >= 0) & ~same_school(inquiry, rows.school, other)
    subject = (
        rows["result"].eq(TransferResult.APPROVED)
        & rows["centre_date"].has_value()
        & in_terms(inquiry, rows["apply_date"], [county.term.id])
        & inquiry.periods.efile_over(rows["centre_date"], blank=False)
        & truth(far & county.schools_with("transfers")[np.maximum(other, 0)])
    )
    ask = np.flatnonzero(not_no(subject))
    answered = any_of(len(rows), *_answers(inquiry, ask, other))
    back = np.where(rows["direction"].values == Direction.IN, Direction.OUT, Direction.IN)
    return inquiry.judge(
        subject & ~answered,
        "{other} 台账有该生 {direction} 记录（{apply_date} 申请，同意，学籍管理中心 {centre_date} 确认，"
        "期限 {deadline}），本校台账没有该生的{back}记录（截至 {as_of}）",
        who=rows,
        school=np.where(other >= 0, other, -1),
        person=_pupils_asked_for(inquiry, np.where(far, other, -1)),
        applies=subject,
        facts={
            "other": county.names[rows.school],
            "back": back,
            "deadline": inquiry.periods.efile_deadline(rows["centre_date"]),
            "as_of": str(inquiry.as_of),
        },
    )


def _pupils_asked_for(inquiry: Inquiry, asked: Ints) -> Ints:
    """Per transfer row: its pupil; one, where rows of several schools that ask one school (``asked``: its code, -1 for
    none) hold one number."""
    rows = inquiry["transfers"]
    asking = np.flatnonzero(asked >= 0)
    ties = [(asking, groups(asked[asking], rows.school[asking], inquiry.county.persons(rows)[asking]))]
    for kind in NUMBER_KEYS:
        row, held = numbers_of(inquiry, rows, kind)
        row, held = row[asked[row] >= 0], held[asked[row] >= 0]
        ties.append((row, groups(asked[row], held)))
    return components(len(rows), [tie for tie in ties if len(tie[0])])


def _answers(inquiry: Inquiry, ask: RowIndexes, other: Ints) -> tuple[RowIndexes, Truth]:
    """For transfer rows ``ask``: rows of the other school's ledger of the same student; true where the direction
    is the opposite one."""
    rows = inquiry["transfers"]
    numbers = {kind: numbers_of(inquiry, rows, kind) for kind in NUMBER_KEYS}
    asked = flagged(len(rows), ask)
    left, right = same_numbers(numbers, numbers)
    left, right = left[asked[left]], right[asked[left]]
    names = pd.factorize(rows.strings("name"))[0].astype(np.int64)
    a, b = KeyIndex(Keys(names + 1)).join(Keys(names[ask] + 1))
    a = ask[a]
    comparable = np.zeros(len(a), dtype=bool)
    for held, _ in numbers.values():
        numbered = flagged(len(rows), held)
        comparable |= numbered[a] & numbered[b]
    asking, answering = np.append(left, a[~comparable]), np.append(right, b[~comparable])
    at_other = rows.school[answering] == other[asking]
    asking, answering = asking[at_other], answering[at_other]
    incoming = rows["direction"].eq(Direction.IN)
    outgoing = rows["direction"].eq(Direction.OUT)
    return asking, (incoming[asking] & outgoing[answering]) | (outgoing[asking] & incoming[answering])
