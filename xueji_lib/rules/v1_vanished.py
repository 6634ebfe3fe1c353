"""一、未按规定及时录入、变动和上报：学生不见了——转出后哪里都没有，上学期在籍这学期哪里都没有。"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, not_no, truth
from xueji_lib.county.pupil_names import PupilNames
from xueji_lib.county.rows import KeyIndex, Keys, Rows, flagged, name_key
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import Direction, StudentStatus, TransferResult
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import named_school, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.last_grades import in_last_grade
from xueji_lib.rules.ledger_numbers import numbers_of, own_numbers, same_numbers
from xueji_lib.rules.marking import rule
from xueji_lib.rules.terms_of_days import in_terms
from xueji_lib.rules.verdict import Verdict
from xueji_lib.rules.whereabouts import nowhere

_ENDS = (9, 12)


@rule("R118", across=(Across.NUMBERS, Across.REGISTERS))
def transferred_and_not_arrived(inquiry: Inquiry) -> Verdict:
    """转出后在本县下落不明。"""
    county, rows = inquiry.county, inquiry["transfers"]
    target, limit = named_school(inquiry, "to_school")[0], inquiry.policy["moved_workdays"]
    subject = (
        rows["direction"].eq(Direction.OUT)
        & rows["result"].eq(TransferResult.APPROVED)
        & truth(target >= 0, ~rows["to_school"].known)
        & in_terms(inquiry, rows["apply_date"], [county.term.id, previous_term_id(county.term.id)])
        & inquiry.periods.more_workdays(rows["centre_date"], county.days, limit, blank=False)
    )
    numbers = {kind: numbers_of(inquiry, rows, kind) for kind in NUMBER_KEYS}
    own, later = same_numbers(numbers, numbers)
    went_on = any_of(
        len(rows),
        own,
        truth((rows.school[later] == target[own]) & (target[own] >= 0))
        & rows["direction"].eq(Direction.OUT)[later]
        & rows["apply_date"].take(later).gt(rows["apply_date"].take(own)),
    )
    return inquiry.judge(
        subject & nowhere(inquiry, len(rows), numbers) & ~went_on,
        "{apply_date} 申请转往{to_school}，同意，学籍管理中心 {centre_date} 确认，截至 {as_of} 已过 {n} 个工作日；"
        "本县任何学校名册都没有该生，也没有学校点名在校{lacking}",
        who=rows,
        applies=subject,
        facts={
            "as_of": str(inquiry.as_of),
            "n": inquiry.periods.workdays(rows["centre_date"], county.days),
            "lacking": not_supplied(inquiry, ("headcount", "逐班核对表")),
        },
    )


@rule("R119", across=(Across.NUMBERS, Across.REGISTERS))
def on_no_register_any_more(inquiry: Inquiry) -> Verdict:
    """上学期在籍学生本学期下落不明。记在上学期名册所在学校。"""
    before = inquiry["previous_register"]
    return _vanished(inquiry, before.school < inquiry.county.n_schools)


@rule("R120", across=Across.COUNTY)
def lost_with_a_closed_school(inquiry: Inquiry) -> Verdict:
    """撤并学校的学生下落不明。记在县，school 填上学期校名。"""
    before = inquiry["previous_register"]
    return _vanished(inquiry, before.school >= inquiry.county.n_schools, inquiry.county.former_names[before.school])


def _vanished(inquiry: Inquiry, among: Flags, names: npt.NDArray[np.object_] | None = None) -> Verdict:
    """The answer for the rows (``among``) of the last register; ``names``: what each row's school was called, where it
    is no more."""
    county, before = inquiry.county, inquiry["previous_register"]
    subject = truth(among) & before["status"].isin((StudentStatus.ENROLLED, StudentStatus.SUSPENDED), blank=True)
    if county.term.is_first:
        subject = subject & ~in_last_grade(before, county.former_kinds) & ~before["grade"].isin(_ENDS)
    hit = subject
    if not_no(subject).any():  # nearly always no school was closed, and R120 need look for nobody
        hit = subject & _lost(inquiry, before) & ~_accounted_for(inquiry, before)
    return inquiry.judge(
        hit,
        "上学期名册 {grade} 年级 {class_no} 班{school}，{status}；本学期本县任何学校名册都没有该生，"
        "也没有学校点名在校；转学（转出）、疑似失学劝返台账都没有该生{lacking}",
        who=before,
        school=before.school if names is None else np.full(len(before), -1),
        applies=subject,
        facts={
            "school": "" if names is None else lambda chosen: [f"（{name}，已撤并）" for name in names[chosen]],
            "lacking": not_supplied(inquiry, ("headcount", "逐班核对表"), ("dropouts", "疑似失学劝返台账")),
        },
        extra=names,  # what the finding's school says
    )


def _lost(inquiry: Inquiry, before: Rows) -> Truth:
    """Per row of the last register: its pupil is nowhere in the county this term."""
    lost = nowhere(inquiry, len(before), own_numbers(before))
    for register in (inquiry["register"], inquiry.county.departed):
        lost = lost.doubted(_nameless_namesake(inquiry, before, register))
    return lost


def _nameless_namesake(inquiry: Inquiry, before: Rows, register: Rows) -> Flags:
    """Per row of the last register: the school has a pupil who has or had one of the names, and no number of one kind
    to compare."""
    names = inquiry.county.registry.names if register is inquiry["register"] else PupilNames(register)
    then, text = inquiry.county.previous.names.texts
    codes = names.codes_of(text)
    now = names.rows
    keys = name_key(register.school[now], names.codes, names.room)
    left, at = KeyIndex(keys).join(name_key(before.school[then], codes, names.room))
    left = then[left]
    return flagged(len(before), left[~_comparable(before, left, register, now[at])])


def _by_name_alone(before: Rows, ledger: Rows) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (row of the last register, row of the school's ledger) of one name that stands once in that register, with
    no number of one kind to compare. The ledger's grade is of this term and excludes nobody."""
    names = PupilNames(before)
    keys = name_key(before.school, names.own, names.room)
    single = np.isin(keys, np.unique(keys)[np.unique(keys, return_counts=True)[1] == 1])
    codes = names.of(ledger, np.arange(len(ledger)))
    row, own = KeyIndex(Keys(np.where(single, keys, 0))).join(name_key(ledger.school, codes, names.room))
    apart = ~_comparable(before, own, ledger, row)
    return own[apart], row[apart]


