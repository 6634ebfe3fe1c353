"""The records that a finding rests on, taken apart: file, sheet, row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A record's place. ``row``: as a spreadsheet counts, from 1; None where the text names no row."""

    file: str
    sheet: str
    row: int | None


def record_places(sources: str) -> list[RecordPlace]:
    """The places in a finding's ``sources`` (``file:sheet:row | …``), in order. A file's name may hold a colon or the
    separator: only a part that ends in a row ends a place."""
    places, open_part = [], ""
    for part in sources.split(" | "):
        whole = f"{open_part} | {part}" if open_part else part
        before, _, row = whole.rpartition(":")
        file, colon, sheet = before.rpartition(":")
        if row.isascii() and row.isdigit() and colon:
            places.append(RecordPlace(file, sheet, int(row)))
            open_part = ""
        else:
            open_part = whole
    return [*places, RecordPlace(open_part, "", None)] if open_part else places
