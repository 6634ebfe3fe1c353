"""六、有意刁难学生转学，使得流动人口随迁子女延误或不能及时入学。"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.cells import Flags, Truth, truth
from xueji_lib.county.rows import Ints, Rows, class_key, grade_key, groups, split_class_key
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES
from xueji_lib.rules.registry import rule
from xueji_lib.rules.seats import class_seats, seats_of, standard_seats, unread_classes

Counts = npt.NDArray[np.float64]


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
    seats, enrolled, free = _free_seats(case, rows)
    return case.judge(
        subject & free,
        "{window}，转学原因{reason}，办理结果不同意；{grade} 年级核定学位 {seats} 个，名册在读 {enrolled} 人",
        who=rows,
        applies=subject,
        facts={"window": case.window_text(rows["apply_date"], place), "seats": seats, "enrolled": enrolled},
    )


def _free_seats(case: Case, rows: Rows) -> tuple[Counts, Counts, Truth]:
    """Per row, of its grade: seats, students 在读 (NaN where the grade is unknown), and whether there are students
    and seats > students.

    An unknown grade leaves it open only where some grade that is neither 起始 nor 毕业年级 has seats free.
    """
    grades = grade_key(rows.school, rows["grade"].values)
    frame = _grades(case)
    of_school, of_grade, _ = split_class_key(frame.index.to_numpy(dtype=np.int64))
    open_to_all = frame["possible"].to_numpy(dtype=bool) & ~np.isin(of_grade, (*ENTRY_GRADES, *FINAL_GRADES))
    doubt = (grades == 0) & np.isin(rows.school, of_school[open_to_all])
    found = frame.reindex(grades)
    certain, possible = (found[name].eq(True).to_numpy(dtype=bool) for name in ("certain", "possible"))
    return (
        found["least"].to_numpy(dtype=np.float64),
        found["low"].to_numpy(dtype=np.float64),
        truth(certain, (possible & ~certain) | doubt),
    )


def _grades(case: Case) -> pd.DataFrame:
    """Every grade (``grade_key``) of a school with a register: seats (least, most), students 在读 (low, high), and
    whether seats are free (certain, possible: or may be, given what is unreadable)."""
    registry, schools = case.county.registry, len(case.county.school_ids)
    sizes, register = registry.sizes, registry.rows
    grades = class_key(np.repeat(np.arange(schools), 12), np.tile(np.arange(1.0, 13), schools), np.zeros(12 * schools))
    named = np.unique(np.append(sizes.keys[sizes.low > 0], class_seats(case)[0]))
    least, most = seats_of(case, named)
    own = grade_key(register.school, register["grade"].values)
    may_be = registry.enrolled | registry.maybe_enrolled

    def per_grade(keys: Ints, values: Any) -> Any:
        """Sums by grade; key 0 (grade unknown) is in none."""
        return pd.Series(values).groupby(keys).sum().reindex(grades, fill_value=0).to_numpy()

    def anywhere(where: Flags) -> Ints:
        """Students of a school whose grade is unknown, at each of its grades."""
        return np.repeat(np.bincount(register.school[where & (own == 0)], minlength=schools), 12)

    grade_of_named = grade_key(split_class_key(named)[0], split_class_key(named)[1].astype(float))
    # Each of those who are not certainly in a named class may add one, with its seats.
    elsewhere = may_be & ~np.isin(registry.class_keys, named)
    frame = pd.DataFrame({
        "least": per_grade(grade_of_named, least),
        "most": per_grade(grade_of_named, most),
        "low": per_grade(own, registry.enrolled.astype(np.int64)),
        "high": per_grade(own, may_be.astype(np.int64)) + anywhere(may_be),
        "elsewhere": per_grade(own, elsewhere.astype(np.int64)) + anywhere(elsewhere),
    }, index=grades)  # fmt: skip
    standard = standard_seats(case, grades)
    school, grade, _ = split_class_key(grades)
    more = frame["most"] + standard * frame["elsewhere"]
    row: Any
    for row in unread_classes(case).itertuples():  # a handful of rows, if any
        here = (school == row.school) & ((grade == row.grade) | (row.grade != row.grade))
        more += np.where(here, standard if row.most != row.most else row.most, 0)
    frame["least"] += np.where(np.isin(grades, grade_of_named), 0, standard)  # no class can be read: there is one
    frame["certain"] = (frame["low"] > 0) & (frame["least"] > frame["high"])
    frame["possible"] = (frame["high"] > 0) & (more > frame["low"].clip(lower=1))
    return frame


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
