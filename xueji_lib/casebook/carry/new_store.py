"""A store that is being made of a package: what a kill leaves of it is none yet, and is made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import select

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.database import SQLITE_FILE, connect
from xueji_lib.casebook.log.tables import EVENTS
from xueji_lib.support.errors import StoreError
from xueji_lib.support.scratch import FOLDER

UNFINISHED: Final = f"{FOLDER}/merge-unfinished"
"""There below the root while a store is made."""


def is_to_be_made(root: Path) -> bool:
    """Nothing is there but what a killed merge that began with nothing laid down, and nobody has worked with since."""
    if not any(path.name != FOLDER for path in root.iterdir()):
        return True
    if not (root / UNFINISHED).is_file():
        return False
    file = root / "casebook" / SQLITE_FILE
    try:
        with Casebook(connect(file.parent), file.parent) as book, book.reading() as connection:
            return connection.execute(select(EVENTS.c.id).limit(1)).first() is None
    except StoreError:
        return True
