"""What a finding_id must not depend on: harmless rows of the same pupil, and the findings of other children."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest

from tests.county import tables
from tests.county.tables import ONE, THREE
from xueji_lib.judge import engine
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.identity import check_digit, mask_id

pytestmark = pytest.mark.slow

G = "G640422201703120999"
"""A 全国学籍号 that is not made of the pupil's 身份证件号."""


def found(folder: Path, rule: str, **texts: str) -> pd.DataFrame:
    """The findings of one check in these tables (file name → CSV text)."""
    county, whole = tables.county(folder, **texts), catalogues.load()
    chosen = catalogues.Catalogue(whole.edition, {rule: whole[rule]}, ())
    return engine.judge(county, chosen, folder / "logs").findings


def ids(folder: Path, rule: str, **texts: str) -> list[str]:
    return list(found(folder, rule, **texts)["finding_id"])


# ---- rows of the same pupil ----

TRANSFERS = "学校标识码,办理方向,姓名,身份证件号,全国学籍号,年级,转学原因,申请日期,办理结果,不同意理由\n"
SUSPENSIONS = (
    "学校标识码,姓名,身份证件号,全国学籍号,年级,休学原因,是否突发特殊,申请日期,学校初审日期,学籍管理中心审批日期\n"
)
DROPOUTS = "学校标识码,姓名,身份证件号,全国学籍号,户籍乡镇,发现日期,限期复学日期,处理结果\n"
HEADCOUNT = "学校标识码,年级,班号,姓名,性别,身份证件号,全国学籍号,在校情况,情形,整改措施\n"
# Rule → file, header, an offending row, a harmless one; {0} and {1} are the row's numbers.
ROWS = {
    "R604": (
        "转学台账",
        TRANSFERS,
        ONE + ",转入,马明,{0},{1},3,户口迁移,2026-09-01,不同意,",
        ONE + ",转入,马明,{0},{1},3,户口迁移,2026-09-08,不同意,学位已满",
    ),
    "R719": (
        "休复学台账",
        SUSPENSIONS,
        ONE + ",马明,{0},{1},3,伤病,否,2026-09-01,2026-09-04,2026-09-03",
        ONE + ",马明,{0},{1},3,伤病,否,2026-10-01,2026-10-12,2026-10-13",
    ),
    "R714": (
        "疑似失学劝返台账",
        DROPOUTS,
        ONE + ",马明,{0},{1},柳林镇,2026-09-01,2026-09-20,未复学",
        ONE + ",马明,{0},{1},柳林镇,2026-09-05,2026-10-20,已复学",
    ),
    "R405": (
        "逐班核对表",
        HEADCOUNT,
        ONE + ",3,1,马明,男,{0},{1},在校,无户口,",
        ONE + ",3,1,马明,男,{0},{1},在校,无户口,动员登记",
    ),
}
X = tables.number(1)
REGISTER = "学校标识码,姓名,性别,出生日期,身份证件号,全国学籍号,年级,班号\n"
OTHERS = {"学籍名册": f"{REGISTER}{ONE},旁人,女,2017-03-12,{tables.number(9)},,3,1\n"}
"""The school has a register, and the pupil is not on it."""
NUMBERS = {"全国学籍号": ("", G), "身份证件号": (X, ""), "两个号码": (X, G)}


@pytest.mark.parametrize("rule", ROWS)
def test_a_harmless_row_does_not_change_the_id(rule: str, tmp_path: Path) -> None:
    """Where rows of one pupil are linked, it does not matter which of them offend."""
    file, header, bad, good = ROWS[rule]
    rows = [NUMBERS["全国学籍号"], NUMBERS["两个号码"], NUMBERS["身份证件号"]]
    made = {}
    for amiss in itertools.product((True, False), repeat=3):
        if any(amiss):
            lines = [(bad if wrong else good).format(*row) for wrong, row in zip(amiss, rows, strict=True)]
            findings = found(
                tmp_path / "".join("01"[a] for a in amiss), rule, **OTHERS, **{file: header + "\n".join(lines)}
            )
            assert list(findings["student_ref"]) == [mask_id(X)]
            made[amiss] = findings["finding_id"].iloc[0]
    assert len(set(made.values())) == 1
    alone = ids(tmp_path / "alone", rule, **OTHERS, **{file: header + bad.format(X, "")})
    assert alone == [made[True, True, True]]


