"""The results as resources of the data package: findings and the records they rest on, coverage, checks, the class
table, 人籍不一致, groups, measures, cases, terms. What county.html shows can be counted from them alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from xueji_lib.county.mismatches import ABSENT, GROUPS, SPECIAL, STAGES, UNREGISTERED
from xueji_lib.exchange import finding_tables
from xueji_lib.exchange.county_answer import CountyAnswer
from xueji_lib.exchange.register_tables import ROW_NO, with_row_numbers
from xueji_lib.exchange.result_fields import (
    CLASS,
    GRADE,
    OF_ONE_SCHOOL,
    RULE,
    SCHOOL_OR_COUNTY,
    TO_CHECK,
    TO_SCHOOL,
    UNIQUE,
    made,
)
from xueji_lib.exchange.table_schema import (
    BOOLEAN,
    DATE,
    INTEGER,
    TERM_ID,
    Resource,
    TableField,
    count,
    words,
)
from xueji_lib.register.catalogue import VIOLATIONS, VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CaseState, CoverageStatus
from xueji_lib.reports.county_figures import Figures


def result_tables(answer: CountyAnswer, figures: Figures, cases: pd.DataFrame) -> Iterator[Resource]:
    """All of them. ``figures``: of the same answer and decisions; ``cases``: as ``OpenedStore.cases`` gives them."""
    yield _violations()
    yield finding_tables.checks(answer, cases)
    yield from finding_tables.findings(answer)
    yield _coverage(answer)
    yield _classes(answer)
    yield _mismatches(answer)
    yield _groups(answer)
    yield _measures(figures)
    yield _cases(cases)
    yield _terms(figures)


def _violations() -> Resource:
    rows = [(number, text, VIOLATIONS_SHORT[number]) for number, text in VIOLATIONS.items()]
    key = TableField("violation", "第几种情形", INTEGER, "通知三（四）", {**UNIQUE, "minimum": 1, "maximum": 7})
    fields = (key, TableField("text", "原文"), TableField("short", "简称"))
    frame = pd.DataFrame(rows, columns=["violation", "text", "short"])
    return made("violations", "七种情形", "通知三（四）所列，原文", fields, frame, ["violation"])


def _coverage(answer: CountyAnswer) -> Resource:
    fields = (
        SCHOOL_OR_COUNTY, RULE,
        words("status", "状态", CoverageStatus, "只有“未发现”是查过而没有；别的都不等于没有问题", required=True),
        count("population", "看了几个"), count("findings", "疑点"), count("undecided", "判不了几个"),
        TableField("reason", "原因", description="为什么没有查、判不了"),
    )  # fmt: skip
    keys = [TO_SCHOOL, TO_CHECK]
    about = "每校每条检查一行，县里自己的一行"
    return made("coverage", "查了什么", about, fields, answer.results.coverage, ["school_id", "rule_id"], keys)


_COUNTED: Final[Mapping[str, str]] = {
    "registered": "在籍", "enrolled": "在读", "headcount_rows": "核对表行数", "present": "在校", "absent": "不在校",
    "registered_absent": "在籍不在校", "present_unregistered": "在校不在籍", "suspected": "疑似同一人",
    "unchecked": "未核对",
}  # fmt: skip


def _classes(answer: CountyAnswer) -> Resource:
    class_no = TableField("class_no", "班号", INTEGER, constraints={"minimum": 1})
    counts = [count(name, title) for name, title in _COUNTED.items()]
    frame = with_row_numbers(answer.results.classes.astype({"grade": "Int64", "class_no": "Int64"}))
    fields = (TableField(ROW_NO, "行号", INTEGER, constraints=UNIQUE), OF_ONE_SCHOOL, GRADE, class_no, *counts)
    return made("class_counts", "逐班比对", "学籍名册与逐班核对表，一班一行", fields, frame, [ROW_NO], [TO_SCHOOL])


def _mismatches(answer: CountyAnswer) -> Resource:
    fields = (
        TableField(ROW_NO, "行号", INTEGER, constraints=UNIQUE), OF_ONE_SCHOOL,
        words("kind", "类型", (ABSENT, UNREGISTERED), required=True), GRADE, CLASS, TableField("student", "学生"),
        TableField("student_ref", "号码", description="已遮盖"), TableField("situation", "情形"),
        TableField("whereabouts", "去向或来源"),
        TableField("moved_date", "离校或到校日期"), TableField("reason", "学校说明"), TableField("measure", "整改措施"),
        TableField("groups", "特殊群体", description=f"{'、'.join(GROUPS)}，用、隔开"), TableField("sources", "来源"),
    )  # fmt: skip
    frame = with_row_numbers(answer.results.mismatches)
    return made("mismatches", "人籍不一致学生", "附件1 的内容，一名学生一行", fields, frame, [ROW_NO], [TO_SCHOOL])


def _groups(answer: CountyAnswer) -> Resource:
    titles = ("名册上问过的", "是这一群体的", "其中在籍不在校", "劝返台账上", "其中未复学")
    fields = (
        TableField(ROW_NO, "行号", INTEGER, constraints=UNIQUE), OF_ONE_SCHOOL,
        words("stage", "学段", STAGES, "空着：不知道年级"), words("group", "群体", GROUPS, required=True),
        *(count(name, title) for name, title in zip(SPECIAL[3:], titles, strict=True)),
    )  # fmt: skip
    frame = with_row_numbers(answer.results.special)
    return made("group_counts", "特殊群体", "每校每学段每个群体一行", fields, frame, [ROW_NO], [TO_SCHOOL])


def _measures(figures: Figures) -> Resource:
    rows = [
        (school.school_id, number, measure.measure, measure.reason, measure.decided)
        for school in sorted(figures.schools, key=lambda school: school.school_id)
        for number, measure in enumerate(school.measures, 1)
    ]
    fields = (
        OF_ONE_SCHOOL, TableField("number", "第几条", INTEGER, constraints={"required": True, "minimum": 1}),
        TableField("measure", "处理"), TableField("reason", "理由"),
        TableField("decided", "已定", BOOLEAN, "true 局里定的；false 由数字得出的建议", {"required": True}),
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=[field.name for field in fields])
    return made("measures", "处理意见", "一校一条；没有的学校不在", fields, frame, ["school_id", "number"], [TO_SCHOOL])


def _cases(cases: pd.DataFrame) -> Resource:
    fields = (
        TableField("finding_id", "疑点编号", constraints=UNIQUE), RULE, SCHOOL_OR_COUNTY, TableField("school", "学校"),
        TableField("grade", "年级"), TableField("class", "班号"), TableField("student", "学生"),
        TableField("title", "问题"),
        words("state", "状态", CaseState, required=True), TableField("who", "谁认定的"),
        TableField("at", "什么时候", description="UTC"),
        TableField("due", "限期", DATE),
        TableField("present", "还在", BOOLEAN, "最近一次核查还查得到", {"required": True}),
    )  # fmt: skip
    frame = cases.sort_values("finding_id").astype({"present": "bool"})
    about = "台账里的每一条，再也查不到的也在；本次的在 findings"
    return made("cases", "核查台账", about, fields, frame, ["finding_id"], [TO_SCHOOL, TO_CHECK])


_OF_TERM: Final = ("as_of", "edition", "schools", "total", "grave")


def _terms(figures: Figures) -> Resource:
    answers = [*figures.earlier, figures.results]
    rows = [
        (answer.term_id, *(line[name] for name in _OF_TERM), *line["violations"])
        for answer, line in zip(answers, figures.terms, strict=True)
    ]  # fmt: skip
    fields = (
        TableField("term", "学期", constraints={**UNIQUE, "pattern": TERM_ID}), TableField("as_of", "检查基准日", DATE),
        TableField("edition", "目录的版"), count("schools", "学校"), count("total", "疑点"), count("grave", "严重"),
        *(count(f"violation_{number}", text) for number, text in VIOLATIONS_SHORT.items()),
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=[field.name for field in fields])
    about = "每学期最近一次核查判定的疑点条数，最后一行是本次；人认定的不减"
    return made("terms", "逐学期", about, fields, frame, ["term"])
