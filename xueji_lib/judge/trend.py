"""Terms side by side: findings by violation and by check. One term is no trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from xueji_lib.judge.results import Results
from xueji_lib.judge.shelf import figures_of
from xueji_lib.judge.term_tallies import TermTally
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT

MOST_TERMS: Final = 4
_FIGURES_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A violation or a check: its cells, a text for each term; ``rates``: per hundred on the register, "" where that is
    not known."""

    key: str
    name: str
    cells: tuple[str, ...]
    rates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """``heads``: the terms, oldest first; ``notes``: what else changed between them than the schools."""

    heads: tuple[str, ...]
    violations: tuple[TrendLine, ...]
    checks: tuple[TrendLine, ...]
    notes: tuple[str, ...]


def trend(terms: Sequence[TermTally], titles: Mapping[str, str], notes: Sequence[str]) -> Trend | None:
    """None for fewer than two terms. Checks without a finding in any of them are left out."""
    if len(terms) < 2:
        return None
    by_violation = []
    for violation, name in VIOLATIONS_SHORT.items():
        own = [term.violations[str(violation)] for term in terms]
        rates = [term.rate(tally) for term, tally in zip(terms, own, strict=True)]
        texts = tuple("" if rate is None else f"{rate:g}" for rate in rates)
        named = f"{labels.violation(violation)}、{name}"
        by_violation.append(TrendLine(str(violation), named, tuple(tally.text for tally in own), texts))
    by_check = [
        TrendLine(rule, titles.get(rule, ""), tuple(term.of_check(rule) for term in terms)) for rule in told_of(terms)
    ]
    return Trend(tuple(term.head for term in terms), tuple(by_violation), tuple(by_check), tuple(notes))


def told_of(terms: Sequence[TermTally]) -> list[str]:
    """The checks that found something in any of the terms."""
    return sorted({rule for term in terms for rule, tally in term.checks.items() if tally.findings})


def changes_between(answers: Sequence[Results]) -> list[str]:
    """A sentence for each two neighbouring terms that were not judged by the same edition and figures."""
    return [sentence for before, after in pairwise(answers) if (sentence := _change(before, after))]


def _change(before: Results, after: Results) -> str:
    terms = f"{labels.short_term(before.term_id)} → {labels.short_term(after.term_id)}"
    parts = []
    if before.edition != after.edition:
        parts.append(f"检查目录由 {before.edition} 版换成 {after.edition} 版")
    was, now = figures_of(before), figures_of(after)
    if was is None or now is None:
        parts.append("有一次核查没有记下当时用的数字，改没改过不知道")
    else:
        changed = [f"{was.get(name, '没有')} → {value}" for name, value in now.items() if was.get(name) != value]
        more = f"等 {len(changed)} 个" if len(changed) > _FIGURES_NAMED else ""
        parts += [f"数字改过：{'，'.join(changed[:_FIGURES_NAMED])}{more}"] if changed else []
    return f"{terms}：{'；'.join(parts)}。条数的变化不全是学校的变化。" if parts else ""
