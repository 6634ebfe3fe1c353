"""The inspectors: their list as a county writes it, whom each must avoid (回避), and pairs of them by lot."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xueji_lib.support.errors import UsageError
from xueji_lib.visit import lot

NAME, UNIT, AVOID = "姓名", "单位", "回避"
_DELIMITERS: Final = (",", "\t", "，", ";", "；")
"""Between the cells of a line, as the line of headings has it: people type commas of either width."""
_BETWEEN: Final = re.compile(r"[、，,;；|\s]+")


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who inspects. ``avoids``: the ids of the schools that this inspector may not be sent to."""

    name: str
    unit: str
    avoids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Team:
    """Two inspectors who go together (three, where the last would be left alone). ``number`` counts from 1."""

    number: int
    members: tuple[Inspector, ...]

    @property
    def names(self) -> str:
        """王督查、李督查."""
        return "、".join(member.name for member in self.members)

    def may_visit(self, school_id: str) -> bool:
        """Whether nobody of the team has to avoid the school."""
        return not any(school_id in member.avoids for member in self.members)


def read(file: Path, schools: Mapping[str, tuple[str, str]]) -> list[Inspector]:
    """The inspectors of a CSV file with 姓名, and where known 单位 and 回避 (schools and townships). ``schools``: id →
    (name, township). Whoever is of a school or township avoids it without saying so.

    Raises UsageError: no such file, no names, a name twice, or something to avoid that is no school and no township,
    for a word that is misread would send somebody where he must not go.
    """
    try:
        raw = file.read_bytes()
    except OSError:
        raise UsageError(f"读不了 {file}。人员名单是 CSV 文件，列是姓名、单位、回避") from None
    return listed(text_of(raw, str(file)), str(file), schools)


def text_of(raw: bytes, file: str) -> str:
    """A CSV file's text, whether UTF-8 or what Excel writes in China. Raises UsageError."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{file} 不是文本文件。请在 Excel 里另存为 CSV")


def listed(text: str, file: str, schools: Mapping[str, tuple[str, str]]) -> list[Inspector]:
    """The same of a text, from a file or typed in. ``file``: what sentences call it."""
    rows = _rows(text, file)
    result: list[Inspector] = []
    for line, row in rows:
        name = row.get(NAME, "").strip()
        if not name:
            continue
        if any(name == other.name for other in result):
            raise UsageError(f"{file} 第 {line} 行：{name} 写了两次。同名的请加单位区别")
        unit = row.get(UNIT, "").strip()
        avoids = set(_meant(unit, schools))
        for word in filter(None, _BETWEEN.split(row.get(AVOID, ""))):
            meant = _meant(word, schools)
            if not meant:
                raise UsageError(
                    f"{file} 第 {line} 行 {name} 的回避“{word}”不是名录里的学校，也不是乡镇。请写名录里的校名、"
                    "学校标识码或所属乡镇，几个之间用顿号"
                )
            avoids |= meant
        result.append(Inspector(name, unit, frozenset(avoids)))
    if len(result) < 2:
        raise UsageError(f"{file} 里只有 {len(result)} 人：到校检查至少两人一组")
    return result


def _rows(text: str, file: str) -> list[tuple[int, dict[str, str]]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = next((mark for mark in _DELIMITERS if mark in first), ",")
    reader = csv.DictReader(io.StringIO(text.lstrip()), delimiter=delimiter)
    heads = [(head or "").strip() for head in reader.fieldnames or ()]
    if NAME not in heads:
        raise UsageError(f"{file} 第一行要有“{NAME}”列，还可以有“{UNIT}”“{AVOID}”")
    reader.fieldnames = heads
    return [(reader.line_num, {key: value or "" for key, value in row.items() if isinstance(key, str)})
            for row in reader]  # fmt: skip


def _meant(word: str, schools: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """The schools that a word names: by id, by name, or all of a township."""
    plain = _plain(word)
    return frozenset(
        school_id for school_id, (name, township) in schools.items()
        if plain and plain in (school_id, _plain(name), _plain(township))
    )  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def teams(seed: str, inspectors: Sequence[Inspector]) -> list[Team]:
    """Pairs by lot, of different 单位 where that can be: the first of the lot goes with the next who is of another."""
    names = {inspector.name: inspector for inspector in inspectors}
    waiting = [names[name] for name in lot.in_lot_order(seed, "督查人员", names)]
    pairs: list[tuple[Inspector, ...]] = []
    while len(waiting) > 1:
        first = waiting.pop(0)
        partner = next((other for other in waiting if other.unit != first.unit), waiting[0])
        waiting.remove(partner)
        pairs.append((first, partner))
    if waiting:
        pairs[-1] = (*pairs[-1], waiting[0])
    return [Team(number, members) for number, members in enumerate(pairs, 1)]


def assign(seed: str, team_list: Sequence[Team], school_ids: Collection[str]) -> dict[str, Team | None]:
    """School → its team, None where every team has somebody who must avoid it. The schools that the fewest teams may
    visit choose first; then whichever team has the fewest schools goes, by lot where several have."""
    free = {school: [team for team in team_list if team.may_visit(school)] for school in school_ids}
    drawn = lot.in_lot_order(seed, "学校", school_ids)
    load = {team.number: 0 for team in team_list}
    result: dict[str, Team | None] = {}
    for school in sorted(drawn, key=lambda school_id: len(free[school_id])):
        tickets = {team.number: lot.ticket(seed, f"分组 {school}", str(team.number)) for team in free[school]}
        chosen = min(free[school], key=lambda team: (load[team.number], tickets[team.number]), default=None)
        result[school] = chosen
        if chosen is not None:
            load[chosen.number] += 1
    return result
