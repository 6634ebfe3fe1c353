"""The texts of the manual beside the catalogue, and the figures a check uses.

The words for a clerk (data/catalogue/plain), the notice's own words (clauses), the likely misjudgement (misjudged), and
the examples from the proof tables (examples). A county's own check may have none of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xueji_lib.register.catalogue import Entry
from xueji_lib.register.policy import FIRST, Policy
from xueji_lib.register.schema import TABLES
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError


@dataclass(frozen=True)
class Manual:
    """The texts beside the catalogue, by rule id (``clauses`` by reference).

    ``plain``: asks, columns (table id → headers), quotes (reference → sentences), figures (beside those the
    condition names). ``examples``: examples, tables, notes, and the figures they were written for.
    """

    plain: Mapping[str, Mapping[str, Any]]
    clauses: Mapping[str, Mapping[str, Any]]
    misjudged: Mapping[str, str]
    examples: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, folder: Path | None = None) -> Manual:
        """Read ``folder`` (default data/catalogue). A part that is not there is empty. Raises UsageError where a
        file is not well written."""
        return _load(folder or paths.data("catalogue"))

    def columns(self, rule_id: str) -> dict[str, list[str]]:
        """What the check decides by: table id → headers."""
        return dict(self.plain.get(rule_id, {}).get("columns", {}))


@cache
def _load(folder: Path) -> Manual:
    examples: dict[str, Any] = {}
    for file in sorted(folder.glob("examples/v*.json")):
        examples |= _parsed(file, json.loads)
    return Manual(
        _texts(folder, "plain/v*.yaml"),
        _texts(folder, f"clauses/{FIRST}.yaml"),
        _misjudged(folder),
        examples,
    )


def misjudged(rule_id: str) -> str:
    """The likely misjudgement of one check; "" where none is written. Reads no other part of the manual."""
    return str(_misjudged(paths.data("catalogue")).get(rule_id, ""))


@cache
def _misjudged(folder: Path) -> dict[str, Any]:
    return _texts(folder, "misjudged/v*.yaml")


def _texts(folder: Path, pattern: str) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for file in sorted(folder.glob(pattern)):
        texts |= _parsed(file, yaml.safe_load)
    return texts


def _parsed(file: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    try:
        content = parse(file.read_text("utf-8-sig"))
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{file} 写得不对：{error}") from None
    if not isinstance(content, dict):
        raise UsageError(f"{file} 写得不对：里面应是一项一项的编号和内容")
    return content


def table_name(table_id: str) -> str:
    """register → 学籍名册, previous_register → 上学期学籍名册."""
    plain = table_id.removeprefix("previous_")
    return ("上学期" if plain != table_id else "") + TABLES[plain].header


def figures(entry: Entry, policy: Policy, manual: Manual) -> list[tuple[str, Any, str]]:
    """The figures the check uses: name, value, source; those its condition names first, in that order."""
    named = re.findall(r"[a-z][a-z_]+[a-z]", entry.when) + list(manual.plain.get(entry.id, {}).get("figures", ()))
    return [(n, policy.figures[n], policy.sources[n]) for n in dict.fromkeys(named) if n in policy.figures]


def figure_text(value: Any) -> str:
    """A figure as text; the items of a list are joined by 、."""
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def clauses(entry: Entry) -> list[str]:
    """The references that the entry's clause joins."""
    return entry.clause.split("；")
