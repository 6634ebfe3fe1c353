"""What a school's findings are held against: the schools like it, and its own earlier terms.

A batch computes it once for all schools and keeps a small file a school beside the answer (``snapshot``), because the
whole county has to be read for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from xueji_lib.judge import shelf
from xueji_lib.judge.like_schools import LikeSchools
from xueji_lib.judge.results import Results
from xueji_lib.judge.term_tallies import WHOLE_COUNTY, FindingTally, TermTallies, TermTally
from xueji_lib.judge.trend import MOST_TERMS, Trend, changes_between, told_of, trend
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.files import put_file

FOLDER: Final = "background"


@dataclass(frozen=True)
class Background:
    """``middle``: of like schools (``LikeSchools.middle``); ``terms``: the school's tallies, oldest first, the present
    term last, of checks those that found something; ``titles``: of these; ``notes``: what changed between the terms
    besides the schools. Nothing of another school is in it."""

    middle: Mapping[str, Any] = field(default_factory=dict)
    terms: tuple[TermTally, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def trend(self) -> Trend | None:
        """The terms side by side; None where there is only one."""
        return trend(self.terms, self.titles, self.notes)

    def text(self) -> str:
        """As JSON, the same for the same content."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> Background:
        """What ``text`` was made from. Raises ValueError, TypeError, KeyError for another text."""
        raw = json.loads(text)
        terms = []
        for term in raw["terms"]:
            parts = {
                name: {key: FindingTally(*n) for key, n in term[name].items()} for name in ("violations", "checks")
            }
            terms.append(TermTally(**{**term, **parts}))
        return cls(raw["middle"], tuple(terms), raw["titles"], tuple(raw["notes"]))


class CountyBackground:
    """Knows an answer and those of the terms before it, read once. ``settled``: findings that nothing counts, because
    their pupils were proved to be two."""

    def __init__(self, answer: Results, earlier: Sequence[Results], settled: Collection[str] = ()) -> None:
        known: list[tuple[Results, TermTallies]] = []
        for past in earlier[1 - MOST_TERMS :]:
            with suppress(StoreError, UsageError, KeyError):  # its edition is gone, or an earlier kit kept less
                known.append((past, TermTallies(past, settled)))
        known.append((answer, TermTallies(answer, settled)))
        self._terms = [tallies for _, tallies in known]
        self._like = LikeSchools(answer, self._terms[-1].of)
        self._notes = tuple(changes_between([judged for judged, _ in known]))
        self._ids = [str(school) for school in answer.schools["school_id"]]

    def of_school(self, school_id: str) -> Background:
        """One school's. Raises KeyError for a school that the answer has not."""
        return self._of(school_id, self._like.middle(school_id))

    def of_county(self) -> Background:
        """The whole county's: terms alone."""
        return self._of(WHOLE_COUNTY, {})

    def _of(self, key: str, middle: Mapping[str, Any]) -> Background:
        whole = [tallies.of[key] for tallies in self._terms if key in tallies.of]
        rules = told_of(whole)
        titles = {rule: title for tallies in self._terms for rule, title in tallies.titles.items() if rule in rules}
        terms = tuple(term.of_checks(rules) for term in whole)
        return Background(middle, terms, titles, self._notes if len(terms) > 1 else ())

    def of_schools(self) -> dict[str, Background]:
        """Of every school of the answer."""
        return {school_id: self.of_school(school_id) for school_id in self._ids}


def of_answer(store: Store, answer: Results, settled: Collection[str] = ()) -> CountyBackground:
    """For an answer of this store."""
    return CountyBackground(answer, shelf.earlier(store, answer.term_id), settled)


def snapshot(store: Store, answer: Results, settled: Collection[str]) -> dict[str, str]:
    """School → its background as text, also kept beside the answer for ``from_snapshot``."""
    texts = {school: one.text() for school, one in of_answer(store, answer, settled).of_schools().items()}
    for school, text in texts.items():
        file = answer.folder / FOLDER / f"{school}.json"
        if not _has_text(file, text):  # most batches change none, and a durable write is dear
            put_file(file, text)
    return texts


def _has_text(file: Path, text: str) -> bool:
    try:
        return file.read_text("utf-8") == text
    except (OSError, ValueError):
        return False


def from_snapshot(answer: Results, school_id: str) -> Background | None:
    """A school's background as ``snapshot`` kept it; None where it did not."""
    try:
        return Background.of_text((answer.folder / FOLDER / f"{school_id}.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError):
        return None
