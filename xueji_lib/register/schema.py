"""The tables of the register inspection: column ids, Chinese headers, kinds.

This file pairs what users see (Chinese headers) with what the code uses (ASCII ids); more than 250 lines, because
it is one list of all tables, and their only source.
Code sets and header aliases are data: ``data/codes/codes.toml`` and ``data/codes/headers.toml``.
Source: the data contract, section 2 (docs/data-contract.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a cell holds; each kind has one parser in ``intake.values`` and one dtype in the store."""

    TEXT = "text"  # any text
    NAME = "name"  # a person's name
    SCHOOL = "school"  # 学校标识码, ten digits
    CODE = "code"  # one of a code set (Column.codes names it)
    DATE = "date"
    MONTH = "month"  # year and month as the integer yyyymm
    GRADE = "grade"  # integer 1..12
    CLASS = "class"  # class number, integer >= 1
    COUNT = "count"  # integer >= 0
    ID = "id"  # 身份证件号
    REGISTER_NO = "register_no"  # 全国学籍号
    PHONE = "phone"
    TERM = "term"  # 2026-2027-1
    SCHOOL_YEAR = "school_year"  # 2026-2027


class Private(StrEnum):
    """How a personal value is masked wherever it is shown (privacy, data contract 4)."""

    ID = "id"
    PHONE = "phone"
    ADDRESS = "address"
    BIRTH = "birth"
    HIDDEN = "hidden"  # shown nowhere at all


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``id`` in the code, ``header`` on paper."""

    id: str
    header: str
    kind: Kind = Kind.TEXT
    required: bool = False
    codes: str | None = None
    private: Private | None = None

    @property
    def is_free(self) -> bool:
        """Anything may have been typed into it, a person's number too, where none belongs."""
        kinds = (Kind.TEXT, Kind.NAME, Kind.CODE)  # some code sets take other words as they are
        return self.kind in kinds and self.private is None and self.id not in _KITS_OWN


_KITS_OWN = frozenset({"check_no", "finding_id"})
"""Columns with what the kit itself printed."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``per_student``: one row names one student. ``per_county``: versioned as a whole."""

    id: str
    header: str
    columns: tuple[Column, ...]
    per_student: bool = True
    per_county: bool = False

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, column_id: str) -> Column:
        for column in self.columns:
            if column.id == column_id:
                return column
        raise KeyError(f"{self.id}.{column_id}")

    @property
    def of_schools(self) -> bool:
        """Its rows belong to schools (all tables but the residents)."""
        return any(column.id == "school_id" for column in self.columns)

    def by_header(self, header: str) -> Column:
        """The column with this Chinese header. Raises KeyError."""
        for column in self.columns:
            if column.header == header:
                return column
        raise KeyError(f"{self.header}.{header}")


def _text(id: str, header: str, private: Private | None = None) -> Column:
    return Column(id, header, private=private)


def _code(id: str, header: str, codes: str, required: bool = False) -> Column:
    return Column(id, header, Kind.CODE, required, codes)


def _date(id: str, header: str, required: bool = False, private: Private | None = None) -> Column:
    return Column(id, header, Kind.DATE, required, private=private)


SCHOOL = Column("school_id", "学校标识码", Kind.SCHOOL, required=True)
NAME = Column("name", "姓名", Kind.NAME, required=True)
SEX = _code("sex", "性别", "sex")
ID_NUMBER = Column("id_number", "身份证件号", Kind.ID, private=Private.ID)
REGISTER_NO = Column("register_no", "全国学籍号", Kind.REGISTER_NO, private=Private.ID)
GRADE = Column("grade", "年级", Kind.GRADE)
CLASS_NO = Column("class_no", "班号", Kind.CLASS)


def _required(column: Column) -> Column:
    return Column(column.id, column.header, column.kind, True, column.codes, column.private)


SCHOOLS = Table(
    "schools",
    "学校名录",
    (
        SCHOOL,
        Column("school_name", "学校名称", required=True),
        _code("school_kind", "办学类型", "school_kind", required=True),
        _code("area", "城乡类别", "area", required=True),
        Column("township", "所属乡镇", required=True),
        Column("principal", "校长", Kind.NAME),
        Column("vice_principal", "分管学籍副校长", Kind.NAME),
        Column("registrar", "学籍管理员", Kind.NAME),
        _date("registrar_since", "学籍管理员任职日期"),
        Column("phone", "联系电话", Kind.PHONE, private=Private.PHONE),
        Column("central_school", "所属中心校"),
    ),
    per_student=False,
)

