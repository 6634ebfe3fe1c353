"""Titles above blocks side by side: which of them are of one block, and which of all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from xueji_lib.intake import classes, told
from xueji_lib.intake.readers.grid import Merge

_SCHOOL: Final = re.compile(r"小学|中学|学校|教学点|完小|初中|高中|(?<!\d)\d{10}(?!\d)")
Spans = Sequence[tuple[int, int]]


def own_title(row: Sequence[Any], at: int, spans: Spans, merges: Sequence[Merge], number: int) -> list[Any]:
    """A row above the header without the titles of the other blocks.

    Where two blocks are each told a class, a grade, a school or a kind of list, each is what its own says; what is told
    over one alone (or over all, merged) is of all: a school over the first block, its class over the second.
    ``at``: the row's place; ``number``: of the block.
    """
    texts = {column: cell for column, cell in enumerate(row) if type(cell) is str and cell.strip()}
    if len(texts) < 2:
        return list(row)  # nearly always
    reach = {left: right for (top, left), (_, right) in merges if top == at}
    blocks = {column: _covered(column, reach.get(column, column), spans) for column in texts}
    subjects = {column: _subjects(text) for column, text in texts.items()}
    others = set()
    for column, own_subjects in subjects.items():
        elsewhere = any(
            not own_subjects.isdisjoint(subjects[other]) and blocks[other] and blocks[column].isdisjoint(blocks[other])
            for other in texts
        )
        if elsewhere and blocks[column] and number not in blocks[column]:
            others.add(column)
    return ["" if column in others else cell for column, cell in enumerate(row)]


def _covered(left: int, right: int, spans: Spans) -> frozenset[int]:
    """The blocks over which a text stands; none for one before the first. Behind the last is the last."""
    ends = [*(start for start, _ in spans[1:]), max(right, spans[-1][1]) + 1]
    return frozenset(
        n for n, ((start, _), end) in enumerate(zip(spans, ends, strict=True)) if left < end and right >= start
    )


def _subjects(text: str) -> frozenset[str]:
    """What a text tells of those below it."""
    place = told.said_in(text)
    named = classes.class_name(place.class_no) if place.class_no else None
    tells = {
        "class": bool(place.class_no),
        "grade": bool(place.grade) or (named is not None and named.grade is not None),
        "school": bool(_SCHOOL.search(text)),
        "list": bool(told.direction([text]) or told.kind([text])),
    }
    return frozenset(subject for subject, is_told in tells.items() if is_told)
