"""Paths of the kit's own files: data, templates, notebooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

DEFAULT_STORE: Final = "xueji-store"
"""The data store's folder where none is named."""
_PACKAGE = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder that holds ``data/``, ``templates/`` and ``notebooks/``.

    A checkout keeps them beside the package; a wheel carries them in ``_home``.
    ``XUEJI_HOME`` names another one, so that a county can keep its own copy of the figures.
    """
    named = os.environ.get("XUEJI_HOME")
    if named:
        return Path(named).resolve()
    packed = _PACKAGE / "_home"
    return packed if packed.is_dir() else _PACKAGE.parent


def data(*parts: str) -> Path:
    """A file below ``data/``."""
    return home().joinpath("data", *parts)


def templates(*parts: str) -> Path:
    """A file below ``templates/``."""
    return home().joinpath("templates", *parts)


def notebooks(*parts: str) -> Path:
    """A file below ``notebooks/``."""
    return home().joinpath("notebooks", *parts)
