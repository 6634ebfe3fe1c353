"""How a rule function says which check it is and when that applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

from xueji_lib.county.cells import Flags
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.support.errors import XuejiError

Judge = Callable[[Case], Verdict]
F = TypeVar("F", bound=Judge)


@dataclass(frozen=True, slots=True)
class Implementation:
    """One rule. ``applies``: a reason why it does not apply in this term or on this day, or None.
    ``lacks``: schools (flags by code) that have no row where the rule needs one."""

    id: str
    judge: Judge
    not_for_special: bool
    applies: Callable[[Case], str | None] | None
    lacks: Callable[[Case], Flags] | None
    without_headcount: bool


def rule(
    rule_id: str,
    *,
    not_for_special: bool = False,
    applies: Callable[[Case], str | None] | None = None,
    lacks: Callable[[Case], Flags] | None = None,
    without_headcount: bool = False,
) -> Callable[[F], F]:
    """Mark a function as the judge of a check. ``not_for_special``: 特殊教育学校 is 不适用.
    ``without_headcount``: a school without headcount rows is judged all the same (R110)."""

    def mark(function: F) -> F:
        function.implementation = Implementation(  # type: ignore[attr-defined]
            rule_id, function, not_for_special, applies, lacks, without_headcount
        )
        return function

    return mark


def collect(*modules: ModuleType) -> dict[str, Implementation]:
    """The marked functions of these modules, by rule id."""
    found: dict[str, Implementation] = {}
    for module in modules:
        for value in vars(module).values():
            implementation = getattr(value, "implementation", None)
            if isinstance(implementation, Implementation):
                if implementation.id in found:
                    raise XuejiError(f"检查 {implementation.id} 写了两遍")
                found[implementation.id] = implementation
    return dict(sorted(found.items()))
