"""三、伪造、改动学籍数据：名册与上学期名册不同而没有台账。"""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes, Truth, any_of, concat, open_where, truth, yes
from xueji_lib.county.rows import KeyIndex, Keys, Rows, distinct_pairs, flagged
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import NUMBER_KEYS
from xueji_lib.register.vocabulary import ChangedField
from xueji_lib.rules.across import Across
from xueji_lib.rules.changed_values import FIELDS, change_value, shown_value, without_suffix
from xueji_lib.rules.common import exported, not_supplied
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.long_numbers import long_keys, numbers_say
from xueji_lib.rules.marking import rule
from xueji_lib.rules.verdict import Verdict


@rule("R305", across=Across.NUMBERS)
def changed_without_ledger(inquiry: Inquiry) -> Verdict:
    """学籍信息被修改而无台账。"""
    register, before = inquiry["register"], inquiry["previous_register"]
    now, then = _same_pupils(register, before)
    differences = _undocumented(inquiry, now, then)
    hit = truth(np.zeros(len(now), dtype=bool))
    for differs in differences.values():
        hit = hit | differs
    hit = hit & inquiry.county.previous.on_register[then]
    # A number that stands twice in a register is compared with each; only a difference from all of them counts.
    settled = any_of(len(register), now, ~hit)
    hit = hit & ~settled[now]
    lost = _not_comparable(register, before, now)
    lacking = not_supplied(inquiry, ("changes", "信息修改台账"))

    def evidence(chosen: RowIndexes) -> list[str]:
        files = exported(inquiry)(now[chosen])
        texts = []
        for i, file in zip(chosen, files, strict=True):
            parts = [
                field
                + _change(*(shown_value(rows, FIELDS[field], at[i]) for rows, at in ((before, then), (register, now))))
                for field in FIELDS
                if yes(differences[field][i : i + 1])[0]
            ]
            texts.append(f"与上学期名册相比，{'；'.join(parts)}；信息修改台账没有相应记录{lacking}（名册文件 {file}）")
        return texts

    return inquiry.judge(
        concat(hit, open_where(np.ones(len(lost), dtype=bool))),
        evidence,
        who=register,
        at=np.append(now, lost),
        sources=[(register, np.append(now, lost)), (before, np.append(then, np.full(len(lost), -1)))],
    )


def _same_pupils(register: Rows, before: Rows) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (row of the register, row of the last one): by 全国学籍号; by 身份证件号 where one of the two has none."""
    now, then = KeyIndex(before.key("register_key")).join(register.key("register_key"))
    by_id, by_id_then = KeyIndex(Keys(long_keys(before))).join(Keys(long_keys(register)))
    without = (register.key("register_key")[by_id] == 0) | (before.key("register_key")[by_id_then] == 0)
    return np.append(now, by_id[without]), np.append(then, by_id_then[without])


def _not_comparable(register: Rows, before: Rows, found: RowIndexes) -> RowIndexes:
    """Register rows that found nobody, and hold no number of a kind that the school's last register holds."""
    schools = int(max(register.school.max(initial=-1), before.school.max(initial=-1))) + 1
    comparable = np.zeros(len(register), dtype=bool)
    for kind in NUMBER_KEYS:
        held = flagged(schools, before.school[before.key(kind) != 0])
        comparable |= (register.key(kind) != 0) & held[register.school]
    return np.flatnonzero(~comparable & ~flagged(len(register), found))


def _undocumented(inquiry: Inquiry, now: RowIndexes, then: RowIndexes) -> dict[str, Truth]:
    """By 修改项目, per pair of rows: the two differ, and the ledger of this term or the last has no row for that."""
    county, register, before = inquiry.county, inquiry["register"], inquiry["previous_register"]
    changes, of_term = county.all_changes, county.all_changes.frame["_term"]
    recent = truth(of_term.isin([county.term.id, previous_term_id(county.term.id)]).to_numpy(dtype=bool))
    pair, row = _ledger_rows(inquiry, changes, now, then)
    differences = {}
    for field, column in FIELDS.items():
        of_field = changes["field"].eq(field) & recent
        logged = any_of(len(now), pair, of_field[row])
        differences[field] = _differs(register, before, column, now, then) & ~logged
    number = (changes["field"].eq(ChangedField.ID_NUMBER) & recent)[row]
    read = {
        text: change_value(ChangedField.ID_NUMBER, text)
        for text in set(changes.strings("after", row))
        if isinstance(text, str)
    }
    numbers = [read.get(text) for text in changes.strings("after", row)]
    says_birth, says_sex = numbers_say(numbers, register["birth_date"].take(now[pair]), register["sex"].take(now[pair]))
    for field, says in ((ChangedField.BIRTH_DATE, says_birth), (ChangedField.SEX, says_sex)):
        differences[field] = differences[field] & ~any_of(len(now), pair, number & says)
    return differences


def _ledger_rows(inquiry: Inquiry, changes: Rows, now: RowIndexes, then: RowIndexes) -> tuple[RowIndexes, RowIndexes]:
    """Pairs (position in ``now``, ledger row) of one pupil: by 全国学籍号 or either 身份证件号, and, for a row without
    numbers, by its name, which may be the old one."""
    county, register, before = inquiry.county, inquiry["register"], inquiry["previous_register"]
    pairs = [
        np.stack(KeyIndex(changes.key(key)).join(Keys(keys)))
        for keys, key in (
            (register.key("register_key")[now], "register_key"),
            (before.key("register_key")[then], "register_key"),
            (register.key("id_key")[now], "id_key"),
            (before.key("id_key")[then], "id_key"),
        )
    ]
    for link, side in ((county.link_of(changes), now), (county.previous.link(changes), then)):
        pair, at = KeyIndex(Keys(link.right + 1)).join(Keys(side + 1))
        pairs.append(np.stack([pair, link.left[at]]))
    return distinct_pairs(*np.concatenate(pairs, axis=1))


def _change(old: str, new: str) -> str:
    """Two different values as they may be shown: what is masked may be where they differ."""
    return f"由 {old} 变为 {new}" if old != new else f"变了（显示同为 {new}，不同处已遮盖）"


def _differs(register: Rows, before: Rows, column: str, now: RowIndexes, then: RowIndexes) -> Truth:
    """Compared only where both sides have a value; a rejected or absent cell is unknown."""
    a, b = register[column], before[column]
    blank = a.blank[now] | b.blank[then]
    unknown = (a.unknown[now] | b.unknown[then]) & ~blank
    if column == "id_number":
        differ = long_keys(register)[now] != long_keys(before)[then]
    elif column == "birth_date":
        differ = a.values[now] != b.values[then]
    else:
        value, value_before = register.strings(column, now), before.strings(column, then)
        if column == "ethnicity":
            value, value_before = without_suffix(value), without_suffix(value_before)
        differ = np.asarray(value != value_before, dtype=bool)
    return truth(differ & ~blank, unknown)
