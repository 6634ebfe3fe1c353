"""五、为不符合条件的学生签字盖章：在校而没有本校学籍的学生。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, concat, not_no, open_where, truth, yes
from xueji_lib.county.rows import flagged
from xueji_lib.register.vocabulary import Situation
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import awaiting_school, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.other_checks import found_by
from xueji_lib.rules.own_side import standing_transfer_in
from xueji_lib.rules.seen_elsewhere import next_stage
from xueji_lib.rules.sides import seen_texts
from xueji_lib.rules.v1_seen_elsewhere import perhaps_one_pupil_of_two_schools
from xueji_lib.rules.verdict import Verdict


@rule("R508", across=(Across.NUMBERS, Across.REGISTERS), not_for_special=True)
def child_of_other_school_taken_in(inquiry: Inquiry) -> Verdict:
    """接收未办手续的他校在籍学生就读。记在接收学校。

    One judged row a register row of another school, and one a child who is on no register and may be on one.
    """
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    stranger = county.reconciled.present_unregistered & ~standing_transfer_in(inquiry)
    hc, reg = county.reconciled.registered_elsewhere
    rest = np.flatnonzero(not_no(county.reconciled.present_unregistered) & ~flagged(len(rows), hc))
    at, listed = np.append(hc, rest), np.append(reg, np.full(len(rest), -1))
    return inquiry.judge(
        stranger[at] & concat(_listed_there(inquiry, hc, reg), open_where(_perhaps_listed(inquiry)[rest])),
        "在本校就读而学籍在{other}（{other_grade} 年级 {other_class} 班）；"
        "本校转学台账没有同意或办理中的转入记录{lacking}",
        who=rows,
        at=at,
        applies=county.reconciled.present_unregistered[at],
        facts={
            "other": np.append(county.names[register.school], "")[listed],
            "other_grade": register["grade"].take(listed),
            "other_class": register["class_no"].take(listed),
            "lacking": not_supplied(inquiry, ("transfers", "转学台账")),
        },
        sources=[(rows, at), (register, listed)],
        shared=seen_texts(rows, at),
    )


def _listed_there(inquiry: Inquiry, hc: RowIndexes, reg: RowIndexes) -> Truth:
    """Per pair of a headcount and a register row of another school: the pupil is on that register, and not as one who
    has just finished the stage below (R406)."""
    register = inquiry["register"]
    goes_up = next_stage(inquiry["headcount"]["grade"].take(hc), register["grade"].take(reg))
    return inquiry.county.registry.on_register[reg] & ~goes_up


def _perhaps_listed(inquiry: Inquiry) -> Flags:
    """Per headcount row that no other school's register has by number: it may be on one all the same."""
    county = inquiry.county
    incomplete = not county.schools_with("register")[: county.n_schools].all()
    return county.reconciled.numbers.none | np.bool_(incomplete)


def _on_another_register(inquiry: Inquiry) -> Truth:
    """Per headcount row, what R508 asks beside 在校不在籍 and the transfers."""
    rows = inquiry["headcount"]
    hc, reg = inquiry.county.reconciled.registered_elsewhere
    unlisted = ~flagged(len(rows), hc)
    return any_of(len(rows), hc, _listed_there(inquiry, hc, reg)) | open_where(unlisted & _perhaps_listed(inquiry))


@rule("R517", across=Across.CENTRAL, not_for_special=True)
def illegal_intake_or_guest(inquiry: Inquiry) -> Verdict:
    """违规招收转入或借读旁听。"""
    rows = inquiry["headcount"]
    present = inquiry.county.reconciled.present_unregistered
    return inquiry.judge(
        present & rows["situation"].isin((Situation.WRONGLY_ADMITTED, Situation.GUEST), blank=False),
        "在校不在籍，情形为{situation}",
        who=rows,
        applies=present,
    )


@rule(
    "R518",
    across=(Across.NUMBERS, Across.REGISTERS, Across.MISMATCHED_NAMES),
    not_for_special=True,
)
def child_of_unknown_standing(inquiry: Inquiry) -> Verdict:
    """在校不在籍而情形不明。"""
    county, rows = inquiry.county, inquiry["headcount"]
    present, person = county.reconciled.present_unregistered, county.persons(rows)
    subject = present & rows["situation"].eq(Situation.OTHER, blank=True)
    same_name = found_by(inquiry, perhaps_one_pupil_of_two_schools, rows.school, person)
    # Where R508 is undecided this is too, as the condition says, though either way nothing would be left to find.
    arranged = standing_transfer_in(inquiry)
    told_elsewhere = (
        (_on_another_register(inquiry) & ~arranged) | truth(yes(same_name)) | _goes_up_from_another(inquiry) | arranged
    )
    return inquiry.judge(
        subject & ~told_elsewhere,
        "在校不在籍，情形{situation}；没有查到他校学籍，本校转学台账没有同意或办理中的转入记录{lacking}",
        who=rows,
        applies=subject,
        awaiting=awaiting_school(inquiry, np.arange(len(rows))),
        facts={"lacking": not_supplied(inquiry, ("transfers", "转学台账"))},
        shared=seen_texts(rows, np.arange(len(rows))),
    )


def _goes_up_from_another(inquiry: Inquiry) -> Truth:
    """Per headcount row: in a 起始年级, and on another school's register in the 毕业年级 of the stage below (R406)."""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    hc, reg = county.reconciled.registered_elsewhere
    goes_up = next_stage(rows["grade"].take(hc), register["grade"].take(reg))
    return any_of(len(rows), hc, county.registry.on_register[reg] & goes_up)
