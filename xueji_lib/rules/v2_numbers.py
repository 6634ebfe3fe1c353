"""二、弄虚作假：号码——一号多籍、一人多籍、号码不合规则。"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Flags, RowIndexes, open_where, truth, yes
from xueji_lib.county.rows import Ints, Rows, distinct_pairs, flagged, groups
from xueji_lib.register import identity
from xueji_lib.register.vocabulary import IdType, Sex
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import group_texts
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.leads import Lead
from xueji_lib.rules.marking import rule
from xueji_lib.rules.repeated_numbers import repeated_numbers
from xueji_lib.rules.seen_elsewhere import class_text
from xueji_lib.rules.verdict import Verdict


@rule("R202", across=Across.SHARED_REGISTERS)
def one_number_several_records(inquiry: Inquiry) -> Verdict:
    """同一身份证件号有多条学籍。每一所涉及学校一条。"""
    register = inquiry["register"]
    keys = register.key("id_key")
    again = repeated_numbers(inquiry)
    texts = _group_describer(inquiry, keys, yes(again.repeated))
    return inquiry.judge(
        again.repeated | open_where(keys == 0),
        lambda chosen: [f"身份证件号 {text}" for text in texts[0](chosen)],
        who=register,
        person=np.where(keys != 0, keys, inquiry.county.registry.persons),
        sources=texts[1],
        shared=lambda chosen: [f"number|{number}" for number in keys[chosen].tolist()],
        leads=[Lead(again.same_list, "两校名册共有的学生达到较小一方名册的一半，可能是同一份名册交到了两校")],
    )


@rule("R203", across=Across.NAMESAKES)
def perhaps_registered_twice(inquiry: Inquiry) -> Verdict:
    """疑似重复学籍（同名同性别同生日）。每一所涉及学校一条。"""
    register = inquiry["register"]
    name, sex, birth, number = (register[c] for c in ("name", "sex", "birth_date", "id_number"))
    codes = inquiry.county.registry.own_name_codes
    days = np.where(birth.known, birth.values.astype(np.int64) + 100_000, 0)
    sexes = np.where(sex.known, 1 + np.asarray(sex.values == Sex.MALE, dtype=np.int64), 0)
    parts = [np.where(name.known, codes + 1, 0), sexes, days]
    full = number.known & (parts[0] > 0) & (parts[1] > 0) & (parts[2] > 0)
    group = np.where(full, (parts[0] * 2 + sexes - 1) * 200_000 + days, 0)
    keys = register.key("id_key")
    surely = full & yes(inquiry.county.registry.on_register)
    twins = full & _others(group, keys, surely)
    perhaps = np.zeros(len(full), dtype=bool)
    beside = np.flatnonzero(full & np.isin(group, group[full & ~surely]))  # a twin who may have departed: few
    perhaps[beside] = _others(group[beside], keys[beside], full[beside])
    texts = _group_describer(inquiry, group, twins)
    return inquiry.judge(
        truth(twins, ~twins & (perhaps | _may_agree(parts, keys, number.known))),
        lambda chosen: [f"姓名、性别、出生日期都相同而身份证件号不同：{text}" for text in texts[0](chosen)],
        who=register,
        person=np.where(_of_a_finding(register, group, twins, surely), group, inquiry.county.registry.persons),
        sources=texts[1],
        shared=lambda chosen: _twin_texts(register, chosen),
    )


def _of_a_finding(register: Rows, group: Ints, twins: Flags, surely: Flags) -> Flags:
    """A flag a row: its school has a finding about its name, sex and birthday, and the row belongs to it. Where nothing
    is found the subject is the pupil, who may have two rows of one number."""
    at = np.flatnonzero(twins)
    here = groups(register.school[at], group[at])
    return flagged(len(group), at[np.isin(here, here[surely[at]])])


def _twin_texts(register: Rows, row_indexes: RowIndexes) -> list[str]:
    """What twins of R203 have in common, by register row."""
    columns = [register.strings(column, row_indexes) for column in ("name", "sex", "birth_date")]
    return ["twins|" + "|".join(map(str, cells)) for cells in zip(*columns, strict=True)]


def _others(group: Ints, keys: Ints, among: Flags) -> Flags:
    """Per row: a row (``among``) of its group has another number."""
    at = np.flatnonzero(among)
    pairs = distinct_pairs(group[at], keys[at])
    groups, count = np.unique(pairs[0], return_counts=True)
    numbers = pd.Series(count, index=groups).reindex(group).fillna(0).to_numpy(dtype=np.int64)
    own = pd.MultiIndex.from_arrays([group, keys]).isin(pd.MultiIndex.from_arrays(list(pairs)))
    other: Flags = numbers > own
    return other


def _may_agree(parts: Sequence[Ints], keys: Ints, among: Flags) -> Flags:
    """Rows (``among``) with a part that is not known (0), such that a row with another number has the same in
    every part that both know."""
    known = np.zeros(len(keys), dtype=np.int64)
    for i, part in enumerate(parts):
        known |= (part > 0).astype(np.int64) << i
    kinds = np.unique(known[among]).tolist()
    may_agree = np.zeros(len(keys), dtype=bool)
    for own_known in kinds:
        if own_known == (1 << len(parts)) - 1:
            continue
        at = np.flatnonzero(among & (known == own_known))
        for their_known in kinds:
            shared = [part for i, part in enumerate(parts) if own_known & their_known & (1 << i)]
            both = np.append(at, np.flatnonzero(among & (known == their_known)))
            group = groups(*(part[both] for part in shared)) if shared else np.zeros(len(both), dtype=np.int64)
            number_pairs = distinct_pairs(group[len(at) :], keys[both[len(at) :]])
            size = int(group.max(initial=-1)) + 1
            others = np.bincount(number_pairs[0], minlength=size)[group[: len(at)]]
            own = pd.MultiIndex.from_arrays([group[: len(at)], keys[at]]).isin(
                pd.MultiIndex.from_arrays(list(number_pairs))
            )
            may_agree[at] |= others > own
    return may_agree


def _group_describer(
    inquiry: Inquiry, group: Ints, member: Flags
) -> tuple[Callable[[RowIndexes], list[str]], Callable[[RowIndexes], list[str]]]:
    """Two functions of register row indexes: a sentence that names every record of the row's group, and the
    sources of those records."""
    register, county = inquiry["register"], inquiry.county

    def describe(chosen: RowIndexes) -> list[str]:
        at, groups = _members(chosen)
        record_texts = [
            f"{county.names[s]} {class_text(g, c)} {name}（{identity.mask_id(str(number))}）"
            for s, g, c, name, number in zip(
                register.school[at],
                register["grade"].values[at],
                register["class_no"].values[at],
                register.strings("name", at),
                register.strings("id_number", at),
                strict=True,
            )
        ]
        texts = group_texts(groups, record_texts, "；")
        sizes = dict(zip(*np.unique(groups, return_counts=True), strict=True))
        return [f"共 {sizes[k]} 条学籍：{texts[k]}" for k in group[chosen].tolist()]

    def sources(chosen: RowIndexes) -> list[str]:
        at, groups = _members(chosen)
        texts = group_texts(groups, register.sources(at), " | ")
        return [texts[k] for k in group[chosen].tolist()]

    def _members(chosen: RowIndexes) -> tuple[RowIndexes, Ints]:
        """Every record of the chosen rows' groups, in the register's order, and its group."""
        at = np.flatnonzero(member & np.isin(group, group[chosen]))
        names = register.strings("name", at).astype(str)
        grade, class_no = register["grade"].values[at], register["class_no"].values[at]
        at = at[np.lexsort([at, names, class_no, grade, register.school[at]])]
        return at, group[at]

    return describe, sources


@rule("R205")
def id_number_fails_check(inquiry: Inquiry) -> Verdict:
    """居民身份证号校验不通过。"""
    register = inquiry["register"]
    number, kind = register["id_number"], register["id_type"]
    form, birth, check_ok = _parsed(register)
    absent_kind = _column_absent(register, "id_type")
    length = register.frame["id_number"].str.len().to_numpy(dtype=float, na_value=0.0)
    resident = kind.eq(IdType.RESIDENT_CARD)
    resident = resident | truth(absent_kind & (length == 18))
    impossible = np.isnat(birth) | (birth > inquiry.county.days)
    wrong = (form == 0) | impossible | ((form == 18) & ~check_ok)
    why = np.select([form == 0, impossible], ["不是17位数字加校验位的号码", "号码中的出生日期不存在"], "校验位不符")
    return inquiry.judge(
        resident & truth(wrong, ~number.known),
        "身份证件号 {id_number}：{why}",
        who=register,
        applies=resident,
        facts={"why": why},
    )


def _parsed(rows: Rows) -> tuple[Any, Any, Any]:
    frame = rows.frame
    return (
        frame["id_form"].to_numpy(),
        frame["id_birth"].to_numpy().astype("datetime64[D]"),
        frame["id_check"].to_numpy(dtype=bool),
    )


def _column_absent(rows: Rows, column: str) -> Flags:
    """The row's file has no such column: the cell is unknown in every row of that sheet."""
    unknown = rows[column].unknown
    sheet = rows.frame.groupby(["_file", "_sheet"], observed=True, sort=False).ngroup().to_numpy()
    all_unknown = np.bincount(sheet, weights=~unknown, minlength=1) == 0
    absent_there: Flags = unknown & all_unknown[sheet]
    return absent_there


