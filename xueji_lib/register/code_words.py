"""Words as data: the labels that cells of a code set may hold, in all their spellings, and the signs for nothing.

``data/codes/codes.toml``, ``data/codes/nothing.toml``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register.ticked_choice import ticked
from xueji_lib.support import paths

_ADDED: Final = re.compile(r"^(.+?)\(([^()]*)\)$")
_DASHES: Final = r"^[-‐-―−－_/／\\＼ ]+$"


@dataclass(frozen=True, slots=True)
class CodeWords:
    """``labels``: compared form → label. An open set keeps what it does not know. ``telling``: what a remark may say of
    the set, the longest first; numbers and letters say nothing there."""

    name: str
    labels: Mapping[str, str]
    open: bool
    telling: tuple[str, ...]

    def label(self, text: str) -> str | None:
        """The label that a cell means; None where a closed set does not have it, or a cell says two things."""
        label = self.known(text)
        if label or not self.open:
            return label
        remark = _ADDED.match(compared(text))
        return None if remark and self._plain(remark[1]) else text

    def known(self, text: str) -> str | None:
        """The label, None where the set does not name it."""
        key = compared(text)
        return self._plain(key) or self._remarked(key) or self._ticked(key)

    def _plain(self, key: str) -> str | None:
        # 1-男, 2.女: a code and its label.
        return next(
            (self.labels[form] for form in (key, _number(key), _without_code(key)) if form in self.labels), None
        )

    def _remarked(self, key: str) -> str | None:
        """有（县医院）: a label and a remark, unless the remark may turn the meaning round: 齐全（缺户口本）."""
        added = _ADDED.match(key)
        label = self._plain(added[1]) if added else None
        if added is None or label is None:
            return None
        remark = added[2]
        for word in self.telling:
            if word in remark if len(word) > 1 else word == remark:
                if self.labels[word] != label:
                    return None
                remark = remark.replace(word, " ")
        doubts = (
            word for word in (*_nothing()["doubts"], *_nothing()["doubts_of"].get(self.name, ())) if word in remark
        )
        agreeing = {*_nothing()["agreeing"].get(label, ()), *added[1]} - set(_nothing()["denials"])
        return label if agreeing.issuperset(doubts) else None

    def _ticked(self, key: str) -> str | None:
        """☑在校□不在校, 在校√: what is ticked, where all that is offered is of the set."""
        choice = ticked(key)
        label = self._plain(choice[0]) if choice else None
        others = [self._plain(word) for word in choice[1]] if choice else []
        return None if None in others or label in others else label


def compared(text: str) -> str:
    """A code cell, ready to compare: one width, no white space, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _number(key: str) -> str:
    """1.0 and 01 as 1."""
    return key[:-2] if key.endswith(".0") else key.lstrip("0")


def _without_code(key: str) -> str:
    tail = key.lstrip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").lstrip("-.、:_")
    return tail or key


@cache
def code_sets() -> Mapping[str, CodeWords]:
    """Read ``codes.toml``."""
    raw: dict[str, dict[str, Any]] = tomllib.loads(paths.data("codes", "codes.toml").read_text("utf-8-sig"))
    sets = {}
    for name, spec in raw.items():
        labels: dict[str, str] = {}
        for label, others in spec.items():
            if label != "open":
                for text in (label, *others):
                    labels.setdefault(compared(text), label)
        telling = sorted((word for word in labels if not word.isascii()), key=len, reverse=True)
        sets[name] = CodeWords(name, labels, bool(spec.get("open", False)), tuple(telling))
    return sets


def doubts_number(remark: str) -> bool:
    """Whether what stands behind a number says that it is another person's, or not sure."""
    return any(str(word) in remark for word in _nothing()["others_number"])


@cache
def _nothing() -> dict[str, Any]:
    words: dict[str, Any] = tomllib.loads(paths.data("codes", "nothing.toml").read_text("utf-8-sig"))
    return words


@cache
def _signs() -> pa.Array:
    """The signs in small letters, narrow and wide."""
    narrow = {sign.lower() for sign in _nothing()["signs"]}
    wide = {"".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in sign) for sign in narrow}
    return pa.array(sorted(narrow | wide), pa.large_string())


def says_nothing(texts: pa.Array) -> pa.Array:
    """Per text: it is a sign for nothing, as a form has it."""
    return pc.or_(pc.is_in(pc.utf8_lower(texts), value_set=_signs()), pc.match_substring_regex(texts, _DASHES))
