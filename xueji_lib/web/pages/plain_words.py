"""What the intake says to the county's clerk, as a school is told it: no commands, no folders of the program, no ids of
checks before the sentence."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    (re.compile(r"^(\s*)[A-Z]\d{3} (?=\S)"), r"\1"),
    (re.compile(r"(?<=[、：])[A-Z]\d{3} (?=\S)"), ""),
    (re.compile(r" ?xueji templates 给出的(?:台账样式|空白台账)"), "本页“空白表册”里的样式"),
    (re.compile(r"，?或把不是台账的文件移出收件夹"), "；不是台账的不用交"),
    (re.compile(r"[，。]?要用这次的替换整张表，加 --replace 再收一遍"), "。要用这次的替换整张表，请告诉县教育体育局"),
    (re.compile(r"或用 xueji intake --undo 退回"), "或请县教育体育局退回"),
    (re.compile(r"，?可用 --\w+ 放宽"), ""),
    (re.compile(r"（[^（）]*xueji [^（）]*）"), ""),
    (re.compile(r"请?移出收件夹|指到收件夹外的链接"), "不要交"),
    (re.compile(r"放进收件夹"), "交上来"),
    (re.compile(r"收件夹"), "交来的文件"),
    (re.compile(r"数据仓"), "县里的数据"),
)
_IDS: Final = re.compile(r"：((?:[A-Z]\d{3}、)*[A-Z]\d{3})$")


def for_school(line: str) -> str:
    """The line in a school's words."""
    for pattern, words in _WORDS:
        line = pattern.sub(words, line)
    return _IDS.sub(lambda ids: f"：{ids[1].count('、') + 1} 项检查", line)
