"""三、伪造、改动学籍数据：名册与上学期名册、与信息修改台账比较。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Places, Truth, not_no, truth, yes
from xueji_lib.county.rows import KeyIndex, Rows, any_of, flagged, groups
from xueji_lib.register import identity
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.rules.case import Case, Verdict, show
from xueji_lib.rules.changed_values import FIELDS, change_value, days, earlier, without_suffix
from xueji_lib.rules.common import exported, not_supplied
from xueji_lib.rules.registry import rule


@rule("R305")
def changed_without_ledger(case: Case) -> Verdict:
    """学籍信息被修改而无台账。"""
    county, register, before = case.county, case["register"], case["previous_register"]
    now, then = KeyIndex(before.key("register_key")).join(register.key("register_key"))
    changes, of_term = county.all_changes, county.all_changes.frame["_term"]
    recent = of_term.isin([county.term.id, previous_term_id(county.term.id)]).to_numpy(dtype=bool)
    hit = truth(np.zeros(len(now), dtype=bool))
    differences: dict[str, Truth] = {}
    # A ledger row without numbers is found by its name, which may be the old one.
    links = (
        (county.link_of(changes), len(register), now),
        (county.previous.link(changes), len(before), then),
    )
    lacking = not_supplied(case, ("changes", "信息修改台账"))
    for field in FIELDS:
        column = FIELDS[field]
        differs = _differs(register, before, column, now, then)
        of_field = changes["field"].eq(field) & truth(recent)
        logged = _logged(register, before, now, then, changes, of_field)
        for link, size, side in links:
            logged = logged | any_of(size, link.right, of_field[link.left])[side]
        differences[field] = differs & ~logged
        hit = hit | differences[field]
    # A number that stands twice in a register is compared with each; only a difference from all of them counts.
    settled = any_of(len(register), now, ~hit)
    hit = hit & ~settled[now]

    def evidence(chosen: Places) -> list[str]:
        files = exported(case)(now[chosen])
        texts = []
        for i, file in zip(chosen, files, strict=True):
            parts = [
                field + _change(_value(before, FIELDS[field], then[i]), _value(register, FIELDS[field], now[i]))
                for field in FIELDS
                if yes(differences[field][i : i + 1])[0]
            ]
            texts.append(f"与上学期名册相比，{'；'.join(parts)}；信息修改台账没有相应记录{lacking}（名册文件 {file}）")
        return texts

    return case.judge(hit, evidence, who=register, at=now, sources=[(register, now), (before, then)])


def _change(old: str, new: str) -> str:
    """Two different values as they may be shown: what is masked may be where they differ."""
    return f"由 {old} 变为 {new}" if old != new else f"变了（显示同为 {new}，不同处已遮盖）"


def _differs(register: Rows, before: Rows, column: str, now: Places, then: Places) -> Truth:
    """Compared only where both sides have a value; a rejected or absent cell is unknown."""
    a, b = register[column], before[column]
    blank = a.blank[now] | b.blank[then]
    unknown = (a.unknown[now] | b.unknown[then]) & ~blank
    if column == "id_number":
        differ = register.key("id_key")[now] != before.key("id_key")[then]
    elif column == "birth_date":
        differ = a.values[now] != b.values[then]
    else:
        mine, theirs = register.strings(column, now), before.strings(column, then)
        if column == "ethnicity":
            mine, theirs = without_suffix(mine), without_suffix(theirs)
        differ = np.asarray(mine != theirs, dtype=bool)
    return truth(differ & ~blank, unknown)


def _logged(register: Rows, before: Rows, now: Places, then: Places, changes: Rows, of_field: Truth) -> Truth:
    """Per pair: the ledger has a row of that student and field (by 全国学籍号 or either 身份证件号)."""
    found = truth(np.zeros(len(now), dtype=bool))
    for mine, key in (
        (register.key("register_key")[now], "register_key"),
        (register.key("id_key")[now], "id_key"),
        (before.key("id_key")[then], "id_key"),
    ):
        at, row = KeyIndex(changes.key(key)).join(mine)
        found = found | any_of(len(now), at, of_field[row])
    return found


def _value(rows: Rows, column: str, place: int) -> str:
    """A cell for evidence: numbers masked, of a birth date the year."""
    value = rows.frame[column].iloc[place]
    if pd.isna(value):
        return "（空白）"
    if column == "id_number":
        return identity.mask_id(str(value))
    return identity.mask_birth(value) if column == "birth_date" else str(value)


@rule("R306")
def register_differs_from_ledger(case: Case) -> Verdict:
    """台账修改结果与名册不一致。"""
    rows, register = case["changes"], case["register"]
    link = case.county.link("changes")
    field = rows["field"]
    subject = field.isin([*FIELDS]) & truth(link.first >= 0)
    hit = _not_as_changed(case, np.flatnonzero(not_no(subject)))

    def evidence(chosen: Places) -> list[str]:
        files = exported(case)(link.first[chosen])
        fields = field.strings[chosen]
        return [
            f"{day} 修改{f}为 {wanted}，名册现为 {have}{'，不同处已遮盖' * (wanted == have)}（名册文件 {file}）"
            for day, f, wanted, have, file in zip(
                show(rows, "platform_date", chosen),
                fields,
                [_masked_change(rows, i, f) for i, f in zip(chosen, fields, strict=True)],
                [_value(register, FIELDS[f], link.first[i]) for i, f in zip(chosen, fields, strict=True)],
                files,
                strict=True,
            )
        ]

    return case.judge(
        hit, evidence, who=rows, applies=subject, sources=[(rows, np.arange(len(rows))), (register, link.first)]
    )


def _not_as_changed(case: Case, at: Places) -> Truth:
    """Per row of the ledger: it is the latest of its student and field (as one of ``at``, the rows of students on
    the register), and none of those is what the register says.

    A row of unknown 修改项目 may belong to any field, one of unknown 平台修改日期 may be the latest.
    """
    rows = case["changes"]
    day, fields = days(rows), rows["field"].strings.tolist()
    as_now = {field: _as_changed(case, at, field) for field in FIELDS}
    yes_, open_ = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    student = groups(rows.school[at], case.county.persons(rows)[at])
    for places in pd.Series(at).groupby(student).agg(list):
        for field in FIELDS:
            sure = [i for i in places if fields[i] == field]
            last = [i for i in places if fields[i] in (field, None) and not any(earlier(day, i, k) for k in sure)]
            if not last:
                continue
            same = {i: as_now[field][i] for i in last}
            settled = {day[i] for i in sure if same.get(i) is True} - {None}
            doubtful = [i for i in last if not (same[i] is True or day[i] in settled)]
            if sure and not any(same[i] is not False for i in last):
                yes_[[i for i in last if fields[i] == field]] = True
            elif doubtful:
                open_[doubtful] = True
    return truth(yes_, open_ & ~yes_)


def _as_changed(case: Case, at: Places, field: str) -> dict[int, bool | None]:
    """Per row of the ledger (of those ``at`` that are of this field, or of none that could be read): the register
    shows what 修改后 says, both normalised; None where that cannot be said. A student who stands in the register
    twice has to show it once."""
    rows, register, link = case["changes"], case["register"], case.county.link("changes")
    asked = flagged(len(rows), at[np.isin(rows["field"].strings[at].astype(str), [field, "None"])])
    pairs = asked[link.left]
    left, right = link.left[pairs], link.right[pairs]
    after = rows.strings("after", left)
    read = {text: change_value(field, text) for text in set(after) if isinstance(text, str)}
    wanted = np.array([read.get(text) for text in after], dtype=object)
    cells = register[FIELDS[field]].take(right)
    have = cells.values.astype(str).astype(object) if field == "出生日期" else cells.strings
    if field == "民族":
        wanted, have = without_suffix(wanted), without_suffix(have)
    unread = pd.isna(wanted) | ~cells.known
    answer = any_of(len(rows), left, truth(np.asarray(wanted == have, dtype=bool) & ~unread, unread))
    return {i: None if answer.unknown[i] else bool(answer.yes[i]) for i in np.flatnonzero(asked).tolist()}


def _masked_change(rows: Rows, place: int, field: str) -> str:
    value = change_value(field, str(rows.frame["after"].iloc[place])) or ""
    if field == "身份证件号":
        return identity.mask_id(value)
    return identity.mask_birth(value) if field == "出生日期" else value


@rule("R308")
def register_number_and_id_disagree(case: Case) -> Verdict:
    """学籍号与身份证号不对应且无修改记录。"""
    county, register = case.county, case["register"]
    own, number, kind = register["register_no"], register["id_number"], register["id_type"]
    text = register.frame["register_no"].astype(object)
    formal = text.str.fullmatch(r"G.{18}").fillna(False).to_numpy(dtype=bool) & own.known
    length18 = register.frame["id_number"].str.len().to_numpy(dtype=float, na_value=0.0) == 18
    tail = text.str[1:].to_numpy(dtype=object)
    differs = np.asarray(tail != register.frame["id_number"].astype(object).to_numpy(), dtype=bool)
    subject = (
        truth(formal, own.unknown | own.blank) & truth(length18, ~number.known) & kind.eq("居民身份证", blank=True)
    )
    changes = county.all_changes
    of_number = changes["field"].eq("身份证件号")
    logged = truth(np.zeros(len(register), dtype=bool))
    for key in ("register_key", "id_key"):
        at, row = KeyIndex(changes.key(key)).join(register.key(key))
        logged = logged | any_of(len(register), at, of_number[row])
    if county.has("changes"):
        link = county.link("changes")
        logged = logged | any_of(len(register), link.right, case["changes"]["field"].eq("身份证件号")[link.left])
    return case.judge(
        subject & truth(differs, ~(own.known & number.known)) & ~logged,
        "学籍号 {register_no} 的后18位与身份证件号 {id_number} 不同，信息修改台账没有身份证号修改记录{lacking}",
        who=register,
        applies=subject,
        facts={"lacking": not_supplied(case, ("changes", "信息修改台账"))},
    )
