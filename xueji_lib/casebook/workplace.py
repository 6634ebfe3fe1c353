"""``Workplace``: a data store and the casebook that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xueji_lib.store import Store
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.casebook.log.book import Casebook


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where people work: the data store (数据仓) and the address of its casebook (核查台账).

    ``casebook_url``: the casebook's database where it is elsewhere (``--casebook``); "" is the store's own. Only the
    command line, and a page or notebook as its kernel starts, read that from the environment. ``far``: the
    remote folder, if ``store`` is only its local copy.
    """

    store: Store
    casebook_url: str = ""
    far: Remote | None = None

    @classmethod
    def open(cls, store_root: Path, casebook_url: str = "", far: Remote | None = None) -> Workplace:
        """The workplace of an existing store. Raises StoreError."""
        return cls(Store.open(store_root), casebook_url, far)

    def open_casebook(self) -> Casebook:
        """The casebook, made where there is none. Raises StoreError, UsageError for an address that is none."""
        from xueji_lib.casebook.log.book import Casebook  # takes a moment to import: not every notebook needs it

        return Casebook.open(self.store, self.casebook_url)
