"""The door: log-in and permissions. Every request passes here before Voila or a page sees it."""

from __future__ import annotations

from typing import Final

FOLDERS: Final = "XUEJI_FOLDERS"
"""The variable of a kernel's environment that names the folders which its page works in, as PATH does (``app`` sets it,
``confinement`` reads it)."""
