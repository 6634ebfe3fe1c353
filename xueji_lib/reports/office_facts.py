"""The office's facts in letters, which a county may change: names, numbers, addresses (``data/letters.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from xueji_lib.register.policy import UNCONFIRMED
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

_NEEDED = {
    "office": ("name", "red_head", "department", "centre", "phone", "contact", "notice"),
    "number": ("rectify", "interview", "bulletin", "return_to_school"),
    "bulletin": ("to", "copy_to"),
    "return_to_school": ("days", "articles"),
    "interview": ("place", "bring"),
    "pledge": ("items",),
    "measures": ("在籍不在校", "在校不在籍"),
    "checklists": (),
}


_CONTACT = {"联系人": "contact", "联系电话": "phone"}
_PLAIN_NUMBER = "〔{year}〕　　号"
"""For a letter that the county's file does not know yet."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """The file as data: ``facts["office"]["name"]``. ``measure`` looks up the notice's remedy of a 情形."""

    sections: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, file: Path | None = None) -> LetterFacts:
        """Read the file (default data/letters.toml). Raises UsageError where it is not there, is not well written or
        lacks an entry."""
        return _load(file or paths.data("letters.toml"))

    def __getitem__(self, section: str) -> Mapping[str, Any]:
        return self.sections[section]

    def measure(self, kind: str, situation: str) -> str:
        """What the notice demands of a student of this 情形."""
        known = self.sections["measures"][kind]
        return str(known.get(situation, known.get("", "")))

    @property
    def no_contact(self) -> str:
        """Why a letter that names whom to ask is a draft: the county has not written it yet; "" where it has."""
        open_ = [head for head, name in _CONTACT.items() if self.is_open(name)]
        if not open_:
            return ""
        return f"{'、'.join(open_)}还没有填，不得发出：请先在 data/letters.toml 的 [office] 里填写，再生成一次"

    def is_open(self, name: str) -> bool:
        """Whether the county has still to write this entry of [office]."""
        return UNCONFIRMED in str(self["office"][name])

    def number(self, letter: str, year: int) -> str:
        """The letter's document number of the year; the running number is left blank, as in the file."""
        return str(self.sections["number"].get(letter, _PLAIN_NUMBER)).replace("{year}", str(year))


@cache
def _load(file: Path) -> LetterFacts:
    try:
        raw = tomllib.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"找不到 {file}。文书要用它，请从安装包里复制一份") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} 写得不对：{error}") from None
    lacking = [f"[{section}]" for section in _NEEDED if not isinstance(raw.get(section), dict)]
    lacking += [
        f"[{section}] 的 {name}"
        for section, names in _NEEDED.items()
        for name in names
        if name not in raw.get(section, {})
    ]
    if lacking:
        raise UsageError(f'{file} 缺 {"、".join(lacking)}。没有内容的写成 ""，不要删掉')
    return LetterFacts(raw)
