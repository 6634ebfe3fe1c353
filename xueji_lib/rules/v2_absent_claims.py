"""二、弄虚作假：在籍不在校的学生，学校的说法没有着落——称休学、称在特教、称已复学。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, truth
from xueji_lib.county.rows import KeyIndex, Keys
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import Situation, StudentStatus
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import absent, awaiting_school, in_ledger, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.ledger_numbers import own_numbers, same_numbers
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict

_BACK = "已复学"
_AWAY = (Situation.SUSPENDED, Situation.ON_LEAVE, Situation.SPECIAL_SCHOOL, Situation.MOVED_SCHOOL)


@rule("R211", across=Across.CENTRAL)
def said_to_be_suspended(inquiry: Inquiry) -> Verdict:
    """称休学而无休学手续（疑似空挂学籍）。"""
    rows, register = inquiry["headcount"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    claimed = base & rows["situation"].eq(Situation.SUSPENDED, blank=False)[hc]
    subject = claimed & register["status"].eq(StudentStatus.ENROLLED, blank=True)[reg]
    return inquiry.judge(
        subject & ~in_ledger(inquiry, "suspensions")[reg],
        "核对表记为不在校、情形休学，名册学生状态为在读；休复学台账没有该生{lacking}",
        who=register,
        at=reg,
        applies=subject,
        facts={"lacking": not_supplied(inquiry, ("suspensions", "休复学台账"))},
        sources=[(rows, hc), (register, reg)],
        awaiting=awaiting_school(inquiry, hc),
    )


def no_special_school(inquiry: Inquiry) -> str | None:
    """R212: only where the directory has a 特殊教育学校."""
    return None if inquiry.county.special.any() else "学校名录里没有特殊教育学校"


@rule("R212", across=(Across.CENTRAL, Across.SPECIAL_SCHOOLS), applies=no_special_school)
def unknown_to_the_special_school(inquiry: Inquiry) -> Verdict:
    """称在特教就读而特教学校查无此人。"""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    subject = base & rows["situation"].eq(Situation.SPECIAL_SCHOOL, blank=False)[hc]
    special = np.flatnonzero(county.special)
    handed_in = all(county.schools_with(table)[special].all() for table in ("headcount", "register"))
    known, blind = _at_special_schools(inquiry, hc, reg)
    return inquiry.judge(
        subject & truth(np.ones(len(reg), dtype=bool), blind | (not handed_in)) & ~known,
        "核对表记为不在校、情形特教就读；{schools} 的核对表没有记该生在校，名册也没有该生（按号码）",
        who=register,
        at=reg,
        applies=subject,
        facts={"schools": "、".join(county.names[special])},
        sources=[(rows, hc), (register, reg)],
    )


def _at_special_schools(inquiry: Inquiry, hc: RowIndexes, reg: RowIndexes) -> tuple[Truth, Flags]:
    """Per pair: the pupil, by the register's number or the headcount's (or one that the row carries), is in class at a
    特殊教育学校 or on its register; and whether neither row has a number."""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    present = county.reconciled.present
    carried = {kind: county.reconciled.numbers.of_kind(kind) for kind in NUMBER_KEYS}
    answer, blind = truth(np.zeros(len(reg), dtype=bool)), np.ones(len(reg), dtype=bool)
    for who, at, numbers in ((register, reg, own_numbers(register)), (rows, hc, carried)):
        left, right = same_numbers(numbers, carried)
        there = county.special[rows.school[right]]
        seen = any_of(len(who), left[there], present[right[there]])
        left, right = same_numbers(numbers, own_numbers(register))
        there = county.special[register.school[right]]
        listed = any_of(len(who), left[there], county.registry.on_register[right[there]])
        answer = answer | (seen | listed)[at]
        blind &= (who.key("id_key")[at] == 0) & (who.key("register_key")[at] == 0)
    return answer, blind


@rule("R213", across=Across.CENTRAL)
def said_to_be_back(inquiry: Inquiry) -> Verdict:
    """台账称已复学而核对不在校。"""
    rows, register, dropouts = inquiry["headcount"], inquiry["register"], inquiry["dropouts"]
    hc, reg, base = absent(inquiry)
    # A judged row for each headcount row of a pupil with each of the ledger's latest rows.
    pair, entry = _latest_entries(inquiry, reg)
    back_day, seen_day = dropouts["returned_date"].take(entry), rows["check_date"].take(hc[pair])
    still_away = back_day.is_blank() | (back_day.has_value() & seen_day.ge(back_day))
    said_back = dropouts["outcome"].eq(_BACK)[entry] & still_away
    contradicted = ~any_of(len(hc), pair, ~said_back)
    subject = base[pair] & ~rows["situation"].isin(_AWAY, blank=False)[hc[pair]]
    return inquiry.judge(
        subject & contradicted[pair],
        "劝返台账（{found} 发现）处理结果已复学，复学日期 {back_day}；"
        "核对日期 {seen_day}，核对表记为不在校，情形{situation}",
        who=register,
        at=reg[pair],
        applies=subject,
        facts={
            "found": dropouts["found_date"].take(entry),
            "back_day": back_day,
            "seen_day": seen_day,
            "situation": rows["situation"].take(hc[pair]),
        },
        sources=[(dropouts, entry), (rows, hc[pair]), (register, reg[pair])],
        awaiting=awaiting_school(inquiry, hc[pair]),
    )


def _latest_entries(inquiry: Inquiry, pupils: RowIndexes) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (position in ``pupils``, row of 劝返台账): the pupil's row of the latest 发现日期; several where days are
    equal or not known."""
    dropouts = inquiry["dropouts"]
    if not len(dropouts):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    link, found = inquiry.county.link("dropouts"), dropouts["found_date"]
    day = np.where(found.known, found.values.astype("datetime64[D]").astype(np.int64), np.iinfo(np.int64).min)
    last = np.full(len(inquiry["register"]), np.iinfo(np.int64).min)
    np.maximum.at(last, link.right, day[link.left])
    latest = ~found.known[link.left] | (day[link.left] == last[link.right])
    pair, at = KeyIndex(link.right[latest] + 1).join(Keys(pupils + 1))
    return pair, link.left[latest][at]