CLASSES = Table(
    "classes",
    "班级设置",
    (
        SCHOOL,
        _required(GRADE),
        _required(CLASS_NO),
        Column("head_teacher", "班主任", Kind.NAME),
        Column("seats", "核定学位", Kind.COUNT),
        Column("reserved_seats", "预留复学学位", Kind.COUNT),
    ),
    per_student=False,
)


def _member(n: int) -> tuple[Column, ...]:
    """成员1 and 成员2 of the platform's sheet: twelve columns each."""
    prefix, header = f"member{n}", f"成员{n}"
    return (
        Column(f"{prefix}_name", f"{header}姓名", Kind.NAME),
        _text(f"{prefix}_relation", f"{header}关系"),
        _text(f"{prefix}_relation_note", f"{header}关系说明"),
        _text(f"{prefix}_address", f"{header}现住址", Private.ADDRESS),
        _text(f"{prefix}_hukou_place", f"{header}户口所在地行政区划", Private.ADDRESS),
        Column(f"{prefix}_phone", f"{header}联系电话", Kind.PHONE, private=Private.PHONE),
        _text(f"{prefix}_is_guardian", f"{header}是否监护人"),
        _code(f"{prefix}_id_type", f"{header}身份证件类型", "id_type"),
        Column(f"{prefix}_id_number", f"{header}身份证件号", Kind.ID, private=Private.ID),
        _text(f"{prefix}_ethnicity", f"{header}民族"),
        _text(f"{prefix}_workplace", f"{header}工作单位", Private.HIDDEN),
        _text(f"{prefix}_post", f"{header}职务", Private.HIDDEN),
    )


REGISTER = Table(
    "register",
    "学籍名册",
    (
        SCHOOL,
        NAME,
        _required(SEX),
        _date("birth_date", "出生日期", required=True, private=Private.BIRTH),
        _code("id_type", "身份证件类型", "id_type"),
        _required(ID_NUMBER),
        _required(REGISTER_NO),
        _required(GRADE),
        _required(CLASS_NO),
        Column("entry_month", "入学年月", Kind.MONTH),
        _code("status", "学生状态", "student_status"),
        _code("ethnicity", "民族", "ethnicity"),
        _text("hukou_place", "户口所在地", Private.ADDRESS),
        _code("boarding", "就读方式", "boarding"),
        _text("left_behind", "是否留守儿童"),
        _code("orphan", "是否孤儿", "orphan"),
        _text("disability", "残疾类型"),
        _text("in_regular_class", "随班就读"),
        _text("migrant_child", "是否进城务工人员随迁子女"),
        _text("address", "现住址", Private.ADDRESS),
        Column("phone", "联系电话", Kind.PHONE, private=Private.PHONE),
        *_member(1),
        *_member(2),
        # The rest of the platform's 71 columns. No rule reads them unless a county names one in
        # policy.required_fields; they are kept so that it can.
        _text("birth_place", "出生地行政区划代码", Private.ADDRESS),
        _text("native_place", "籍贯", Private.ADDRESS),
        _text("nationality", "国籍/地区"),
        _text("overseas", "港澳台侨外"),
        _text("health", "健康状况"),
        _text("political_status", "政治面貌"),
        _text("hukou_kind", "户口性质"),
        _text("entry_mode", "入学方式"),
        _text("postal_address", "通信地址", Private.ADDRESS),
        _text("home_address", "家庭地址", Private.ADDRESS),
        _text("postcode", "邮政编码"),
        _text("only_child", "是否独生子女"),
        _text("preschool", "是否受过学前教育"),
        _text("needs_aid", "是否需要申请资助"),
        _text("receives_aid", "是否享受一补"),
        _text("martyr_child", "是否烈士或优抚子女"),
        _text("distance", "上下学距离"),
        _text("commute", "上下学方式"),
        _text("school_bus", "是否需要乘坐校车"),
        Column("former_name", "曾用名", Kind.NAME),
        _text("id_valid_until", "身份证件有效期", Private.HIDDEN),
        _text("blood_type", "血型", Private.HIDDEN),
        _text("talent", "特长"),
        _text("auxiliary_no", "学籍辅号", Private.ID),
        _text("seat_no", "班内学号"),
        _text("origin", "学生来源"),
        _text("email", "电子信箱", Private.HIDDEN),
        _text("homepage", "主页地址", Private.HIDDEN),
        _text("paid_place", "是否由政府购买学位"),
    ),
)

