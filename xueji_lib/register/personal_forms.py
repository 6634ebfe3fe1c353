"""The forms in which personal values are written in free text, as patterns on normalised text (``masking``).

A pattern is an alternation: where several fit, the first counts, so that what is harmless (a day, a term, a finding's
id) is passed over as a whole. The name of a group says what it is. Sources: GB 11643 (身份证号), the numbering plans of
mainland telephones, ICAO 9303 (护照).
"""

from __future__ import annotations

import re
from typing import Final

_DASH = r"\-‐-―−"
_GAP = rf"[\s{_DASH}_.·・•,]{{0,3}}"
"""What may stand between two digits of one number."""
_PART = rf"[\s{_DASH}_.·・•]{{1,2}}"
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"


def _spaced(*digits: str) -> str:
    """These digits one after another, each perhaps apart from the next; ``ab|cd`` is one of several pairs."""
    return _GAP.join(
        digit if "|" not in digit else "(?:" + "|".join(f"{pair[0]}{_GAP}{pair[1:]}" for pair in digit.split("|")) + ")"
        for digit in digits
    )


_N = "[0-9]"
_ID18 = _spaced(
    "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]", _N, _N, _N, _N,
    "19|20", _N, _N, "0[1-9]|1[0-2]", "0[1-9]|1[0-9]|2[0-9]|3[01]", _N, _N, _N, "[0-9Xx]",
)  # fmt: skip
_NUMERAL = "〇○零一二三四五六七八九"
_WORD_DAY = f"[{_NUMERAL}]{{4}}年[十{_NUMERAL}]{{1,2}}月[十{_NUMERAL}]{{1,3}}[日号]"
_FULL_DAY = (
    rf"{_YEAR}\s?[-./年]\s?(?:1[0-2]|0?[1-9])\s?[-./月]\s?(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])\s?[日号]?"
    rf"|{_YEAR}{_MONTH}{_DAY}(?![0-9])|{_WORD_DAY}"
)
_BIRTHDAY = (
    rf"{_FULL_DAY}|{_YEAR}\s?[-./年]\s?(?:1[0-2]|0?[1-9])(?![0-9])\s?月?|[0-9]{{2}}年[0-9]{{1,2}}月(?:[0-9]{{1,2}}[日号])?"
    rf"|[0-9]{{1,2}}月[0-9]{{1,2}}[日号]?|[{_NUMERAL}]{{4}}年[十{_NUMERAL}]{{1,2}}月"
)
_HARMLESS = (
    r"(?<![0-9A-Za-z])[A-Z][0-9]{3}-[0-9a-f]{16}(?![0-9A-Za-z])"  # a finding's id
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])"
)
_DIGEST = r"(?<![0-9A-Za-z])[0-9a-f]{32,64}(?![0-9A-Za-z])"
_MAIL = r"[A-Za-z0-9_.+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"
_HANDLE = r"(?:微信|wxid)(?:号码?)?\s?[:是为_]?\s?(?P<handle>[A-Za-z][\w\-]{5,19})"
_ID = (
    rf"(?<![0-9]){_ID18}(?:{_GAP}{_ID18})*[0-9]*"
    rf"|(?<![0-9]){_PROVINCE}[0-9]{{4}}{_GAP}{_YEAR}{_MONTH}{_DAY}(?:{_GAP}[0-9]{{1,4}})?[0-9Xx]*"
    rf"|(?<![0-9]){_PROVINCE}[0-9]{{4}}{_GAP}[0-9]{{2}}{_MONTH}{_DAY}{_GAP}[0-9]{{3}}(?![0-9])"
    rf"|(?<![0-9])[0-9]{{6}}{_PART}[0-9]{{8}}{_PART}[0-9]{{3}}[0-9Xx](?![0-9])"
    rf"|[{_NUMERAL}]{{11,}}"
)
_MOMENT = rf"(?<![0-9]){_YEAR}{_MONTH}{_DAY}(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?(?![0-9])"
_PHONE = (
    rf"(?<![0-9])(?:(?:\+|00)?86[\s{_DASH}]{{0,2}})?"
    rf"(?:1[3-9][0-9](?!{_PART}{_YEAR}[-./年])(?:(?:{_PART})?[0-9]){{8}}|1(?:{_PART}[0-9]){{10}})(?![0-9])"
    rf"|(?<![0-9{_DASH}])\(?0[0-9]{{2,3}}\)?[\s{_DASH}]{{0,2}}[0-9]{{7,8}}(?:[\s{_DASH}转#]{{1,3}}[0-9]{{1,5}})?(?![0-9])"
)
_LONG = r"(?:(?<![0-9A-Za-z])[GLJglj])?(?:[0-9]{12,}|[01][0-9]{10})[Xx]?"
_CARD = r"(?<![0-9])[0-9]{4}(?:[\s\-][0-9]{4}){3}(?:[\s\-]?[0-9]{1,3})?(?![0-9])"
_TERM = r"(?<![0-9])20[0-9]{2}[-—]20[0-9]{2}(?:-[12])?(?![0-9])"
_PASSPORT = r"(?<![0-9A-Za-z])(?:[A-Za-z]{1,2}[0-9]{7,10}|[A-Za-z]{1,2}[ \-][0-9]{7,9})(?![0-9A-Za-z])"
_KEYED = (
    r"(?:QQ|微信|护照|通行证|台胞证|回乡证|居住证|居留证|身份证|证件|学籍号|卡号|账号|帐号|座机|固话|电话|手机|联系方式|Tel|TEL|tel)"
    rf"(?:号码?|码)?\s?[:是为]?\s?(?P<keyed>(?!{_YEAR}[-./年])[A-Za-z]{{0,3}}[0-9](?:(?:{_PART})?[0-9]){{4,}}[A-Za-z]?(?![0-9*]))"
)
_COUNTED = r"(?:[0-9]{1,5}|[一二三四五六七八九十百]{1,4})"
_ADDRESS = (
    r"(?:路|街(?!道)|巷|弄|胡同|大道|小区|花园|家园|公寓|苑|村|庄|屯|社区)"
    r"[^\s0-9,。;、:()〔〕\[\]“”\"'学校年级班第届月日字文函发一二三四五六七八九十百]{0,8}\s?"
    rf"{_COUNTED}\s?(?:号|组|社|队|栋|幢|座|单元|室|户|楼)"
    rf"(?:[\s\-]?{_COUNTED}?\s?(?:号楼|号院|号|院|楼|栋|幢|座|单元|室|层|组|户))*"
)


