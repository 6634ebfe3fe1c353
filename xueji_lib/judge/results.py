"""What the rules said of the county, as it is kept: read many times, whole or one school's part.

Everything that shows findings reads them from here, masked (data contract 4).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from xueji_lib.county.mismatches import no_mismatches, no_special
from xueji_lib.register import labels
from xueji_lib.register.identity import mask_name, mask_sentence, mask_text
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import row_groups
from xueji_lib.support.checked import is_whole
from xueji_lib.support.errors import StoreError, UsageError

FRAMES: Final = ("findings", "awaiting", "sides", "coverage", "classes", "mismatches", "special", "schools")
OF_SCHOOL: Final = tuple(name for name in FRAMES if name != "schools")
SHOWN: Final = tuple(name for name in OF_SCHOOL if name != "sides")
"""What a school's pages and papers show."""
FRAMES_OF_0_1_0: Final = tuple(name for name in FRAMES if name not in ("awaiting", "sides"))
_DIRECTORY: Final = (
    "school_id school_name school_kind area township principal vice_principal registrar registrar_since".split()
)
_SENTENCES: Final = {
    "findings": ("school", "title", "evidence", "sources", "nature_reason"),
    "awaiting": ("school", "title", "evidence", "sources", "nature_reason"),
    "coverage": ("reason",),
    "mismatches": ("whereabouts", "reason", "measure", "sources"),
}
_NAMES: Final = {"findings": ("student",), "awaiting": ("student",), "mismatches": ("student",)}
_OF_PERSONS: Final = ("principal", "vice_principal", "registrar")


def no_sides() -> pd.DataFrame:
    """``Check.sides`` of a county where no finding exists at two schools."""
    from xueji_lib.rules.sides import sides_frame  # as above

    return sides_frame([])


def no_awaiting() -> pd.DataFrame:
    """``Check.awaiting`` of a county where nothing waits for a school."""
    from xueji_lib.rules.findings import AWAITING, frame  # only here: whoever reads answers has no rules to load

    return frame([], AWAITING)


_YOUNG: Final[Mapping[str, Callable[[], pd.DataFrame]]] = {"awaiting": no_awaiting, "sides": no_sides}
"""Frames that 0.1.0 did not keep → what they are without."""


@dataclass(frozen=True)
class School:
    """One school's part of the answer. ``info``: its directory row by column id, "" where blank.

    Frames as in ``engine.Check``, only this school's rows, index from 0.
    """

    term_id: str
    as_of: dt.date
    edition: str
    info: Mapping[str, str]
    findings: pd.DataFrame
    coverage: pd.DataFrame
    classes: pd.DataFrame
    mismatches: pd.DataFrame = field(default_factory=no_mismatches)
    special: pd.DataFrame = field(default_factory=no_special)
    awaiting: pd.DataFrame = field(default_factory=no_awaiting)

    @property
    def id(self) -> str:
        return self.info["school_id"]

    @property
    def inspection(self) -> Inspection:
        """What was asked: the term, the day, the edition."""
        return Inspection(self.term_id, self.as_of, self.edition)

    @property
    def look(self) -> str:
        """Why this is only a look on this day (``Inspection.look``); "" where it counts."""
        return self.inspection.look(dt.date.today())

    @property
    def name(self) -> str:
        return self.info["school_name"] or self.id

    def counts(self, by: str = "severity") -> dict[int, dict[str, int]]:
        """Findings by violation (1..7) and by ``severity`` or ``nature``; zeros left out."""
        return tally(self.findings, by)


def tally(findings: pd.DataFrame, by: str = "severity") -> dict[int, dict[str, int]]:
    """Findings by violation (1..7) and by ``severity`` or ``nature``; zeros left out."""
    result: dict[int, dict[str, int]] = {}
    for violation, value in zip(findings["violation"], findings[by], strict=True):
        counts = result.setdefault(int(violation), {})
        counts[str(value)] = counts.get(str(value), 0) + 1
    return result


