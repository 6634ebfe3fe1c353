"""Headers that people taught (``--map '班别=班级'``): used for this inbox, remembered, used again for the same schools.

A file of another school that has the header is read without it, and the lesson is offered: the same word may mean
something else there. What was taught lies in the store as one small file.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xueji_lib.intake import header
from xueji_lib.intake.header import Taught, plain
from xueji_lib.support.checked import Damaged, read_checked, write_checked
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.intake.raw_sheet import RawSheet
    from xueji_lib.intake.reading import ReadFile, Reading
    from xueji_lib.intake.work import Setting

FILE: Final = "taught-headers.json"
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Lesson:
    """``written`` stands for the known header ``means`` in the files of these schools ("": files of the county).
    ``now``: taught for this inbox, whosever its files are."""

    written: str
    means: str
    schools: frozenset[str] = frozenset()
    now: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        return self.written, self.means

    def __str__(self) -> str:
        return f"“{self.written}={self.means}”"


@dataclass
class Lessons:
    """All that is to be tried: those of now before those that are remembered."""

    lessons: Sequence[Lesson] = ()
    used: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By lesson: the schools whose files it was used for."""

    @property
    def pairs(self) -> Taught:
        """For the readers; of two meanings of one word the last stands, so the first comes last."""
        return tuple(lesson.pair for lesson in reversed(self.lessons))

    def of(self, schools: frozenset[str]) -> Taught:
        """Those that may be used for a sheet of these schools."""
        return tuple(lesson.pair for lesson in reversed(self.lessons) if lesson.now or schools <= lesson.schools)


def parsed(texts: Sequence[str]) -> list[Lesson]:
    """``班别=班级`` as lessons of now. Raises UsageError for what cannot be taught."""
    lessons = []
    for text in texts:
        written, sign, means = (part.strip() for part in text.replace("＝", "=").partition("="))
        if not (sign and plain(written) and plain(means)) or len(written) > _LONGEST:
            raise UsageError(f"--map 要写成 '文件里的表头=认识的表头'，如 '班别=班级'。现在写的是 '{text}'")
        if not header.meanings(means):
            near = difflib.get_close_matches(plain(means), header.aliases().known, n=3, cutoff=0.5)
            hint = f"，相近的有：{'、'.join(near)}" if near else ""
            raise UsageError(f"--map：“{means}”不是认识的表头{hint}。认识的表头见 xueji templates 给出的空白台账")
        lessons.append(Lesson(written, means, now=True))
    return lessons


def known(root: Path, new: Sequence[str] = ()) -> Lessons:
    """What is taught now (``--map``) and what the store below ``root`` remembers. Raises UsageError."""
    return Lessons([*parsed(new), *_remembered(root)])


def _remembered(root: Path) -> list[Lesson]:
    try:
        entries = read_checked(root / FILE)["lessons"]
        return [Lesson(entry["written"], entry["means"], frozenset(entry["schools"])) for entry in entries]
    except (OSError, Damaged, KeyError, TypeError):
        return []  # gone or damaged: to be taught again


def remember(root: Path, lessons: Lessons) -> None:
    """Keep which schools' files the lessons were used for; writes only what is new."""
    schools: dict[tuple[str, str], set[str]] = {}
    for lesson in _remembered(root):
        schools.setdefault(lesson.pair, set()).update(lesson.schools)
    before = {pair: set(known_schools) for pair, known_schools in schools.items()}
    for pair, used in lessons.used.items():
        schools.setdefault(pair, set()).update(used)
    if schools != before:
        entries = [{"written": w, "means": m, "schools": sorted(ids)} for (w, m), ids in sorted(schools.items())]
        write_checked(root / FILE, {"lessons": entries})


def hand_on(root: Path, part: Path, school: str) -> None:
    """Put what was taught for one school into its part of the store."""
    own = [lesson for lesson in _remembered(root) if school in lesson.schools]
    if own:
        entries = [{"written": lesson.written, "means": lesson.means, "schools": [school]} for lesson in own]
        write_checked(part / FILE, {"lessons": entries})


def settled(
    files: Sequence[ReadFile], reading: Reading, setting: Setting, lessons: Lessons
) -> tuple[list[ReadFile], list[str]]:
    """The files as the lessons of their own schools have them read, and what to say about it."""
    as_read = _by_word(lessons.pairs)
    notes: list[str] = []
    other: dict[int, Taught] = {}
    for number, read_file in enumerate(files):
        sheets = [sheet for sheet in read_file.read.sheets if sheet.table and _words(sheet) & as_read.keys()]
        if not sheets:
            continue
        schools = frozenset[str]().union(*(_owners(sheet, setting) for sheet in sheets))
        is_directory = any(sheet.table == "schools" for sheet in read_file.read.sheets)  # read for good by now
        allowed = lessons.pairs if is_directory else lessons.of(schools)
        meant, there = _by_word(allowed), set[str]().union(*map(_words, sheets))
        if any(meant.get(word) != as_read[word] for word in there & as_read.keys()):
            other[number] = allowed
            notes += _offers(read_file.file.shown, there, lessons, meant)
        notes += _uses(read_file.file.shown, there, schools, lessons, meant)
    again = reading.again([(number, files[number].file, allowed) for number, allowed in other.items()])
    reread = [
        replace(file, read=replace(again[number], digest=file.read.digest)) if number in again else file
        for number, file in enumerate(files)
    ]
    for lesson in lessons.lessons:
        if lesson.now and lesson.pair not in lessons.used:
            notes.append(f"--map {lesson}：这次的文件里没有“{lesson.written}”这个表头，没有用上")
    return reread, notes


def _words(sheet: RawSheet) -> set[str]:
    return {plain(text) for text in sheet.texts.values()}


def _by_word(pairs: Taught) -> dict[str, tuple[str, str]]:
    """The lesson that counts for each taught header."""
    return {plain(written): (written, means) for written, means in pairs}


def _uses(
    file: str, there: set[str], schools: frozenset[str], lessons: Lessons, meant: Mapping[str, tuple[str, str]]
) -> list[str]:
    notes, new = [], {lesson.pair for lesson in lessons.lessons if lesson.now}
    for word in sorted(there & meant.keys()):
        pair = meant[word]
        lessons.used.setdefault(pair, set()).update(schools)
        how = "按这次教的" if pair in new else "按以前教的"
        notes.append(f"{file}：{how}“{'='.join(pair)}”认列" + ("，以后也这样认这所学校的" if pair in new else ""))
    return notes


def _offers(file: str, there: set[str], lessons: Lessons, meant: Mapping[str, tuple[str, str]]) -> list[str]:
    others = [lesson for lesson in lessons.lessons if plain(lesson.written) in there - meant.keys()]
    return [
        f"{file} 有“{lesson.written}”这个表头，没有照别校教过的{lesson}认。意思相同的，"
        f"加 --map '{lesson.written}={lesson.means}' 再收一遍"
        for lesson in others
    ]


def _owners(sheet: RawSheet, setting: Setting) -> frozenset[str]:
    """The schools of a sheet's rows; "" for a table of the county or of nobody known."""
    from xueji_lib.intake.senders import of_sheet  # here: the command line knows the lessons before pandas is loaded

    return of_sheet(sheet, setting) or frozenset({""})
