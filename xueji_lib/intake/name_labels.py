"""Labels that stand in the column of names and name nobody: what is counted, who signs, a grade, a class.

Those ending in ``_below`` hold only below the last pupil of a list, the others wherever they stand. Whoever may be a
person is none of them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from xueji_lib.intake import header

_LONGEST: Final = 30
"""Characters; a longer text is no label."""
_COUNT: Final = re.compile(
    r"^.{0,10}(?:人数|总数|合计|小计|总计|共计|累计)(?:\([^()]*\))?[:为]?(?:\d{1,5}[人名]?)?$"
    r"|^平均(?:年龄|身高|体重|分数?)[:]?$|^(?:汇总|统计)$|^.{1,10}(?:统计|汇总)表?$"
)
_SIGNATURE: Final = re.compile(
    r"^(?:(?:填表|填报|制表|审核|审定|复核|经办|核对|校对|统计|上报|联系|录入|造册|监督|签收|打印)人?员?"
    r"|(?:分管|主管)?(?:副?校长|园长|领导)|(?:单位|学校|园所)?负责人|[正副]?班主任|(?:年级|教导|教务|德育|政教)主任"
    r"|学籍(?:管理)?员|校办主任)(?:\((?:签字|签名|签章|盖章)\)|签字|签名|签章|盖章|姓名)?[:]?$"
    r"|^(?:填表|填报|制表|上报|打印|截止|统计|审核|核对|报送|导出|更新)?(?:日期|时间)[:]?$"
    r"|^(?:联系|办公|学校|校长)?电话[:]?$|^手机号?码?[:]?$|^(?:备注|说明)[:]?$"
    r"|^(?:公章|盖章|单位盖章|学校盖章)[:]?$|^以上.{2,}$|^.{2,}(?:监制|印制|编制|局制)$"
)
_SCHOOL: Final = re.compile(r"^.{2,}(?:小学|中学|学校|教学点|完小|教育局|教体局|中心校|幼儿园)$")
_ENDS: Final = frozenset("数计平统汇表报制审复经核校统上联录造监签打长导人任员期间话号机备注说章以印编管")
"""One of these is in every label of a count or of one who signs; in few names."""
_SCHOOL_ENDS: Final = frozenset("学校点小局园")
_GRADE: Final = re.compile(r"^(?:小学|初中|高中)?(?:[一二三四五六七八九1-9]|初[一二三1-3])年级$")
_CLASS: Final = re.compile(
    r"^(?:(?:小学|初中)?[初高]?[一二三四五六七八九1-9](?:年级)?)?[-]?\(?第?(?:\d{1,2}|[一二三四五六七八九十]{1,2})\)?班$"
)
_FIGURE_BELOW: Final = re.compile(r"^(?:\d{1,5}(?:\.\d+)?[人名个%]?|[一二三四五六七八九十]{1,3}[人名个])$")
_COUNT_BELOW: Final = frozenset(
    "男 女 男生 女生 男女 男性 女性 男生数 女生数 其中 全部 全校 全班 本班 本校 总 计 共 人 名 "
    "转入 转出 转学 休学 复学 退学 在读 在校 在籍 不在校 离校 辍学 毕业 死亡 借读 住校 走读 寄宿 请假 病假 缺勤 "
    "留守儿童 随迁子女 残疾学生 孤儿 其他".split()
)
_END_BELOW: Final = frozenset("完 毕 终 止 空 无 略 同上 同前 注 附 END OVER EOF NULL 结束 到此为止 以下空白".split())
_MARKS: Final = re.compile(r"^[^\w\x00-\x1f\ufffd\ue000-\uf8ff]+$")
_NAMES_TOO: Final = frozenset({"方向"})
"""Headers that may be somebody's name."""


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A label, ready to compare: one width, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).split()) if len(text) <= _LONGEST else ""


def is_count(label: str) -> bool:
    """应到人数, 合计, 平均年龄: what stands beside it is no person's."""
    return not _ENDS.isdisjoint(label) and bool(_COUNT.match(label))


def is_place(label: str) -> bool:
    """A grade or a class."""
    return label[-1:] in ("级", "班") and bool(_GRADE.match(label) or _CLASS.match(label))


def is_signature(label: str) -> bool:
    """Who fills in, signs, looks after the list; when; a note."""
    return not _ENDS.isdisjoint(label) and bool(_SIGNATURE.match(label))


def is_school(label: str) -> bool:
    """A school or an office."""
    return label[-1:] in _SCHOOL_ENDS and bool(_SCHOOL.match(label))


def is_count_below(label: str) -> bool:
    """Below a list: a sex, a status, a header of a table of figures, a figure."""
    return label in _COUNT_BELOW or bool(_FIGURE_BELOW.match(label)) or _is_header(label)


def is_end_below(label: str) -> bool:
    """Below a list: 完, 略, 同上, strokes."""
    return label.upper() in _END_BELOW or bool(_MARKS.match(label))


def _is_header(label: str) -> bool:
    return label not in _NAMES_TOO and header.is_known(label)
