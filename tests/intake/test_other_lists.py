"""Another list is no register (D13), a hidden one is not handed in (D12), 附件1 is 附件1: by title, columns, names."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

from tests.intake.boxes import FIRST, HEADS, SECOND, TERM, codes, html, pupil, register, take, text, xls, xlsx
from xueji_lib.county import onsite
from xueji_lib.intake import other_lists

pytestmark = pytest.mark.slow

SHORT = "序号 姓名 性别 身份证号 学籍号 出生日期 年级 班级".split()


def short(n: int, *more: Any) -> list[Any]:
    _, name, sex, birth, number, register_no, grade, class_no, *_ = pupil(n)
    return [n, name, sex, number, register_no, birth, grade, class_no, *more]


def listed(*more: str, cells: Sequence[Any] = (), title: str = "") -> list[list[Any]]:
    rows = [[*SHORT, *more], *(short(n, *cells) for n in (1, 2, 3))]
    return [[title], *rows] if title else rows


OTHER = {
    "2026届/a.xlsx": xlsx(("Sheet1", listed(title="城关第一小学2026届毕业生花名册"))),
    "b.csv": text(listed("毕业去向", cells=["县一中"])),
    "c.xls": xls(listed(title="残疾学生信息统计表")),
    "d.xls": html(listed("资助金额", cells=[500])),
    "特困学生名单.txt": text(listed(), delimiter="\t"),
    "e.xlsx": xlsx(("留守儿童", listed())),
    "f.csv": text(listed("语文", "数学", cells=[90, 88]), "gb18030"),
    "g.xlsx": xlsx(("Sheet1", [[], ["教职工基本情况登记表"], *listed()])),
    "h.csv": text(listed("开户行", "银行卡号", cells=["农商行", "62270000000000001"]), "utf-16"),
    "i.xls": xls([[c for i, c in enumerate(row) if i not in (4, 5)] for row in listed()]),
    "j.xlsx": xlsx(("学前班", listed())),
    "k.xlsx": xlsx(("Sheet1", listed(title="转学学生名单（2026年秋）"))),
    "l.csv": text(listed("身高", "体重", "视力", cells=[150, 40, 5.0])),
}


def test_other_lists_are_left_and_named(tmp_path: Path) -> None:
    files = {f"{FIRST}/{name}": data for name, data in OTHER.items()}
    report, store = take(tmp_path, {**files, "名册.csv": text(register(4))})
    assert codes(report) == {"D13": len(OTHER)}
    assert {p.file for p in report.problems} == set(files)
    assert report.left_out
    assert len(store.read(TERM, "register")) == 4
    assert all("没有" in p.message and "3 行" in p.message for p in report.problems)


WHOLE = {
    "城关第一小学毕业年级学籍名册": (["3"], []),
    "特殊教育学校学籍名册": (["3"], []),
    "寄宿制小学学籍名册": (["3"], []),
    "职工子弟小学学生名册": (["3"], []),
    "学籍名册（含留守儿童、随迁子女情况）": (["3"], ["银行卡号", "开户行"]),
    "请认真核对残疾、资助等信息后上报": (["3"], []),
    "2026年秋季在籍学生花名册": (["3"], ["身高", "体重"]),
    "学生名册": (["3"], ["银行卡号"]),
}


@pytest.mark.parametrize("title", WHOLE)
def test_a_register_by_another_name_stays_one(title: str) -> None:
    from xueji_lib.intake import header

    head = header.find([[*SHORT, *WHOLE[title][1]]])
    assert head is not None
    assert head.table.id == "register"
    assert other_lists.why(head, [title], "Sheet1", f"{FIRST}名册") == ""


LEDGER = "学校标识码 姓名 身份证件号 年级 班号 休学原因 申请日期 休学起始日期".split()


def test_a_ledger_may_speak_of_what_makes_another_list_of_a_register(tmp_path: Path) -> None:
    dropouts = "学校标识码 姓名 身份证件号 学生类别 发现日期 劝返次数".split()
    suspended = [FIRST, *pupil(1)[1:2], pupil(1)[4], "3", "1", "伤病", "2026-09-01", "2026-09-01"]
    report, store = take(
        tmp_path,
        {
            "劝返.csv": text(
                [["困难、残疾、留守学生劝返台账"], dropouts, [FIRST, "甲", pupil(2)[4], "留守", "2026-09-02", "1"]]
            ),
            "休学.xlsx": xlsx(("休学", [LEDGER, suspended])),
            "调动.xlsx": xlsx(
                ("Sheet1", [["教师请假登记"], LEDGER, [FIRST, "乙", "", "3", "1", "伤病", "2026-09-01", ""]])
            ),
        },
    )
    assert codes(report) == {"D13": 1}
    assert (len(store.read(TERM, "dropouts")), len(store.read(TERM, "suspensions"))) == (1, 1)


# ---- hidden sheets ----


def hidden_xlsx(visible: Sequence[Any], hidden: Sequence[Any], very: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in (("今年", visible), ("去年", hidden)):
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                sheet.write_row(r, 0, row)
        sheet.very_hidden() if very else sheet.hide()
    return out.getvalue()


def hidden_xls(hidden: Sequence[Any]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    book.add_sheet("说明").write(0, 0, "见附表")
    sheet = book.add_sheet("名册")
    for r, row in enumerate(hidden):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    sheet.visibility = 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_hidden_sheets_are_named_and_not_taken(tmp_path: Path) -> None:
    report, store = take(
        tmp_path,
        {
            "a.xlsx": hidden_xlsx(register(2), [HEADS, pupil(8), pupil(9)]),
            "b.xlsx": hidden_xlsx(register(2, SECOND), [HEADS, pupil(7, SECOND)], very=True),
            "c.xls": hidden_xls([HEADS, pupil(6)]),
            "d.xlsx": hidden_xlsx([HEADS, pupil(5)], [["代码", "民族"], ["1", "汉族"]]),  # a list of codes is no matter
            "e.xlsx": hidden_xlsx([HEADS, pupil(4)], [HEADS]),  # nor is a blank form
        },
    )
    assert codes(report)["D12"] == 3
    assert {p.file for p in report.problems if p.code == "D12"} == {"a.xlsx", "b.xlsx", "c.xls"}
    names = set(store.read(TERM, "register")["name"])
    assert not names & {pupil(n)[1] for n in (6, 7, 8, 9)}
    assert {pupil(n)[1] for n in (1, 2, 4, 5)} <= names


# ---- 附件1 ----

MOVED, GUEST = pupil(1), pupil(2)


def by_hand(kind: str = "人籍不一致类型") -> list[list[Any]]:
    return [
        ["附件1"],
        ["“人籍不一致”情况统计表"],
        ["学校（盖章）：城关第一小学", "", "", "", "填报时间：2026年9月4日"],
        ["序号", "班级", "学生姓名", "身份证号", "学籍号", kind, "原因", "整改措施", "备注"],
        [1, "三（1）班", MOVED[1], MOVED[4], MOVED[5], "在籍不在校", "随父母到银川", "督促办理转学", ""],
        [2, "三（1）班", GUEST[1], "", "", "在校不在籍", "借读", "退回原校", ""],
        ["合计", "2人"],
        ["填表人：", "", "", "审核人："],
    ]


def two_tables() -> list[list[Any]]:
    head = ["序号", "姓名", "年级", "班级", "身份证号", "情形", "学校说明", "整改措施"]
    return [
        ["人籍不一致学生统计表（城关第一小学）"],
        ["一、在籍不在校学生"],
        head,
        [1, MOVED[1], "三年级", "1班", MOVED[4], "外出", "随父母到银川", "督促办理转学"],
        [],
        ["二、在校不在籍学生"],
        head,
        [1, GUEST[1], "三年级", "1班", "", "借读", "借读", "退回原校"],
    ]


def side_by_side() -> list[list[Any]]:
    return [
        ["城关第一小学人籍不一致情况统计表"],
        ["序号", "姓名", "年级", "班级", "类型", "原因", "整改措施"],
        [1, MOVED[1], "3", "1", "有籍无人", "随父母到银川", "督促办理转学"],
        [2, GUEST[1], "3", "1", "有人无籍", "借读", "退回原校"],
    ]


def by_sheets() -> bytes:
    head = ["姓名", "性别", "年级", "班级", "身份证号", "学籍号", "原因", "措施"]
    moved = [MOVED[1], "男", "3", "1", MOVED[4], "", "随父母到银川", "督促办理转学"]
    guest = [GUEST[1], "男", "3", "1", "", "", "借读", "退回原校"]
    return xlsx(("在籍不在校", [head, moved]), ("在校不在籍", [head, guest]))


ANNEXES = {
    "a.xlsx": xlsx(("Sheet1", by_hand())),
    "b.xls": xls(by_hand("类型")),
    "c.csv": text(two_tables(), "gb18030"),
    "d.xls": html(side_by_side()),
    f"{FIRST}附件1.xlsx": by_sheets(),
    f"{FIRST}/人籍不一致统计表.xlsx": xlsx(("Sheet1", [by_hand()[3], *by_hand()[4:6]])),
}


@pytest.mark.parametrize("name", ANNEXES)
def test_annex_1_is_never_another_table(tmp_path: Path, name: str) -> None:
    report, store = take(tmp_path, {name: ANNEXES[name], "名册.csv": text([HEADS, MOVED, pupil(3)])})
    assert codes(report) == {}, report.problems
    assert {t for t in ("headcount", "suspensions", "transfers", "reports") if store.has(TERM, t)} == set()
    assert len(store.read(TERM, "register")) == 2
    annex = store.read(TERM, "annex1").astype({"kind": str}).sort_values("kind", ignore_index=True)
    assert annex["school_id"].astype(str).tolist() == [FIRST, FIRST]
    assert annex["kind"].astype(str).tolist() == ["在校不在籍", "在籍不在校"]
    assert annex["name"].tolist() == [GUEST[1], MOVED[1]]
    assert annex["school_note"].tolist() == ["借读", "随父母到银川"]
    assert annex["measure"].tolist() == ["退回原校", "督促办理转学"]
    assert (annex["grade"].tolist(), annex["class_no"].tolist()) == ([3, 3], [1, 1])
    # Who is only there is no pupil, and is named.
    assert [note for note in report.notes if GUEST[1] in note and MOVED[1] not in note]


def test_what_annex_1_says_comes_last(tmp_path: Path) -> None:
    head = "学校标识码 年级 班号 姓名 身份证件号 在校情况 情形 学校说明 整改措施".split()
    counted = [
        [FIRST, "3", "1", MOVED[1], MOVED[4], "不在校", "外出不具备转学条件", "", ""],
        [FIRST, "3", "1", GUEST[1], "", "在校", "借读旁听", "家长自送", ""],
        [FIRST, "3", "1", pupil(3)[1], pupil(3)[4], "在校", "", "", ""],
    ]
    masked = by_hand()
    masked[4][3] = MOVED[4][:6] + "***********" + MOVED[4][-1]
    masked[4][4] = ""
    report, store = take(
        tmp_path,
        {"附件1.xlsx": xlsx(("Sheet1", masked)), "核对.csv": text([head, *counted]), "a.csv": text(register(1))},
    )
    assert codes(report) == {}  # masked numbers are the kit's own way
    counts = onsite.with_annex1(store.read(TERM, "headcount"), onsite.additions(store, TERM, None)["annex1"])
    said = counts.set_index("name")
    assert said.loc[MOVED[1], "school_note"] == "随父母到银川"
    assert said.loc[MOVED[1], "measure"] == "督促办理转学"
    assert (said.loc[GUEST[1], "school_note"], said.loc[GUEST[1], "measure"]) == ("家长自送", "退回原校")
    assert said.loc[pupil(3)[1], ["school_note", "measure"]].isna().all()


def test_a_headcount_stays_a_headcount(tmp_path: Path) -> None:
    head = "年级 班号 姓名 身份证件号 在校情况 情形".split()
    rows = [
        ["城关第一小学逐班核对表（在籍不在校、在校不在籍）"],
        head,
        ["3", "1", MOVED[1], MOVED[4], "不在校", "外出不具备转学条件"],
    ]
    report, store = take(tmp_path, {"a.xlsx": xlsx(("Sheet1", rows))})
    assert codes(report) == {}
    assert len(store.read(TERM, "headcount")) == 1
    assert not store.has(TERM, "annex1")


def test_the_kits_own_annex_comes_back(tmp_path: Path, annex_of_the_kit: bytes) -> None:
    """Its lists are read, its counts and what it prints of the notice are not; nor is a page of an earlier release."""
    for data in (annex_of_the_kit, _as_before(annex_of_the_kit)):
        report, store = take(tmp_path / str(len(data)), {"附件1.xlsx": data, "a.csv": text(register(1))})
        assert codes(report) == {}, report.problems
        annex = store.read(TERM, "annex1")
        assert sorted(annex["kind"].astype(str)) == ["在校不在籍", "在籍不在校"]
        assert set(annex["measure"].dropna()) == {"督促办理转学"}
        assert set(annex["school_note"].dropna()) == {"随父母到银川"}
        assert not {"headcount", "reports"} & {t for t in ("headcount", "reports") if store.has(TERM, t)}


def _as_before(data: bytes) -> bytes:
    """The same as the earlier release printed it: every page said that it is not for import."""
    from xueji_lib.register.schema import NO_IMPORT_MARK

    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book:
        sheet["A1"] = f"附件1　　{NO_IMPORT_MARK}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def annex_of_the_kit() -> bytes:
    """附件1.xlsx of a school with one pupil of each kind, written by the kit."""
    import datetime as dt

    import pandas as pd

    from xueji_lib.county.mismatches import COLUMNS
    from xueji_lib.judge.results import School
    from xueji_lib.reports.office_facts import LetterFacts
    from xueji_lib.reports.workbooks import annex

    rows = [
        [
            FIRST,
            "在籍不在校",
            3,
            1,
            MOVED[1],
            "640422***********2",
            "外出不具备转学条件",
            "银川",
            "",
            "随父母到银川",
            "督促办理转学",
            "",
            "",
        ],
        [FIRST, "在校不在籍", 3, 1, GUEST[1], "", "借读旁听", "", "", "", "", "", ""],
    ]
    mismatches = pd.DataFrame(rows, columns=list(COLUMNS))
    classes = pd.DataFrame(columns=["grade", "class_no", "registered", "enrolled", "present", "headcount_rows"])
    none = pd.DataFrame()
    info = {"school_id": FIRST, "school_name": "城关第一小学"}
    school = School(TERM, dt.date(2026, 11, 20), "2020-154", info, none, none, classes, mismatches)
    return annex.content(school, LetterFacts.load())
