"""The ground to plant in: finds victims, each used once, so that a planting triggers its own rules only."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from xueji_lib.demo.background import MIDDLE
from xueji_lib.demo.county import County
from xueji_lib.demo.model import Room, School, Student
from xueji_lib.demo.truth import Truth

Planting = Callable[["Field"], None]
BIG = 56
ANY = frozenset(range(1, 13))
FIRST = frozenset({1, 7, 10})
LATER = ANY - FIRST


def anybody(_: object) -> bool:
    """No condition."""
    return True


class NoRoom(Exception):
    """The county is too small for this planting."""


@dataclass
class Field:
    """``times``: how often a rule is planted."""

    county: County
    truth: Truth
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
        besides: Collection[School] = (),
        special: bool = False,
    ) -> list[School]:
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

    def claim(self, *what: str, fits: Callable[[School], bool] = anybody, **given: object) -> School | None:
        """A school where nobody else has planted any of ``what``; None where there is none left."""
        given.setdefault("numbers", ("id", "reg", "none"))
        given.setdefault("special", True)
        for school in self.schools(**given):  # type: ignore[arg-type]
            if not school.claims & set(what) and fits(school):
                school.claims |= set(what)
                school.load += 1
                return school
        return None

    # ---- students ----

    def student(
        self,
        grades: Collection[int] = MIDDLE,
        *,
        room: Room | None = None,
        school: School | None = None,
        fits: Callable[[Student], bool] = anybody,
        **given: object,
    ) -> Student:
        """A plain student; from then on used. By default in a middle grade, and on the previous register too."""
        for candidate in [school] if school else self.schools(**given):  # type: ignore[arg-type]
            places = [p for p in sorted(candidate.rooms) if p[0] in grades]
            self.rng.shuffle(places)
            for place in places:
                here = candidate.rooms[place]
                if (room is not None and here is not room) or (here.closed and room is None):
                    continue
                names = [s.name for s in here.students]
                for student in here.students:
                    if not student.used and names.count(student.name) == 1 and fits(student):
                        student.used = here.touched = True
                        candidate.load += 1
                        return student
        raise NoRoom("student")

    def unique(self, student: Student) -> bool:
        """Nobody else on the register of the school has the name."""
        return sum(s.name == student.name for s in student.at.students()) == 1

    # ---- classes ----

    def room(self, grades: Collection[int] = MIDDLE, *, fewest: int = 1, **given: object) -> tuple[School, Room]:
        """A class nothing was done in; closed from then on."""
        for school in self.schools(**given):  # type: ignore[arg-type]
            for place in sorted(school.rooms, reverse=True):
                room = school.rooms[place]
                if place[0] in grades and not room.touched and not room.closed and len(room.students) >= fewest:
                    room.closed = room.touched = True
                    school.load += 1
                    return school, room
        raise NoRoom("room")

    def grade(self, grades: Collection[int] = MIDDLE, **given: object) -> tuple[School, list[Room]]:
        """A grade nothing was done in; all its classes closed from then on."""
        for school in self.schools(**given):  # type: ignore[arg-type]
            for grade in sorted(set(school.grades) & set(grades)):
                rooms = school.rooms_of(grade)
                if rooms and not any(r.touched or r.closed for r in rooms):
                    for room in rooms:
                        room.closed = room.touched = True
                    school.load += 1
                    return school, rooms
        raise NoRoom("grade")

    def open_place(self, school: School, grades: Collection[int] = MIDDLE) -> tuple[int, int]:
        """Grade and class with a seat to spare, not kept for another planting."""
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

    def roomy(self, school: School) -> bool:
        """It has a seat to spare in a middle grade."""
        return any(
            r.grade in MIDDLE and not r.closed and r.seats is not None and r.enrolled < r.seats - 1
            for r in school.rooms.values()
        )

    def place(self, grades: Collection[int] = MIDDLE, **given: object) -> tuple[School, int, int]:
        """School, grade and class for a newcomer."""
        for school in self.schools(**given):  # type: ignore[arg-type]
            try:
                grade, number = self.open_place(school, grades)
            except NoRoom:
                continue
            school.load += 1
            return school, grade, number
        raise NoRoom("place")

    def fill(self, school: School, room: Room, to: int) -> None:
        """Enrol children, who were there last term too, until the class has ``to`` 在读 students."""
        while room.enrolled < to:
            child = self.county.new_child(school, room.grade, room.number)
            self.county.enrol(school, child, room.number, before=room.grade > school.grades[0])
