"""Tables at rest: a folder a term, immutable Parquet segments, one file that says what is current.

::

    <root>/xueji-store.json                     this is a store
    <root>/<term>/segments/000003-register.parquet   what intake 3 brought of one table
    <root>/<term>/intakes/000003.json           when, from which files, what it replaced, its report
    <root>/<term>/current.json                  (table, school) → segment, and every segment's SHA-256; replaced last
    <root>/<term>/current-copy.json             the same, where current.json is damaged

The unit of versioning is (term, table, school); a table of the whole county has the school "".
A segment is never changed: it is written aside, and only the replacement of ``current.json`` makes it count, so a
kill at any moment leaves the old state whole. Frames: docs/architecture.md, "A table at rest".

``store`` (the class) ← ``free_cells`` ← ``commits`` ← ``segments`` ← ``format_1`` ← ``digests`` ← ``at_rest``;
``state`` reads and writes what is current, ``history`` the record of each intake, ``undo`` goes back a step, ``shadow``
copies it to try something on, ``free_cells`` masks what is read, ``check_key`` is the secret of 核对编号, ``damage``
says what is wrong and what mends it.
"""

from __future__ import annotations

from xueji_lib.store.at_rest import arrow_schema, empty, to_frame
from xueji_lib.store.commits import Committed
from xueji_lib.store.damage import MADE_OF, OF_COUNTY, PART, SHARES_CENTRE, part_note
from xueji_lib.store.history import Change, Intake
from xueji_lib.store.store import Store

__all__ = [
    "MADE_OF", "OF_COUNTY", "PART", "SHARES_CENTRE", "Change", "Committed", "Intake", "Store", "arrow_schema", "empty",
    "part_note", "to_frame",
]  # fmt: skip
