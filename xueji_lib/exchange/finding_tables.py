"""疑点 as resources of the data package: the findings, the records they rest on, the checks that made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from xueji_lib.exchange.county_answer import BESIDES, OF_THIS_CHECK, CountyAnswer
from xueji_lib.exchange.record_places import record_places
from xueji_lib.exchange.result_fields import (
    CLASS,
    GRADE,
    NATURE,
    RULE,
    SCHOOL_OR_COUNTY,
    SEVERITY,
    TO_CHECK,
    TO_SCHOOL,
    TO_VIOLATION,
    UNIQUE,
    VIOLATION,
    made,
)
from xueji_lib.exchange.table_schema import BOOLEAN, DATE, INTEGER, ForeignKey, Resource, TableField, words
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.register.vocabulary import CaseState, Nature


def checks(answer: CountyAnswer, cases: pd.DataFrame) -> Resource:
    """检查目录: every check and question of the edition, and whatever else a finding or a case names."""
    columns = ["rule_id", "violation", "title", "severity", "nature", "scope", "charged", "clause", "condition"]
    rows: list[tuple[Any, ...]] = [
        (
            one.id, one.violation, one.title, str(one.severity), str(one.nature), one.scope, one.charged, one.clause,
            one.when,
        )
        for one in answer.catalogue.entries.values()
    ]  # fmt: skip
    rows += [
        (question.id, question.violation, question.ask, "", "", "", "", "", "")
        for question in answer.catalogue.questions
    ]
    known = {row[0] for row in rows}
    besides = answer.findings[~answer.findings["rule_id"].isin(known)].drop_duplicates("rule_id")
    rows += [
        (row["rule_id"], row["violation"], row["title"], "", "", "", "", row["clause"], "")
        for row in besides.to_dict("records")
    ]
    known |= set(besides["rule_id"])
    former = cases[~cases["rule_id"].isin(known)].drop_duplicates("rule_id").sort_values("rule_id")
    rows += [(row["rule_id"], pd.NA, row["title"], "", "", "", "", "", "") for row in former.to_dict("records")]
    fields = (
        TableField("rule_id", "检查", description="R 检查目录，S 现场询问，L 本县自己的", constraints=UNIQUE),
        TableField("violation", "第几种情形", INTEGER, "", {"minimum": 1, "maximum": 7}), TableField("title", "名称"),
        words("severity", "最重算", SEVERITIES), words("nature", "最强算", Nature),
        words("scope", "对象", ("student", "class", "school"), "student 学生，class 班，school 学校"),
        TableField("charged", "记在谁", description="空着是学校；“县”开头的是县里"), TableField("clause", "依据"),
        TableField("condition", "条件"),
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns).astype({"violation": "Int64"})
    about = "这一版目录的全部检查和现场询问，以及疑点里提到的别的"
    return made("checks", "检查目录", about, fields, frame, ["rule_id"], [TO_VIOLATION])


def findings(answer: CountyAnswer) -> Iterator[Resource]:
    """疑点, and the records that each rests on."""
    fields = (
        TableField("finding_id", "疑点编号", description="长久的指纹：每次核查都一样", constraints=UNIQUE),
        RULE, VIOLATION, SEVERITY, NATURE, SCHOOL_OR_COUNTY, TableField("school", "学校"), GRADE, CLASS,
        TableField("student", "学生"), TableField("student_ref", "号码", description="已遮盖"),
        TableField("title", "问题"),
        TableField("evidence", "证据"), TableField("clause", "依据"), TableField("remedy", "整改要求"),
        TableField("due", "整改期限", DATE),
        TableField("sources", "来源", description="文件:表:行；逐条的在 evidence_rows"),
        TableField("nature_reason", "为什么只算线索"), TableField("edition", "目录的版"),
        words(
            "origin", "怎样来的", (OF_THIS_CHECK, BESIDES), "此外成立：现场发现的，或以前查到、这次没有条件查的",
            required=True,
        ),
        words("state", "状态", CaseState, "核查台账里现在的；“疑点”是还没有人认定", required=True),
        TableField("counted", "计数", BOOLEAN, "false：已认定不是同一人等，汇总不数", {"required": True}),
        TableField("state_note", "认定的说明"), TableField("state_due", "限期", DATE),
        TableField("school_measure", "学校报的整改措施"),
        TableField("person", "责任人"), TableField("done", "完成日期"),
    )  # fmt: skip
    keys = [TO_SCHOOL, TO_CHECK, TO_VIOLATION]
    yield made(
        "findings",
        "疑点",
        "每校每条检查每个对象一条；数以前先看 coverage",
        fields,
        answer.findings,
        ["finding_id"],
        keys,
    )
    rows = [
        (finding, number, place.file, place.sheet, place.row)
        for finding, sources in zip(answer.findings["finding_id"], answer.findings["sources"], strict=True)
        for number, place in enumerate(record_places(str(sources)), 1)
    ]
    places = pd.DataFrame(rows, columns=["finding_id", "number", "file", "sheet", "row"])
    about = (
        TableField("finding_id", "疑点编号", constraints={"required": True}),
        TableField("number", "第几条", INTEGER, constraints={"required": True, "minimum": 1}),
        TableField("file", "文件"), TableField("sheet", "工作表"),
        TableField("row", "行", INTEGER, "照 Excel 从 1 数", {"minimum": 0}),
    )  # fmt: skip
    to_finding = [ForeignKey("finding_id", "findings", "finding_id")]
    frame = places.astype({"row": "Int64", "number": "Int64"})
    yield made(
        "evidence_rows",
        "疑点依据的记录",
        "一条疑点依据的每条记录一行",
        about,
        frame,
        ["finding_id", "number"],
        to_finding,
    )
