"""Rows that are hidden, by hand or by a filter, told from the bytes of a sheet's XML as they come."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_HIDDEN_ROW: Final = re.compile(rb'<row (?=[^>]{0,300}?\bhidden="(?:1|true)")[^>]{0,300}?\br="(\d{1,7})"[^>]{0,300}>')
_LONGEST_TAG: Final = 400


@dataclass(slots=True)
class HiddenRows:
    """``numbers``: as the user sees them."""

    numbers: set[int] = field(default_factory=set)
    _open_tag: bytes = b""

    def look(self, block: bytes) -> None:
        """Take down the hidden rows of the next piece of the sheet."""
        whole = self._open_tag + block
        if b'hidden="' in whole:
            self.numbers.update(int(number) for number in _HIDDEN_ROW.findall(whole))
        last = whole.rfind(b"<", -_LONGEST_TAG)
        self._open_tag = whole[last:] if last >= 0 and b">" not in whole[last:] else b""