@rule("R206")
def birth_or_sex_differs_from_number(inquiry: Inquiry) -> Verdict:
    """出生日期或性别与身份证号不符。"""
    register = inquiry["register"]
    form, id_birth, check_ok = _parsed(register)
    number, birth, sex, kind = (register[c] for c in ("id_number", "birth_date", "sex", "id_type"))
    sound = (form == 18) & check_ok & ~np.isnat(id_birth) & (id_birth <= inquiry.county.days)
    other_paper = kind.known & yes(kind.ne(IdType.RESIDENT_CARD))
    other_birth = truth(birth.values != id_birth, ~birth.known)
    id_sex = register.frame["id_sex"].astype(object).to_numpy(dtype=object)
    other_sex = truth(np.asarray(sex.strings != id_sex, dtype=bool), ~sex.known)
    subject = truth(sound & ~other_paper, ~number.known & ~other_paper)
    return inquiry.judge(
        subject & (other_birth | other_sex),
        lambda chosen: [_birth_text(register, i, birth, id_birth, sex, id_sex) for i in chosen],
        who=register,
        applies=subject,
    )


def _birth_text(register: Rows, i: int, birth: Cells, id_birth: Any, sex: Cells, id_sex: Any) -> str:
    """What differs; of birth dates only the years are shown."""
    parts = []
    if birth.known[i] and birth.values[i] != id_birth[i]:
        year, id_year = str(birth.values[i])[:4], str(id_birth[i])[:4]
        parts.append(f"出生年 名册 {year}、号码 {id_year}" if year != id_year else f"出生年同为 {year}，月日不同")
    if sex.known[i] and str(sex.values[i]) != id_sex[i]:
        parts.append(f"性别 名册 {sex.values[i]}、号码 {id_sex[i]}")
    number = identity.mask_id(str(register.frame["id_number"].iloc[i]))
    return f"身份证件号 {number} 校验通过，但{'；'.join(parts)}"
