"""通报: the county's findings in an official letter. Where nobody has looked at any finding it is a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS
from xueji_lib.register.vocabulary import CaseState, Nature, Severity
from xueji_lib.reports.case_states import DEMANDED, NOBODY, CaseStates, anchor, counted
from xueji_lib.reports.letters.draft_mark import draft
from xueji_lib.reports.letters.field_values import office
from xueji_lib.reports.office_facts import LetterFacts

_UNSEEN: Final = "所列都是疑点，尚未经督查人员核实认定，不得印发"
CONFIRMED_STATES: Final = DEMANDED | {CaseState.REPORTED, CaseState.CLOSED}
"""States that were confirmed at some time in the term: a bulletin counts them, put right or not."""


def bulletin(results: Results, states: Mapping[str, CaseStates], facts: LetterFacts) -> dict[str, Any]:
    """The fields of the bulletin (``kinds.BULLETIN``): confirmed findings only, or in a draft all of them, called
    疑点."""
    seen = any(of.looked_at for of in states.values())
    findings = counted(results.findings, states)
    findings = findings[findings["school_id"] != ""]
    if seen:
        is_confirmed = [
            states.get(school, NOBODY).of(finding).state in CONFIRMED_STATES
            for school, finding in zip(findings["school_id"], findings["finding_id"], strict=True)
        ]
        summary = f"数据核查列出疑点{len(findings)}条，经督查人员认定属实"
        findings = findings.loc[np.array(is_confirmed, dtype=bool)]
        summary += f"{len(findings)}条，涉及{findings['school_id'].nunique()}所学校。"
    else:
        facts_n, leads_n = (int((findings["nature"] == nature).sum()) for nature in Nature)
        summary = f"数据核查列出疑点{len(findings)}条，涉及{findings['school_id'].nunique()}所学校"
        summary += f"（事实{facts_n}条，线索{leads_n}条），均待核实认定。"
    summary += corrected(results, states)
    classes = results.classes
    unseen = _without_headcount(results)
    return {
        **office(facts, results),
        "文号": facts.number("bulletin", results.as_of.year),
        "主送": facts["bulletin"]["to"],
        "抄送": facts["bulletin"]["copy_to"],
        **draft("未经核查认定", results.look or ("" if seen else _UNSEEN)),
        "学校数": len(results.schools),
        "在籍人数": int(classes["registered"].sum()),
        "在籍不在校": int((results.mismatches["kind"] == "在籍不在校").sum()),
        "在校不在籍": int((results.mismatches["kind"] == "在校不在籍").sum()),
        "未核对说明": f"另有 {unseen} 所学校没有交逐班核对表，没有比对。" if unseen else "",
        "问题概述": summary,
        "违规情形": _violations(findings),
        "没有查成": _not_examined(results),
        "一览表说明": "按条数从多到少排列。" + ("条数是经认定属实的问题。" if seen else labels.DISCLAIMER),
        "留痕": anchor(sign_off for of in states.values() for sign_off in of.sign_offs),
        "条数表头": "属实问题" if seen else "疑点",
        "各校": _schools(results, findings, states),
    }


def corrected(results: Results, states: Mapping[str, CaseStates]) -> str:
    """What earlier letters called true and is not any more, in a sentence; "" where nothing is."""
    names = dict(zip(results.schools["school_id"], results.schools["school_name"], strict=True))
    counts = {school: len(of.corrections) for school, of in sorted(states.items()) if of.corrections}
    if not counts:
        return ""
    letters = sorted({letter for of in states.values() for item in of.corrections for letter in item.letters})
    listed = "、".join(f"{names.get(school) or school}{n}条" for school, n in counts.items())
    return (
        f"更正：{'、'.join(letters)}所列的问题，经复核有{sum(counts.values())}条不再认定属实（{listed}），"
        "已从本通报中去掉，有关学校另发更正通知。"
    )


def _without_headcount(results: Results) -> int:
    rows = results.classes.groupby("school_id")["headcount_rows"].sum()
    return sum(not rows.get(school, 0) for school in results.schools["school_id"])


def _violations(findings: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, text in VIOLATIONS.items():
        part = findings[findings["violation"] == number]
        if len(part):
            commonest = part["title"].value_counts()
            order = sorted(commonest.items(), key=lambda item: (-item[1], str(item[0])))[:3]
            main = "；".join(f"{title} {n} 条" for title, n in order)
            about = {"名称": text, "学校数": part["school_id"].nunique(), "条数": len(part), "主要问题": main}
            rows.append({"序号": labels.violation(number), **about})
    return rows


def _not_examined(results: Results) -> str:
    coverage = results.coverage[results.coverage["status"].isin(labels.NOT_EXAMINED)]
    if coverage.empty:
        return ""
    counts = coverage["status"].value_counts()
    parts = "，".join(f"{status} {counts[status]} 项次" for status in labels.NOT_EXAMINED if status in counts)
    return f"有的检查因缺表、缺数据等没有查成（{parts}），没有查不等于没有问题，有关学校要尽快补报。"


def _schools(results: Results, findings: pd.DataFrame, states: Mapping[str, CaseStates]) -> list[dict[str, Any]]:
    count = findings.groupby("school_id").size().to_dict()
    grave = findings[findings["severity"] == Severity.GRAVE].groupby("school_id").size().to_dict()
    registered = results.classes.groupby("school_id")["registered"].sum().to_dict()
    kinds = results.mismatches.groupby(["school_id", "kind"]).size().to_dict()
    rows = []
    for school in results.schools.to_dict("records"):
        key = school["school_id"]
        # What was decided; a suggestion is no matter for a letter to all schools.
        measures = "、".join(m.measure for m in states.get(key, NOBODY).measures if m.decided)
        rows.append(
            {
                "名称": school["school_name"] or key,
                "乡镇": school["township"],
                "在籍": int(registered.get(key, 0)) or "—",
                "在籍不在校": kinds.get((key, "在籍不在校"), 0),
                "在校不在籍": kinds.get((key, "在校不在籍"), 0),
                "条数": count.get(key, 0),
                "严重": grave.get(key, 0),
                "措施": measures or "—",
                "_key": key,
            }
        )
    rows.sort(key=lambda row: (-row["条数"], -row["严重"], row["_key"]))
    return [{"序号": n, **{k: v for k, v in row.items() if k != "_key"}} for n, row in enumerate(rows, 1)]
