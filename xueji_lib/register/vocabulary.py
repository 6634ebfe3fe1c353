"""The words that records, findings and cases carry as codes, each under one name for all code that compares them.

A member is its Chinese text: it is stored, printed, put into JSON and compared as such. What files write instead of
these words is in ``data/codes``; the tables' columns and their code sets are in ``schema``.
Over 250 lines: one list of words, read by looking one up.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# ---- how a check went at a school ----


class CoverageStatus(StrEnum):
    """How one check went at one school (coverage.csv), the first that holds; docs/reading-conditions.md, 3."""

    NOT_APPLICABLE = "不适用"
    NO_DATA = "缺数据"
    CRASHED = "出错"
    FOUND = "发现"
    UNDECIDED = "无法判定"
    NOT_FOUND = "未发现"
    NOT_IMPLEMENTED = "未实现"


class Severity(StrEnum):
    """严重程度, from the mildest."""

    GENERAL = "一般"
    SERIOUS = "较重"
    GRAVE = "严重"


class Nature(StrEnum):
    """性质: what the record itself says, or a reason to ask."""

    FACT = "事实"
    LEAD = "线索"


# ---- what people made of a finding ----


class CaseState(StrEnum):
    """Where a finding stands in its life (``casebook.states``), in the order in which a page lists them."""

    ON_SITE = "现场发现，待学校说明"
    OPEN = "疑点"
    NEEDS_PROOF = "待补证"
    CONFIRMED = "属实"
    REFUTED = "不属实"
    DIFFERENT = "不是同一人"
    NOTIFIED = "已通知"
    REPORTED = "学校已报整改"
    NOT_ACCEPTED = "复核不通过"
    CLOSED = "复核销号"
    EXEMPT = "豁免"
    RETURNED = "回潮"
    CONFLICT = "冲突"


# ---- code sets of the tables ----


class StudentStatus(StrEnum):
    """学生状态 of the register: a closed set. Who of these is no longer 在籍: ``DEPARTED``."""

    ENROLLED = "在读"
    SUSPENDED = "休学"
    TRANSFERRED_OUT = "转出"
    GRADUATED = "毕业"
    COMPLETED = "结业"
    INCOMPLETE = "肄业"
    WITHDRAWN = "退学"
    DROPPED_OUT = "辍学"
    DEAD = "死亡"
    EXPELLED = "开除"
    LEFT = "离校"
    ABROAD = "出国"
    CANCELLED = "注销"


DEPARTED: Final = frozenset({
    StudentStatus.TRANSFERRED_OUT, StudentStatus.GRADUATED, StudentStatus.WITHDRAWN, StudentStatus.DEAD,
    StudentStatus.EXPELLED, StudentStatus.LEFT,
})  # fmt: skip
"""学生状态 of those who are in the file and no longer 在籍 (docs/reading-conditions.md, 5)."""


class Presence(StrEnum):
    """在校情况 of the headcount."""

    PRESENT = "在校"
    ABSENT = "不在校"


class Situation(StrEnum):
    """情形 of the headcount: first those of 在籍不在校, then those of 在校不在籍."""

    MOVED_SCHOOL = "已转外校就读"
    AWAY_WITHOUT_TRANSFER = "外出不具备转学条件"
    SEVERELY_DISABLED = "重度残疾不能到校"
    OUT_OF_REACH = "疑似辍学无法联系"
    DOES_NOT_RETURN = "多次劝返不返"
    SUSPENDED = "休学"
    ON_LEAVE = "请假"
    SPECIAL_SCHOOL = "特教就读"
    PROCEDURE_PENDING = "符合条件未办手续"
    WRONGLY_ADMITTED = "违规招收或转入"
    NO_HUKOU = "无户口"
    GUEST = "借读旁听"
    OTHER = "其他"


EXCUSED: Final = (Situation.SUSPENDED, Situation.ON_LEAVE, Situation.SPECIAL_SCHOOL)
"""情形 of which a school need not explain every student (R711)."""


class Direction(StrEnum):
    """办理方向 of a transfer."""

    IN = "转入"
    OUT = "转出"


class TransferResult(StrEnum):
    """办理结果 of a transfer."""

    APPROVED = "同意"
    REJECTED = "不同意"
    PENDING = "办理中"


class TransferReason(StrEnum):
    """转学原因."""

    ADDRESS = "家庭住址变化"
    HUKOU = "户口迁移"
    GUARDIANS_WORK = "监护人工作调动"
    OTHER = "其他"


class IdType(StrEnum):
    """身份证件类型."""

    RESIDENT_CARD = "居民身份证"
    HONG_KONG = "香港特区护照/身份证明"
    MACAU = "澳门特区护照/身份证明"
    TAIWAN_PERMIT = "台湾居民来往大陆通行证"
    FOREIGN_RESIDENT = "境外永久居住证"
    PASSPORT = "护照"
    OTHER = "其他"


class Material(StrEnum):
    """A paper that a procedure needs: it is there, it is not, or this case needs none."""

    PROVIDED = "有"
    LACKING = "无"
    NOT_APPLICABLE = "不适用"


class Verification(StrEnum):
    """核实情况 of a complaint."""

    TRUE = "属实"
    NOT_TRUE = "不属实"
    NOT_YET = "未核实"


class YesOrNo(StrEnum):
    """An answer in a form."""

    YES = "是"
    NO = "否"


class Sex(StrEnum):
    """性别."""

    MALE = "男"
    FEMALE = "女"


class SchoolKind(StrEnum):
    """办学类型."""

    PRIMARY = "小学"
    TEACHING_POINT = "教学点"
    JUNIOR_HIGH = "初级中学"
    NINE_YEARS = "九年一贯制学校"
    COMPLETE_HIGH = "完全中学"
    SENIOR_HIGH = "高级中学"
    TWELVE_YEARS = "十二年一贯制学校"
    SPECIAL = "特殊教育学校"


class Area(StrEnum):
    """城乡类别."""

    CITY = "城区"
    TOWN = "镇区"
    COUNTRY = "乡村"


class SuspensionReason(StrEnum):
    """休学原因."""

    ILLNESS = "伤病"
    FORCE_MAJEURE = "不可抗力"


class HospitalLevel(StrEnum):
    """Where the proof of an illness comes from."""

    BELOW_COUNTY = "县级以下"
    COUNTY = "县级"
    ABOVE_COUNTY = "县级以上"


class ChangedField(StrEnum):
    """Which field of the register a change is about."""

    NAME = "姓名"
    SEX = "性别"
    ETHNICITY = "民族"
    BIRTH_DATE = "出生日期"
    ID_NUMBER = "身份证件号"
    OTHER = "其他"


class DropoutOutcome(StrEnum):
    """What became of bringing a pupil back."""

    RETURNED = "已复学"
    NOT_RETURNED = "未复学"
    TAUGHT_AT_HOME = "送教上门"
    OTHER = "其他"


class ComplaintCategory(StrEnum):
    """投诉类别."""

    REFUSED = "拒收符合条件学生"
    DELAYED = "拖延办理"
    EXTRA_PAPERS = "要求额外材料"
    OTHER = "其他"


class Originals(StrEnum):
    """材料原件."""

    COMPLETE = "齐全"
    INCOMPLETE = "不齐"
