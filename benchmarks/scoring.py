"""How well a checker did on the synthetic county: its findings held against what was planted (docs/benchmark.md)."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from xueji_lib.register import catalogue, identity
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.csv_files import unsafe

NEEDED: Final = ("rule_id", "school_id", "grade", "class", "student")
WRONG_COSTS: Final = 5
"""Findings that were rightly made and that one false accusation outweighs."""
OVERSTATED_COSTS: Final = 1
NEAR_MISS: Final = "老实的说成违规"
UNDECIDED: Final = "判不了的说成违规"
EARLY: Final = "还没到期的说成违规"
TWICE: Final = "同一条说了不止一次"
NOTHING: Final = "没有这回事"
_WITH_GRADE: Final = frozenset({"R712"})
"""Checks of a school that make a finding a grade."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who is accused of what: a check, a school, and the pupil's name, the class (3-2), the grade or nothing."""

    rule_id: str
    school_id: str
    who: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.rule_id, self.school_id, self.who)))


class NoSubmission(ValueError):
    """A file that cannot be scored; a Chinese sentence."""


@dataclass(frozen=True)
class Truth:
    """What was planted. ``natures``: check → the strongest that its findings may be; ``notes``: why a near miss or an
    undecided case is none."""

    planted: Counter[Subject]
    near_misses: Mapping[Subject, str]
    undecided: Mapping[Subject, str]
    later: frozenset[Subject]
    kinds: Mapping[str, str]
    natures: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """The truth files of ``folder``. Raises NoSubmission where they are not there."""
        entries = catalogue.load().entries
        kinds = {entry.id: entry.scope for entry in entries.values()}
        files = {}
        for name in ("findings", "near_misses", "undecided", "later"):
            file = folder / f"{name}.csv"
            if not file.is_file():
                raise NoSubmission(f"{folder} 里没有 {file.name}：这里要的是造县时写下的 truth 文件夹")
            files[name] = [(_subject(kinds, row), row["note"]) for row in _rows(file.read_bytes(), file.name)]
        planted = Counter(subject for subject, _ in files["findings"])
        return cls(
            planted, dict(files["near_misses"]), dict(files["undecided"]),
            frozenset(subject for subject, _ in files["later"]), kinds,
            {entry.id: str(entry.nature) for entry in entries.values()},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accusation:
    """A line of a submission. ``nature``: what it claims to be, "" where it does not say."""

    subject: Subject
    nature: str
    line: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """A false accusation, what kind it is, and what the truth says of it."""

    accusation: Accusation
    kind: str
    note: str


@dataclass
class Tally:
    """Of a check, a nature, or all: what was planted, rightly found, falsely said."""

    planted: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float | None:
        """Of what was said, how much is so; None where nothing was said."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Of what was planted, how much was said; None where nothing was planted."""
        return self.right / self.planted if self.planted else None


@dataclass
class Score:
    """``ignored``: lines about checks that the benchmark does not have; ``overstated``: leads called facts."""

    by_rule: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_nature: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    all: Tally = field(default_factory=Tally)
    wrong: list[Wrong] = field(default_factory=list)
    missed: list[Subject] = field(default_factory=list)
    overstated: list[Accusation] = field(default_factory=list)
    ignored: list[Accusation] = field(default_factory=list)

    @cached_property
    def points(self) -> float:
        """0 to 100: findings rightly made, each false accusation taking ``WRONG_COSTS`` of them away."""
        lost = WRONG_COSTS * self.all.wrong + OVERSTATED_COSTS * len(self.overstated)
        return round(100 * max(0, self.all.right - lost) / max(self.all.planted, 1), 1)


def read_submission(file: Path, truth: Truth) -> list[Accusation]:
    """The lines of a submission. Raises NoSubmission naming what is wrong and where."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NoSubmission(f"读不了 {file}：{error.strerror}") from None
    return [
        Accusation(_subject(truth.kinds, row), row.get("nature") or "", line)
        for line, row in enumerate(_rows(content, file.name), 2)
    ]


def scored(truth: Truth, accusations: Sequence[Accusation]) -> Score:
    """The score of a submission."""
    score, left = Score(), Counter(truth.planted)
    for subject, count in truth.planted.items():
        for tally in _tallies(score, truth, subject.rule_id):
            tally.planted += count
    for accusation in accusations:
        subject = accusation.subject
        if subject.rule_id not in truth.kinds:
            score.ignored.append(accusation)
            continue
        right = left[subject] > 0
        for tally in _tallies(score, truth, subject.rule_id):
            tally.right += right
            tally.wrong += not right
        if right:
            left[subject] -= 1
            if accusation.nature == Nature.FACT and truth.natures[subject.rule_id] == Nature.LEAD:
                score.overstated.append(accusation)
        else:
            score.wrong.append(Wrong(accusation, *_why(truth, subject)))
    score.missed = sorted(left.elements())
    return score


def _tallies(score: Score, truth: Truth, rule_id: str) -> Iterable[Tally]:
    return score.all, score.by_rule[rule_id], score.by_nature[truth.natures[rule_id]]


def _why(truth: Truth, subject: Subject) -> tuple[str, str]:
    """What kind of false accusation it is, and the truth's note."""
    if subject in truth.planted:
        return TWICE, ""
    if subject in truth.later:
        return EARLY, truth.near_misses.get(subject, "")
    if subject in truth.near_misses:
        return NEAR_MISS, truth.near_misses[subject]
    if subject in truth.undecided:
        return UNDECIDED, truth.undecided[subject]
    return NOTHING, ""


def _subject(kinds: Mapping[str, str], row: Mapping[str, str]) -> Subject:
    rule_id, school_id = row["rule_id"].strip(), row["school_id"].strip()
    kind = kinds.get(rule_id, "")
    who = ""
    if kind == "student":
        who = identity.clean_name(row["student"])
    elif kind == "class":
        who = f"{_whole(row['grade'])}-{_whole(row['class'])}"
    elif rule_id in _WITH_GRADE:
        who = _whole(row["grade"])
    return Subject(rule_id, school_id, who)


def _whole(text: str) -> str:
    """3 of 3, 03, 3.0."""
    plain = text.strip().removesuffix(".0")
    return str(int(plain)) if plain.isascii() and plain.isdigit() else plain


def _rows(content: bytes, name: str) -> list[dict[str, str]]:
    """The lines of a CSV in UTF-8 or GB18030. Raises NoSubmission."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise NoSubmission(f"{name} 不是文本：请存成 UTF-8 的 CSV") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    lacking = [column for column in NEEDED if column not in (reader.fieldnames or ())]
    if lacking:
        raise NoSubmission(f"{name} 缺这几列：{'、'.join(lacking)}。要有的列：{'、'.join(NEEDED)}，可以有 nature")
    try:
        return [{key: unsafe(value or "") for key, value in row.items() if key is not None} for row in reader]
    except csv.Error as error:
        raise NoSubmission(f"{name} 第 {reader.line_num} 行不是 CSV：{error}") from None
