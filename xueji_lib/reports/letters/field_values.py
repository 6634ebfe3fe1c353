"""The values of the letters' fields, from a school's findings and what inspectors decided about them.

A letter of demands holds what is confirmed (``case_states.DEMANDED``); where nobody has looked yet it is marked 草稿.
The fields of each letter: ``kinds``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.vocabulary import CaseState, Situation
from xueji_lib.reports.case_states import DEMANDED, CaseStates, Measure
from xueji_lib.reports.letters.draft_mark import NO_DUE, SUGGESTED, UNSEEN, draft
from xueji_lib.reports.office_facts import LetterFacts

_BY_HAND: Final = "＿＿＿＿＿＿"
"""Where a contact is not known: to be written in."""


def chinese_date(day: dt.date | str) -> str:
    """2026年11月20日; empty for an empty text."""
    if not day:
        return ""
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.year}年{day.month}月{day.day}日"


def office(facts: LetterFacts, of: School | Results | Inspection) -> dict[str, Any]:
    """The fields that every letter has."""
    about = facts["office"]
    return {
        "红头": about["red_head"],
        "落款": about["name"],
        "成文日期": chinese_date(of.as_of),
        "联系人": _BY_HAND if facts.is_open("contact") else about["contact"],
        "联系电话": _BY_HAND if facts.is_open("phone") else about["phone"],
        "承办科室": about["department"],
        "通知文件": about["notice"],
        "学期": labels.term(of.term_id),
        "基准日": chinese_date(of.as_of),
    }


def numbered(texts: Iterable[str], name: str = "内容", *, chinese: bool = False) -> list[dict[str, Any]]:
    """Rows with 序号 and the text under ``name``."""
    return [{"序号": CHINESE[n] if chinese else n, name: text} for n, text in enumerate(texts, 1)]


CHINESE: Final = ("", *"一二三四五六七八九十", *(f"十{c}" for c in "一二三四五六七八九"), "二十")


# ---- a school ----


def rectify(school: School, states: CaseStates, facts: LetterFacts) -> dict[str, Any]:
    """The fields of the 限期整改通知书: the confirmed findings, or all of them in a draft where nobody has looked."""
    findings = states.counted(school.findings)
    seen = states.looked_at
    if seen:
        demanded = [states.of(i).state in DEMANDED for i in findings["finding_id"]]
        left_out = len(findings) - sum(demanded)
        findings = findings.loc[np.array(demanded, dtype=bool)]  # of none at all a plain list would name columns
        note = f"另有 {left_out} 条疑点未认定属实或已整改，不在本通知书之列。" if left_out else ""
    else:
        note = ""
    rows = _findings(findings, states)
    dues = sorted({row["due"] for row in rows} - {""})
    no_due = "" if dues or not rows else NO_DUE
    for row in rows:  # what has no deadline of its own is due with the last of the letter
        row["due"] = row["due"] or (dues[-1] if dues else "")
    looked = school.look or ("" if seen else UNSEEN)
    grouped, listed = _grouped(rows)
    return {
        **office(facts, school),
        "文号": facts.number("rectify", school.as_of.year),
        "学校名称": school.name,
        "受送达人": school.name,
        **draft("未经核查认定", looked, no_due, facts.no_contact),
        "问题合计": len(rows),
        "认定用语": "并经督查人员认定" if seen else "（均为疑点，待认定）",
        "最迟期限": chinese_date(dues[-1]) if dues else "",
        "附注": note,
        "留痕": states.trail_anchor,
        "无问题说明": _nothing(school, seen),
        "违规情形": grouped,
        "清单": listed,
    }


def _nothing(school: School, seen: bool) -> str:
    if seen:
        return "经督查人员认定，你校没有需要责令限期整改的问题。本件不必发出。"
    return (
        f"以{chinese_date(school.as_of)}为检查基准日，没有发现疑点。没有查成的检查见《学籍问题台账》的“覆盖”页，"
        "没有查不等于没有问题。本件不必发出。"
    )


def _findings(findings: Any, states: CaseStates) -> list[dict[str, Any]]:
    names = "violation rule_id title clause remedy due grade class student evidence finding_id".split()
    rows = [
        dict(zip(names, values, strict=True)) for values in zip(*(findings[n].tolist() for n in names), strict=True)
    ]
    for row in rows:
        row["due"] = states.of(row["finding_id"]).due or labels.text(row["due"])
    return sorted(rows, key=lambda row: (row["violation"], row["rule_id"]))  # stable: the order within stays


def _grouped(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The findings grouped by violation and rule, for the letter's body, and one by one, for its list."""
    kinds: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        kinds.setdefault(int(row["violation"]), {}).setdefault(row["rule_id"], []).append(row)
    grouped = []
    for number, rules in kinds.items():
        items = []
        for item_serial, part in enumerate(rules.values(), 1):
            first = part[0]
            due = max(row["due"] for row in part)
            about = {"名称": first["title"], "依据": first["clause"], "整改要求": first["remedy"].rstrip("。")}
            items.append({"序号": item_serial, "条数": len(part), **about, "期限": chinese_date(due)})
        total = sum(map(len, rules.values()))
        grouped.append({"序号": labels.violation(number), "名称": VIOLATIONS[number], "条数": total, "问题": items})
    listed = [
        {
            "序号": n,
            "班级": labels.class_label(row["grade"], row["class"]),
            "学生": labels.text(row["student"]),
            "问题": row["title"],
            "证据": row["evidence"],
            "期限": row["due"],
        }
        for n, row in enumerate(rows, 1)
    ]
    return grouped, listed


