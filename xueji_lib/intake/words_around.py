"""Words that stand around the pupils of a list: instructions, examples, totals, signatures, page lines.

A name is a name until it is one of these; a text that merely looks odd stays a record, for a child must not be lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

TOTAL: Final = re.compile(
    r"^(?:[本全这]?(?:页|班|校|县|年级)|年级|班级|学校)?(?:合计|小计|总计|共计|累计)(?:[:(（\d共人名].*)?$"
    r"|^(?:以上|上述|全部)?(?:全班|全校|本班|本校|本页|本表|全年级)?(?:总?共有?|合?计|总数|人数)[:为]?\d{1,5}(?:名|人|条|位|个)?"
    r"(?:学生|儿童|记录)?(?:[,，。;；(（].*)?$"
    r"|^(?:总人数|学生总数|学生人数|班级人数|全班人数|应到|实到|男生人数|女生人数|其中|男生|女生)[:为]?\d{1,5}[人名]?(?:[,，。;；].*)?$"
)
FOOTER: Final = re.compile(
    r"^(?:(?:填表|填报|制表|审核|复核|经办|负责|核对|校对|统计|上报|联系|核查|排摸|录入|造册|监督|签收|报送)(?:人员?|单位|日期|时间|学校)?"
    r"|(?:校长|园长|单位负责人|学校负责人|负责人|分管领导|分管副校长|副校长|班主任|学籍管理员|学籍员|经办人|主管领导|局长|组长|主任)(?:\(?(?:签字|签名|签章|盖章)\)?)?"
    r"|学校\(?(?:公章|盖章)\)?|单位\(?(?:公章|盖章)\)?|(?:填表|填写|填报)?(?:说明|须知|要求)|注意?事?项?|备注|联系电话|日期|年月日|附)\d?[:、．.]"
    r"|^\(?(?:公章|盖章|签章|单位盖章|学校盖章|加盖公章|学校公章)\)?$"
    r"|^(?:校长|班主任|负责人|审核人|填表人|经办人|分管副校长|学籍管理员)\(?(?:签字|签名|签章|盖章)\)?[:_ ]*$"
    r"|^.{2,30}\((?:公章|盖章|签章)\):?$"
    r"|^第\d{1,4}页(?:[,，、/]?共\d{1,4}页)?$|^共\d{1,4}页[,，、/]?第\d{1,4}页$|^(?:page)?\d{1,4}[/of]{1,2}\d{1,4}(?:页)?$"
    r"|^-{1,3}\d{1,4}-{1,3}$"
    r"|^\(?(?:此行|本行|此页|本页)?(?:以下|下面|以下此页|下)(?:为?空白|无正文|无内容|无记录|空|无)\)?$|^\(?空白\)?$|^\(?续[上下]页\)?$|^\(?(?:接|转)下页\)?$"
    r"|^[-—–―_=~*·.…＿－]{2,}$"
    r"|^(?:19|20)\d{2}(?:年\d{1,2}月(?:\d{1,2}日)?|[-./]\d{1,2}[-./]\d{1,2})$|^年月日$|^_*年_*月_*日_*$"
    r"|^\(?(?:本表|此表|本名单|本名册|该表|上表|以上名单|以上学生|以上信息|以上内容|以上数据|请各|请认真|请如实|注意|特此|说明|填写时|填表前|各校|各班|各学校)"
    r".{3,}$"
    r"|^\d{1,2}[.、．)）](?!\d).*[，。；,;的填请须应按不一].*$|^[①-⑳].{3,}$|^\([一二三四五六七八九十\d]{1,2}\).{6,}$|^[一二三四五六七八九十]{1,2}[、．.].{4,}$"
    r"|^(?:经|按|据|依据|根据).{2,}(?:核对|核查|比对|确认|逐班核对表|通知|文件|要求).*$"
)
DAY_LINE: Final = re.compile(r"^(?:19|20)\d{2}(?:年\d{1,2}月(?:\d{1,2}日)?|[-./]\d{1,2}[-./]\d{1,2})$")
"""A day alone: below a table when it was filled in, in a column of days a day."""
_INSTRUCTION: Final = re.compile(
    r"必填|选填|必录|可不填|可空|不填|填写|填报|填入|^填|按.*填|数字$|位数|^\d{1,2}位|\d位数?字|文本|下拉|格式|(?i:yyyy)|[12]?\d位$"
    r"|^(?:如|例如|例|示例|样例)[:：]|^男/女$|^男或女$|^是/否$|^有/无$|同户口|以户口|与户口|参照|见(?:说明|字典|代码)|代码表|自动生成|勿填|不能为空|不得为空|^[Gg]\+|汉字$"
)
_EXAMPLE: Final = re.compile(
    r"^[(（【\[]?(?:例|示例|样例|范例|举例|填写示例|填表示例|样本|例子|例行|示范)\d?[)）】\]]?[:：]?$"
)
_EXAMPLE_NAME: Final = re.compile(
    r"[(（【\[](?:示例|样例|范例|举例|例)[)）】\]]|^(?:示例|样例|范例|例)[:：]|^(?:示例|样例)$"
)
_EXAMPLE_NUMBER: Final = re.compile(r"^(?:例|示例|样例|如|例如)[:：]")


def is_around(text: str) -> bool:
    """The text of a cell stands around a list. White space, wide colons and brackets do not matter."""
    plain = "".join(text[:200].split()).replace("：", ":").replace("（", "(").replace("）", ")")
    return bool(FOOTER.match(plain) or TOTAL.match(plain))


def is_instruction(cells: Sequence[Any]) -> bool:
    """Half of the texts say how a cell is to be filled in, two at least."""
    texts = [cell.strip() for cell in cells if type(cell) is str and cell.strip()]
    hits = sum(1 for text in texts if _INSTRUCTION.search(text))
    return hits >= 2 and 2 * hits >= len(texts)


def is_example(cells: Sequence[Any], name: int | None, numbers: Sequence[int], first: int) -> bool:
    """The row shows how it is done. ``name``, ``numbers``: columns; ``first``: of the first cell with anything."""
    lead = cells[first] if 0 <= first < len(cells) else ""
    if type(lead) is str and _EXAMPLE.match("".join(lead.split())):
        return True
    text = cells[name] if name is not None and name < len(cells) else ""
    if type(text) is str and text and _EXAMPLE_NAME.search("".join(text.split())):
        return True
    return any(i < len(cells) and type(cells[i]) is str and _EXAMPLE_NUMBER.match(cells[i].strip()) for i in numbers)