def test_a_pupil_is_named_by_the_register_though_only_a_harmless_row_leads_there(tmp_path: Path) -> None:
    file, header, bad, good = ROWS["R604"]
    register = f"{REGISTER}{ONE},马明,男,2017-03-12,{X},,3,1\n"
    rows = bad.format("", G) + "\n" + good.format(X, G)
    assert ids(tmp_path / "1", "R604", 学籍名册=register, **{file: header + rows}) == ids(
        tmp_path / "2", "R604", 学籍名册=register, **{file: header + bad.format(X, G)}
    )


def test_two_register_rows_of_one_pupil_have_one_id_whichever_is_amiss(tmp_path: Path) -> None:
    header = "学校标识码,姓名,性别,出生日期,身份证件号,全国学籍号,年级,班号,户口所在地,现住址,成员1姓名,成员1联系电话\n"
    full, blank = "柳林镇,柳林镇,某家长,13900000000", "柳林镇,,某家长,13900000000"
    made: set[str] = set()
    for i, cells in enumerate(((full, blank), (blank, full), (blank, blank))):
        rows = [
            f"{ONE},{name},男,2017-03-12,{X},{G},3,{class_no},{more}"
            for name, class_no, more in zip(("马明", "马鸣"), "12", cells, strict=True)
        ]
        made.update(ids(tmp_path / str(i), "R705", 学籍名册=header + "\n".join(rows)))
    assert len(made) == 1


def test_a_pupil_asked_for_by_two_schools_keeps_the_id(tmp_path: Path) -> None:
    """R112 joins rows of several schools: the row that is no longer amiss still tells who the pupil is."""
    header = (
        "学校标识码,办理方向,姓名,身份证件号,全国学籍号,年级,转出学校,转入学校,转学原因,申请日期,"
        "学籍管理中心确认日期,办理结果\n"
    )
    row = ONE + ",转入,马明,{0},{1},3,城关小学,中心小学,户口迁移,2026-09-01,2026-09-10,{2}\n"
    own = f"{THREE},转出,别人,{tables.number(7)},,3,城关小学,中心小学,户口迁移,2026-09-01,2026-09-10,同意\n"
    made: set[str] = set()
    for i, results in enumerate((("同意", "同意"), ("同意", "办理中"))):
        rows = row.format("", G, results[0]) + row.format(X, G, results[1])
        made.update(
            found(tmp_path / str(i), "R112", 转学台账=header + rows + own).query(f"school_id == '{THREE}'")[
                "finding_id"
            ]
        )
    assert len(made) == 1


# ---- children who look alike ----


def alike(count: int) -> list[str]:
    """Numbers that look the same when they are masked, in their order."""
    wanted, made = X[-1], []
    for year in range(2013, 2018):
        for place in range(1, 100):
            first = f"640422{year}0312{place:03d}"
            if check_digit(first) == wanted:
                made.append(first + wanted)
    return sorted(made)[:count]


def registered(numbers: list[str]) -> str:
    rows = [f"{ONE},马明,男,{n[6:10]}-{n[10:12]}-{n[12:14]},{n},G{n},3,{i}\n" for i, n in enumerate(numbers, 1)]
    return REGISTER + "".join(rows)


@pytest.mark.parametrize("on_register", [True, False])
def test_settling_one_child_leaves_the_id_of_one_that_looks_alike(on_register: bool, tmp_path: Path) -> None:
    """Whichever of three that look alike has a finding, each has its own id, and it is another child's never."""
    file, header, bad, good = ROWS["R604"]
    numbers = alike(3)
    assert len({mask_id(number) for number in numbers}) == 1
    texts = {"学籍名册": registered(numbers)} if on_register else {}
    of_child: dict[str, set[str]] = {}
    for amiss in itertools.product((True, False), repeat=3):
        lines = [(bad if wrong else good).format(n, "") for wrong, n in zip(amiss, numbers, strict=True)]
        text = {**texts, file: header + "\n".join(lines)}
        findings = found(tmp_path / "".join("01"[a] for a in amiss), "R604", **text)
        assert len(findings) == sum(amiss)
        by_row = {
            int(source.rsplit(":", 1)[1]): i
            for source, i in zip(findings["sources"], findings["finding_id"], strict=True)
        }
        for row, finding_id in by_row.items():
            of_child.setdefault(numbers[row - 2], set()).add(finding_id)
    assert [len(made) for made in of_child.values()] == [1, 1, 1]
    assert len(set.union(*of_child.values())) == 3


