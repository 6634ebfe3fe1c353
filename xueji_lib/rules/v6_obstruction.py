"""六、有意刁难学生转学，使得流动人口随迁子女延误或不能及时入学。"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, truth
from xueji_lib.county.rows import Ints, Keys, Rows, SchoolCodes, class_key, grade_key, groups, split_class_key
from xueji_lib.register.vocabulary import (
    ComplaintCategory,
    Direction,
    TransferReason,
    TransferResult,
    Verification,
    YesOrNo,
)
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.seats import class_seats, seats_of, standard_seats, unread_classes
from xueji_lib.rules.verdict import Verdict

Counts = npt.NDArray[np.float64]


@rule("R601")
def refused_though_seats_free(inquiry: Inquiry) -> Verdict:
    """符合条件且有学位的转入申请被拒。"""
    rows = inquiry["transfers"]
    inside, term = inquiry.periods.in_window(rows["apply_date"])
    subject = (
        rows["direction"].eq(Direction.IN)
        & rows["result"].eq(TransferResult.REJECTED)
        & rows["reason"].ne(TransferReason.OTHER)
        & ~rows["grade"].isin((*ENTRY_GRADES, *FINAL_GRADES))
        & inside
    )
    seats, enrolled, free = _free_seats(inquiry, rows)
    return inquiry.judge(
        subject & free,
        "{window}，转学原因{reason}，办理结果不同意；{grade} 年级核定学位 {seats} 个，名册在读 {enrolled} 人",
        who=rows,
        applies=subject,
        facts={"window": inquiry.periods.window_text(rows["apply_date"], term), "seats": seats, "enrolled": enrolled},
    )


def _free_seats(inquiry: Inquiry, rows: Rows) -> tuple[Counts, Counts, Truth]:
    """Per row, of its grade: seats, students 在读 (NaN where the grade is unknown), and whether there are students
    and seats > students.

    An unknown grade leaves it open only where some grade that is neither 起始 nor 毕业年级 has seats free.
    """
    grades = grade_key(rows.school, rows["grade"].values)
    frame = _grades(inquiry)
    of_school, of_grade, _ = split_class_key(Keys(frame.index.to_numpy(dtype=np.int64)))
    open_to_all = frame["possible"].to_numpy(dtype=bool) & ~np.isin(of_grade, (*ENTRY_GRADES, *FINAL_GRADES))
    doubt = (grades == 0) & np.isin(rows.school, of_school[open_to_all])
    of_row = frame.reindex(grades)
    certain, possible = (of_row[name].eq(True).to_numpy(dtype=bool) for name in ("certain", "possible"))
    return (
        of_row["least"].to_numpy(dtype=np.float64),
        of_row["low"].to_numpy(dtype=np.float64),
        truth(certain, (possible & ~certain) | doubt),
    )


def _grades(inquiry: Inquiry) -> pd.DataFrame:
    """Every grade (``grade_key``) of a school with a register: seats (least, most), students 在读 (low, high), and
    whether seats are free (certain, possible: or may be, given what is unreadable)."""
    registry, schools = inquiry.county.registry, len(inquiry.county.school_ids)
    sizes, register = registry.sizes, registry.rows
    grades = class_key(
        SchoolCodes(np.repeat(np.arange(schools), 12)), np.tile(np.arange(1.0, 13), schools), np.zeros(12 * schools)
    )
    named = Keys(np.unique(np.append(sizes.keys[sizes.low > 0], class_seats(inquiry)[0])))
    least, most = seats_of(inquiry, named)
    own = grade_key(register.school, register["grade"].values)
    may_be = registry.enrolled | registry.maybe_enrolled

    def per_grade(keys: Ints, values: Any) -> Any:
        """Sums by grade; key 0 (grade unknown) is in none."""
        return pd.Series(values).groupby(keys).sum().reindex(grades, fill_value=0).to_numpy()

    def anywhere(where: Flags) -> Ints:
        """Students of a school whose grade is unknown, at each of its grades."""
        return np.repeat(np.bincount(register.school[where & (own == 0)], minlength=schools), 12)

    school_of_named, named_grade, _ = split_class_key(named)
    grade_of_named = grade_key(school_of_named, named_grade.astype(float))
    # Each of those who are not certainly in a named class may add one, with its seats.
    elsewhere = may_be & ~np.isin(registry.class_keys, named)
    frame = pd.DataFrame({
        "least": per_grade(grade_of_named, least),
        "most": per_grade(grade_of_named, most),
        "low": per_grade(own, registry.enrolled.astype(np.int64)),
        "high": per_grade(own, may_be.astype(np.int64)) + anywhere(may_be),
        "elsewhere": per_grade(own, elsewhere.astype(np.int64)) + anywhere(elsewhere),
    }, index=grades)  # fmt: skip
    standard = standard_seats(inquiry, grades)
    school, grade, _ = split_class_key(grades)
    more = frame["most"] + standard * frame["elsewhere"]
    row: Any
    for row in unread_classes(inquiry).itertuples():  # a handful of rows, if any
        may_be_of = (school == row.school) & ((grade == row.grade) | (row.grade != row.grade))
        more += np.where(may_be_of, standard if row.most != row.most else row.most, 0)
    frame["least"] += np.where(np.isin(grades, grade_of_named), 0, standard)  # no class can be read: there is one
    frame["certain"] = (frame["low"] > 0) & (frame["least"] > frame["high"])
    frame["possible"] = (frame["high"] > 0) & (more > frame["low"].clip(lower=1))
    return frame


@rule("R602")
def migrant_child_kept_waiting(inquiry: Inquiry) -> Verdict:
    """随迁子女转学申请久拖未决。"""
    rows, limit = inquiry["transfers"], inquiry.policy["transfer_decision_workdays"]
    subject = (
        rows["direction"].eq(Direction.IN)
        & rows["migrant_child"].eq(YesOrNo.YES)
        & rows["result"].eq(TransferResult.PENDING)
    )
    return inquiry.judge(
        subject
        & rows["to_opinion_date"].is_blank()
        & inquiry.periods.more_workdays(rows["apply_date"], inquiry.county.days, limit),
        "随迁子女 {apply_date} 申请转入，截至 {as_of} 已 {n} 个工作日（限 {limit} 个），仍在办理中，"
        "转入学校意见日期{to_opinion_date}",
        who=rows,
        applies=subject,
        facts={
            "n": inquiry.periods.workdays(rows["apply_date"], inquiry.county.days),
            "limit": str(limit),
            "as_of": str(inquiry.as_of),
        },
    )


@rule("R603")
def parents_made_to_come_again(inquiry: Inquiry) -> Verdict:
    """家长被要求多次到校。"""
    rows = inquiry["transfers"]
    return inquiry.judge(rows["visits"].gt(1), "家长到校 {visits} 次（{apply_date} 申请{direction}）", who=rows)


@rule("R604")
def refused_without_reason(inquiry: Inquiry) -> Verdict:
    """拒绝转学未说明理由。"""
    rows = inquiry["transfers"]
    refused = rows["result"].eq(TransferResult.REJECTED)
    return inquiry.judge(
        refused & rows["refusal_reason"].is_blank(),
        "{apply_date} 申请{direction}，办理结果不同意，不同意理由空白",
        who=rows,
        applies=refused,
    )


@rule("R605")
def complaint_about_transfer(inquiry: Inquiry) -> Verdict:
    """有关转学入学的投诉举报。一件一条。"""
    rows = inquiry["complaints"]
    subject = rows["category"].isin(
        (ComplaintCategory.REFUSED, ComplaintCategory.DELAYED, ComplaintCategory.EXTRA_PAPERS)
    )
    date, category = rows["received_date"], rows["category"]
    content = rows.frame["content"].astype(object).fillna("")
    day = np.where(date.known, date.values.astype("datetime64[D]").astype(str), "")
    extra = [f"{d}|{c or ''}" for d, c in zip(day, category.strings, strict=True)]
    return inquiry.judge(
        subject & rows["verified"].ne(Verification.NOT_TRUE, blank=True),
        "{received_date} 受理的投诉举报，类别{category}，核实情况{verified}",
        who=rows,
        person=groups(rows.school, extra, content.to_numpy()),
        applies=subject,
        extra=extra,
        secret=content.to_numpy(dtype=object),
    )
