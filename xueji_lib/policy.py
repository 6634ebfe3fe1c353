"""The figures the rules use, each with its source: ``data/policy/<edition>.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xueji_lib import paths
from xueji_lib.errors import UsageError

CURRENT = "2020-154"


@dataclass(frozen=True, slots=True)
class Policy:
    """Figures by name. ``policy.days("report_days")`` never falls back to a silent default."""

    edition: str
    figures: Mapping[str, Any]
    sources: Mapping[str, str]

    @classmethod
    def load(cls, edition: str = CURRENT, folder: Path | None = None) -> Policy:
        file = (folder or paths.data("policy")) / f"{edition}.toml"
        try:
            raw = tomllib.loads(file.read_text("utf-8-sig"))
        except FileNotFoundError:
            raise UsageError(f"没有 {edition} 版的数字文件 {file}") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{file} 写得不对：{error}") from None
        entries = {name: spec for name, spec in raw.items() if isinstance(spec, dict)}
        for name, spec in entries.items():
            if "value" not in spec or not spec.get("source"):
                raise UsageError(f"{file} 的 [{name}] 要有 value 和 source（出处）")
        return cls(
            edition,
            {name: spec["value"] for name, spec in entries.items()},
            {name: spec["source"] for name, spec in entries.items()},
        )

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
