"""What would follow if the county confirmed a figure: findings that are only leads because of it would be facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from xueji_lib.county import County
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.run import run_rules
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import UNCONFIRMED, Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.rules.leads import figures_of
from xueji_lib.store import Store

CONFIRMED: Final = "县局确认"


@dataclass(frozen=True, slots=True)
class FigureUse:
    """A figure of the policy and the checks whose conditions name it. ``title``: what people call it, with value and
    unit. ``new_facts``: how many findings would be facts if it alone were confirmed; None where nobody counted, 0 for a
    figure that is confirmed."""

    name: str
    title: str
    source: str
    unconfirmed: bool
    rules: tuple[str, ...]
    new_facts: int | None = None


def figures_in_use(catalogue: Catalogue, policy: Policy) -> list[FigureUse]:
    """Every figure, in the order of its file."""
    users: dict[str, list[str]] = {}
    for entry in catalogue.entries.values():
        for name in figures_of(entry, policy):
            users.setdefault(name, []).append(entry.id)
    return [
        FigureUse(name, policy.described(name), source, policy.unconfirmed(name), tuple(users.get(name, ())))
        for name, source in policy.sources.items()
    ]


def with_new_facts(store: Store, inspection: Inspection) -> Iterator[FigureUse]:
    """The same, each with ``new_facts`` counted over a county; the county is read once, and the checks that name a
    figure are judged again with it confirmed."""
    yardstick = inspection.yardstick()
    checks = Checks.load(inspection.settled(yardstick.calendar).edition)
    county = County.load(store, yardstick, checks.columns)
    facts: dict[frozenset[str], int] = {}

    def counted(rules: tuple[str, ...], policy: Policy) -> int:
        county.policy = policy
        entries = {rule_id: checks.catalogue.entries[rule_id] for rule_id in rules}
        some = replace(checks.catalogue, entries=entries)
        findings = run_rules(county, some, store.root / "logs", checks.implementations).findings
        return int((findings["nature"] == Nature.FACT).sum())

    for figure in figures_in_use(checks.catalogue, yardstick.policy):
        new_facts = 0
        if figure.unconfirmed and figure.rules:
            key = frozenset(figure.rules)
            if key not in facts:
                facts[key] = counted(figure.rules, yardstick.policy)
            new_facts = counted(figure.rules, confirmed(yardstick.policy, figure.name)) - facts[key]
        yield replace(figure, new_facts=new_facts)


def confirmed(policy: Policy, name: str) -> Policy:
    """The policy as if the county had confirmed one of its figures."""
    sources: Mapping[str, str] = policy.sources
    return replace(policy, sources={**sources, name: sources[name].replace(UNCONFIRMED, CONFIRMED)})
