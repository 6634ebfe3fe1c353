"""How a rule function says which check it is, when that applies, and what it looks at in other schools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from xueji_lib.county.kleene import Flags
from xueji_lib.rules.across import Across
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.verdict import Verdict
from xueji_lib.support.errors import XuejiError

Judge = Callable[[Inquiry], Verdict]
F = TypeVar("F", bound=Judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """One rule. ``across``: what it looks at in other schools. ``applies``: a reason why it does not apply in this term
    or on this day, or None. ``lacks``: schools (flags by code) that have no row where the rule needs one."""

    id: str
    judge: Judge
    across: frozenset[Across] = frozenset()
    not_for_special: bool = False
    applies: Callable[[Inquiry], str | None] | None = None
    lacks: Callable[[Inquiry], Flags] | None = None
    without_headcount: bool = False
    reported_headcount: bool = False


def rule(
    rule_id: str,
    *,
    across: Across | tuple[Across, ...] = (),
    not_for_special: bool = False,
    applies: Callable[[Inquiry], str | None] | None = None,
    lacks: Callable[[Inquiry], Flags] | None = None,
    without_headcount: bool = False,
    reported_headcount: bool = False,
) -> Callable[[F], F]:
    """Mark a function as the judge of a check. ``across``: everything that it looks at in other schools' tables.
    ``not_for_special``: 特殊教育学校 is 不适用. ``without_headcount``: a school without headcount rows is judged all
    the same (R110). ``reported_headcount``: the school's own headcount is what it needs, not a roll-call (R204)."""

    def mark(function: F) -> F:
        function.implementation = Implementation(  # type: ignore[attr-defined]
            id=rule_id,
            judge=function,
            across=frozenset((across,) if isinstance(across, Across) else across),
            not_for_special=not_for_special,
            applies=applies,
            lacks=lacks,
            without_headcount=without_headcount,
            reported_headcount=reported_headcount,
        )
        return function

    return mark


def collect(*modules: ModuleType) -> dict[str, Implementation]:
    """The marked functions of these modules, by rule id. Raises XuejiError where an id stands twice."""
    implementations: dict[str, Implementation] = {}
    for module in modules:
        for value in vars(module).values():
            implementation = getattr(value, "implementation", None)
            if isinstance(implementation, Implementation):
                first = implementations.setdefault(implementation.id, implementation)
                if first is not implementation:
                    both = f"{_place(first)} 和 {_place(implementation)}"
                    raise XuejiError(f"检查 {first.id} 写了两遍：{both}。请给其中一条另一个编号")
    return dict(sorted(implementations.items()))


def _place(implementation: Implementation) -> str:
    """File, line and name of a rule's function."""
    code = implementation.judge.__code__
    return f"{Path(code.co_filename).name} 第 {code.co_firstlineno} 行的 {code.co_name}"
