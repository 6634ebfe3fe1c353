"""通报: the county's findings in an official letter. Where nobody has looked at any finding it is a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.letters import CHINESE, office
from xueji_lib.reports.states import DEMANDED, NOBODY, CaseStates, joined

CONFIRMED_STATES: Final = DEMANDED | {"学校已报整改", "复核销号"}
"""States that were confirmed at some time in the term: a bulletin counts them, put right or not."""


def bulletin(results: Results, states: Mapping[str, CaseStates], facts: LetterFacts) -> dict[str, Any]:
    """Confirmed findings only; in a draft all of them, called 疑点."""
    seen = any(of.looked_at for of in states.values())
    found = joined(results.findings, states.values())
    found = found[found["school_id"] != ""]
    if seen:
        kept = [
            states.get(school, NOBODY).of(finding).state in CONFIRMED_STATES
            for school, finding in zip(found["school_id"], found["finding_id"], strict=True)
        ]
        said = f"数据核查列出疑点{len(found)}条，经督查人员认定属实"
        found = found[kept]
        said += f"{len(found)}条，涉及{found['school_id'].nunique()}所学校。"
    else:
        facts_n, leads_n = (int((found["nature"] == nature).sum()) for nature in ("事实", "线索"))
        said = f"数据核查列出疑点{len(found)}条，涉及{found['school_id'].nunique()}所学校"
        said += f"（事实{facts_n}条，线索{leads_n}条），均待核实认定。"
    classes = results.classes
    unseen = _without_headcount(results)
    return {
        **office(facts, results),
        "文号": facts.number("bulletin", results.as_of.year),
        "主送": facts["bulletin"]["to"],
        "抄送": facts["bulletin"]["copy_to"],
        "草稿": not seen,
        "草稿说明": "所列都是疑点，尚未经督查人员核实认定，不得印发",
        "学校数": len(results.schools),
        "在籍人数": int(classes["registered"].sum()),
        "在籍不在校": int((results.mismatches["kind"] == "在籍不在校").sum()),
        "在校不在籍": int((results.mismatches["kind"] == "在校不在籍").sum()),
        "未核对说明": f"另有 {unseen} 所学校没有交逐班核对表，没有比对。" if unseen else "",
        "问题概述": said,
        "违规情形": _violations(found),
        "没有查成": _not_examined(results),
        "一览表说明": "按条数从多到少排列。" + ("条数是经认定属实的问题。" if seen else labels.DISCLAIMER),
        "条数表头": "属实问题" if seen else "疑点",
        "各校": _schools(results, found, states),
    }


def _without_headcount(results: Results) -> int:
    rows = results.classes.groupby("school_id")["headcount_rows"].sum()
    return sum(not rows.get(school, 0) for school in results.schools["school_id"])


def _violations(found: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, text in VIOLATIONS.items():
        part = found[found["violation"] == number]
        if len(part):
            commonest = part["title"].value_counts()
            order = sorted(commonest.items(), key=lambda item: (-item[1], str(item[0])))[:3]
            main = "；".join(f"{title} {n} 条" for title, n in order)
            about = {"名称": text, "学校数": part["school_id"].nunique(), "条数": len(part), "主要问题": main}
            rows.append({"序号": CHINESE[len(rows) + 1], **about})
    return rows


def _not_examined(results: Results) -> str:
    coverage = results.coverage[results.coverage["status"].isin(labels.NOT_EXAMINED)]
    if coverage.empty:
        return ""
    counts = coverage["status"].value_counts()
    parts = "，".join(f"{status} {counts[status]} 项次" for status in labels.NOT_EXAMINED if status in counts)
    return f"有的检查因缺表、缺数据等没有查成（{parts}），没有查不等于没有问题，有关学校要尽快补报。"


def _schools(results: Results, found: pd.DataFrame, states: Mapping[str, CaseStates]) -> list[dict[str, Any]]:
    count = found.groupby("school_id").size().to_dict()
    grave = found[found["severity"] == "严重"].groupby("school_id").size().to_dict()
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
