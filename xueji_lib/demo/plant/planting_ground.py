"""Finds schools, classes and students to plant violations on, each used once, so that only its own rules trigger."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from xueji_lib.demo.background import MIDDLE
from xueji_lib.demo.county import DemoCounty
from xueji_lib.demo.model import DemoSchool, DemoStudent, Room
from xueji_lib.demo.truth import PlantedTruth

Planting = Callable[["PlantingGround"], None]
BIG = 56
ANY = frozenset(range(1, 13))
FIRST = frozenset({1, 7, 10})
LATER = ANY - FIRST


def anybody(_: object) -> bool:
    """True: no condition."""
    return True


class NoRoom(Exception):
    """The county is too small for this planting."""


@dataclass(repr=False)
class PlantingGround:
    """Where to plant. ``times``: how often a rule is planted."""

    county: DemoCounty
    truth: PlantedTruth
    times: int

    @property
    def rng(self) -> random.Random:
        return self.county.rng

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.times))

    # ---- schools ----

    def schools(
        self,
        *,
        kinds: Collection[str] | None = None,
        area: str | None = None,
        outside: str | None = None,
        numbers: Collection[str] = ("id",),
        besides: Collection[DemoSchool] = (),
        special: bool = False,
    ) -> list[DemoSchool]:
        """Fitting schools, those with the fewest plantings first; without quiet and, unless asked for, special ones."""
        fitting = [
            s
            for s in self.county.schools
            if not s.quiet
            and (special or s.kind != "特殊教育学校")
            and (kinds is None or s.kind in kinds)
            and (area is None or s.area == area)
            and s.area != outside
            and s.numbers in numbers
            and s not in besides
        ]
        return sorted(fitting, key=lambda s: (s.load, s.index))

    def claim(
        self, *parts: str, fits: Callable[[DemoSchool], bool] = anybody, **conditions: object
    ) -> DemoSchool | None:
        """A school where none of ``parts`` (reports, figures, custody …) was planted yet, else None; it is marked."""
        conditions.setdefault("numbers", ("id", "reg", "none"))
        conditions.setdefault("special", True)
        for school in self.schools(**conditions):  # type: ignore[arg-type]
            if not school.claims & set(parts) and fits(school):
                school.claims |= set(parts)
                school.load += 1
                return school
        return None

    # ---- students ----

    def student(
        self,
        grades: Collection[int] = MIDDLE,
        *,
        room: Room | None = None,
        school: DemoSchool | None = None,
        fits: Callable[[DemoStudent], bool] = anybody,
        **conditions: object,
    ) -> DemoStudent:
        """A student with nothing planted yet, marked as used. By default in a middle grade, and on the previous
        register too. Raises NoRoom."""
        for candidate in [school] if school else self.schools(**conditions):  # type: ignore[arg-type]
            class_keys = [p for p in sorted(candidate.rooms) if p[0] in grades]
            self.rng.shuffle(class_keys)
            for class_key in class_keys:
                candidate_room = candidate.rooms[class_key]
                if (room is not None and candidate_room is not room) or (candidate_room.closed and room is None):
                    continue
                names = [s.name for s in candidate_room.students]
                for student in candidate_room.students:
                    if not student.used and names.count(student.name) == 1 and fits(student):
                        student.used = candidate_room.touched = True
                        candidate.load += 1
                        return student
        raise NoRoom("student")

    def unique(self, student: DemoStudent) -> bool:
        """Nobody else on the register of the school has the name."""
        return sum(s.name == student.name for s in student.at.students()) == 1

    # ---- classes ----

    def room(
        self, grades: Collection[int] = MIDDLE, *, fewest: int = 1, **conditions: object
    ) -> tuple[DemoSchool, Room]:
        """A class in which nothing was planted yet, marked as closed. Raises NoRoom."""
        for school in self.schools(**conditions):  # type: ignore[arg-type]
            for class_key in sorted(school.rooms, reverse=True):
                room = school.rooms[class_key]
                if class_key[0] in grades and not room.touched and not room.closed and len(room.students) >= fewest:
                    room.closed = room.touched = True
                    school.load += 1
                    return school, room
        raise NoRoom("room")

    def grade(self, grades: Collection[int] = MIDDLE, **conditions: object) -> tuple[DemoSchool, list[Room]]:
        """A grade in which nothing was planted yet; all its classes are marked as closed. Raises NoRoom."""
        for school in self.schools(**conditions):  # type: ignore[arg-type]
            for grade in sorted(set(school.grades) & set(grades)):
                rooms = school.rooms_of(grade)
                if rooms and not any(r.touched or r.closed for r in rooms):
                    for room in rooms:
                        room.closed = room.touched = True
                    school.load += 1
                    return school, rooms
        raise NoRoom("grade")

    def open_place(self, school: DemoSchool, grades: Collection[int] = MIDDLE) -> tuple[int, int]:
        """Grade and class with a free seat, not closed for another planting. Raises NoRoom."""
        free = [
            r
            for r in school.rooms.values()
            if r.grade in grades and not r.closed and r.seats is not None and r.enrolled < r.seats - 1
        ]
        if not free:
            raise NoRoom(school.name)
        room = min(free, key=lambda r: (r.enrolled, r.grade, r.number))
        room.touched = True
        return room.grade, room.number

    def roomy(self, school: DemoSchool) -> bool:
        """Whether the school has a free seat in a middle grade."""
        return any(
            r.grade in MIDDLE and not r.closed and r.seats is not None and r.enrolled < r.seats - 1
            for r in school.rooms.values()
        )

    def place(self, grades: Collection[int] = MIDDLE, **conditions: object) -> tuple[DemoSchool, int, int]:
        """School, grade and class with a free seat for a new student. Raises NoRoom."""
        for school in self.schools(**conditions):  # type: ignore[arg-type]
            try:
                grade, number = self.open_place(school, grades)
            except NoRoom:
                continue
            school.load += 1
            return school, grade, number
        raise NoRoom("place")

    def fill(self, school: DemoSchool, room: Room, to: int) -> None:
        """Enrol children, who were there last term too, until the class has ``to`` 在读 students."""
        while room.enrolled < to:
            child = self.county.new_child(school, room.grade, room.number)
            self.county.enrol(school, child, room.number, before=room.grade > school.grades[0])