def _comparable(one: Rows, left: RowIndexes, other: Rows, right: RowIndexes) -> Flags:
    """Per pair: both have a number of one kind."""
    comparable = np.zeros(len(left), dtype=bool)
    for kind in NUMBER_KEYS:
        comparable |= (one.key(kind)[left] != 0) & (other.key(kind)[right] != 0)
    return comparable


def _accounted_for(inquiry: Inquiry, before: Rows) -> Truth:
    """Per row of the last register: this term's or last term's transfers have the pupil as 转出 (and not refused), or
    the ledger of those being brought back has it: by number in any school's, by name too in the school's own."""
    county = inquiry.county
    terms = [county.term.id, previous_term_id(county.term.id)]
    transfers, earlier, dropouts = inquiry["transfers"], county.previous_transfers, inquiry["dropouts"]
    recent = in_terms(inquiry, transfers["apply_date"], terms)
    answer = truth(np.zeros(len(before), dtype=bool))
    for ledger, counts in (
        (transfers, _left(transfers) & recent),
        (earlier, _left(earlier)),
        (dropouts, truth(np.ones(len(dropouts), dtype=bool))),
    ):
        numbers = own_numbers(ledger)
        if ledger is not earlier:
            numbers = {kind: numbers_of(inquiry, ledger, kind) for kind in NUMBER_KEYS}
        own, row = same_numbers(own_numbers(before), numbers)
        named, named_row = _by_name_alone(before, ledger)
        own, row = np.append(own, named), np.append(row, named_row)
        answer = answer | any_of(len(before), own, counts[row])
    return answer


def _left(transfers: Rows) -> Truth:
    return transfers["direction"].eq(Direction.OUT) & transfers["result"].ne(TransferResult.REJECTED)
