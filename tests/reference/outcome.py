"""How the reference makes a status of answers: one small function a rule, school by school."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.reference.rows import Row
from tests.reference.three_valued import GAP, Answer, any_of
from tests.reference.world import World
from xueji_lib.register.policy import Policy


class Said(NamedTuple):
    """One answer about one subject; ``shown`` is how a finding would name it. ``lead``: whether it is only a reason to
    ask, of a check that may state a fact. ``figures``: those of the policy that it rests on."""

    subject: Hashable
    shown: Hashable
    answer: Answer
    lead: Answer = False
    figures: tuple[str, ...] = ()


NOT_APPLICABLE = "不适用"
NO_DATA = "缺数据"
OF_COUNTY = ("R120", "R408", "R409", "R710")
Reply = Iterable[Said] | str
Rule = Callable[[World, str], Reply]


@dataclass
class Outcome:
    """One rule at one school. ``hits``: for every subject found, the names it may be shown by; ``leads``: for each of
    them, whether it is a lead though the check may state a fact."""

    status: str
    hits: list[frozenset[Hashable]] = field(default_factory=list)
    undecided: int = 0
    leads: list[bool] = field(default_factory=list)
    population: int = 0


@dataclass
class Rulebook:
    """The rules by id."""

    rules: dict[str, tuple[Rule, tuple[str, ...], bool]] = field(default_factory=dict)

    def rule(self, rule_id: str, needs: str, spares_special: bool = False) -> Callable[[Rule], Rule]:
        """Enter a rule. ``spares_special``: 特殊教育学校 不适用 (point 10)."""

        def enter(function: Rule) -> Rule:
            self.rules[rule_id] = (function, tuple(needs.split()), spares_special)
            return function

        return enter

    def judge(self, rule_id: str, world: World) -> dict[str, Outcome]:
        """School → outcome (the key of a county's own rule is "")."""
        function, needs, spares_special = self.rules[rule_id]
        schools = [""] if rule_id in OF_COUNTY else list(world.schools)
        return {school: self._of_school(function, needs, spares_special, world, school) for school in schools}

    def _of_school(
        self, function: Rule, needs: tuple[str, ...], spares_special: bool, world: World, school: str
    ) -> Outcome:
        if spares_special and world.kind(school) == "特殊教育学校":
            return Outcome(NOT_APPLICABLE)
        reply = function(world, school)
        if reply == NOT_APPLICABLE:
            return Outcome(NOT_APPLICABLE)
        per_school = ("register", "previous_register", "headcount")
        if any(table not in world.tables for table in needs):
            return Outcome(NO_DATA)
        if school and any(table in per_school and not world.has_rows(table, school) for table in needs):
            return Outcome(NO_DATA)
        return Outcome(NO_DATA) if isinstance(reply, str) else summed(reply, world.policy)


def summed(said: Iterable[Said], policy: Policy) -> Outcome:
    """Point 3, from 出错 on."""
    subjects: dict[Hashable, list[Said]] = {}
    for one in said:
        subjects.setdefault(one.subject, []).append(one)
    answers = {subject: any_of(one.answer for one in group) for subject, group in subjects.items()}
    if any(one.answer is GAP for group in subjects.values() for one in group):
        return Outcome("出错")
    found = [subject for subject, answer in answers.items() if answer is True]
    true = {subject: [one for one in subjects[subject] if one.answer is True] for subject in found}
    hits = [frozenset(one.shown for one in true[subject]) for subject in found]
    leads = [all(only_lead(one, policy) for one in true[subject]) for subject in found]
    undecided = sum(answer is None for answer in answers.values())
    status = "发现" if hits else "无法判定" if undecided else "未发现"
    return Outcome(status, hits, undecided, leads, len(answers))


def only_lead(one: Said, policy: Policy) -> bool:
    """The lead holds, certainly or possibly, or a figure waits for the county."""
    return one.lead is not False or any(policy.unconfirmed(figure) for figure in one.figures)


def ledger(
    world: World,
    table: str,
    school: str,
    question: Callable[[Row], Answer],
    lead: Callable[[Row], Answer] = lambda _: False,
    figures: tuple[str, ...] = (),
) -> list[Said]:
    """One question to every row of a school's ledger; the subject is the row's student."""
    rows = world.of(table, school)
    person = world.persons(rows, school)
    said = []
    for row in rows:
        answer = question(row)
        said.append(Said(person[row], name_of(row), answer, lead(row) if answer is True else False, figures))
    return said


def found_persons(said: Iterable[Said]) -> set[Hashable]:
    """The subjects that a check found."""
    return {one.subject for one in said if one.answer is True}


def of_students(rows: list[tuple[Row, Answer]], world: World, school: str) -> list[Said]:
    """Answers about rows, a subject a student."""
    person = world.persons([row for row, _ in rows], school)
    return [Said(person[row], name_of(row), answer) for row, answer in rows]


def name_of(row: Row) -> Any:
    """The name shown; nothing where it is not known."""
    return row["name"] if isinstance(row["name"], str) else ""
