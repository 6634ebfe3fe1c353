"""三、伪造、改动学籍数据。"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Flags, Truth, not_no, truth, yes
from xueji_lib.county.rows import Ints, Rows, groups
from xueji_lib.rules.case import Case, Verdict, show
from xueji_lib.rules.changed_values import FIELDS, days, earlier
from xueji_lib.rules.common import group_texts
from xueji_lib.rules.registry import rule


@rule("R301")
def changed_without_household_change(case: Case) -> Verdict:
    """户籍未变更即修改学籍信息。"""
    rows = case["changes"]
    subject = rows["field"].isin([*FIELDS])
    household, done = rows["household_date"], rows["platform_date"]
    return case.judge(
        subject & (household.is_blank() | (household.has_value() & done.lt(household))),
        "修改{field}：平台修改 {platform_date}，户口登记变更 {household_date}",
        who=rows,
        applies=subject,
    )


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


def _charged(rows: Rows, group: Ints, fields: tuple[str, ...], lacking: Callable[[list[str]], int]) -> Truth:
    """Per row: the student's rows with one of these 修改项目 are too many, and its school has the latest of them.

    ``lacking``: of the fields of the rows that surely count, how many more rows make them too many (0 or less: none).
    A row of unknown 修改项目 may count or not; an unknown 平台修改日期 may be any day.
    """
    field = rows["field"]
    among = field.isin(fields)
    certain, possible = yes(among), not_no(among)
    texts, day = field.strings, days(rows)
    hit, open_ = np.zeros(len(rows), dtype=bool), possible & (group < 0)
    at = np.flatnonzero(possible & (group >= 0))
    for places in pd.Series(at).groupby(group[at]).agg(list):
        sure = [i for i in places if certain[i]]
        need = lacking([texts[i] for i in sure])
        if need > len(places) - len(sure):
            continue
        for school in {rows.school[i] for i in places}:
            here = [i for i in places if rows.school[i] == school]
            if any(need <= _more_by(day, places, sure, i) for i in here):
                others = [i for i in places if rows.school[i] != school]
                last = need <= 0 and (not others or any(_after_all(day, i, others) for i in here if certain[i]))
                (hit if last else open_)[here] = True
    return truth(hit, open_)


def _after_all(day: list[int | None], one: int, others: list[int]) -> bool:
    """The row is not earlier than any of the others, all of whose days are known."""
    days = [day[one], *(day[i] for i in others)]
    return None not in days and not any(earlier(day, one, i) for i in others)


def _more_by(day: list[int | None], places: list[int], sure: list[int], one: int) -> int:
    """How many rows more than the sure ones may count where row ``one`` is the latest; far below 0 where it is not."""
    early = [i for i in places if not earlier(day, one, i)]
    return len(early) - len(sure) if set(sure) <= set(early) else -(10**9)


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


def _by_student(case: Case, rows: Rows, hit: Truth, group: Ints, counted: Flags, sentence: str) -> Verdict:
    texts, sources = _changes_text(rows, group, counted), _group_sources(rows, group, counted)
    latest = _latest(rows, groups(group, rows.school), counted)
    return case.judge(
        truth(latest | (group < 0)) & hit,
        lambda chosen: [sentence.format(texts[g]) for g in group[chosen].tolist()],
        who=rows,
        person=np.where(group >= 0, rows.key("register_key"), np.arange(len(rows))),
        applies=counted,
        sources=lambda chosen: [sources[g] for g in group[chosen].tolist()],
    )


@rule("R302")
def name_and_number_both_changed(case: Case) -> Verdict:
    """姓名和身份证号都被修改。"""
    rows = case.county.distinct_changes
    both, field = ("姓名", "身份证件号"), rows["field"]
    group = _students(rows)
    hit = _charged(rows, group, both, lambda fields: 2 - len(set(fields)))
    return _by_student(case, rows, hit, group, not_no(field.isin(both)), "姓名和身份证号都改过：{}")


@rule("R303")
def number_changed_more_than_once(case: Case) -> Verdict:
    """身份证号修改超过一次。"""
    rows = case.county.distinct_changes
    number, field = ("身份证件号",), rows["field"]
    limit = case.policy["id_number_changes"]
    group = _students(rows)
    hit = _charged(rows, group, number, lambda fields: limit + 1 - len(fields))
    sentence = f"身份证号只能修改 {limit} 次，台账有：{{}}"
    return _by_student(case, rows, hit, group, not_no(field.isin(number)), sentence)


@rule("R304")
def change_papers_incomplete(case: Case) -> Verdict:
    """信息修改材料不全。"""
    rows = case["changes"]
    booklet = rows["booklet"].ne("有", blank=True) | rows["booklet_copy"].ne("有", blank=True)
    field = rows["field"]
    subject = field.isin(("姓名", "性别", "民族", "身份证件号"))
    uncancelled = ~rows["cancellation"].isin(("有", "不适用"), blank=False)
    cancelled = [f"，销户证明{text}" for text in show(rows, "cancellation", np.arange(len(rows)))]
    return case.judge(
        (subject & booklet) | (field.eq("身份证件号") & uncancelled),
        "修改{field}（{platform_date}）：户口本原件{booklet}，复印件{booklet_copy}{cancelled}",
        who=rows,
        applies=subject,
        facts={"cancelled": np.where(yes(field.eq("身份证件号")), cancelled, "").astype(object)},
    )


@rule("R307")
def changed_before_approval(case: Case) -> Verdict:
    """未经审批或先修改后审批。"""
    rows = case["changes"]
    subject = rows["field"].isin([*FIELDS])
    approval, done = rows["approve_date"], rows["platform_date"]
    return case.judge(
        subject & (approval.is_blank() | (approval.has_value() & done.lt(approval))),
        "修改{field}：平台修改 {platform_date}，审批 {approve_date}",
        who=rows,
        applies=subject,
    )
