"""``python -m tests.old_stores.other_schema <change> <store> <inbox>``: what a store says under another schema.

Run in a process of its own: the tables are changed before anything else of the kit reads them. Prints JSON: unknown
cells, findings by rule, and what the same files again would change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from xueji_lib.register import schema
from xueji_lib.register.schema import Column, Table

ADDED, LOST = "weight", "homepage"


def turned_round(table: Table) -> Table:
    """Its lines in the opposite order."""
    return replace(table, columns=table.columns[::-1])


def with_one_more(table: Table) -> Table:
    """A new column, in front of all others."""
    return replace(table, columns=(Column(ADDED, "绩效考核权重"), *table.columns))


def with_one_less(table: Table) -> Table:
    """The register without a column that no rule reads."""
    return replace(table, columns=tuple(column for column in table if column.id != LOST))


CHANGES: dict[str, Callable[[Table], Table]] = {
    "as it is": lambda table: table,
    "turned round": turned_round,
    "one more": with_one_more,
    "one less": with_one_less,
}


def change(how: Callable[[Table], Table]) -> None:
    """Make these the tables of the kit."""
    for name, table in schema.AT_REST.items():
        changed = how(table)
        schema.AT_REST[name] = changed
        if name in schema.TABLES:
            schema.TABLES[name] = changed
        setattr(schema, name.upper(), changed)


if __name__ == "__main__":
    change(CHANGES[sys.argv[1]])
    from tests.old_stores import says
    from xueji_lib import intake
    from xueji_lib.judge import engine
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.register.inspection import Inspection
    from xueji_lib.store import Store

    store = Store.open(Path(sys.argv[2]))
    tables = says.of_tables(store.root)
    check = engine.check(store, Inspection(says.TERM, says.AS_OF))
    kinds = set()
    for term in (says.BEFORE, says.TERM):
        kinds |= {one.kind for one in intake.run(Path(sys.argv[3]) / term, store, term, Calendar.load()).changes}
    crashed = check.coverage[check.coverage["status"] == "出错"]["rule_id"].tolist()
    said = {"tables": tables, "findings": says.by_rule(check.findings), "again": sorted(kinds), "crashed": crashed}
    sys.stdout.write(json.dumps(said, ensure_ascii=False))
