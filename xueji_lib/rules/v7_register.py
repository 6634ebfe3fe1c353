"""七、其他事项：名册——必填项、大班额、没有学籍的孩子。"""

from __future__ import annotations

import datetime as dt

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, any_of, concat, open_where, truth, yes
from xueji_lib.county.rows import Ints, Keys, split_class_key
from xueji_lib.register import schema
from xueji_lib.register.vocabulary import IdType, Severity, YesOrNo
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import first_of_school, full_years
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.seats import at_least
from xueji_lib.rules.verdict import Verdict

_FIRST_MEMBER = "成员1"
"""How the headers of the first family member begin: an orphan has none."""


@rule("R705")
def required_fields_empty(inquiry: Inquiry) -> Verdict:
    """必填信息缺失。"""
    register = inquiry["register"]
    empty: dict[str, Truth] = {}
    for header in inquiry.policy.texts("required_fields"):
        column = schema.REGISTER.by_header(header).id
        blank = truth(register[column].blank)  # an absent column or a rejected cell is no empty cell
        if column == "id_number":
            blank = blank & register["id_type"].ne(IdType.OTHER)
        if header.startswith(_FIRST_MEMBER):
            blank = blank & register["orphan"].ne(YesOrNo.YES)
        empty[header] = blank
    missing = truth(np.zeros(len(register), dtype=bool))
    for blank in empty.values():
        missing = missing | blank
    certain = {header: yes(blank) for header, blank in empty.items()}
    return inquiry.judge(
        missing,
        "名册空缺：{headers}",
        who=register,
        facts={"headers": lambda chosen: ["、".join(h for h, f in certain.items() if f[i]) for i in chosen]},
    )


@rule("R706")
def class_too_large(inquiry: Inquiry) -> Verdict:
    """大班额。"""
    registry, policy = inquiry.county.registry, inquiry.policy
    sizes = registry.sizes
    school, grade, class_no = split_class_key(Keys(sizes.keys))
    low, high = sizes.of(school, grade.astype(float), class_no.astype(float))
    order = np.argsort(registry.class_keys, kind="stable")
    first_row = order[np.searchsorted(registry.class_keys[order], sizes.keys)]
    unlisted = _perhaps_a_large_class(inquiry)
    n = len(unlisted)
    hit = at_least(low, high, policy["class_large"])
    low = np.append(low, np.zeros(n, dtype=np.int64))
    very = low >= policy["class_super"]
    return inquiry.judge(
        concat(hit, open_where(np.ones(n, dtype=bool))),
        "名册在读 {low} 人，{size}",
        who=inquiry["register"],
        at=np.append(first_row, unlisted),
        person=np.append(sizes.keys, np.zeros(n, dtype=np.int64)),
        grade=np.append(grade.astype(float), np.full(n, np.nan)),
        class_no=np.append(class_no.astype(float), np.full(n, np.nan)),
        facts={
            "low": low,
            "size": np.where(
                very, f"超大班额（{policy['class_super']} 人及以上）", f"大班额（{policy['class_large']} 人及以上）"
            ),
        },
        severity=np.where(very, Severity.GRAVE, inquiry.entry.severity),
    )


def _perhaps_a_large_class(inquiry: Inquiry) -> RowIndexes:
    """A register row of each school where so many students have no readable class that they alone may be a 大班额."""
    registry, n = inquiry.county.registry, len(inquiry.county.school_ids)
    rows = registry.rows
    lost: RowIndexes = np.flatnonzero((registry.enrolled | registry.maybe_enrolled) & (registry.class_keys == 0))
    school, grade = rows.school[lost], rows["grade"].values[lost]

    def students(where: Flags) -> Ints:
        return np.bincount(school[where], minlength=n)

    anywhere = students(np.isnan(grade))
    most = np.max([anywhere, *(anywhere + students(grade == g) for g in np.unique(grade))], axis=0)
    first: RowIndexes = lost[first_of_school(school, None, n)[most >= inquiry.policy["class_large"]]]
    return first


@rule("R710", across=Across.COUNTY)
def child_without_register(inquiry: Inquiry) -> Verdict:
    """户籍适龄儿童无学籍。记在县，school 填户籍乡镇。"""
    county, rows, register = inquiry.county, inquiry["residents"], inquiry["register"]
    day = np.datetime64(f"{county.term.first_year}-08-31")
    form, birth = rows.frame["id_form"].to_numpy(), rows.frame["id_birth"].to_numpy().astype("datetime64[D]")
    check_ok = rows.frame["id_check"].to_numpy(dtype=bool)
    sound = rows["id_number"].known & ~np.isnat(birth) & (check_ok | (form == 15)) & (birth <= county.days)
    age = full_years(birth, dt.date(county.term.first_year, 8, 31))
    with np.errstate(invalid="ignore"):
        of_age = truth((age >= 6) & (age < 15), ~sound)
    own, listed = county.registry.by_id.join(rows.key("id_key"))
    registered = any_of(len(rows), own, county.registry.on_register[listed])
    names = county.registry.names
    numberless = np.unique(names.codes[register.key("id_key")[names.rows] == 0])
    namesake = np.isin(names.of(rows, np.arange(len(rows))), numberless)
    incomplete = not county.schools_with("register")[: county.n_schools].all()
    nowhere = (~registered).doubted(namesake | incomplete)
    return inquiry.judge(
        of_age & rows["schooling"].is_blank() & nowhere,
        "{day} 满 {age} 周岁，本县名册没有其学籍，就学去向空白（户籍乡镇 {township}）",
        who=rows,
        # Without a number, namesakes are not one child.
        person=np.where(rows.key("id_key") == 0, np.arange(len(rows)), rows.key("id_key")),
        applies=of_age,
        facts={"day": str(day), "age": age},
        extra=[t or "" for t in rows["township"].strings],
    )
