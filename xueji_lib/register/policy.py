"""The figures the rules use, each with its source: ``data/policy/<edition>.toml``."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from xueji_lib.register.vocabulary import Severity
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.support.lines import section_twice

FIRST = "2020-154"
"""The notice 西教体函发〔2020〕154号 itself; later editions are differences from it."""
UNCONFIRMED: Final = "待县局确认"
"""Stands in the source of a figure that the county has still to confirm."""
_UNITS: Final = {"workdays": " 个工作日", "days": " 日", "students": " 人"}
"""By how a figure's name ends; the first that fits."""
RECTIFY_FIGURES: Final[Mapping[str, str]] = {
    Severity.GENERAL: "rectify_workdays_general",
    Severity.SERIOUS: "rectify_workdays_serious",
    Severity.GRAVE: "rectify_workdays_grave",
}
"""The figure that says in how many working days a finding is to be put right, by its severity."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Figures by name. ``policy["report_days"]`` never falls back to a silent default. ``titles``: what people call
    them."""

    edition: str
    figures: Mapping[str, Any]
    sources: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, edition: str = FIRST, folder: Path | None = None) -> Policy:
        """Read one edition of ``folder`` (default data/policy). An edition with a ``base`` holds only the figures
        it changes. Raises UsageError where there is none, or a figure has no source."""
        folder = folder or paths.data("policy")
        file = folder / f"{edition}.toml"
        raw = read_edition(file, tomllib.loads)
        base = cls.load(raw["base"], folder) if "base" in raw else cls("", {}, {})
        entries = {name: spec for name, spec in raw.items() if isinstance(spec, dict)}
        for name, spec in entries.items():
            if "value" not in spec or not spec.get("source"):
                raise UsageError(f"{file} 的 [{name}] 要有 value 和 source（出处）")
        return cls(
            edition,
            {**base.figures, **{name: spec["value"] for name, spec in entries.items()}},
            {**base.sources, **{name: spec["source"] for name, spec in entries.items()}},
            {**base.titles, **{name: spec["name"] for name, spec in entries.items() if spec.get("name")}},
        )

    def title(self, name: str) -> str:
        """What people call a figure; its own name where the file has no other."""
        return self.titles.get(name, name)

    def described(self, name: str) -> str:
        """What people call a figure, with its value and unit: 新生建籍期限（30 日）."""
        value = self._value(name)
        if isinstance(value, list):
            return f"{self.title(name)}（{'、'.join(map(str, value))}）"
        unit = next((words for ending, words in _UNITS.items() if name.endswith(ending)), "")
        return f"{self.title(name)}（{value}{unit}）"

    def unconfirmed(self, name: str) -> bool:
        """Whether the county has still to confirm the figure: then what rests on it is only a lead."""
        return UNCONFIRMED in self.sources.get(name, "")

    def __getitem__(self, name: str) -> int:
        """A whole-number figure. Raises UsageError where the file lacks it or it is no such number."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"数字文件 {self.edition} 的 {name} 应是整数，现在是 {value!r}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list-of-text figure."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"数字文件 {self.edition} 的 {name} 应是文字列表，现在是 {value!r}")
        return tuple(value)

    def _value(self, name: str) -> Any:
        if name not in self.figures:
            raise UsageError(f"数字文件 {self.edition} 缺 {name}")
        return self.figures[name]


def in_force(day: dt.date, folder: Path | None = None) -> str:
    """The edition in force on a day: of those not marked ``draft``, the one that took effect last; before the first
    took effect, the first."""
    folder = folder or paths.data("policy")
    since = {}
    for file in sorted(folder.glob("*.toml")):
        raw = read_edition(file, tomllib.loads)
        start = raw.get("effective_from")
        if not isinstance(start, dt.date):
            raise UsageError(f"{file} 要写 effective_from（施行日期），例如 effective_from = 2020-01-01")
        if not raw.get("draft", False):
            since[start, file.stem] = file.stem
    if not since:
        raise UsageError(f"{folder} 里没有可用的数字文件（草案不算）")
    begun = [key for key in since if key[0] <= day]
    return since[max(begun) if begun else min(since)]


def read_edition(file: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """One edition's file as data. Raises UsageError where it is not there or not well written."""
    text = ""
    try:
        text = file.read_text("utf-8-sig")
        raw = parse(text)
    except FileNotFoundError:
        known = "、".join(sorted(f.stem for f in file.parent.glob(f"*{file.suffix}"))) or "（空）"
        raise UsageError(f"没有 {file.stem} 版：找不到 {file}。现有：{known}") from None
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        twice = section_twice(text) if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise UsageError(f"{file} 写得不对：{twice or error}") from None
    if not isinstance(raw, dict):
        raise UsageError(f"{file} 写得不对：里面应是一项一项的名字和值")
    return raw
