"""What a store remembers of its last backup: when, where, and how long the trail was then."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Final

from xueji_lib.store import Store
from xueji_lib.support.safe_write import write_json

FILE: Final = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """``at``: UTC, ISO; ``file``: where it was written; ``entry``: number of the trail's last line in it."""

    at: str
    file: str
    entry: int

    @classmethod
    def of(cls, store: Store) -> LastBackup | None:
        """The store's last backup; None where none was made, or the note cannot be read."""
        try:
            note = json.loads((store.root / FILE).read_text("utf-8"))
            return cls(str(note["at"]), str(note["file"]), int(note["entry"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, store: Store) -> None:
        """Write it down. A store that cannot be written to was backed up all the same."""
        with contextlib.suppress(OSError):
            write_json(store.root / FILE, asdict(self))

    def days_ago(self, now: dt.datetime) -> int:
        """Whole days since."""
        return (now - dt.datetime.fromisoformat(self.at)).days
