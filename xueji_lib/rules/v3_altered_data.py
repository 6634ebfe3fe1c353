"""三、伪造、改动学籍数据。"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, not_no, truth, yes
from xueji_lib.county.repeated_changes import PERHAPS_REPEATED
from xueji_lib.county.rows import Ints, Rows, groups
from xueji_lib.register.vocabulary import ChangedField, Material
from xueji_lib.rules.across import Across
from xueji_lib.rules.changed_values import FIELDS, days, earlier
from xueji_lib.rules.common import group_texts
from xueji_lib.rules.corrections import corrects
from xueji_lib.rules.evidence_text import show
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R301")
def changed_without_household_change(inquiry: Inquiry) -> Verdict:
    """户籍未变更即修改学籍信息。"""
    rows = inquiry["changes"]
    subject = rows["field"].isin([*FIELDS])
    household, done = rows["household_date"], rows["platform_date"]
    return inquiry.judge(
        subject & (household.is_blank() | (household.has_value() & done.lt(household))),
        "修改{field}：平台修改 {platform_date}，户口登记变更 {household_date}",
        who=rows,
        applies=subject,
        leads=[Lead(corrects(inquiry, rows), f"修改{{field}}是更正错录（{MENDED}）")],
    )


MENDED: Final = "修改前的值与名册其余两项矛盾或号码校验不过，修改后相合"


def _students(rows: Rows) -> Ints:
    """Per row: the group of its student (全国学籍号); -1 where that is not known."""
    keys = rows.key("register_key")
    return np.where(keys != 0, pd.factorize(keys)[0], -1).astype(np.int64)


def _latest(rows: Rows, group: Ints, counted: Flags) -> Flags:
    """The rows (of those counted) with the latest 平台修改日期 of their group; ties all stay."""
    days = rows["platform_date"].values.astype("datetime64[D]").astype(np.int64)
    days = np.where(rows["platform_date"].known, days, -(10**9))
    best = pd.Series(np.where(counted, days, -(10**10))).groupby(group).transform("max").to_numpy()
    latest: Flags = counted & ((days == best) | (group < 0))
    return latest


def _charged(
    rows: Rows, group: Ints, fields: tuple[str, ...], lacking: Callable[[list[str]], int], repeats: bool = True
) -> Truth:
    """Per row: the student's rows with one of these 修改项目 are too many, and its school has the latest of them.

    ``lacking``: of the fields of the rows that surely count, how many more rows make them too many (0 or less: none).
    A row of unknown 修改项目 may count or not, as may one that perhaps repeats another term's (not ``repeats``: such a
    row is as good as the other). Yet that one says when the change was: it is another change, or the repeated one is of
    its day. An unknown 平台修改日期 may be any day.
    """
    field = rows["field"]
    among = field.isin(fields)
    certain, possible = yes(among), not_no(among)
    counted = certain & ~rows.frame[PERHAPS_REPEATED].to_numpy(dtype=bool) if repeats else certain
    texts, day = field.strings, days(rows)
    hit, open_ = np.zeros(len(rows), dtype=bool), possible & (group < 0)
    at = np.flatnonzero(possible & (group >= 0))
    for row_indexes in pd.Series(at).groupby(group[at]).agg(list):
        sure, dated = ([i for i in row_indexes if flags[i]] for flags in (counted, certain))
        need = lacking([texts[i] for i in sure])
        if need > len(row_indexes) - len(sure):
            continue
        for school in {rows.school[i] for i in row_indexes}:
            own = [i for i in row_indexes if rows.school[i] == school]
            if any(need <= _more_by(day, row_indexes, sure, dated, i) for i in own):
                others = [i for i in row_indexes if rows.school[i] != school]
                last = need <= 0 and (not others or any(_after_all(day, i, others) for i in own if certain[i]))
                (hit if last else open_)[own] = True
    return truth(hit, open_)


def _after_all(day: list[int | None], row: int, others: list[int]) -> bool:
    """The row is not earlier than any of the others, all of whose days are known."""
    days = [day[row], *(day[i] for i in others)]
    return None not in days and not any(earlier(day, row, i) for i in others)


def _more_by(day: list[int | None], row_indexes: list[int], sure: list[int], dated: list[int], row: int) -> int:
    """How many rows more than the sure ones may count where ``row`` is the latest; a very large negative
    number where it cannot be the latest, for one of the ``dated`` is later."""
    early = [i for i in row_indexes if not earlier(day, row, i)]
    return len(early) - len(sure) if set(dated) <= set(early) else -(10**9)


def _changes_text(rows: Rows, group: Ints, counted: Flags) -> dict[int, str]:
    at = np.flatnonzero(counted & (group >= 0))
    frame = pd.DataFrame({
        "group": group[at], "day": rows["platform_date"].values[at].astype(str), "field": rows.strings("field", at),
    }).sort_values(["group", "day", "field"])  # fmt: skip
    frame["text"] = frame["day"].replace("NaT", "日期未知") + " 修改" + frame["field"].fillna("（未知）")
    return group_texts(frame["group"].to_numpy(dtype=np.int64), frame["text"].tolist())


def _group_sources(rows: Rows, group: Ints, counted: Flags) -> dict[int, str]:
    at = np.flatnonzero(counted & (group >= 0))
    return group_texts(group[at], rows.sources(at), " | ")


def _by_student(
    inquiry: Inquiry, rows: Rows, hit: Truth, group: Ints, counted: Flags, sentence: str, lead: Lead
) -> Verdict:
    texts, sources = _changes_text(rows, group, counted), _group_sources(rows, group, counted)
    latest = _latest(rows, groups(group, rows.school), counted)
    return inquiry.judge(
        truth(latest | (group < 0)) & hit,
        lambda chosen: [sentence.format(texts[g]) for g in group[chosen].tolist()],
        who=rows,
        person=np.where(group >= 0, rows.key("register_key"), np.arange(len(rows))),
        applies=counted,
        sources=lambda chosen: [sources[g] for g in group[chosen].tolist()],
        leads=[lead],
    )


def _corrections(inquiry: Inquiry, rows: Rows, group: Ints) -> tuple[Truth, Ints, Ints]:
    """Per row: all changes of the student's number (those that perhaps are one, too) are corrections; how many of them
    surely are none, and how many perhaps are none."""
    number, mends = rows["field"].eq(ChangedField.ID_NUMBER), corrects(inquiry, rows)
    counted = number & ~mends
    at = np.flatnonzero(group >= 0)
    size = int(group.max(initial=-1)) + 1
    surely = yes(counted) & ~rows.frame[PERHAPS_REPEATED].to_numpy(dtype=bool)
    low, high = (np.bincount(group[at][flags[at]], minlength=size) for flags in (surely, not_no(counted)))
    own = np.maximum(group, 0)
    none = np.zeros(len(rows), dtype=np.int64)
    low, high = (np.where(group >= 0, n[own] if size else none, none).astype(np.int64) for n in (low, high))
    return truth(high == 0, (high > 0) & (low == 0)), low, high


@rule("R302", across=Across.NUMBERS)
def name_and_number_both_changed(inquiry: Inquiry) -> Verdict:
    """姓名和身份证号都被修改。"""
    rows = inquiry.county.distinct_changes
    both, field = (ChangedField.NAME, ChangedField.ID_NUMBER), rows["field"]
    group = _students(rows)
    hit = _charged(rows, group, both, lambda fields: 2 - len(set(fields)), repeats=False)
    lead = Lead(_corrections(inquiry, rows, group)[0], f"身份证件号的修改都是更正错录（{MENDED}）")
    return _by_student(inquiry, rows, hit, group, not_no(field.isin(both)), "姓名和身份证号都改过：{}", lead)


@rule("R303", across=Across.NUMBERS)
def number_changed_more_than_once(inquiry: Inquiry) -> Verdict:
    """身份证号修改超过一次。"""
    rows = inquiry.county.distinct_changes
    number, field = (ChangedField.ID_NUMBER,), rows["field"]
    limit = inquiry.policy["id_number_changes"]
    group = _students(rows)
    hit = _charged(rows, group, number, lambda fields: limit + 1 - len(fields))
    sentence = f"身份证号只能修改 {limit} 次，台账有：{{}}"
    _, low, high = _corrections(inquiry, rows, group)
    within = truth(high <= limit, (high > limit) & (low <= limit))
    lead = Lead(within, f"不计更正错录的修改（{MENDED}）就不超过 {limit} 次")
    return _by_student(inquiry, rows, hit, group, not_no(field.isin(number)), sentence, lead)


@rule("R304")
def change_papers_incomplete(inquiry: Inquiry) -> Verdict:
    """信息修改材料不全。"""
    rows = inquiry["changes"]
    booklet = rows["booklet"].ne(Material.PROVIDED, blank=True) | rows["booklet_copy"].ne(Material.PROVIDED, blank=True)
    field = rows["field"]
    subject = field.isin((ChangedField.NAME, ChangedField.SEX, ChangedField.ETHNICITY, ChangedField.ID_NUMBER))
    uncancelled = ~rows["cancellation"].isin((Material.PROVIDED, Material.NOT_APPLICABLE), blank=False)
    cancelled = [f"，销户证明{text}" for text in show(rows, "cancellation", np.arange(len(rows)))]
    return inquiry.judge(
        (subject & booklet) | (field.eq(ChangedField.ID_NUMBER) & uncancelled),
        "修改{field}（{platform_date}）：户口本原件{booklet}，复印件{booklet_copy}{cancelled}",
        who=rows,
        applies=subject,
        facts={"cancelled": np.where(yes(field.eq(ChangedField.ID_NUMBER)), cancelled, "").astype(object)},
    )


@rule("R307")
def changed_before_approval(inquiry: Inquiry) -> Verdict:
    """未经审批或先修改后审批。"""
    rows = inquiry["changes"]
    subject = rows["field"].isin([*FIELDS])
    approval, done = rows["approve_date"], rows["platform_date"]
    return inquiry.judge(
        subject & (approval.is_blank() | (approval.has_value() & done.lt(approval))),
        "修改{field}：平台修改 {platform_date}，审批 {approve_date}",
        who=rows,
        applies=subject,
    )
