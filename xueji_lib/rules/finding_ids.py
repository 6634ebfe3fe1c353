"""finding_id: a fingerprint of rule, school and subject, the same in every run (data contract 4).

A digest of a full number could be undone by trying all numbers of an area; so only the masked one goes in, and pupils
whom that cannot tell apart are numbered in the order of their numbers: all such pupils of the school, so that an id
does not pass to another child when there is one finding less.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from xueji_lib.register.catalogue import Entry


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a finding is about, as it may be shown; ``secret`` tells apart those that look the same so.
    ``ref``: the masked number; ``grade`` and ``class_no``: NaN where there is none; ``alike``: the numbers of all
    pupils who look the same (``lookalikes``), whether there is a finding about them or not."""

    school_id: str
    name: str
    ref: str
    grade: float
    class_no: float
    extra: str
    secret: str
    alike: tuple[str, ...] = ()

    def text(self, entry: Entry) -> str:
        """What goes into the digest."""
        grade, class_no = _whole(self.grade), _whole(self.class_no)
        if entry.scope == "student":
            subject = f"{self.name}|{self.ref or f'{grade}|{class_no}'}"
        else:
            subject = f"{grade}|{class_no}" if entry.scope == "class" else grade
        extra = "" if entry.of_county else self.extra
        return f"{entry.id}|{self.school_id}|{subject}|{extra}"


def finding_ids(entry: Entry, subjects: Sequence[Subject]) -> list[str]:
    """The finding_id of each subject of one rule, in their order; equal where ``text`` and ``secret`` are.

    None of several pupils who look alike has the id that one alone would have: a pupil who comes to look like another
    takes over nothing."""
    texts = [subject.text(entry) for subject in subjects]
    alike: dict[str, set[str]] = {}
    for text, subject in zip(texts, subjects, strict=True):
        alike.setdefault(text, set()).update([*subject.alike, subject.secret] if subject.alike else ())
    order = {text: sorted(numbers) for text, numbers in alike.items() if len(numbers) > 1}
    return [
        _id(entry, f"{text}|#{order[text].index(subject.secret)}") if text in order else finding_id
        for text, subject, finding_id in zip(texts, subjects, ids_of_those_found(entry, subjects), strict=True)
    ]


def ids_of_those_found(entry: Entry, subjects: Sequence[Subject]) -> list[str]:
    """The ids of subjects that nothing but ``secret`` tells apart, numbered among those found: such as are no pupils,
    and all in 0.1.0."""
    texts = [subject.text(entry) for subject in subjects]
    alike: dict[str, set[str]] = {}
    for text, subject in zip(texts, subjects, strict=True):
        alike.setdefault(text, set()).add(subject.secret)
    numbered = {(text, secret): i for text, group in alike.items() for i, secret in enumerate(sorted(group))}
    return [
        _id(entry, f"{text}|{i}" if (i := numbered[text, subject.secret]) else text)
        for text, subject in zip(texts, subjects, strict=True)
    ]


def _id(entry: Entry, text: str) -> str:
    return f"{entry.id}-{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _whole(value: float) -> str:
    return "" if math.isnan(value) else str(int(value))
