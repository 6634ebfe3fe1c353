"""Attached files as an opened row shows them, and one file's bytes."""

from __future__ import annotations

from collections.abc import Sequence

from xueji_lib.casebook import evidence
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Block
from xueji_lib.web.shared.school_desk import SchoolDesk


def files_block(files: Sequence[evidence.Evidence]) -> Block:
    """The block of an opened row that lists its files (``TableDesk.blocks``)."""
    items = [
        {"sha256": file.sha256, "name": file.name, "size": file.size, "media": file.media, "who": file.who}
        | {"at": labels.moment(file.at), "place_removed": file.place_removed}
        for file in files
    ]
    return {"kind": "files", "label": "附件", "items": items}


def content(desk: SchoolDesk, files: Sequence[evidence.Evidence], sha256: str) -> tuple[str, bytes]:
    """Media type and bytes of the one of ``files`` with this digest. Raises UsageError where there is none."""
    file = next((candidate for candidate in files if candidate.sha256 == sha256), None)
    if file is None:
        raise UsageError("没有这个附件")
    return file.media, evidence.content(desk.book, sha256)
