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

from xueji_lib.support import paths

_ADDED: Final = re.compile(r"^(.+?)\(([^()]*)\)$")
_DASHES: Final = r"^[-‐-―−－_/／\\＼ ]+$"


@dataclass(frozen=True, slots=True)
class CodeWords:
    """``labels``: compared form → label. An open set keeps what it does not know."""

    labels: Mapping[str, str]
    open: bool

    def label(self, text: str) -> str | None:
        """The label that a cell means; None where a closed set does not have it."""
        return self.known(text) or (text if self.open else None)

    def known(self, text: str) -> str | None:
        """The label, None where the set does not name it."""
        key = compared(text)
        # 1-男, 2.女: a code and its label. 有（县医院）: a label and a remark.
        forms = (key, _number(key), _without_code(key), _without_code(_without_remark(key)))
        return next((self.labels[form] for form in forms if form in self.labels), None)


def compared(text: str) -> str:
    """A code cell, ready to compare: one width, no white space, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _number(key: str) -> str:
    """1.0 and 01 as 1."""
    return key[:-2] if key.endswith(".0") else key.lstrip("0")


def _without_code(key: str) -> str:
    tail = key.lstrip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").lstrip("-.、:_")
    return tail or key


def _without_remark(key: str) -> str:
    """Without brackets at its end, unless what they hold may turn the meaning round: 齐全（缺户口本）."""
    added = _ADDED.match(key)
    return added[1] if added and not any(word in added[2] for word in _words()["doubts"]) else key


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
        sets[name] = CodeWords(labels, bool(spec.get("open", False)))
    return sets


@cache
def _words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = tomllib.loads(paths.data("codes", "nothing.toml").read_text("utf-8-sig"))
    return words


@cache
def _signs() -> pa.Array:
    """The signs in small letters, narrow and wide."""
    narrow = {sign.lower() for sign in _words()["signs"]}
    wide = {"".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in sign) for sign in narrow}
    return pa.array(sorted(narrow | wide), pa.large_string())


def says_nothing(texts: pa.Array) -> pa.Array:
    """Per text: it is a sign for nothing, as a form has it."""
    return pc.or_(pc.is_in(pc.utf8_lower(texts), value_set=_signs()), pc.match_substring_regex(texts, _DASHES))