def _any_of(begins: str, **patterns: str) -> re.Pattern[str]:
    """``begins``: where one of them can begin at all; most places of a text are passed over by that alone."""
    named = [text if f"(?P<{name}>" in text else f"(?P<{name}>{text})" for name, text in patterns.items()]
    return re.compile(f"(?:{begins})(?:{'|'.join(named)})")


_BORN_BEFORE = (
    rf"(?:出生|生于|生日|诞辰|诞生)(?:日期|年月日?|时间|于|在)?[^0-9\n{_NUMERAL}十]{{0,6}}(?P<birth>{_BIRTHDAY})"
)
_BORN_AFTER = rf"(?P<born>{_BIRTHDAY})(?=\s?(?:出生|生日|生(?![病源产活效育态于意物理]|[0-9]{{0,3}}名)))"
_FIRST = {"harmless": _HARMLESS, "digest": _DIGEST, "mail": _MAIL, "handle": _HANDLE, "id": _ID}
_SECOND = {"moment": _MOMENT, "phone": _PHONE, "card": _CARD, "birth": _BORN_BEFORE, "born": _BORN_AFTER}
_LAST = {"day": rf"(?<![0-9])(?:{_FULL_DAY})", "long": _LONG, "term": _TERM, "passport": _PASSPORT, "keyed": _KEYED}

_BEGINS = (
    rf"(?<![0-9])(?=[0-9(+])|(?<![0-9A-Za-z])(?=[A-Za-z])|(?=[{_NUMERAL}出生诞微护通台回居身证学卡账帐座固电手联])"
)

SENTENCE: Final = _any_of(_BEGINS, **_FIRST, **_SECOND, **_LAST)
"""What may stand in a sentence of the kit."""
FREE: Final = _any_of(f"{_BEGINS}|(?=[路街巷弄胡大小花家公苑村庄屯社])", **_FIRST, address=_ADDRESS, **_SECOND, **_LAST)
"""What may stand in a free cell: addresses too, from the word for the road or village on."""
NAME_BEFORE: Final = re.compile("[\u4e00-\u9fff]{1,6}$")
"""What a road or village is called, and what it lies in."""

IS_PHONE: Final = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}|1[0-9]{10}|0[0-9]{10,11}")
IS_YEARS: Final = re.compile(rf"(?:{_YEAR}[\s\-]){{3}}{_YEAR}")
IS_DAY: Final = re.compile(rf"[^0-9]{_YEAR}{_MONTH}{_DAY}$")
EVENT: Final = re.compile(
    "入学|转入|转出|到校|离校|任职|休学|复学|签订|审批|办|发现|上报|登记|变更|修改|毕业|失踪|开学|辍学|迁|批准|印发|起|至|以来|校$"
)
"""Words beside a day that is no birthday."""
NUMERALS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
SEVEN_DIGITS: Final = re.compile(r"\d{7,}")
AROUND_NUMBERS: Final = " .,;:!|/\\()[]{}<>'\"`~…。，、；：！‘’“”（）【】《》-‐‑‒–—―−_=＋+"
LABEL_BEFORE: Final = re.compile(
    r"(?:(?:身份证件?|证件|护照|学籍|电话|手机|联系方式|座机|固话)(?:号码?)?|[A-Za-z]{1,4})?[\s:：(（\-—_.+＋]*$"
)
