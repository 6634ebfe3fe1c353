"""What a visit has not looked at when somebody signs: named on the page before, and in the signature for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xueji_lib.casebook import on_site_answers, rollcall
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.false_report import QUESTION as ROLL_QUESTION
from xueji_lib.register.catalogue import Question
from xueji_lib.visit import sample_check, sample_draw


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """``questions``: nobody answered, or people differ; ``samples``: nothing drawn for the question, or a drawn pupil
    whom nobody looked at; ``classes``: drawn, and not called; ``findings``: how many nobody has decided."""

    questions: tuple[str, ...]
    samples: tuple[str, ...]
    classes: tuple[str, ...]
    findings: int

    def plain(self) -> dict[str, Any]:
        """As an event keeps it."""
        lists = {name: list(getattr(self, name)) for name in ("questions", "samples", "classes")}
        return {**lists, "findings": self.findings}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> LeftOpen:
        """From what an event kept."""
        questions, samples, classes = (
            tuple(map(str, plain.get(name, ()))) for name in ("questions", "samples", "classes")
        )
        return cls(questions, samples, classes, int(plain.get("findings", 0)))

    def lines(self) -> list[str]:
        """In Chinese sentences, one for each kind of which something is left."""
        return [
            line
            for left, line in (
                (self.questions, f"没有填的 {len(self.questions)} 问：{'、'.join(self.questions)}"),
                (self.samples, f"没有抽或抽到的没有看完：{'、'.join(self.samples)}"),
                (self.classes, f"抽到没有点名的班：{'、'.join(self.classes)}"),
                (self.findings, f"没有认定的疑点和现场发现 {self.findings} 条"),
            )
            if left
        ]


def of_school(desk: Desk, school_id: str, questions: Sequence[Question], known: Sequence[Case]) -> LeftOpen:
    """What is left open at a school. ``known``: its cases. Raises StoreError."""
    book, term = desk.book, desk.term
    answers = on_site_answers.of_school(book, school_id, term, [question.id for question in questions])
    drawn = sample_draw.of_school(book, school_id, term)
    checks = sample_check.of_school(book, school_id, term)
    called = {(roll.grade, roll.class_no) for roll in rollcall.of_school(book, school_id, term)}
    unlooked, not_called = [], []
    for question in questions:
        sample = drawn.get(question.id)
        if question.sample is None:
            continue
        if sample is None:
            unlooked.append(question.id)
        elif question.id == ROLL_QUESTION:
            places = ((item["place"], (item["grade"], item["class_no"])) for item in sample.items)
            not_called += [str(place) for place, key in places if key not in called]
        elif not all(
            checks.get((question.id, sample_check.item_key(item)), sample_check.NOBODY_LOOKED).value
            in (sample_check.MATCHES, sample_check.DIFFERS)
            for item in sample.items
        ):
            unlooked.append(question.id)
    unanswered = [q.id for q in questions if answers[q.id].value not in on_site_answers.VALUES]
    undecided = sum(case.is_waiting or (case.by_hand and case.still_awaits_school) for case in known)
    return LeftOpen(tuple(unanswered), tuple(unlooked), tuple(not_called), undecided)


def signed_words(body: Mapping[str, Any]) -> str:
    """What a signature (an event's body) says was left open; "" where it says nothing of it."""
    if "left" not in body:
        return ""
    lines = LeftOpen.of_plain(body["left"]).lines()
    return f"签署时：{'；'.join(lines)}。" if lines else "签署时各问、抽样、点名、认定都已完成。"
