"""The rule catalogue: checks and on-site questions, as data (``data/catalogue``)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xueji_lib.register.policy import FIRST, read_edition
from xueji_lib.register.sampling import sampling
from xueji_lib.register.vocabulary import Severity
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError
from xueji_lib.support.lines import in_words, lines_with

VIOLATIONS: dict[int, str] = {
    1: "未按规定对学生学籍进行及时录入、变动和上报",
    2: "填写、上报学籍数据和相关信息弄虚作假",
    3: "伪造、改动学籍数据",
    4: "不能及时为学生办理入学、转学、休学、复学、升学、毕业等项手续",
    5: "为不符合转学、休学条件的学生签字、盖章",
    6: "有意刁难学生转学，使得流动人口随迁子女延误或不能及时入学",
    7: "违反学籍管理的有关规定，影响学籍数据准确、完整或学生权益的其他事项",
}
"""The notice's 三(四), items 1 to 7, in its own words."""

VIOLATIONS_SHORT: dict[int, str] = {
    1: "录入变动上报不及时",
    2: "弄虚作假",
    3: "伪造改动数据",
    4: "手续办理不及时",
    5: "违规签字盖章",
    6: "刁难学生转学",
    7: "其他事项",
}

SEVERITIES = tuple(Severity)
TITLE_LIMIT = 100
"""Characters of an on-site finding's title."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One check of the catalogue, or of a county's own (data/rules_local). ``nature``: the strongest that a finding
    may have; ``lead``: when a finding of a 事实 check is only 线索."""

    id: str
    violation: int
    severity: str
    nature: str
    scope: str
    needs: tuple[str, ...]
    clause: str
    title: str
    when: str
    remedy: str
    charged: str = ""
    lead: str = ""

    @property
    def of_county(self) -> bool:
        """The county itself is charged with it, not a school."""
        return self.charged.startswith("县")


@dataclass(frozen=True, slots=True)
class Question:
    """One on-site question: no data decides it, an inspector asks it. ``sample``: what is drawn for it, as the file
    has it (``sampling.sampling`` reads it); None where nothing is. ``finding``: what is written down where the answer
    is 不符合, as far as it differs from what its violation says; ``county``: the county's own question."""

    id: str
    violation: int
    ask: str
    sample: Mapping[str, Any] | None = None
    finding: Mapping[str, str] | None = None
    county: bool = False


@dataclass(frozen=True, slots=True)
class FindingForm:
    """What an on-site finding begins with, until the inspector says otherwise."""

    title: str
    severity: str
    clause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One edition with all that it takes over from its base. ``withdrawn``: the ids its base had and it has not."""

    edition: str
    entries: Mapping[str, Entry]
    questions: tuple[Question, ...]
    withdrawn: tuple[str, ...] = ()
    on_site_findings: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def finding_form(self, violation: int, question: Question | None = None) -> FindingForm:
        """What a finding under a violation, of a question or of none, begins with. A title only a question has."""
        own = {"title": f"现场核查不符合：{question.ask}"[:TITLE_LIMIT] if question else ""}
        own |= self.on_site_findings[violation]
        return FindingForm(**{**own, **((question.finding or {}) if question else {})})

    def __getitem__(self, rule_id: str) -> Entry:
        if rule_id not in self.entries:
            if rule_id in self.withdrawn:
                raise UsageError(f"{rule_id} 在 {self.edition} 版里已经取消")
            raise UsageError(f"没有 {rule_id} 这条检查。用 xueji rules list 看全部编号")
        return self.entries[rule_id]


def load(edition: str = FIRST, folder: Path | None = None) -> Catalogue:
    """Read one edition of ``folder`` (default data/catalogue). Raises UsageError where there is none.

    An edition with a ``base`` is that one with its own ``rules`` added or put in place, less ``withdrawn``.
    """
    return _load(edition, folder or paths.data("catalogue"))


def _read(text: str) -> Any:
    """YAML of plain values; by the parser in C where there is one, which is ten times as fast."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _each_once(file: Path, ids: Sequence[str]) -> None:
    """Raises UsageError naming both lines where an id stands twice in one file: the second entry would replace the
    first unnoticed."""
    for rule_id, count in Counter(ids).items():
        if count > 1:
            at = lines_with(file.read_text("utf-8-sig"), rf"\bid:\s*[\"']?{re.escape(rule_id)}\b")
            raise UsageError(f"{file} 里编号 {rule_id} 用了 {count} 次（{in_words(at)}）：请改成各不相同的编号")


FORMS = "on_site_findings"


@cache
def _load(edition: str, folder: Path) -> Catalogue:
    file = folder / f"{edition}.yaml"
    raw = read_edition(file, _read)
    _each_once(file, [item["id"] for part in ("rules", "on_site") for item in raw.get(part, ())])
    base = _load(raw["base"], folder) if "base" in raw else Catalogue("", {}, ())
    changed = {item["id"]: Entry(**{**item, "needs": tuple(item["needs"])}) for item in raw.get("rules", ())}
    withdrawn = tuple(raw.get("withdrawn", ()))
    unknown = [rule for rule in withdrawn if rule not in base.entries]
    if unknown:
        raise UsageError(f"{edition} 版取消的 {'、'.join(unknown)} 在 {base.edition or '前一版'} 里没有")
    entries = {rule: entry for rule, entry in {**base.entries, **changed}.items() if rule not in withdrawn}
    for item in raw.get("on_site", ()):
        if item.get("sample") is not None:
            sampling(item["id"], item["sample"])  # a mistake is told when it is read
        _check_finding(file, item["id"], item.get("finding", {}))
    forms = {item["violation"]: {k: v for k, v in item.items() if k != "violation"} for item in raw.get(FORMS, ())}
    for violation, form in forms.items():
        _check_finding(file, f"第 {violation} 种情形", form)
    questions = {q.id: q for q in (*base.questions, *(Question(**item) for item in raw.get("on_site", ())))}
    in_order = tuple(sorted(questions.values(), key=lambda question: question.violation))
    by_violation = {**base.on_site_findings, **forms}
    return Catalogue(raw["edition"], dict(sorted(entries.items())), in_order, withdrawn, by_violation)


def _check_finding(file: Path, about: str, form: Mapping[str, str]) -> None:
    """Raises UsageError where what is to be written down has another field than it may have."""
    known = [own.name for own in fields(FindingForm)]
    if set(form) - set(known) or form.get("severity", SEVERITIES[0]) not in SEVERITIES:
        raise UsageError(f"{file} 里 {about} 的现场发现：只写 {'、'.join(known)}；severity 是{'、'.join(SEVERITIES)}")
    if re.fullmatch("S[1-7]00", about):
        raise UsageError(f"{file} 里 {about} 留给没有编号的现场发现，问题从 01 编起")
