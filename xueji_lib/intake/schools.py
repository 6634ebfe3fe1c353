"""Whose row is it? School codes, school names, and what file, folder, sheet and title say.

Source: data contract, section 2 (学校标识码 or 学校名称, or the 10 digits in the file or folder name).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd

NONE, UNKNOWN = -1, -2
"""No school is named; a school is named that the directory does not have."""

_DIGITS = re.compile(r"(?<!\d)\d{10}(?!\d)")
_POINT = re.compile(r"\.0+$")
_ALIKE = 60  # of 100
_MOST_ALIKE, _LEAST = 3, 2
_SEAL = re.compile(r"[(\[]?(?:学校|单位|加盖)?(?:盖章|公章|签章)[)\]]$")
_BETWEEN = "-–—_:：/、()[]"
"""What stands between a school's code and its name in one cell."""
_BRACKETS = str.maketrans("（）【】", "()[]")


def plain_name(text: str) -> str:
    """A school name, ready to compare: one width, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_BRACKETS).split())


def school_id(text: str) -> str | None:
    """The ten digits of a 学校标识码 cell, however it was stored; None where it is not one."""
    digits = _POINT.sub("", "".join(unicodedata.normalize("NFKC", text).split()).strip("'`’‘\u200b\ufeff"))
    return digits if len(digits) == 10 and digits.isascii() and digits.isdecimal() else None


class Directory:
    """The schools of the county. A *place* is a position in ``ids``."""

    def __init__(self, schools: pd.DataFrame) -> None:
        ids = schools["school_id"].astype(object)
        self.ids: list[str] = [str(i) for i in ids]
        self._place = {i: n for n, i in enumerate(self.ids)}
        kinds = schools["school_kind"].astype(object)
        self.kinds: list[str | None] = [k if isinstance(k, str) else None for k in kinds]
        self._names: dict[str, int] = {}
        self._written: dict[str, str] = {}
        self._keys: list[str] = []
        for n, name in enumerate(schools["school_name"].astype(object)):
            key = plain_name(name) if isinstance(name, str) else ""
            self._keys.append(key)
            if key:
                self._written.setdefault(key, str(name))
                # Two schools of one name: the name says nothing.
                self._names[key] = UNKNOWN if key in self._names else n
        self._longest_first = sorted((k for k in self._names if len(k) >= 3), key=lambda k: (-len(k), k))

    def by_id(self, text: str) -> int:
        """Of a 学校标识码 cell; a name written there counts as one."""
        if not text.strip():
            return NONE
        code = school_id(text)
        return self._place.get(code, UNKNOWN) if code is not None else self.by_name(text)

    def by_name(self, text: str) -> int:
        """Of a 学校名称 cell. The words for a seal are no part of the name; a code beside it must be the school's."""
        if not text.strip():
            return NONE
        name = plain_name(text)
        if name in self._names:
            return self._names[name]
        name = _SEAL.sub("", name)
        codes = _DIGITS.findall(name)
        if len(codes) != 1:
            return self._names.get(name, UNKNOWN)
        school = self._place.get(codes[0], UNKNOWN)
        rest = name.replace(codes[0], "").strip(_BETWEEN)
        is_its_own = school >= 0 and rest == self._keys[school].strip(_BETWEEN)
        return school if is_its_own else UNKNOWN

    def near(self, text: str) -> list[str]:
        """Schools whose names look like this one, the likeliest first, as 名称（代码）; empty where none does."""
        from rapidfuzz import fuzz, process

        name = plain_name(text)
        known = {key: school for key, school in self._names.items() if school >= 0}
        alike = process.extract(name, known.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_MOST_ALIKE)
        within = [(key, 100.0, 0) for key in known if len(name) >= _LEAST and (name in key or key in name)]
        chosen = dict.fromkeys(key for key, *_ in [*within, *alike])
        return [f"{self._written[key]}（{self.ids[known[key]]}）" for key in list(chosen)[:_MOST_ALIKE]]

    def of_file(self, relative: str, sheet: str, context: Sequence[str]) -> int:
        """What the names say, the nearest first: file, folders from the inside out, sheet, title."""
        parts = [*reversed(relative.split("/")), sheet, *context]
        stranger = False
        for part in parts:
            named = set(_DIGITS.findall(unicodedata.normalize("NFKC", part)))
            known = {self._place[d] for d in named if d in self._place}
            if len(known) == 1:
                return known.pop()
            stranger = stranger or (bool(named) and not known)
        for part in parts:
            school = self._contained(plain_name(part))
            if school >= 0:
                return school
        return UNKNOWN if stranger else NONE

    def _contained(self, text: str) -> int:
        """The one school whose name is in the text; a name within a longer found name does not count."""
        schools: set[int] = set()
        for name in self._longest_first:
            if name in text:
                schools.add(self._names[name])
                text = text.replace(name, "\0")
        return schools.pop() if len(schools) == 1 else NONE

    def stranger(self, texts: Iterable[str]) -> str:
        """The ten digits in these names that the directory does not have; empty where there are none."""
        for text in texts:
            for digits in _DIGITS.findall(text):
                if digits not in self._place:
                    return str(digits)
        return ""
