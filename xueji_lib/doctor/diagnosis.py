"""The outcome of one check of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """Whether what was looked at is in order."""

    GOOD = "好"
    TO_DO = "要处理"
    UNUSABLE = "不能用"
    PASSED_OVER = "略过"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One check's outcome. ``subject``: what was looked at and what it is like; ``advice``: what to do, empty where
    nothing is. Both Chinese; either may have several lines."""

    health: Health
    subject: str
    advice: str = ""

    def __str__(self) -> str:
        head, *rest = self.subject.splitlines()
        lines = [f"[{self.health}] {head}", *(f"    {line}" for line in rest)]
        first, *more = self.advice.splitlines() or [""]
        lines += [f"    怎么办：{first}", *(f"      {line}" for line in more)] if first else []
        return "\n".join(lines)


def good(subject: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis(Health.GOOD, subject)


def to_do(subject: str, advice: str) -> Diagnosis:
    """Something to do: ``advice``."""
    return Diagnosis(Health.TO_DO, subject, advice)
