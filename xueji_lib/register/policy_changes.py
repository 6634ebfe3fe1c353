"""Figures that somebody wants to try: a file laid over the figures, single figures by name. Nothing is written."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from xueji_lib.register.policy import Policy, read_edition
from xueji_lib.support.errors import UsageError

_NEAR: Final = 5
_OTHER_SIGNS: Final = str.maketrans({"，": ",", "、": ",", "；": ",", ";": ","})


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """One figure that differs: what people call it; before and after, its value, or where that is the same whether the
    county has confirmed it."""

    name: str
    title: str
    before: str
    after: str


def figure_named(policy: Policy, text: str) -> str:
    """The name of the figure that is called so, by its name or its title. Raises UsageError offering near ones."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    if wanted in policy.figures:
        return wanted
    titled = [name for name, title in policy.titles.items() if title == wanted and name in policy.figures]
    if len(titled) == 1:
        return titled[0]
    choices = {name: f"{name}（{policy.title(name)}）" for name in policy.figures}
    close = process.extract(wanted, choices, scorer=fuzz.WRatio, limit=_NEAR, score_cutoff=45)
    near = "、".join(label for label, _, _ in close)
    offered = f"相近的：{near}" if near else "全部名字：xueji rules figures"
    raise UsageError(f"没有叫 {text} 的数字。{offered}")


def with_values(policy: Policy, settings: Sequence[str]) -> Policy:
    """The figures with those that ``settings`` names (class_large=50, also by its Chinese name) put in their place;
    sources stay. Raises UsageError for an unknown name, a value of the wrong kind, a name that stands twice."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = unicodedata.normalize("NFKC", setting).partition("=")
        if not equals or not name.strip():
            raise UsageError(f"“{setting}” 要写成 名字=数，如 class_large=50")
        known = figure_named(policy, name)
        if known in values:
            raise UsageError(f"{known} 写了两次")
        values[known] = _parsed(known, value.strip(), policy.figures[known])
    return replace(policy, figures={**policy.figures, **values})


def overlaid(policy: Policy, file: Path) -> Policy:
    """The figures with those of a file in their place, in the form of data/policy; what it does not name stays as it
    is, or as its ``base`` has it where it names one. Raises UsageError for what ``Policy.load`` refuses, an unknown
    name, a value of another kind."""
    raw = read_edition(file, tomllib.loads)
    if "base" in raw:
        beside = file.parent / f"{raw['base']}.toml"
        policy = Policy.load(str(raw["base"]), file.parent if beside.is_file() else None)
    figures, sources, titles = dict(policy.figures), dict(policy.sources), dict(policy.titles)
    for section, spec in raw.items():
        if not isinstance(spec, dict):
            continue
        if "value" not in spec or not spec.get("source"):
            raise UsageError(f"{file} 的 [{section}] 要有 value 和 source（出处）")
        try:
            name = figure_named(policy, section)
        except UsageError as error:
            raise UsageError(f"{file} 的 [{section}]：{error}") from None
        _must_be_alike(name, spec["value"], figures[name])
        figures[name], sources[name] = spec["value"], str(spec["source"])
        titles |= {name: str(spec["name"])} if spec.get("name") else {}
    return replace(policy, figures=figures, sources=sources, titles=titles)


def changed_figures(before: Policy, after: Policy) -> list[ChangedFigure]:
    """What differs, in the order of the figures."""
    changed = []
    for name in dict.fromkeys([*before.figures, *after.figures]):
        was, now = (_text(policy.figures.get(name)) for policy in (before, after))
        titled = after if name in after.figures else before
        if was != now:
            changed.append(ChangedFigure(name, titled.title(name), was, now))
        elif before.unconfirmed(name) != after.unconfirmed(name):
            was, now = ("待县局确认" if policy.unconfirmed(name) else "已确认" for policy in (before, after))
            changed.append(ChangedFigure(name, titled.title(name), was, now))
    return changed


def _parsed(name: str, text: str, model: Any) -> Any:
    if isinstance(model, list):
        items = [item.strip() for item in text.translate(_OTHER_SIGNS).split(",") if item.strip()]
        if not items:
            raise UsageError(f"{name} 应是用逗号隔开的文字，现在是空的")
        return items
    try:
        value = int(text)
    except ValueError:
        raise UsageError(f"{name} 应是整数，写的是“{text}”") from None
    _must_be_alike(name, value, model)
    return value


def _must_be_alike(name: str, value: Any, model: Any) -> None:
    if isinstance(model, list):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{name} 应是文字列表，写的是 {value!r}")
    elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"{name} 应是不小于 0 的整数，写的是 {value!r}")


def _text(value: Any) -> str:
    if value is None:
        return "（没有）"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def described(changed: Sequence[ChangedFigure], users: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each figure that differs. ``users``: figure → the checks whose conditions name it."""
    lines = []
    for figure in changed:
        used = users.get(figure.name, ())
        by = f"用它的检查：{'、'.join(used)}" if used else "不用于检查（整改期限、处理建议、去向台账）"
        lines.append(f"{figure.name} {figure.title}：{figure.before} → {figure.after}；{by}")
    return lines
