"""五、为不符合转学、休学条件的学生签字、盖章：休学和复学。

A paper's cell that was left empty says 无 (不齐): intake has put it there.
"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import truth, yes
from xueji_lib.register.names import clean_label
from xueji_lib.register.vocabulary import HospitalLevel, Material, SuspensionReason, YesOrNo
from xueji_lib.rules.class_facts import large_class
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict

_ILLNESS_PAPERS = {
    "written_request": "书面申请", "form": "休学复学申请表", "diagnosis": "诊断证明",
    "medical_record": "病历", "receipts": "费用单据",
}  # fmt: skip


@rule("R510")
def illness_papers_incomplete(inquiry: Inquiry) -> Verdict:
    """伤病休学材料不全仍签章。"""
    rows = inquiry["suspensions"]
    subject = rows["reason"].eq(SuspensionReason.ILLNESS) & rows["school_review_date"].has_value()
    lacks = {label: rows[paper].ne(Material.PROVIDED) for paper, label in _ILLNESS_PAPERS.items()}
    any_lack = truth(np.zeros(len(rows), dtype=bool))
    for lack in lacks.values():
        any_lack = any_lack | lack
    certain = {label: yes(lack) for label, lack in lacks.items()}
    return inquiry.judge(
        subject & any_lack,
        "学校 {school_review_date} 初审签章，缺 {missing}",
        who=rows,
        applies=subject,
        facts={"missing": lambda chosen: ["、".join(label for label, f in certain.items() if f[i]) for i in chosen]},
    )


@rule("R511")
def hospital_level_too_low(inquiry: Inquiry) -> Verdict:
    """诊断医疗机构级别不足。"""
    rows = inquiry["suspensions"]
    subject = rows["reason"].eq(SuspensionReason.ILLNESS) & rows["school_review_date"].has_value()
    return inquiry.judge(
        subject & rows["hospital_level"].eq(HospitalLevel.BELOW_COUNTY),
        "诊断医疗机构 {diagnosis_hospital}，级别 {hospital_level}；学校 {school_review_date} 初审签章",
        who=rows,
        applies=subject,
    )


@rule("R512")
def force_majeure_without_proof(inquiry: Inquiry) -> Verdict:
    """不可抗力休学缺部门证明。"""
    rows = inquiry["suspensions"]
    subject = rows["reason"].eq(SuspensionReason.FORCE_MAJEURE) & rows["school_review_date"].has_value()
    return inquiry.judge(
        subject & rows["force_majeure_office"].eq(Material.LACKING, blank=True),
        "休学原因不可抗力，证明部门{force_majeure_office}；学校 {school_review_date} 初审签章",
        who=rows,
        applies=subject,
    )


@rule("R513")
def suspension_outside_window(inquiry: Inquiry) -> Verdict:
    """规定时间外办理休学。"""
    rows, days = inquiry["suspensions"], inquiry.policy["suspension_window_days"]
    start, handed_in = inquiry.periods.term_starts(rows["apply_date"]), inquiry.periods.handed_in(rows["apply_date"])
    subject = rows["school_review_date"].has_value() & rows["sudden"].ne(YesOrNo.YES)
    return inquiry.judge(
        subject & inquiry.periods.later(handed_in, start, days),
        "{apply_date} 申请休学；开学日 {start} 起 {days} 日，期限 {deadline}；不属突发或特殊情况",
        who=rows,
        applies=subject,
        facts={"start": start, "days": str(days), "deadline": inquiry.periods.deadline(start, days)},
    )


@rule("R514")
def resumption_papers_incomplete(inquiry: Inquiry) -> Verdict:
    """复学材料不全仍核办。"""
    rows = inquiry["suspensions"]
    subject = rows["resume_date"].has_value()
    not_proved = rows["reason"].eq(SuspensionReason.ILLNESS) & rows["recovery_proof"].ne(Material.PROVIDED)
    lacking = rows["original_form"].ne(Material.PROVIDED) | not_proved
    return inquiry.judge(
        subject & lacking,
        "{resume_date} 核办复学，原休学核办表{original_form}，康复证明{recovery_proof}（休学原因{reason}）",
        who=rows,
        applies=subject,
    )


@rule("R515")
def recovery_proof_of_another_hospital(inquiry: Inquiry) -> Verdict:
    """康复证明不是原就诊医疗机构出具。"""
    rows = inquiry["suspensions"]
    first, second = rows["diagnosis_hospital"], rows["recovery_hospital"]
    a = np.array([clean_label(x) for x in first.strings], dtype=object)
    b = np.array([clean_label(x) for x in second.strings], dtype=object)
    subject = rows["resume_date"].has_value() & first.has_value() & second.has_value()
    # Where the second alone is unreadable the two differ, and the subject is open.
    return inquiry.judge(
        subject & truth(np.asarray(a != b, dtype=bool), first.unknown),
        "诊断医疗机构 {diagnosis_hospital}，康复证明医疗机构 {recovery_hospital}（{resume_date} 核办复学）",
        who=rows,
        applies=subject,
    )


@rule("R516")
def resumption_makes_large_class(inquiry: Inquiry) -> Verdict:
    """复学编入造成大班额。"""
    rows = inquiry["suspensions"]
    grade, class_no = rows["resume_grade"], rows["resume_class"]
    large, low = large_class(inquiry, rows.school, grade, class_no)
    subject = rows["resume_date"].has_value() & grade.has_value() & class_no.has_value()
    return inquiry.judge(
        subject & large,
        "{resume_date} 核办复学，编入 {resume_grade} 年级 {resume_class} 班，该班名册在读 {low} 人",
        who=rows,
        applies=subject,
        facts={"low": low},
    )
