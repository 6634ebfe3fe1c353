"""Reads manifest.json and its journal; entries that are damaged or of an earlier version are left out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xueji_lib.batch.outputs import Written


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """One school: ``status`` 完成 or 失败; ``outputs`` are file names in schools/<school_id>/, ``files`` what each was
    when it was written. ``remade``: name → what was wrong with the files because of which the school was made again
    although its inputs were the same."""

    name: str
    status: str
    fingerprint: str
    seconds: float
    outputs: tuple[str, ...] = ()
    error: str = ""
    files: Mapping[str, Written] = field(default_factory=dict)
    remade: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """What a folder's manifest says. ``head``: of the county; ``unreadable``: there is a manifest.json that is none."""

    head: Mapping[str, Any] = field(default_factory=dict)
    schools: Mapping[str, SchoolRecord] = field(default_factory=dict)
    files: Mapping[str, Written] = field(default_factory=dict)
    unreadable: bool = False

    @classmethod
    def read(cls, file: Path) -> ManifestContent:
        """The content of ``file`` and its journal, as far as they can be read. Only complete schools: one that is
        damaged or of an earlier version is made again."""
        schools, files, head, unreadable = dict[str, SchoolRecord](), dict[str, Written](), dict[str, Any](), False
        try:
            content = json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            content = {}
        except (OSError, ValueError, RecursionError):
            content, unreadable = {}, True
        if isinstance(content, dict):
            head = content
            schools |= _entries(head.pop("schools", {}))
            with contextlib.suppress(TypeError, AttributeError):
                files |= {name: Written.read(raw) for name, raw in head.pop("files", {}).items()}
        else:
            unreadable = True
        return cls(head, schools | dict(_journal(journal_of(file))), files, unreadable)


def journal_of(file: Path) -> Path:
    """The file that lists schools done since the manifest ``file`` was written."""
    return file.with_suffix(".journal")


def _journal(file: Path) -> Iterator[tuple[str, SchoolRecord]]:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):  # the line that a kill cut off
            yield from _entries(json.loads(line))


def _entries(content: Any) -> Iterator[tuple[str, SchoolRecord]]:
    """(school id, record) of every complete entry."""
    for school_id, raw in content.items() if isinstance(content, dict) else ():
        with contextlib.suppress(TypeError, KeyError, AttributeError):
            files = {name: Written.read(was) for name, was in raw.get("files", {}).items()}
            remade = {str(name): str(why) for name, why in raw.get("remade", {}).items()}
            fields = {**raw, "outputs": tuple(raw["outputs"]), "files": files, "remade": remade}
            yield school_id, SchoolRecord(**fields)
