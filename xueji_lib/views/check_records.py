"""What became of each check, in words: for the bureau's page, the command and an opened finding.

Counting is ``casebook.check_record``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xueji_lib import local_rules
from xueji_lib.casebook import check_record
from xueji_lib.casebook.check_record import MANY, CheckRecord, Verdicts
from xueji_lib.casebook.on_site_findings import unnumbered
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS

if TYPE_CHECKING:
    from xueji_lib.casebook.log.book import Casebook

HEADS: Final = ("检查", "内容", "查出过", "认定", "属实", "不属实", "误报率", "各学期")
HINT: Final = (
    "误报率是认定不属实的占认定过的；括号里是条数。改过认定的按最后一次算，撤销、待补证、豁免、冲突的不算，"
    f"销号后又查出再认定的另算一次。认定不到 {MANY} 条的，只供参考。"
)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check's record as it is shown. ``terms``: each with its share; ``mostly_wrong``: many were judged, most of
    them not true."""

    rule_id: str
    title: str
    listed: int
    verdicts: Verdicts
    share: str
    terms: tuple[str, ...]
    mostly_wrong: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of ``HEADS``."""
        counts = (self.listed, self.verdicts.judged, self.verdicts.true, self.verdicts.refuted)
        return (self.rule_id, self.title, *map(str, counts), self.share, "　".join(self.terms))


@dataclass(frozen=True, slots=True)
class CheckRecords:
    """``judged``: checks with verdicts, those that are mostly wrong first; ``never``: those that found something and
    were never judged; ``by_people``: what people found at schools."""

    judged: tuple[CheckLine, ...]
    never: tuple[CheckLine, ...]
    by_people: tuple[CheckLine, ...]

    @property
    def mostly_wrong(self) -> tuple[CheckLine, ...]:
        """What the bureau has to hear of."""
        return tuple(line for line in self.judged if line.mostly_wrong)


def overview(book: Casebook, edition: str) -> CheckRecords:
    """The record of every check, of all terms; ``edition`` names them."""
    catalogue = local_rules.catalogue(edition)
    titles = {rule: entry.title for rule, entry in catalogue.entries.items()}
    titles |= {question.id: question.ask for question in catalogue.questions}
    titles |= {unnumbered(violation): "现场发现（不在现场询问里的）" for violation in VIOLATIONS}
    records = check_record.of_casebook(book)
    lines = {record.rule_id: _line(record, titles.get(record.rule_id, "（这一版目录里没有）")) for record in records}
    of_machine = [lines[record.rule_id] for record in records if not record.by_people]
    return CheckRecords(
        tuple(sorted((one for one in of_machine if one.verdicts.judged), key=lambda one: not one.mostly_wrong)),
        tuple(one for one in of_machine if not one.verdicts.judged),
        tuple(lines[record.rule_id] for record in records if record.by_people),
    )


def _line(record: CheckRecord, title: str) -> CheckLine:
    terms = tuple(f"{labels.short_term(term)} {share(of)}" for term, of in record.by_term.items() if of.judged)
    verdicts = record.verdicts
    return CheckLine(
        record.rule_id, title, record.listed, verdicts, share(verdicts), terms,
        record.mostly_wrong and not record.by_people,
    )  # fmt: skip


def share(verdicts: Verdicts) -> str:
    """62.5%（15/24）; a dash where nothing was judged: not known is not none."""
    if verdicts.false_alarms is None:
        return "—"
    percent = f"{100 * verdicts.false_alarms:.1f}".removesuffix(".0")
    return f"{percent}%（{verdicts.refuted}/{verdicts.judged}）"


def sentence(record: CheckRecord, *, of_part: bool) -> str:
    """For who opens a finding of the check: how often it was right so far. ``of_part``: the casebook knows only the
    schools of a package."""
    where, verdicts = "这个数据包里的学校" if of_part else "全县", record.verdicts
    if not verdicts.judged:
        return f"{where}还没有认定过这一条检查的疑点，误报多不多还不知道"
    text = f"{where}认定过 {verdicts.judged} 条，属实 {verdicts.true} 条，误报率 {share(verdicts)}"
    if record.mostly_wrong:
        return f"{text}。过半不属实，认定以前请多问一句"
    return text if verdicts.judged >= MANY else f"{text}。认定的还少，只供参考"
