"""一、未按规定及时录入、变动和上报：本校报了不在校，他校教室里有这名学生。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes, any_of, concat
from xueji_lib.register.vocabulary import Situation
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import absent, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.namesakes_apart import namesake_pairs
from xueji_lib.rules.seen_elsewhere import classes_of, seen_elsewhere, seen_facts
from xueji_lib.rules.sides import row_texts, seen_texts
from xueji_lib.rules.verdict import Verdict


@rule("R116", across=Across.NUMBERS)
def reported_absent_seen_there(inquiry: Inquiry) -> Verdict:
    """已报不在校的学生查到在他校就读。记在学籍所在学校。"""
    rows, register = inquiry["headcount"], inquiry["register"]
    hc, reg, base = absent(inquiry)
    other_reason = base & rows["situation"].ne(Situation.MOVED_SCHOOL, blank=True)[hc]
    subject = any_of(len(register), reg, other_reason)
    seen = seen_elsewhere(inquiry)
    there, pupil = seen.there, seen.pupil
    own_row = _first_rows(len(register), hc, reg)[pupil]
    return inquiry.judge(
        subject[pupil] & seen.strange & ~seen.arranged,
        "本校核对表记为不在校（情形{situation}），按号码查到在{other}（{other_class}）点名在校，该校名册没有其学籍；"
        "两校转学台账都没有同意或办理中的记录{lacking}",
        who=register,
        at=pupil,
        applies=subject[pupil],
        facts={
            **seen_facts(inquiry, there),
            "situation": rows["situation"].take(own_row),
            "lacking": not_supplied(inquiry, ("transfers", "转学台账")),
        },
        sources=[(rows, own_row), (register, pupil), (rows, there)],
        shared=seen_texts(rows, there),
    )


def _first_rows(size: int, hc: RowIndexes, reg: RowIndexes) -> RowIndexes:
    """Per register row the first of its ``hc`` rows; -1 where there is none."""
    first = np.full(size, -1, dtype=np.int64)
    order = np.argsort(hc, kind="stable")[::-1]
    first[reg[order]] = hc[order]
    return first


@rule("R117", across=Across.MISMATCHED_NAMES)
def perhaps_one_pupil_of_two_schools(inquiry: Inquiry) -> Verdict:
    """疑似同一学生：一校在籍不在校、一校在校不在籍。两校各一条。"""
    county, rows, register = inquiry.county, inquiry["headcount"], inquiry["register"]
    registered, away, present, alike = namesake_pairs(inquiry)
    # Of namesakes in a class each is a pupil, though nobody can say which of the rows is whose.
    namesake = county.reconciled.interchangeable_registered[registered]
    pupils, persons = county.persons(register)[registered], county.persons(rows)
    here, there = county.names[register.school[registered]], county.names[rows.school[present]]
    absent_at, seen_at = classes_of(register, registered), classes_of(rows, present)
    sentences = [f"{name}（{where}）" for name, where in zip(there, seen_at, strict=True)]
    kind = [f"学籍在本校、核对表记为不在校；{text} 有姓名相同的学生在校，该校名册没有其学籍" for text in sentences]
    sentences = [f"{name}（{where}）" for name, where in zip(here, absent_at, strict=True)]
    kind += [f"在本校在校而本校名册没有其学籍；{text} 名册有姓名相同的学生，该校核对表记为不在校" for text in sentences]
    return inquiry.judge(
        concat(alike, alike),
        "{kind}；双方没有同一种号码可比，全县只有这一个可能",
        who=rows,
        at=np.append(away, present),
        school=np.append(register.school[registered], rows.school[present]),
        person=np.append(np.where(namesake, pupils, persons[away]), persons[present]),
        name=np.append(register.strings("name", registered), rows.strings("name", present)),
        facts={"kind": kind},
        sources=[
            (rows, np.append(away, present)),
            (register, np.append(registered, registered)),
            (rows, np.append(present, away)),
        ],
        shared=lambda chosen: [f"alike|{text}" for text in row_texts(rows, np.append(present, present)[chosen])],
    )
