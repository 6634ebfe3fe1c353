"""Lists that look like a register or a ledger and are something else: graduates, aid, marks, teachers (D13).

Told by their title, by columns that only such a list has, or by what a register must have. The words are data:
``data/codes/other_lists.toml``. Source: data contract, section 2.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from xueji_lib.intake import header
from xueji_lib.intake.header import Header
from xueji_lib.register import schema
from xueji_lib.support import paths

_ADDED: Final = re.compile(r"[(（【\[](?:含|附|包括|其中|不含|兼)[^)）】\]]*[)）】\]]")
_SCHOOL: Final = re.compile(r"[一-鿿]{0,4}(?:小学|中学|学校|教学点)")
"""The end of a school's name, which says nothing of the list (职工子弟小学)."""
_LONGEST_TITLE: Final = 60
"""Characters; a longer text above a table explains something."""
_ASIDE: Final = re.compile(r"^(?:注|说明|备注|填表说明|要求|\d{1,2}[.、])|请(?!假)|须(?!知)|应当|不得")
_LEDGERS: Final = frozenset({"transfers", "suspensions", "changes", "dropouts"})


@dataclass(frozen=True, slots=True)
class OtherLists:
    """``titles``: table → (word, what list it names). ``strong``, ``weak``: header, ready to compare → the list."""

    titles: Mapping[str, Sequence[tuple[str, str]]]
    not_meant: Sequence[str]
    whole: Sequence[str]
    strong: Mapping[str, str]
    weak: Mapping[str, str]
    must_have: Mapping[str, frozenset[str]]


@cache
def words() -> OtherLists:
    """Read ``other_lists.toml``."""
    raw: dict[str, Any] = tomllib.loads(paths.data("codes", "other_lists.toml").read_text("utf-8-sig"))
    titles = {}
    for table in schema.TABLES.values():
        if not table.per_student:
            continue
        allowed = set(raw["titles_allowed"].get(table.id, ()))
        lists = [*raw["titles"]["all"].items(), *raw["titles"].get(table.id, {}).items()]
        titles[table.id] = [(word, name) for name, of in lists for word in of if word not in allowed]
    must_have = {
        table: frozenset(schema.TABLES[table].by_header(text).id for text in headers)
        for table, headers in raw["must_have"].items()
    }
    strong, weak = (
        {header.plain(text): name for name, of in raw["columns"][kind].items() for text in of}
        for kind in ("strong", "weak")
    )
    return OtherLists(titles, raw["not_meant"], raw["whole"], strong, weak, must_have)


def why(head: Header, texts: Sequence[str], sheet: str, file: str) -> str:
    """Why the list is not the table that its header looks like; empty where it is. ``texts``: those above it;
    ``sheet``, ``file``: the names of both."""
    table = head.table
    if not table.per_student or table.id in ("residents", "annex1"):
        return ""
    lists = words()
    titles = [_title(text, lists) for text in (*texts, sheet, file)]
    for text in titles:
        name = next((f"“{word}”" + _of(name) for word, name in lists.titles[table.id] if word in text), "")
        if name:
            return f"标题、工作表名或文件名里有{name}，没有当{table.header}收"
    is_whole = any(word in text for word in lists.whole for text in titles)
    by_column = _by_columns(head, lists, is_whole)
    if by_column:
        return f"{by_column}，没有当{table.header}收"
    must = lists.must_have.get(table.id)
    if must and not must & set(head.columns):
        headers = "、".join(table[column].header for column in sorted(must, reverse=True))
        return f"既没有{headers.replace('、', '列，也没有')}列，不像{table.header}，没有收"
    return ""


def _of(name: str) -> str:
    return f"，像是{name}"


def _title(text: str, lists: OtherLists) -> str:
    """The text as it is compared; empty where it is no title."""
    title = _ADDED.sub("", "".join(text.split()))
    if len(title) > _LONGEST_TITLE or _ASIDE.search(title):
        return ""
    for words_within in lists.not_meant:
        title = title.replace(words_within, "")
    return _SCHOOL.sub("", title)


def _by_columns(head: Header, lists: OtherLists, is_whole: bool) -> str:
    keys = {header.plain(text): text for text in head.ignored}
    for key, text in keys.items():
        if key in lists.strong and not (head.table.id in _LEDGERS and lists.strong[key] in _OF_LEDGERS):
            return f"有“{text}”列{_of(lists.strong[key])}"
    weak: dict[str, list[str]] = {}
    for key, text in keys.items():
        if key in lists.weak:
            weak.setdefault(lists.weak[key], []).append(text)
    for name, headers in weak.items():
        if len(headers) > 1 and not is_whole and head.table.id not in _LEDGERS:
            return f"有“{headers[0]}”“{headers[1]}”列{_of(name)}"
    return ""


_OF_LEDGERS: Final = frozenset({"毕业生名册", "残疾学生名单", "招生报名名单"})
"""What a ledger of single cases may note of its pupils."""
