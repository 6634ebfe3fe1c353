"""The checks that a county is judged by: an edition of the catalogue, the county's own, and what judges each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xueji_lib.judge import local_judge
from xueji_lib.local_rules import Local, with_local
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.schema import TABLES
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.across import Across
from xueji_lib.rules.marking import Implementation


@dataclass(frozen=True)
class Checks:
    """``local``: the county's own, by number; ``columns``: register columns that their texts name."""

    catalogue: Catalogue
    implementations: Mapping[str, Implementation]
    local: Mapping[str, Local]
    columns: tuple[str, ...]

    @classmethod
    def load(cls, edition: str) -> Checks:
        """The checks of an edition and those in data/rules_local. Raises UsageError for an edition nobody wrote."""
        local = local_judge.load()
        return cls(
            with_local(catalogues.load(edition), local.rules),
            {**IMPLEMENTED, **local.implementations},
            local.rules,
            local.columns,
        )

    @property
    def across(self) -> frozenset[Across]:
        """What the checks that schools are charged with look at in other schools, taken together."""
        rules = [
            self.implementations[rule_id]
            for rule_id, entry in self.catalogue.entries.items()
            if rule_id in self.implementations and not entry.of_county
        ]
        return frozenset[Across]().union(*(rule.across for rule in rules))

    def beyond_the_school(self, *, in_group: bool) -> frozenset[str]:
        """Checks that look at other schools, or at a table of the county: what they say on a store that holds some
        schools only is not what they say of the county. ``in_group``: ``shared_centre.share_centre``."""
        near = frozenset() if in_group else frozenset({Across.CENTRAL})
        return frozenset(
            rule_id
            for rule_id, entry in self.catalogue.entries.items()
            if (rule_id in self.implementations and self.implementations[rule_id].across - near)
            or any(table in TABLES and TABLES[table].per_county for table in entry.needs)
        )
