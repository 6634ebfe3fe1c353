"""Whose 人籍不一致 has to do with whose, by name: a pupil has the names of the register, and of before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.county.tables import hand_in, load, number
from tests.rules.judged_alone import every_check, stored, told
from xueji_lib.rules import IMPLEMENTED

pytestmark = pytest.mark.slow

A, B, C = "2164000011", "2164000012", "2164000013"
SCHOOLS = f"""学校标识码,学校名称,办学类型,城乡类别,所属乡镇,所属中心校
{A},甲小学,小学,镇区,柳林镇,
{B},乙小学,小学,镇区,柳林镇,
{C},丙小学,小学,镇区,柳林镇,
"""
REGISTER = "学校标识码,姓名,曾用名,身份证件号,全国学籍号,年级,班号,学生状态\n"
COUNT = "学校标识码,姓名,身份证件号,年级,班号,在校情况,情形\n"
CHANGES = "学校标识码,姓名,身份证件号,全国学籍号,修改项目,修改前,修改后,申请日期,审批日期,平台修改日期\n"
OTHERS = "".join(f"{school},马旁{n},,{number(900 + n)},,3,1,在读\n" for n, school in enumerate((A, B, C)))


def seen(school: str, name: str, presence: str, its_number: str = "") -> str:
    return f"{school},{name},{its_number},3,1,{presence},其他\n"


AWAY_BY_NUMBER = seen(A, "马新", "不在校", number(1))
SITUATIONS = {
    "曾用名": {
        "学籍名册": REGISTER + f"{A},马新,马旧,{number(1)},,3,1,在读\n",
        "逐班核对表": COUNT + AWAY_BY_NUMBER + seen(B, "马旧", "在校"),
    },
    "核对表写的是曾用名": {
        "学籍名册": REGISTER + f"{A},马新,马旧,{number(1)},,3,1,在读\n",
        "逐班核对表": COUNT + seen(A, "马旧", "不在校") + seen(B, "马新", "在校"),
    },
    "改名之前": {
        "学籍名册": REGISTER + f"{A},马新,,{number(1)},,3,1,在读\n",
        "逐班核对表": COUNT + AWAY_BY_NUMBER + seen(B, "马旧", "在校"),
        "信息修改台账": CHANGES + f"{A},马新,{number(1)},,姓名,马旧,马新,2026-09-10,2026-09-20,2026-09-21\n",
    },
    "在校的一方已从名册转出": {
        "学籍名册": REGISTER + f"{A},马新,,{number(1)},,3,1,在读\n{B},马新,,{number(2)},,3,1,转出\n",
        "逐班核对表": COUNT + AWAY_BY_NUMBER + seen(B, "马新", "在校"),
    },
    "两个名字各有一校": {
        "学籍名册": REGISTER + f"{A},马新,马旧,{number(1)},,3,1,在读\n",
        "逐班核对表": COUNT + AWAY_BY_NUMBER + seen(B, "马新", "在校") + seen(C, "马旧", "在校"),
    },
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_who_may_be_one_pupil_is_looked_at(situation: str, tmp_path: Path) -> None:
    tables = dict(SITUATIONS[situation])
    tables["学籍名册"] += OTHERS
    store = hand_in(tmp_path, 学校名录=SCHOOLS, **tables)
    rules = {"R117": IMPLEMENTED["R117"]}
    assert not told(stored(load(store), store).looks_further(every_check(rules), rules))
    alone = {"R117": type(rules["R117"])(id="R117", judge=rules["R117"].judge)}
    if situation != "两个名字各有一校":  # where nobody is found, for there are two
        assert stored(load(store), store).looks_further(every_check(alone), alone), "it would be found"
