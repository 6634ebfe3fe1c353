"""Code sets: one canonical label for what files write in many ways (``data/codes/codes.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from xueji_lib.register.identity import clean_numbers
from xueji_lib.support import paths


@dataclass(frozen=True, slots=True)
class CodeSet:
    """``labels``: cleaned spelling → canonical label. ``open``: other values are taken as they are."""

    labels: Mapping[str, str]
    open: bool

    def label(self, text: str) -> str | None:
        """The canonical label of one spelling; None where the set is closed and does not hold it."""
        cleaned = str(clean_numbers(pa.array([text]))[0])
        return self.labels.get(cleaned, cleaned if self.open else None)


@cache
def code_sets() -> Mapping[str, CodeSet]:
    """Every code set by its id (``Column.codes``)."""
    raw = tomllib.loads(paths.data("codes", "codes.toml").read_text("utf-8"))
    sets = {}
    for name, spec in raw.items():
        labels: dict[str, str] = {}
        for canonical, others in spec.items():
            if isinstance(others, list):
                cleaned = clean_numbers(pa.array([canonical, *others])).to_pylist()
                labels |= dict.fromkeys(cleaned, canonical)
        sets[name] = CodeSet(labels, bool(spec.get("open", False)))
    return sets
