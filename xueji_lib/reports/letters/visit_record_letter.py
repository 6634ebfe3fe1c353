"""现场检查记录: what was done and seen at a school, for both sides to sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook.false_report import QUESTION as ROLL_QUESTION
from xueji_lib.casebook.on_site_answers import CHECKED
from xueji_lib.casebook.record_signing import DRAWN, OBJECTS, OPINIONS, REFUSED, Statement
from xueji_lib.register import labels
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.masking import mask_sentence
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.reports.letters.field_values import chinese_date, office
from xueji_lib.reports.letters.record_photos import photo_values
from xueji_lib.reports.letters.signature_picture import signature_picture
from xueji_lib.reports.letters.visit_plan_letter import trail_words
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.visit.sample_draw import DrawnSample
from xueji_lib.visit.signed_record import VOID, SignerLine
from xueji_lib.visit.visit_record import CalledRoll, VisitRecord

_UNLOOKED_NOTE: Final = "“没有看”的学生没有查，仍以学校所报为准。"
_NOT_LOOKED_AT: Final = "没有核对"
_BLANK_DAY: Final = "　　年　月　日"


def values(
    record: VisitRecord,
    info: Mapping[str, str],
    facts: LetterFacts,
    lines: Sequence[SignerLine],
    file: Callable[[str], bytes],
) -> dict[str, Any]:
    """The fields of ``kinds.VISIT_RECORD``. ``info``: the school's row of the directory; ``lines``: who signed;
    ``file``: the bytes of a file of the casebook by its SHA-256. Five parameters: each from another place."""
    last = dt.date.fromisoformat(record.days[-1])
    value = record.content_value
    return {
        **office(facts, Inspection(record.term, last)),
        "编号": f"{last:%Y%m%d}-{record.school_id}-{value[:6]}",
        "学校名称": info.get("school_name") or record.school_id,
        "学校标识码": record.school_id,
        "乡镇": info.get("township", ""),
        "检查人员": "、".join(record.people),
        "检查日期": "、".join(chinese_date(day) for day in record.days),
        "方案": plan_words(record),
        "点名": [_roll(n, roll) for n, roll in enumerate(record.rolls, 1)],
        "点名说明": _UNLOOKED_NOTE if any(roll.unexamined for roll in record.rolls) else "",
        "抽样": [_sample(sample, record) for sample in record.samples],
        "回答": [
            {"编号": question.id, "问题": question.ask, "结论": answer.value or "没有填", "说明": answer.note}
            for question, answer in record.answers
        ],
        "没有填": f"{len(record.unanswered)} 问没有填或意见不一：{'　'.join(record.unanswered)}。没有填不等于符合。"
        if record.unanswered
        else "",
        "发现": [
            {
                "序号": n, "题目": case.finding["title"],
                "对象": _whom(case.finding),
                "证据": case.finding["evidence"], "状态": case.state,
            }
            for n, case in enumerate(record.findings, 1)
        ],
        **photo_values(record, info.get("school_name") or record.school_id, file),
        "陈述": _statement(record.statement),
        "没有陈述": "" if record.statement.value else "是",
        "签署时": [
            {"内容": f"{signed.who} {labels.moment(signed.at)} 签署。{signed.words}"}
            for signed in record.signed_off
            if signed.words
        ],
        "签字": [_signed(line, file) for line in lines],
        "签字说明": _void(lines),
        "留痕": trail_words(record.line, record.check_value),
        "记录校验值": value,
    }  # fmt: skip


def _statement(statement: Statement) -> list[dict[str, str]]:
    """The boxes, ticked where the school's word was taken down; in front of a table's row each."""
    rows = []
    for opinion in OPINIONS:
        ticked = "☑" if statement.value == opinion and not statement.conflict else "□"
        text = "以上记录没有异议" if opinion != OBJECTS else "有异议（写明）："
        rows.append({"框": ticked, "意见": text, "说明": statement.note if ticked == "☑" else ""})
    return rows


def _signed(line: SignerLine, file: Callable[[str], bytes]) -> dict[str, Any]:
    last = line.last
    row: dict[str, Any] = {"谁": line.signer, "姓名": line.name, "图": "", "说明": "", "日期": _BLANK_DAY}
    if last is not None and line.state == DRAWN:
        row |= {"图": signature_picture(file(last.sha256), line.name), "日期": labels.moment(last.at)}
    if last is not None and line.state == REFUSED:
        row |= {"说明": f"拒绝签字：{last.note}", "日期": labels.moment(last.at)}
    return row


def _void(lines: Sequence[SignerLine]) -> str:
    told = [f"{line.name}（{labels.moment(line.last.at)}）" for line in lines if line.state == VOID and line.last]
    return f"{'、'.join(told)}签的是改动以前的内容，已作废，须重签。" if told else ""


def _whom(finding: Mapping[str, str]) -> str:
    return f"{labels.class_label(finding['grade'], finding['class'])} {finding['student']}".strip()


def plan_words(record: VisitRecord) -> str:
    """By which plan the school was visited."""
    plan = record.plan
    if not plan:
        return "没有列入督查方案"
    return f"{record.term} 第 {plan['drawn']} 次督查方案，{plan['how']}（{plan['reasons']}），计划 {plan['day']}"


def _roll(number: int, roll: CalledRoll) -> dict[str, Any]:
    parts = [
        f"不在场：{'、'.join(roll.absent)}" if roll.absent else "",
        f"名单外在场：{'、'.join(roll.strangers)}" if roll.strangers else "",
        f"没有看 {roll.unexamined} 人" if roll.unexamined else "",
        "几人点的不一致，待定" if roll.conflict else "",
        roll.note,
    ]
    return {
        "序号": number, "班级": f"{roll.place}{'（抽签）' if roll.drawn else ''}", "日期": chinese_date(roll.day)[5:],
        "应到": roll.registered, "实到": roll.present, "不在": len(roll.absent), "多出": len(roll.strangers),
        "情况": mask_sentence("；".join(filter(None, parts))),
    }  # fmt: skip


def _sample(sample: DrawnSample, record: VisitRecord) -> dict[str, Any]:
    named = "、".join(f"{item['place']} {item['name']}".strip() for item in sample.items)
    changed = "；".join(f"换下 {of['old']['place']} {of['old']['name']}：{of['why']}" for of in sample.replaced)
    again = f"重抽：{sample.why}" if sample.why else ""
    return {
        "编号": sample.question, "对象": named or "（没有可抽的）", "核对": _looked_at(sample, record),
        "说明": "；".join(filter(None, (sample.words.rstrip("。"), changed, again, f"种子 {sample.seed}"))),
    }  # fmt: skip


def _looked_at(sample: DrawnSample, record: VisitRecord) -> str:
    """相符：张三、李四；不相符：王五（没有签字）；没有核对：赵六."""
    if sample.question == ROLL_QUESTION:
        return "见进班点名"
    told: dict[str, list[str]] = {}
    for item, check in record.looked_at(sample):
        note = f"（{check.note}）" if check.note else ""
        told.setdefault(check.value or _NOT_LOOKED_AT, []).append(f"{item['name'] or item['place']}{note}")
    order = (*CHECKED, CaseState.CONFLICT, _NOT_LOOKED_AT)
    return mask_sentence("；".join(f"{value}：{'、'.join(told[value])}" for value in order if value in told))