def correction(school: School, states: CaseStates, facts: LetterFacts) -> dict[str, Any]:
    """The fields of the 更正通知: findings that earlier letters called true and that are not held to be true any
    more."""
    due = states.due_corrections
    return {
        **office(facts, school),
        "文号": facts.number("correction", school.as_of.year),
        "学校名称": school.name,
        "受送达人": school.name,
        **draft("预看、回看", school.look, facts.no_contact),
        "更正合计": len(due),
        "留痕": states.trail_anchor,
        "原文书": "、".join(dict.fromkeys(letter for item in due for letter in item.letters)),
        "更正": [
            {
                "序号": n,
                "班级": labels.class_label(item.grade, item.class_no),
                "学生": item.student,
                "问题": item.title,
                "原文书": "、".join(item.letters),
                "现认定": _NOW.get(item.state, item.state),
                "说明": item.note,
            }
            for n, item in enumerate(due, 1)
        ],
    }


_NOW: Final[Mapping[str, str]] = {CaseState.OPEN: "撤销属实认定", CaseState.NEEDS_PROOF: "待补证，暂不认定"}


SUMMONED: Final = ("约谈主要负责人", "追究责任")
"""Measures under which the principal is summoned: the graver one includes the milder."""


def interview(school: School, states: CaseStates, facts: LetterFacts, measure: Measure) -> dict[str, Any]:
    """The fields of the 约谈通知书; a draft while the measure is only suggested."""
    confirmed = sum(states.of(i).state in DEMANDED for i in school.findings["finding_id"])
    principal = school.info.get("principal", "")
    return {
        **office(facts, school),
        "文号": facts.number("interview", school.as_of.year),
        "学校名称": school.name,
        "受送达人": school.name,
        "问题合计": confirmed,
        **draft("建议，尚未决定", school.look or ("" if measure.decided else SUGGESTED), facts.no_contact),
        "事由": measure.reason.rstrip("。"),
        "约谈对象": f"校长{'　' + principal if principal else ''}",
        "约谈地点": facts["interview"]["place"],
        "留痕": states.trail_anchor,
        "携带材料": numbered(facts["interview"]["bring"], "名称"),
    }


def pledge(school: School, facts: LetterFacts) -> dict[str, Any]:
    """The fields of the 保密承诺书 of the school year, to be signed."""
    return {
        **office(facts, school),
        "学校名称": school.name,
        "学年": "—".join(school.term_id.split("-")[:2]),
        "学籍管理员": school.info.get("registrar", "") or "　　　　　",
        "校长": school.info.get("principal", "") or "　　　　　",
        "承诺事项": numbered(facts["pledge"]["items"], chinese=True),
    }


def taught_at_home(of: School | Results) -> Any:
    """The rows of ``mismatches`` that a list of home teaching names."""
    return of.mismatches[of.mismatches["situation"] == Situation.SEVERELY_DISABLED]


def home_teaching(of: School | Results, names: Mapping[str, str], scope: str, facts: LetterFacts) -> dict[str, Any]:
    """The fields of the 送教上门学生名单 of a school or the county; ``names``: school_id → name."""
    students = [
        {
            "序号": n,
            "学校": names.get(row["school_id"], row["school_id"]),
            "班级": labels.class_label(row["grade"], row["class"]),
            "姓名": row["student"],
            "遮盖证件号": row["student_ref"],
            "说明": "；".join(filter(None, (row["reason"], row["measure"]))),
        }
        for n, row in enumerate(taught_at_home(of).to_dict("records"), 1)
    ]
    return {**office(facts, of), "范围": scope, "人数": len(students), "学生": students}


# ---- the county ----


def checklists(of: Results, facts: LetterFacts) -> dict[str, Any]:
    """The fields of the 一次办好材料清单, for parents."""
    procedures = [
        {
            "名称": item["title"],
            "谁来办": item["who"],
            "何时办": item["when"],
            "条件": numbered(item["conditions"]),
            "材料": numbered(item["materials"]),
            "步骤": numbered(item["steps"]),
        }
        for item in facts["checklists"].values()
    ]
    return {**office(facts, of), "业务": procedures}
