"""Thirty files that no register or headcount may rest on: other lists, lists handed in twice, last term's, 附件1.

``truth/intake.csv`` names each: the code that intake must give, or 附件1, 表样 where nothing is wrong with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter

from xueji_lib.demo import sheet_columns
from xueji_lib.demo.cell_styles import Cell
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.file_forms import CREATED, SUFFIX, Sheet, text_of, write
from xueji_lib.demo.model import TERM, DemoSchool, DemoStudent, Row
from xueji_lib.demo.people import People
from xueji_lib.demo.truth import PlantedTruth
from xueji_lib.register import schema

FOLDER: Final = "重交"
ANNEX1, TEMPLATE = "附件1", "表样"
"""What the truth says of a file that is taken in, or is empty, without a fault."""
_SHORT: Final = ("序号", "姓名", "性别", "身份证号", "学籍号", "年级", "班级")
_FULL: Final = ("学校标识码", "姓名", "性别", "出生日期", "身份证件号", "全国学籍号", "年级", "班号")

# name (the school's comes before it), title, columns besides the short ones, their cells, form
_OTHER_LISTS: Final[Sequence[tuple[str, str, tuple[str, ...], tuple[Cell, ...], str]]] = (
    ("2026届名单", "2026届毕业生名册", ("出生日期",), ("2014-05-01",), "xlsx"),
    ("去向登记", "", ("出生日期", "毕业证书编号", "录取学校"), ("2014-05-01", "20260017", "县一中"), "csv_utf8"),
    ("残疾学生名单", "残疾学生花名册", ("残疾类型", "残疾等级"), ("肢体残疾", "二级"), "xls"),
    (
        "资助名单",
        "2026年秋季家庭经济困难学生资助名单",
        ("资助金额", "银行卡号"),
        (500, "62270000000000001"),
        "csv_gb18030",
    ),
    ("名单（卡号）", "", ("银行卡号", "开户行"), ("62270000000000001", "农商行"), "html"),
    ("留守儿童", "留守儿童花名册", ("外出务工地点",), ("银川",), "fake_tsv"),
    ("期中", "七年级期中考试成绩", ("语文", "数学", "总分"), (90, 88, 178), "xlsx"),
    ("体检", "学生体检表", ("身高", "体重"), (150, 42), "csv_utf16"),
    ("住宿", "寄宿生花名册", ("宿舍号", "床号"), ("3-201", "2"), "xlsx"),
    ("随迁", "进城务工人员随迁子女登记表", ("出生日期",), ("2014-05-01",), "csv_bom"),
    ("少先队", "少先队员名册", ("出生日期",), ("2014-05-01",), "xls"),
    ("花名册", "", (), (), "xlsx"),  # neither 学籍号 nor 出生日期
    ("社团", "课后服务社团学生名单", ("社团名称",), ("合唱",), "html"),
    ("休学学生", "休学学生名单", ("出生日期",), ("2014-05-01",), "xlsx"),
    ("报名", "2026年秋季新生报名登记表", ("出生日期", "报名序号"), ("2019-05-01", 17), "xls"),
)


@dataclass
class _Traps:
    inbox: Path
    county: DemoCounty
    people: People
    truth: PlantedTruth

    def say(self, file: Path, code: str, note: str) -> None:
        self.truth.intake.append([TERM, f"{FOLDER}/{file.name}", code, "", "", note])

    def list_of(self, name: str, form: str, sheets: Sequence[Sheet], code: str, note: str) -> None:
        file = write(self.inbox / f"{name}{SUFFIX[form]}", form, sheets)
        self.say(file, code, note)

    def school(self, number: int) -> DemoSchool:
        return self.county.schools[number % len(self.county.schools)]

    # ---- other lists ----

    def other_lists(self) -> None:
        for number, (name, title, more, cells, form) in enumerate(_OTHER_LISTS):
            school = self.school(number)
            short = [c for c in _SHORT if c != "学籍号"] if name == "花名册" else list(_SHORT)
            rows = [[*_cells(short, n, pupil), *cells] for n, pupil in enumerate(_some(school), 1)]
            sheet = Sheet("Sheet1", [*short, *more], rows, titles=[title] if title else [])
            self.list_of(f"{school.name}{name}", form, [sheet], "D13", title or "别的名单的列")

    def staff(self) -> None:
        school = self.school(0)
        head = ["学校标识码", "姓名", "性别", "出生日期", "身份证件号", "职称", "任教学科", "年级", "班号"]
        rows: list[list[Cell]] = []
        for _ in range(6):
            adult = self.people.child(9, school.township)
            rows.append([school.id, adult.name, adult.sex, "1985-03-01", None, "一级教师", "语文", "3", "1"])
        self.list_of(f"{school.name}教职工", "xlsx", [Sheet("教师", head, rows)], "D13", "教职工名册")

    # ---- lists twice ----

    def copies(self) -> None:
        for number, form in enumerate(("xlsx", "csv_gb18030", "html", "xls")):
            school = self.school(number + 1)
            rows = [_full(school, pupil) for pupil in school.students()][:-1]
            sheet = Sheet("名册", list(_FULL), rows)
            self.list_of(f"{school.name}名册（{number + 1}）", form, [sheet], "D14", "名册又交了一份")
        school = self.school(1)
        part = [_full(school, pupil) for pupil in school.students() if pupil.grade == school.grades[0]]
        self.list_of(f"{school.name}起始年级", "csv_utf8", [Sheet("名册", list(_FULL), part)], "D14", "名册的一部分")
        for number, form in enumerate(("xlsx", "csv_bom")):
            school = self._with_numbers(number)
            columns = [schema.SCHOOL, *sheet_columns.headcount_columns(school)]
            counted = [sheet_columns.headcount_row(school, h) | {"school_id": school.id} for h in school.headcount[:-1]]
            rows = [[_text(row.get(c.id)) for c in columns] for row in counted]
            sheet = Sheet("核对表", [c.header for c in columns], rows)
            self.list_of(f"{school.name}核对表（{number + 1}）", form, [sheet], "D14", "核对表又交了一份")

    def _with_numbers(self, number: int) -> DemoSchool:
        return [school for school in self.county.schools if school.numbers == "id"][number]

    def last_term(self) -> None:
        for number, form in ((2, "xlsx"), (3, "csv_utf8")):
            school = self.school(number)
            rows = [_full(school, pupil) for pupil in school.previous]
            self.list_of(f"{school.name}学籍", form, [Sheet("学籍", list(_FULL), rows)], "D14", "上学期的名册")

    def hidden(self) -> None:
        school = self.school(4)
        file = self.inbox / f"{school.name}说明.xlsx"
        with xlsxwriter.Workbook(str(file), {"in_memory": True}) as book:
            book.set_properties({"created": CREATED})
            book.add_worksheet("说明").write_string(0, 0, "各班名册另交")
            sheet = book.add_worksheet("去年")
            for r, row in enumerate([_FULL, *(_full(school, pupil) for pupil in school.previous)]):
                for c, cell in enumerate(row):
                    sheet.write_string(r, c, text_of(cell))
            sheet.hide()
        self.say(file, "D12", "隐藏的工作表里是去年的名册")

    # ---- 附件1, blank forms ----

    def annex1(self) -> None:
        school = self.school(0)
        title = ["附件1", "“人籍不一致”情况统计表", f"学校（盖章）：{school.name}"]
        a, b, c, d = (self.people.child(school.grades[0], school.township) for _ in range(4))
        grade, place = str(school.grades[0]), "1"
        head = ["序号", "年级", "班级", "学生姓名", "身份证号", "人籍不一致类型", "原因", "整改措施"]
        kinds: list[list[Cell]] = [
            [1, grade, place, a.name, a.id_number, "在籍不在校", "随父母外出", "督促办理转学"],
            [2, grade, place, b.name, b.id_number, "在校不在籍", "借读", "退回原校"],
        ]
        self.list_of(f"{school.name}附件1", "xlsx", [Sheet("Sheet1", head, kinds, title)], ANNEX1, "附件1")
        short = [text for text in head if text != "人籍不一致类型"]
        rows: list[list[Cell]] = [
            [1, grade, place, c.name, c.id_number, "随父母外出", "督促办理转学"],
            [2, grade, place, d.name, d.id_number, "借读", "退回原校"],
        ]
        two = Sheet("统计表", short, rows[:1], ["人籍不一致学生统计表", f"{school.name}", "在籍不在校学生"])
        two.footer += [["在校不在籍学生"], list(short), rows[1]]
        self.list_of(f"{school.name}人籍不一致", "xls", [two], ANNEX1, "附件1，上下两张表")
        sheet = Sheet("在校不在籍", ["年级", "班", "学生姓名", "原因（学校说明）"], [[grade, place, b.name, "借读"]])
        sheet.titles.append(f"学校：{school.name}")
        self.list_of(f"{school.name}人员名单", "xlsx", [sheet], ANNEX1, "附件1，类型写在工作表名里")

    def template(self) -> None:
        school = self.school(5)
        rows: list[list[Cell]] = [
            ["10位数字", "按户口本填写", "男/女", "8位数字", "18位", "G+身份证号", "填汉字", "填数字"],
            ["例", "张三（示例）", "男", "20130101", "例：64042220130101001X", None, "七年级", "1"],
        ]
        sheet = Sheet("名册", list(_FULL), rows, footer=[["注：1.本表一式两份"], ["以下空白"]])
        self.list_of(f"{school.id}表样", "xlsx", [sheet], TEMPLATE, "没有填的表样")


def add(folder: Path, county: DemoCounty, people: People, truth: PlantedTruth) -> None:
    """Write them into the inbox of the term, and what must become of them into the truth."""
    inbox = folder / "inbox" / TERM / FOLDER
    inbox.mkdir(parents=True, exist_ok=True)
    traps = _Traps(inbox, county, people, truth)
    makers: Iterable[Callable[[], None]] = (
        traps.other_lists, traps.staff, traps.copies, traps.last_term, traps.hidden, traps.annex1, traps.template,
    )  # fmt: skip
    for make in makers:
        make()


def _some(school: DemoSchool) -> list[DemoStudent]:
    """A few pupils of the school."""
    return [pupil for pupil in school.students() if pupil.id_number][:6]


def _cells(heads: Sequence[str], number: int, pupil: DemoStudent) -> list[Cell]:
    cells: dict[str, Cell] = {
        "序号": number,
        "姓名": pupil.name,
        "性别": pupil.sex,
        "身份证号": pupil.id_number,
        "学籍号": pupil.register_no,
        "年级": str(pupil.grade),
        "班级": f"{pupil.class_no}班",
    }
    return [cells[head] for head in heads]


def _full(school: DemoSchool, pupil: DemoStudent) -> list[Cell]:
    birth = pupil.birth.isoformat() if pupil.birth else None
    numbers = (pupil.id_number, pupil.register_no, str(pupil.grade), str(pupil.class_no))
    return [school.id, pupil.name, pupil.sex, birth, *numbers]


def _text(value: Row | Cell) -> Cell:
    return None if value is None else str(value)