HEADCOUNT = Table(
    "headcount",
    "逐班核对表",
    (
        SCHOOL,
        _required(GRADE),
        _required(CLASS_NO),
        NAME,
        SEX,
        ID_NUMBER,
        REGISTER_NO,
        _code("presence", "在校情况", "presence", required=True),
        _code("situation", "情形", "situation"),
        _text("whereabouts", "去向或来源"),
        _date("moved_date", "离校或到校日期"),
        _text("school_note", "学校说明"),
        _text("measure", "整改措施"),
        _date("check_date", "核对日期"),
        Column("checker", "核对人", Kind.NAME),
        _text("check_no", "核对编号"),
    ),
)

TRANSFERS = Table(
    "transfers",
    "转学台账",
    (
        SCHOOL,
        _code("direction", "办理方向", "direction", required=True),
        NAME,
        ID_NUMBER,
        REGISTER_NO,
        _required(GRADE),
        CLASS_NO,
        _text("from_school", "转出学校"),
        _text("to_school", "转入学校"),
        _code("reason", "转学原因", "transfer_reason", required=True),
        _code("migrant_child", "是否随迁子女", "yes_no"),
        _date("apply_date", "申请日期", required=True),
        _date("from_opinion_date", "转出学校意见日期"),
        _date("to_opinion_date", "转入学校意见日期"),
        _date("centre_date", "学籍管理中心确认日期"),
        _code("result", "办理结果", "transfer_result", required=True),
        _text("refusal_reason", "不同意理由"),
        _date("from_submit_date", "转出学校平台提交日期"),
        _date("to_submit_date", "转入学校平台提交日期"),
        _date("platform_done_date", "平台办结日期"),
        _date("arrival_date", "实际到校日期"),
        _code("originals", "材料原件", "complete"),
        _code("form", "申报表", "has"),
        Column("visits", "家长到校次数", Kind.COUNT),
        Column("signer", "签字人", Kind.NAME),
        _text("remark", "备注"),
    ),
)

SUSPENSIONS = Table(
    "suspensions",
    "休复学台账",
    (
        SCHOOL,
        NAME,
        ID_NUMBER,
        REGISTER_NO,
        GRADE,
        CLASS_NO,
        _code("reason", "休学原因", "suspension_reason", required=True),
        _code("sudden", "是否突发特殊", "yes_no"),
        _date("apply_date", "申请日期", required=True),
        _code("written_request", "书面申请", "has"),
        _code("form", "休学复学申请表", "has"),
        _code("diagnosis", "诊断证明", "has"),
        _text("diagnosis_hospital", "诊断医疗机构"),
        _code("hospital_level", "医疗机构级别", "hospital_level"),
        _code("medical_record", "病历", "has"),
        _code("receipts", "费用单据", "has"),
        _text("force_majeure_office", "不可抗力证明部门"),
        _date("school_review_date", "学校初审日期"),
        _date("centre_date", "学籍管理中心审批日期"),
        _date("submit_date", "平台提交日期"),
        _date("start_date", "休学起始日期"),
        _date("end_date", "休学期满日期"),
        _date("extend_date", "续休申请日期"),
        _date("resume_apply_date", "复学申请日期"),
        _code("recovery_proof", "康复证明", "has"),
        _text("recovery_hospital", "康复证明医疗机构"),
        _code("original_form", "原休学核办表", "has"),
        _date("resume_date", "复学核办日期"),
        _date("platform_resume_date", "平台复学日期"),
        Column("resume_grade", "复学年级", Kind.GRADE),
        Column("resume_class", "复学班号", Kind.CLASS),
    ),
)

CHANGES = Table(
    "changes",
    "信息修改台账",
    (
        SCHOOL,
        NAME,
        ID_NUMBER,
        _required(REGISTER_NO),
        _code("field", "修改项目", "change_field", required=True),
        # 修改前 and 修改后 may hold an ID number or a birth date: masked by the field they belong to.
        Column("before", "修改前", required=True, private=Private.HIDDEN),
        Column("after", "修改后", required=True, private=Private.HIDDEN),
        _date("household_date", "户口登记变更日期"),
        _code("booklet", "户口本原件", "has"),
        _code("booklet_copy", "户口本复印件", "has"),
        _code("cancellation", "销户证明", "has_or_na"),
        _date("apply_date", "申请日期"),
        _date("approve_date", "审批日期"),
        _date("platform_date", "平台修改日期", required=True),
    ),
)

DROPOUTS = Table(
    "dropouts",
    "疑似失学劝返台账",
    (
        SCHOOL,
        NAME,
        ID_NUMBER,
        REGISTER_NO,
        _text("township", "户籍乡镇"),
        _code("category", "学生类别", "dropout_category"),
        _date("found_date", "发现日期", required=True),
        Column("visits", "劝返次数", Kind.COUNT),
        _date("last_visit_date", "最近劝返日期"),
        _date("reported_date", "上报乡镇日期"),
        _date("notice_date", "限期复学通知书日期"),
        _date("return_by_date", "限期复学日期"),
        _code("outcome", "处理结果", "dropout_outcome"),
        _date("returned_date", "复学日期"),
    ),
)

