"""六、有意刁难学生转学，使得流动人口随迁子女延误或不能及时入学。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.case import Case, Verdict
from xueji_lib.cells import Truth, truth
from xueji_lib.rows import Ints, class_key, grade_key, groups, split_class_key
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, class_seats, seats_of
from xueji_lib.rules.registry import rule


@rule("R601")
def refused_though_seats_free(case: Case) -> Verdict:
    """符合条件且有学位的转入申请被拒。"""
    rows = case["transfers"]
    inside, place = case.in_window(rows["apply_date"])
    subject = (
        rows["direction"].eq("转入")
        & rows["result"].eq("不同意")
        & rows["reason"].ne("其他")
        & ~rows["grade"].isin((*ENTRY_GRADES, *FINAL_GRADES))
        & inside
    )
    seats, enrolled, free = _free_seats(case, grade_key(rows.school, rows["grade"].values))
    return case.judge(
        subject & free,
        "{window}，转学原因{reason}，办理结果不同意；{grade} 年级核定学位 {seats} 个，名册在读 {enrolled} 人",
        who=rows,
        applies=subject,
        facts={"window": case.window_text(rows["apply_date"], place), "seats": seats, "enrolled": enrolled},
    )


def _free_seats(case: Case, grades: Ints) -> tuple[Ints, Ints, Truth]:
    """Seats of each grade (``grade_key``), students 在读, and whether seats > students and there are students."""
    registry = case.county.registry
    sizes = registry.sizes
    keys = np.unique(np.append(sizes.keys[sizes.low > 0], class_seats(case)[0]))
    seats, unknown = seats_of(case, keys)
    school, grade, _ = split_class_key(keys)
    of_class = class_key(school, grade.astype(float), np.zeros(len(keys)))
    frame = (
        pd.DataFrame({"grade": of_class, "seats": seats, "unknown": unknown})
        .groupby("grade")
        .agg(seats=("seats", "sum"), unknown=("unknown", "any"))
    )
    own = grade_key(registry.rows.school, registry.rows["grade"].values)
    low = pd.Series(own[registry.enrolled]).value_counts()
    high = pd.Series(own[registry.enrolled | registry.maybe_enrolled]).value_counts()
    total: Ints = frame["seats"].reindex(grades, fill_value=0).to_numpy(dtype=np.int64)
    rejected = frame["unknown"].reindex(grades, fill_value=False).to_numpy(dtype=bool)
    here = np.asarray(low.reindex(grades, fill_value=0), dtype=np.int64)
    most = np.asarray(high.reindex(grades, fill_value=0), dtype=np.int64)
    loose = np.bincount(
        registry.rows.school[registry.enrolled & ~registry.rows["grade"].known], minlength=len(case.county.school_ids)
    )
    most = most + loose[case["transfers"].school]
    certain = (here > 0) & (total > most) & ~rejected
    possible = (most > 0) & ((total > here) | rejected) & ~certain
    return total, here, truth(certain, possible | (grades == 0))


@rule("R602")
def migrant_child_kept_waiting(case: Case) -> Verdict:
    """随迁子女转学申请久拖未决。"""
    rows, limit = case["transfers"], case.policy["transfer_decision_workdays"]
    subject = rows["direction"].eq("转入") & rows["migrant_child"].eq("是") & rows["result"].eq("办理中")
    return case.judge(
        subject & case.more_workdays(rows["apply_date"], case.county.days, limit),
        "随迁子女 {apply_date} 申请转入，截至 {as_of} 已 {n} 个工作日（限 {limit} 个），仍在办理中",
        who=rows,
        applies=subject,
        facts={
            "n": case.workdays(rows["apply_date"], case.county.days),
            "limit": str(limit),
            "as_of": str(case.as_of),
        },
    )


@rule("R603")
def parents_made_to_come_again(case: Case) -> Verdict:
    """家长被要求多次到校。"""
    rows = case["transfers"]
    return case.judge(rows["visits"].gt(1), "家长到校 {visits} 次（{apply_date} 申请{direction}）", who=rows)


@rule("R604")
def refused_without_reason(case: Case) -> Verdict:
    """拒绝转学未说明理由。"""
    rows = case["transfers"]
    refused = rows["result"].eq("不同意")
    return case.judge(
        refused & rows["refusal_reason"].is_blank(),
        "{apply_date} 申请{direction}，办理结果不同意，不同意理由空白",
        who=rows,
        applies=refused,
    )


@rule("R605")
def complaint_about_transfer(case: Case) -> Verdict:
    """有关转学入学的投诉举报。一件一条。"""
    rows = case["complaints"]
    subject = rows["category"].isin(("拒收符合条件学生", "拖延办理", "要求额外材料"))
    date, category = rows["received_date"], rows["category"]
    content = rows.frame["content"].astype(object).fillna("")
    day = np.where(date.known, date.values.astype("datetime64[D]").astype(str), "")
    extra = [f"{d}|{c or ''}" for d, c in zip(day, category.strings, strict=True)]
    return case.judge(
        subject & rows["verified"].ne("不属实", blank=True),
        "{received_date} 受理的投诉举报，类别{category}，核实情况{verified}",
        who=rows,
        person=groups(rows.school, extra, content.to_numpy()),
        applies=subject,
        extra=extra,
        secret=content.to_numpy(dtype=object),
    )