@dataclass(frozen=True)
class Results:
    """The county's answer at rest. ``fingerprint`` names the inputs it was made from."""

    folder: Path
    term_id: str
    as_of: dt.date
    edition: str
    fingerprint: str
    timings: Mapping[str, float] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    """File name → the SHA-256 it was written with; empty for an answer that 0.1.0 kept."""

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The county's findings, contract columns and order."""
        return self._frame("findings")

    @cached_property
    def awaiting(self) -> pd.DataFrame:
        """What a roll-call alone brought to light and is no finding yet: columns ``findings.AWAITING``."""
        return self._frame("awaiting")

    @cached_property
    def sides(self) -> pd.DataFrame:
        """Of findings that may exist at two schools, what they share (columns ``sides.SIDES``); in no file for
        people."""
        return self._frame("sides")

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """What every check did at every school."""
        return self._frame("coverage")

    @cached_property
    def classes(self) -> pd.DataFrame:
        """The reconciliation class by class."""
        return self._frame("classes")

    @cached_property
    def mismatches(self) -> pd.DataFrame:
        """人籍不一致, student by student: columns ``mismatches.COLUMNS``."""
        return self._frame("mismatches")

    @cached_property
    def special(self) -> pd.DataFrame:
        """The groups of children the notice names: columns ``mismatches.SPECIAL``."""
        return self._frame("special")

    @cached_property
    def schools(self) -> pd.DataFrame:
        """The directory, without telephone numbers; all columns text, "" where blank."""
        return self._frame("schools")

    @property
    def inspection(self) -> Inspection:
        """What was asked: the term, the day, the edition."""
        return Inspection(self.term_id, self.as_of, self.edition)

    @property
    def look(self) -> str:
        """Why this is only a look on this day (``Inspection.look``); "" where it counts."""
        return self.inspection.look(dt.date.today())

    def name(self, school_id: str) -> str:
        """What a school of the directory is called; its id where it has no name."""
        named = self.schools.loc[self.schools["school_id"] == school_id, "school_name"]
        return str(named.iloc[0]) or school_id

    def school(self, school_id: str) -> School:
        """One school, read without the rest. Raises UsageError where the directory lacks it."""
        rows = self._frame("schools", school_id)
        if rows.empty:
            raise UsageError(f"学校名录里没有 {school_id}")
        return self._school(rows.iloc[0], {name: self._frame(name, school_id) for name in SHOWN})

    def marks(self) -> dict[str, str]:
        """school_id → a text that changes where something that is shown of the school changes (the kit apart), in the
        directory's order. Rows are hashed column by column for the whole county, then joined school by school."""
        head = f"{self.term_id} {self.as_of} {self.edition}"
        digests = {
            str(row["school_id"]): hashlib.sha256(f"{head} {sorted(row.items())}".encode())
            for row in self.schools.to_dict("records")
        }
        for name in SHOWN:
            frame: pd.DataFrame = getattr(self, name)
            hashed = pd.util.hash_pandas_object(frame, index=False).to_numpy()
            for school_id, row_indexes in frame.groupby("school_id", sort=False, observed=True).indices.items():
                if school_id in digests:
                    digests[school_id].update(name.encode() + hashed[row_indexes].tobytes())
        return {school_id: digest.hexdigest() for school_id, digest in digests.items()}

    def _school(self, row: pd.Series[str], frames: Mapping[str, pd.DataFrame]) -> School:
        info = {name: str(row[name]) for name in _DIRECTORY}
        return School(self.term_id, self.as_of, self.edition, info, **frames)

    def _frame(self, name: str, school_id: str | None = None) -> pd.DataFrame:
        file = self.folder / f"{name}.parquet"
        if name in _YOUNG and file.name not in self.digests and not file.exists():
            return _YOUNG[name]()  # an answer of 0.1.0, which knew of none
        digest = self.digests.get(file.name)
        if digest is None or is_whole(file, digest):
            try:
                schools = None if school_id is None else [school_id]
                frame: pd.DataFrame = row_groups.read(file, schools=schools).to_pandas()
                return frame.reset_index(drop=True)
            except row_groups.UNREADABLE as error:
                if digest and isinstance(error, MemoryError):
                    raise StoreError(f"内存不足，读不了 {file}。请关掉别的程序，再运行一次") from None
        raise StoreError(f"判定结果 {file} 缺失或已损坏。请重新运行，会自动重新判定") from None


def plain(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """As kept: no categories, no telephone numbers, free text masked once more, the directory as text."""
    if name == "schools":
        columns = {c: _directory_texts(frame, c) for c in _DIRECTORY}
        return pd.DataFrame(columns, columns=list(_DIRECTORY), dtype="str")
    frame = frame.astype({c: "str" for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)})
    for free, mask in ((_SENTENCES, mask_sentence), (_NAMES, mask_name)):
        for column in free.get(name, ()):
            written = [labels.text(value) for value in frame[column]]
            shown = {text: mask(text) for text in set(written)}
            frame[column] = pd.Series([shown[text] for text in written], index=frame.index, dtype="str")
    texts = [c for c in frame if frame[c].dtype == object]
    return frame.astype(dict.fromkeys(texts, "str")).fillna(dict.fromkeys(texts, ""))


def _directory_texts(frame: pd.DataFrame, column: str) -> list[str]:
    """A column of the directory as text, "" where it has none."""
    if column not in frame:
        return [""] * len(frame)
    mask = mask_name if column in _OF_PERSONS else mask_text if column in ("school_name", "township") else str
    return [mask(labels.text(value)) for value in frame[column]]
