"""Voila's scripts at an address that changes when they do, so that a browser asks for each once and then keeps it.

A page loads about eighty. Under Voila's own address their names stay the same from version to version: a browser
would have to ask at each page whether each is still what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tornado import web
from voila.static_file_handler import MultiStaticFileHandler

from xueji_lib.support.files import digest_files

PATTERN: Final = "/voila/scripts/(.*)"
_A_YEAR: Final = "private, max-age=31536000, immutable"


@dataclass(frozen=True)
class PageScripts:
    """Voila's own scripts and those of the widgets. ``folders``: where they lie; the first that has a file counts."""

    folders: tuple[str, ...]
    edition: str
    """Another where a file is another."""

    @classmethod
    def of(cls, folders: Sequence[str]) -> PageScripts:
        """What these folders hold now."""
        files = [(folder, file) for folder in map(Path, folders) for file in folder.rglob("*") if file.is_file()]
        return cls(tuple(folders), digest_files(files)[:16])

    def page_config(self, page_config: dict[str, Any], *, base_url: str, **_rest: object) -> dict[str, Any]:
        """The settings of a page, with the addresses of its scripts (Voila's ``page_config_hook``)."""
        address = f"{base_url}voila/scripts/{self.edition}"
        return page_config | {"fullStaticUrl": address, "fullLabextensionsUrl": address}

    @property
    def settings(self) -> Mapping[str, Any]:
        """What ``ScriptOfEdition`` is registered with."""
        return {"paths": list(self.folders), "edition": self.edition}


class ScriptOfEdition(MultiStaticFileHandler):  # type: ignore[misc]
    """A script under its edition's address. One of another edition is not there: it is not what it was."""

    def initialize(self, paths: list[str], edition: str) -> None:
        super().initialize(paths)
        self._edition = edition

    def parse_url_path(self, url_path: str) -> str:
        """The file's path within its folder."""
        edition, _, file = url_path.partition("/")
        if edition != self._edition:
            raise web.HTTPError(404)
        return str(super().parse_url_path(file))

    def set_extra_headers(self, _path: str) -> None:
        """What bears its edition in its address never changes: the browser need not ask again."""
        self.set_header("Cache-Control", _A_YEAR)