CUSTODY = Table(
    "custody",
    "学籍管理与保密",
    (
        SCHOOL,
        Column("school_year", "学年", Kind.SCHOOL_YEAR, required=True),
        Column("registrar", "学籍管理员", Kind.NAME),
        _date("registrar_since", "任职日期"),
        Column("vice_principal", "分管副校长", Kind.NAME),
        _date("pledge_date", "保密承诺书签订日期"),
        Column("trainings", "本学年培训次数", Kind.COUNT),
    ),
    per_student=False,
)

DISCLOSURES = Table(
    "disclosures",
    "信息对外提供登记",
    (
        SCHOOL,
        _date("given_date", "提供日期", required=True),
        Column("receiver", "接收单位", required=True),
        _text("content", "内容"),
        _text("approval_no", "批准文号"),
        _date("approval_date", "批准日期"),
    ),
    per_student=False,
)

REPORTS = Table(
    "reports",
    "排摸上报",
    (
        SCHOOL,
        Column("term", "学期", Kind.TERM, required=True),
        _date("report_date", "上报日期"),
        Column("on_register", "在籍人数", Kind.COUNT),
        Column("at_school", "在校人数", Kind.COUNT),
        Column("registered_absent", "在籍不在校人数", Kind.COUNT),
        Column("present_unregistered", "在校不在籍人数", Kind.COUNT),
    ),
    per_student=False,
)

RESIDENTS = Table(
    "residents",
    "户籍适龄儿童",
    (
        NAME,
        SEX,
        _required(ID_NUMBER),
        Column("township", "户籍乡镇", required=True),
        Column("guardian", "监护人", Kind.NAME),
        _text("schooling", "就学去向"),
    ),
    per_county=True,
)

COMPLAINTS = Table(
    "complaints",
    "投诉举报",
    (
        _date("received_date", "受理日期", required=True),
        Column("school_id", "被投诉学校标识码", Kind.SCHOOL, required=True),
        _code("category", "类别", "complaint_category"),
        _text("content", "内容"),
        _code("verified", "核实情况", "complaint_verified"),
    ),
    per_student=False,
    per_county=True,
)

REPLIES = Table(
    "replies",
    "整改反馈",
    (
        SCHOOL,
        Column("finding_id", "疑点编号", required=True),
        _text("measure", "整改措施"),
        _text("person", "责任人"),
        _date("done_date", "完成日期"),
        _text("school_note", "学校说明"),
    ),
    per_student=False,
)
"""What a school wrote into its findings.xlsx. No rule reads it (``county``): it answers findings, it makes none."""

ANNEX1 = Table(
    "annex1",
    "人籍不一致统计表",
    (
        SCHOOL,
        _code("kind", "类型", "annex1_kind", required=True),
        NAME,
        ID_NUMBER,
        REGISTER_NO,
        GRADE,
        CLASS_NO,
        _text("situation", "情形"),
        _text("school_note", "学校说明"),
        _text("measure", "整改措施"),
    ),
)
"""附件1, as schools send it and as the kit writes it. Never read as another table; what a school wrote there fills what
its headcount and its page leave blank (``county.onsite``)."""

NO_IMPORT_MARK = "本页仅供阅看，导入时不读"
"""A sheet that says so above its list is no table, whatever its headings are (``intake.sheet``)."""

TABLES: dict[str, Table] = {
    table.id: table
    for table in (
        SCHOOLS,
        CLASSES,
        REGISTER,
        HEADCOUNT,
        TRANSFERS,
        SUSPENSIONS,
        CHANGES,
        DROPOUTS,
        CUSTODY,
        DISCLOSURES,
        REPORTS,
        RESIDENTS,
        COMPLAINTS,
        REPLIES,
        ANNEX1,
    )
}

_NOTED = tuple(column for column in HEADCOUNT if column.id != "check_no")
ROLLCALLS = replace(HEADCOUNT, id="rollcalls", header="现场点名", columns=_NOTED)
EXPLANATIONS = replace(HEADCOUNT, id="explanations", header="学校补充说明", columns=_NOTED)

AT_REST: dict[str, Table] = {**TABLES, ROLLCALLS.id: ROLLCALLS, EXPLANATIONS.id: EXPLANATIONS}
"""What the store keeps: an inbox's tables, and those that people make in the kit (no file is recognised as one)."""
