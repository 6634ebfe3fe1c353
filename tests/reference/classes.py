"""Classes as the reference counts them: how many study in one, how many seats it has, with what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.reference.rows import Row
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, among, known
from tests.reference.world import PRIMARY, World

Class = tuple[int, int]
MANY = 10**6


def studying(row: Row) -> Answer:
    """在读; a blank is 在读."""
    return among(row["status"], ("在读",), blank="在读")


def may_be(row: Row, grade: Any, class_no: Any) -> bool:
    """The row may be of this class: no known cell speaks against it."""
    return (not known(row["grade"]) or row["grade"] == grade) and (
        not known(row["class_no"]) or row["class_no"] == class_no
    )


def headcounts(world: World, school: str, grade: int, class_no: int) -> tuple[int, int]:
    """在读人数 of a class: certainly, and at most."""
    rows = [row for row in world.of("register", school) if may_be(row, grade, class_no) and studying(row) is not False]
    certain = [row for row in rows if known(row["grade"]) and known(row["class_no"]) and studying(row) is True]
    return len(certain), len(rows)


def at_least(bounds: tuple[int, int], least: int) -> Answer:
    """A number between bounds ≥ ``least``."""
    low, high = bounds
    return True if low >= least else None if high >= least else False


def known_classes(world: World, school: str) -> set[Class]:
    """The classes of the list of classes, and those of the register where somebody studies, or may."""
    rows = [row for row in world.of("register", school) if studying(row) is not False] + world.of("classes", school)
    return {(row["grade"], row["class_no"]) for row in rows if known(row["grade"]) and known(row["class_no"])}


def possible_classes(world: World, school: str, grade: Any, class_no: Any) -> Iterator[Class]:
    """The classes a ledger row may mean, one of them a class nobody else names."""
    rows = world.of("register", school) + world.of("classes", school)
    for g in [grade] if known(grade) else range(1, 13):
        numbers = {row["class_no"] for row in rows if may_be(row, g, row["class_no"]) and known(row["class_no"])}
        for number in [class_no] if known(class_no) else sorted(numbers | {9999}):
            yield g, number


def default_seats(world: World, grade: int) -> int:
    return world.policy["seats_primary" if grade in PRIMARY else "seats_secondary"]


def seats(world: World, school: str, grade: int, class_no: int) -> tuple[int, int]:
    """核定学位 of a class, lowest and highest; blank or without a row: the policy's."""
    found = [row for row in world.of("classes", school) if may_be(row, grade, class_no)]
    sure = [row["seats"] for row in found if known(row["grade"]) and known(row["class_no"])]
    default = default_seats(world, grade)
    if sure:  # a class that stands twice has its larger figure
        figures = [seats for seats in sure if known(seats)]
        low = max(figures) if figures else 0 if UNKNOWN in sure else default
        return low, MANY if UNKNOWN in sure else low
    perhaps = [row["seats"] for row in found if row["seats"] is not BLANK]
    return (
        min([default, *(seats if known(seats) else 0 for seats in perhaps)]),
        max([default, *(seats if known(seats) else MANY for seats in perhaps)]),
    )
