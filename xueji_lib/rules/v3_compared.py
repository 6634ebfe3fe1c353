"""三、伪造、改动学籍数据：名册与信息修改台账比较。"""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import RowIndexes, Truth, any_of, not_no, truth
from xueji_lib.county.rows import KeyIndex, Rows, flagged, groups
from xueji_lib.register import identity
from xueji_lib.register.vocabulary import ChangedField, IdType
from xueji_lib.rules.across import Across
from xueji_lib.rules.changed_values import FIELDS, change_value, days, earlier, shown_value, without_suffix
from xueji_lib.rules.common import exported, not_supplied
from xueji_lib.rules.evidence_text import show
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R306")
def register_differs_from_ledger(inquiry: Inquiry) -> Verdict:
    """台账修改结果与名册不一致。"""
    rows, register = inquiry["changes"], inquiry["register"]
    link = inquiry.county.link("changes")
    field = rows["field"]
    here = any_of(len(rows), link.left, inquiry.county.registry.on_register[link.right])
    subject = field.isin([*FIELDS]) & here
    hit, newer = _not_as_changed(inquiry, np.flatnonzero(not_no(subject)))

    def evidence(chosen: RowIndexes) -> list[str]:
        files = exported(inquiry)(link.first[chosen])
        fields = field.strings[chosen]
        return [
            f"{day} 修改{f}为 {wanted}，名册现为 {have}{'，不同处已遮盖' * (wanted == have)}（名册文件 {file}）"
            for day, f, wanted, have, file in zip(
                show(rows, "platform_date", chosen),
                fields,
                [_masked_change(rows, i, f) for i, f in zip(chosen, fields, strict=True)],
                [shown_value(register, FIELDS[f], link.first[i]) for i, f in zip(chosen, fields, strict=True)],
                files,
                strict=True,
            )
        ]

    start = inquiry.county.term.start
    return inquiry.judge(
        hit & here,
        evidence,
        who=rows,
        applies=subject,
        sources=[(rows, np.arange(len(rows))), (register, link.first)],
        facts={"start": str(start)},
        leads=[
            Lead(
                newer,
                "该项目最晚的平台修改日期不早于本学期开学日 {start}，名册可能导出在前",
            )
        ],
    )


def _not_as_changed(inquiry: Inquiry, at: RowIndexes) -> tuple[Truth, Truth]:
    """Per row of the ledger: it is the latest of its student and field (as one of ``at``, the rows of students on
    the register), and none of those is what the register says; and the latest may be of this term, so that the
    register may be older.

    A row of unknown 修改项目 may belong to any field, one of unknown 平台修改日期 may be the latest.
    """
    rows = inquiry["changes"]
    day, fields = days(rows), rows["field"].strings.tolist()
    as_now = {field: _as_changed(inquiry, at, field) for field in FIELDS}
    yes_, open_, newer, undated = (np.zeros(len(rows), dtype=bool) for _ in range(4))
    start = int(np.datetime64(inquiry.county.term.start).astype("datetime64[D]").astype(np.int64))
    student = groups(rows.school[at], inquiry.county.persons(rows)[at])
    for row_indexes in pd.Series(at).groupby(student).agg(list):
        for field in FIELDS:
            sure = [i for i in row_indexes if fields[i] == field]
            last = [i for i in row_indexes if fields[i] in (field, None) and not any(earlier(day, i, k) for k in sure)]
            if not last:
                continue
            same = {i: as_now[field][i] for i in last}
            settled = {day[i] for i in sure if same.get(i) is True} - {None}
            doubtful = [i for i in last if not (same[i] is True or day[i] in settled)]
            if sure and not any(same[i] is not False for i in last):
                certain = [i for i in last if fields[i] == field]
                yes_[certain] = True
                newer[certain] = any((date := day[i]) is not None and date >= start for i in last)
                undated[certain] = any(day[i] is None for i in last)
            elif doubtful:
                open_[doubtful] = True
    return truth(yes_, open_ & ~yes_), truth(newer, undated & ~newer)


def _as_changed(inquiry: Inquiry, at: RowIndexes, field: str) -> dict[int, bool | None]:
    """Per row of the ledger (of those ``at`` that are of this field, or of none that could be read): the register
    shows what 修改后 says, both normalised; None where that cannot be said. A student who stands in the register
    twice has to show it once."""
    rows, register, link = inquiry["changes"], inquiry["register"], inquiry.county.link("changes")
    of_field = flagged(len(rows), at[np.isin(rows["field"].strings[at].astype(str), [field, "None"])])
    pairs = of_field[link.left]
    left, right = link.left[pairs], link.right[pairs]
    after = rows.strings("after", left)
    read = {text: change_value(field, text) for text in set(after) if isinstance(text, str)}
    wanted = np.array([read.get(text) for text in after], dtype=object)
    cells = register[FIELDS[field]].take(right)
    have = cells.values.astype(str).astype(object) if field == ChangedField.BIRTH_DATE else cells.strings
    if field == ChangedField.ETHNICITY:
        wanted, have = without_suffix(wanted), without_suffix(have)
    unread = pd.isna(wanted) | ~cells.known
    answer = any_of(len(rows), left, truth(np.asarray(wanted == have, dtype=bool) & ~unread, unread))
    return {i: None if answer.unknown[i] else bool(answer.yes[i]) for i in np.flatnonzero(of_field).tolist()}


def _masked_change(rows: Rows, row: int, field: str) -> str:
    value = change_value(field, str(rows.frame["after"].iloc[row])) or ""
    if field == ChangedField.ID_NUMBER:
        return identity.mask_id(value)
    return identity.mask_birth(value) if field == ChangedField.BIRTH_DATE else identity.mask_text(value)


@rule("R308", across=Across.NUMBERS)
def register_number_and_id_disagree(inquiry: Inquiry) -> Verdict:
    """学籍号与身份证号不对应且无修改记录。"""
    county, register = inquiry.county, inquiry["register"]
    own, number, kind = register["register_no"], register["id_number"], register["id_type"]
    text = register.frame["register_no"].astype(object)
    formal = text.str.fullmatch(r"G.{18}").fillna(False).to_numpy(dtype=bool) & own.known
    length18 = register.frame["id_number"].str.len().to_numpy(dtype=float, na_value=0.0) == 18
    tail = text.str[1:].to_numpy(dtype=object)
    differs = np.asarray(tail != register.frame["id_number"].astype(object).to_numpy(), dtype=bool)
    subject = (
        truth(formal, own.unknown | own.blank)
        & truth(length18, ~number.known)
        & kind.eq(IdType.RESIDENT_CARD, blank=True)
    )
    changes = county.all_changes
    of_number = changes["field"].eq(ChangedField.ID_NUMBER)
    logged = truth(np.zeros(len(register), dtype=bool))
    for key in ("register_key", "id_key"):
        at, row = KeyIndex(changes.key(key)).join(register.key(key))
        logged = logged | any_of(len(register), at, of_number[row])
    link = county.link_of(changes)  # of earlier terms, too
    logged = logged | any_of(len(register), link.right, of_number[link.left])
    return inquiry.judge(
        subject & truth(differs, ~(own.known & number.known)) & ~logged,
        "学籍号 {register_no} 的后18位与身份证件号 {id_number} 不同，信息修改台账没有身份证号修改记录{lacking}",
        who=register,
        applies=subject,
        facts={"lacking": not_supplied(inquiry, ("changes", "信息修改台账"))},
    )
