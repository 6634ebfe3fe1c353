"""Schools judged with nobody but whom the rules say that they look at (``judge/alone.py``), in the tests' counties."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from xueji_lib.county import County
from xueji_lib.judge import alone, engine
from xueji_lib.judge.alone import Further
from xueji_lib.judge.part import PartOfCounty
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.catalogue import Catalogue, Entry
from xueji_lib.rules.marking import Implementation
from xueji_lib.store import Store
from xueji_lib.support import paths


@dataclass(frozen=True)
class Stored:
    """A county, the store it was read from, and the schools that are judged alone."""

    county: County
    part: PartOfCounty
    schools: Collection[str]

    def looks_further(self, catalogue: Catalogue, implementations: Mapping[str, Implementation]) -> list[Further]:
        """Where checks look further than they say."""
        logs = self.part.store.root / "logs"
        whole = engine.judge(self.county, catalogue, logs, implementations)
        return alone.looks_further(self.part, whole, catalogue, implementations, self.schools)


def stored(county: County, store: Store, asked: int = 100) -> Stored:
    """At most so many schools that have rows, of all parts of the directory."""
    tables = (county[name].frame for name in county.tables if name != "schools")
    with_rows = {str(school) for table in tables if "school_id" in table for school in table["school_id"].dropna()}
    directory = set(county.directory["school_id"].astype(str))
    schools = sorted(with_rows & directory or directory)
    part = PartOfCounty(store, county.yardstick)
    return Stored(county, part, schools[:: -(-len(schools) // asked)])


def every_check(implementations: Mapping[str, Implementation]) -> Catalogue:
    """All checks of all editions; one that stands in none gets an entry of its own."""
    editions = [catalogues.load(file.stem) for file in sorted(paths.data("catalogue").glob("*.yaml"))]
    entries = {rule_id: entry for edition in editions for rule_id, entry in edition.entries.items()}
    return Catalogue("x", {rule_id: entries.get(rule_id, unlisted(rule_id)) for rule_id in implementations}, ())


def unlisted(rule_id: str) -> Entry:
    return Entry(rule_id, 7, "一般", "线索", "school", (), "", rule_id, "", "")


def told(further: Collection[Further]) -> str:
    return "\n".join(f"{f.rule_id} 看了别的学校，across= 没有写（{f.school_id}）\n{f.difference}" for f in further)
