"""Who has signed 现场检查记录 as it is now, who has not, and whose signature its content has outlived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook import record_signing
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.record_signing import (
    DRAWN,
    HEAD,
    INSPECTOR,
    ON_PAPER,
    REFUSED,
    REGISTRAR,
    TAKEN_BACK,
    Signature,
)
from xueji_lib.visit.visit_record import VisitRecord

NOT_SIGNED, VOID = "没有签", "已作废，须重签"
LEAST_INSPECTORS: Final = 2


@dataclass(frozen=True, slots=True)
class SignerLine:
    """A signer's line. ``name``: "" where nobody is named yet. ``state``: one of DRAWN, ON_PAPER, REFUSED, NOT_SIGNED
    and VOID (signed a content that the record no longer has). ``last``: how this signer signed last, None where
    never."""

    signer: str
    name: str
    state: str
    last: Signature | None

    @property
    def is_settled(self) -> bool:
        """Nothing more is to be asked of this signer."""
        return self.state in (DRAWN, ON_PAPER, REFUSED)


def signers(book: Casebook, record: VisitRecord) -> list[SignerLine]:
    """The record's signers: inspectors by name, at least two lines of them, then the school's two."""
    last = record_signing.signatures(book, record.school_id, record.term)
    value = record.content_value
    inspectors = {one.name: one for one in last if one.signer == INSPECTOR}
    planned = [name for name in str(record.plan.get("inspectors", "")).split("、") if name]
    names = list(dict.fromkeys([*planned, *(name for name, one in inspectors.items() if one.way != TAKEN_BACK)]))
    names += [""] * (LEAST_INSPECTORS - len(names))
    lines = [_line(INSPECTOR, name, inspectors.get(name), value) for name in names]
    for signer in (HEAD, REGISTRAR):
        of_school = next((one for one in last if one.signer == signer), None)
        lines.append(_line(signer, of_school.name if of_school else "", of_school, value))
    return lines


def is_complete(lines: Sequence[SignerLine]) -> bool:
    """Two inspectors at least signed, and so did, or refused to, each of the school's two."""
    inspectors = sum(line.is_settled for line in lines if line.signer == INSPECTOR)
    return inspectors >= LEAST_INSPECTORS and all(line.is_settled for line in lines if line.signer != INSPECTOR)


def _line(signer: str, name: str, last: Signature | None, value: str) -> SignerLine:
    if last is None or last.way == TAKEN_BACK:
        return SignerLine(signer, name, NOT_SIGNED, last)
    return SignerLine(signer, name, last.way if last.of == value else VOID, last)
