"""Numbers of persons with what people and programs leave around them: labels, quotes, full stops, hyphens, a × for X.

A number is only mended where what is left has one of the forms that such numbers have; else it stays as it is
written, for a wrong number is a finding and not for intake to put right.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from xueji_lib.intake import header
from xueji_lib.register import schema
from xueji_lib.register.schema import Kind

FORMS: Final = r"^(?:[GLJ]?[0-9]{17}[0-9X]|[0-9]{15})$"
"""18 characters, 19 with the letter of a register number, or the 15 of old; upper case."""

_PARTS: Final = re.compile(
    r"^(?P<label>[^0-9]*?)(?P<number>[GLJ]?[-‐-―−_'’‘\"“”:.]*[0-9][0-9X×ХΧ✕✖╳\-‐-―−_'’‘\"“”.,]*)(?P<rest>[^0-9]*)$"
)
_AROUND: Final = " .,;:!|/\\()[]{}<>'\"`~·…。，、；：！‘’“”（）【】《》〈〉「」-‐‑‒–—―−_="
_WITHIN: Final = re.compile(r"[-‐-―−_'’‘\"“”]")
_ENDS: Final = re.compile(r"[×ХΧ✕✖╳]$")
"""A multiplication sign or a letter of another alphabet that looks like X."""
_SHORT_LABELS: Final = frozenset({"ID", "NO", "号", "号码", "证件", "身份证件", "学籍"})
_LONGEST: Final = 64
"""Characters; a longer text is no number with a little dirt."""
_FORM: Final = re.compile(FORMS)


def mended(text: str) -> str:
    """A number (one width, no white space, upper case) without its dirt; as it is where it has no known form then."""
    parts = _PARTS.match(text) if len(text) <= _LONGEST else None
    if parts is None or parts["rest"].strip(_AROUND):
        return text
    label = parts["label"].strip(_AROUND)
    if label and label not in _labels():
        return text
    number = _WITHIN.sub("", parts["number"].strip(_AROUND))
    number = _ENDS.sub("X", number[:1] + number[1:].lstrip(":.") if number[:1] in "GLJ" else number)
    return number if _FORM.match(number) else text


@cache
def _labels() -> frozenset[str]:
    """What a column of numbers may be headed: a label before a number says no more."""
    kinds = (Kind.ID, Kind.REGISTER_NO)
    return _SHORT_LABELS | frozenset(
        key
        for table in schema.TABLES.values()
        for key, (column, _) in header.aliases().tables[table.id].items()
        if column != header.SCHOOL_NAME and table[column].kind in kinds
    )
