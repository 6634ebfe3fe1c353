"""The kinds of letters: each one's template, the fields it has, and those that its template must hold.

The names are Chinese, because offices edit the templates. ``templates/letters/README.md`` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from xueji_lib.reports.letters import template as letter
from xueji_lib.reports.letters.template import Fields
from xueji_lib.support.files import put_file


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A letter: its template's name, the fields it has, those its template must hold."""

    name: str
    fields: Fields
    needed: frozenset[str]

    @property
    def file(self) -> str:
        """The file's name, of the template and of the letter."""
        return f"{self.name}.docx"

    def content(self, values: Mapping[str, Any]) -> bytes:
        """The letter as a .docx. Raises UsageError (``letter.template``, ``LetterTemplate.render``)."""
        return letter.template(self.name, self.fields, self.needed).render(values)

    def write(self, values: Mapping[str, Any], path: Path) -> None:
        """Write the letter. Raises UsageError as ``content`` does, and where another program holds the file."""
        put_file(path, self.content(values))

    def check(self) -> None:
        """Check the letter's template. Raises UsageError where it cannot be used."""
        letter.template(self.name, self.fields, self.needed)


def kind_of(name: str, texts: str, needed: str, **lists: Fields) -> LetterKind:
    """A kind of letter. ``texts`` and ``needed``: names of fields, separated by blanks; ``lists``: the fields of a
    row."""
    return LetterKind(name, {**dict.fromkeys(texts.split()), **lists}, frozenset(needed.split()))


def row_of(texts: str, **lists: Fields) -> Fields:
    """The fields of one row of a list."""
    return {**dict.fromkeys(texts.split()), **lists}


OFFICE: Final = "红头 落款 成文日期 联系人 联系电话 承办科室 通知文件 学期 基准日"

RECTIFY: Final = kind_of(
    "限期整改通知书",
    f"{OFFICE} 文号 学校名称 受送达人 草稿 草稿字样 草稿说明 问题合计 认定用语 最迟期限 附注 无问题说明 留痕",
    "学校名称 草稿 问题合计 违规情形 清单 无问题说明 落款 成文日期",
    违规情形=row_of("序号 名称 条数", 问题=row_of("序号 名称 条数 依据 整改要求 期限")),
    清单=row_of("序号 班级 学生 问题 证据 期限"),
)
INTERVIEW: Final = kind_of(
    "约谈通知书",
    f"{OFFICE} 文号 学校名称 受送达人 草稿 草稿字样 草稿说明 问题合计 事由 约谈对象 约谈地点 留痕",
    "学校名称 草稿 事由 落款 成文日期",
    携带材料=row_of("序号 名称"),
)
CORRECTION: Final = kind_of(
    "更正通知",
    f"{OFFICE} 文号 学校名称 受送达人 草稿 草稿字样 草稿说明 更正合计 原文书 留痕",
    "学校名称 草稿 更正合计 更正 落款 成文日期",
    更正=row_of("序号 班级 学生 问题 原文书 现认定 说明"),
)
HOME_TEACHING: Final = kind_of(
    "送教上门学生名单",
    f"{OFFICE} 范围 人数",
    "范围 学生",
    学生=row_of("序号 学校 班级 姓名 遮盖证件号 说明"),
)
LOST_CHILDREN: Final = kind_of(
    "疑似失学学生统计表",
    f"{OFFICE} 人数 说明 待确认",
    "各期 说明 落款 成文日期",
    各期=row_of(
        "种类 名称 起 止 未满 报送期限",
        行=row_of("年级 残疾 留守 孤儿 单亲 其他 未填 合计"),
        项目=row_of("名称 人数"),
    ),
    各乡镇=row_of("序号 名称 人数 在他校 在台账 过期限"),
)
PLEDGE: Final = kind_of(
    "保密承诺书",
    f"{OFFICE} 学校名称 学年 学籍管理员 校长",
    "学校名称 学年 承诺事项",
    承诺事项=row_of("序号 内容"),
)
CHECKLISTS: Final = kind_of(
    "一次办好材料清单",
    OFFICE,
    "业务",
    业务=row_of("名称 谁来办 何时办", 条件=row_of("序号 内容"), 材料=row_of("序号 内容"), 步骤=row_of("序号 内容")),
)
BULLETIN: Final = kind_of(
    "通报",
    f"{OFFICE} 文号 主送 抄送 草稿 草稿字样 草稿说明 学校数 在籍人数 在籍不在校 在校不在籍 未核对说明 问题概述 "
    "没有查成 一览表说明 条数表头 留痕",
    "草稿 问题概述 违规情形 各校 落款 成文日期",
    违规情形=row_of("序号 名称 学校数 条数 主要问题"),
    各校=row_of("序号 名称 乡镇 在籍 在籍不在校 在校不在籍 条数 严重 措施"),
)
RETURN: Final = kind_of(
    "义务教育阶段学生限期复学通知书",
    f"{OFFICE} 文号 受送达人 监护人 学生姓名 性别 身份证件号 全国学籍号 学校名称 班级 现住址 发现日期 未到校情况 "
    "复学天数 学校联系人 乡镇 上报乡镇日期 劝返次数",
    "监护人 学生姓名 学校名称 复学天数 乡镇 法律依据",
    法律依据=row_of("内容"),
)
SLIP: Final = kind_of(
    "退回单",
    f"{OFFICE} 学校名称 学校标识码 收件时间 结论 附注 还没有交",
    "学校名称 结论 收下的 要改的 还没有交",
    收下的=row_of("序号 表 来源 行数 结果"),
    要改的=row_of("序号 位置 行 列 问题 改法"),
    说明=row_of("内容"),
)
VISIT_PLAN: Final = kind_of(
    "督查方案",
    f"{OFFICE} 文号 第几次 学校数 风险数 抽签数 备选数 组数 起 止 种子 方法 计分 无人说明 抽取人 留痕",
    "学校数 各校 种子 方法 计分 无人说明 留痕 落款 成文日期",
    各组=row_of("序号 成员 学校数"),
    各校=row_of("序号 日期 组 名称 乡镇 方式 理由"),
)
VISIT_RECORD: Final = kind_of(
    "现场检查记录",
    f"{OFFICE} 编号 学校名称 学校标识码 乡镇 检查人员 检查日期 方案 点名说明 没有填 没有陈述 照片说明 签字说明 留痕 "
    "记录校验值",
    "编号 学校名称 检查人员 检查日期 方案 点名 抽样 回答 没有填 发现 照片 照片说明 陈述 签署时 签字 签字说明 留痕 "
    "记录校验值",
    点名=row_of("序号 班级 日期 应到 实到 不在 多出 情况"),
    抽样=row_of("编号 对象 核对 说明"),
    回答=row_of("编号 问题 结论 说明"),
    发现=row_of("序号 题目 对象 证据 状态"),
    照片=row_of("左图 左说明 右图 右说明"),
    陈述=row_of("框 意见 说明"),
    签署时=row_of("内容"),
    签字=row_of("谁 姓名 图 说明 日期"),
)

ALL: Final = tuple(kind for kind in list(globals().values()) if isinstance(kind, LetterKind))
"""Every letter declared above."""