def test_children_of_the_register_look_alike_though_the_ledger_has_one_of_them(tmp_path: Path) -> None:
    """That the ledger gains rows of the others does not matter."""
    file, header, bad, _ = ROWS["R604"]
    numbers = alike(3)
    register = registered(numbers)
    together = found(
        tmp_path / "all", "R604", 学籍名册=register, **{file: header + "\n".join(bad.format(n, "") for n in numbers)}
    )
    for i, number in enumerate(numbers):
        one = found(tmp_path / str(i), "R604", 学籍名册=register, **{file: header + bad.format(number, "")})
        assert list(one["finding_id"]) == [
            finding_id
            for finding_id, source in zip(together["finding_id"], together["sources"], strict=True)
            if source.endswith(f":{i + 2}")
        ]


def test_a_child_who_has_left_the_register_still_counts(tmp_path: Path) -> None:
    """The finding of one is settled by his leaving, the other's keeps its id."""
    file, header, bad, _ = ROWS["R604"]
    first, second = alike(2)
    register = (
        registered([first, second])
        .replace("班号\n", "班号,学生状态\n")
        .replace(",1\n", ",1,{0}\n")
        .replace(",2\n", ",2,在读\n")
    )
    rows = header + bad.format(second, "")
    made = {
        tuple(ids(tmp_path / state, "R604", 学籍名册=register.format(state), **{file: rows}))
        for state in ("在读", "转出")
    }
    assert len(made) == 1


def test_a_pupil_who_looks_like_nobody_keeps_the_id_of_old(tmp_path: Path) -> None:
    """A wrong number of the same pupil in a ledger, and a namesake of another school, are nobody else here."""
    file, header, bad, good = ROWS["R604"]
    number, other = alike(2)
    register = registered([number])
    plain = found(tmp_path / "1", "R604", 学籍名册=register, **{file: header + bad.format(number, "")})
    assert list(plain["former_ids"]) == [""]
    more = REGISTER + f"{THREE},马明,男,2017-03-12,{other},G{other},3,1\n"
    wrong = good.format(other, f"G{number}")
    for i, texts in enumerate(
        (
            {"学籍名册": register + more.removeprefix(REGISTER), file: header + bad.format(number, "")},
            {"学籍名册": register, file: header + bad.format(number, "") + "\n" + wrong},
        )
    ):
        again = found(tmp_path / f"more{i}", "R604", **texts)
        assert list(again["finding_id"]) == list(plain["finding_id"])


def test_one_of_several_that_look_alike_names_the_id_that_it_had(tmp_path: Path) -> None:
    """Releases before numbered those found; what was decided then is found again."""
    file, header, bad, _ = ROWS["R604"]
    first, second = alike(2)
    unlike = found(tmp_path / "1", "R604", 学籍名册=registered([second]), **{file: header + bad.format(second, "")})
    now = found(tmp_path / "2", "R604", 学籍名册=registered([first, second]), **{file: header + bad.format(second, "")})
    assert list(now["former_ids"]) == list(unlike["finding_id"])
    both = found(
        tmp_path / "3", "R604", 学籍名册=registered([first, second]),
        **{file: header + bad.format(first, "") + "\n" + bad.format(second, "")},
    )  # fmt: skip
    assert not set(both["finding_id"]) & {old for text in both["former_ids"] for old in text.split()}


def test_children_of_two_schools_who_have_a_name_and_no_number_are_two_findings(tmp_path: Path) -> None:
    """Of a check that the county is charged with: its school is none."""
    rows = "".join(f"{school},马明,,,3,伤病,否,2026-09-01,2026-09-02,\n" for school in (ONE, THREE))
    assert len(set(ids(tmp_path, "R409", 休复学台账=SUSPENSIONS + rows))) == 2
