"""What a store remembers of its casebook, outside of it: so that a lost casebook is not taken for a new one.

The file lies beside the folder ``casebook``. Where it names a casebook and there is none, or another, nothing is
opened: every verdict would seem never to have been made, and whoever comes first would be let in without an account.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import Final

from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError
from xueji_lib.support.private import keep_private

FILE: Final = "casebook-known.json"


@dataclass(frozen=True, slots=True)
class RememberedCasebook:
    """``casebook``: its id; ``lines``: how many lines its audit trail had at least, the last one with check value
    ``last``."""

    casebook: str
    lines: int
    last: str

    @classmethod
    def of(cls, store: Store) -> RememberedCasebook | None:
        """What the store remembers; None where it never had a casebook, or had it under 0.1.0 alone."""
        try:
            note = json.loads((store.root / FILE).read_text("utf-8"))
            return cls(str(note["casebook"]), int(note["lines"]), str(note["last"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return cls("", 0, "")

    def keep(self, store: Store) -> None:
        """Write it down, unless a longer trail of the same casebook is. A store that cannot be written to says so
        elsewhere."""
        before = RememberedCasebook.of(store)
        if before is not None and before.casebook == self.casebook and before.lines >= self.lines:
            return
        file = store.root / FILE
        aside = file.with_name(f".{FILE}.{os.getpid()}")
        with contextlib.suppress(OSError):
            aside.write_text(json.dumps({"casebook": self.casebook, "lines": self.lines, "last": self.last}), "utf-8")
            keep_private(aside)
            aside.replace(file)


def must_be_there(store: Store, remembered: RememberedCasebook | None, casebook_id: str) -> None:
    """Raises StoreError where the casebook that was opened (its id; "": a new, empty one) is not the store's."""
    if remembered is None or not remembered.casebook or remembered.casebook == casebook_id:
        return
    what = "不见了" if not casebook_id else "换成了另一个"
    raise StoreError(
        f"核查台账{what}（数据仓记得它有 {remembered.lines} 条留痕）。请从备份恢复 {store.root / 'casebook'}，"
        f"用数据库的检查 --casebook 的地址。确实要从头建一个新的，先删掉 {store.root / FILE}"
    )
