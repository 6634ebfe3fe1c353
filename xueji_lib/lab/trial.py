"""The result of trying a local rule, and how it overlaps with the other checks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.engine import Check
from xueji_lib.judge.results import Results
from xueji_lib.lab import pieces
from xueji_lib.local_rules import Local
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.rules.findings import FINDINGS

_UNITS = {"student": "名学生", "class": "个班", "school": "所学校"}
_HITS = {
    "school": "学校", "grade": "年级", "class": "班", "student": "学生", "student_ref": "证件号（遮盖）",
    "evidence": "证据", "sources": "出处",
}  # fmt: skip
_NO_USES = "没有写 uses：缺列的、被拒收的格会和空白一样看待，不会成为“无法判定”。"


@dataclass(frozen=True)
class Trial:
    """The result of trying a rule. ``overlap``: a row for each other check with the same kind of subject that
    found some of them: rule_id, title, same, of_mine and of_its (shares, 0 to 1). ``already``: subjects that any
    other check found."""

    local: Local
    check: Check
    overlap: pd.DataFrame
    already: int

    @property
    def hits(self) -> pd.DataFrame:
        """The findings, masked: a row a finding, with the columns of findings.csv."""
        return self.check.findings

    @property
    def coverage(self) -> pd.DataFrame:
        """What could be examined: a row a school, with the columns of coverage.csv."""
        return self.check.coverage

    @property
    def seconds(self) -> float:
        """How long the rule took."""
        return self.check.timings[self.local.entry.id]

    @property
    def error(self) -> str:
        """Why it failed; empty where it did not."""
        failed = self.coverage[self.coverage["status"] == CoverageStatus.CRASHED]["reason"]
        return str(failed.iloc[0]) if len(failed) else ""

    def shown(self) -> HtmlPiece:
        """The whole result, to be shown in a notebook."""
        entry, unit = self.local.entry, _UNITS[self.local.entry.scope]
        parts = [pieces.head(f"{entry.id} {entry.title}")]
        if self.error:
            return pieces.piece(*parts, pieces.words(self.error, "note warn"))
        undecided = int(self.coverage["undecided"].sum())
        counts = f"查到 {len(self.hits)} {unit}，无法判定 {undecided} {unit}，用时 {self.seconds:.2f} 秒"
        parts += [pieces.words(counts, "note")]
        if not self.local.uses:
            parts.append(pieces.words(_NO_USES, "faint"))
        status = self.coverage.groupby("status")[["population", "findings", "undecided"]].sum()
        status.insert(0, "schools", self.coverage["status"].value_counts())
        rows = [[s, *status.loc[s], labels.STATUSES[s]] for s in labels.STATUSES if s in status.index]
        parts += [pieces.table(["状态", "学校", "查了多少", "疑点", "判不了", "意思"], rows)]
        parts += [pieces.head("与已有检查重合"), *self._overlap()]
        parts += [pieces.head("查到的"), *self._hits()]
        return pieces.piece(*parts)

    def _overlap(self) -> list[HtmlPiece]:
        if not len(self.hits):
            return [pieces.words("没有查到，谈不上重合。")]
        total = len(set(subjects(self.hits, self.local.entry.scope)))
        parts = [pieces.words(f"{total} {_UNITS[self.local.entry.scope]}里，{self.already} 已有别的检查查到。")]
        if len(self.overlap):
            rows = [
                [row.rule_id, row.title, row.same, f"{row.of_mine:.0%}", f"{row.of_its:.0%}"]
                for row in self.overlap.itertuples(index=False)
            ]
            parts.append(pieces.table(["检查", "内容", "相同", "占本条查到的", "占那条查到的"], rows))
        return parts

    def _hits(self) -> list[HtmlPiece]:
        part = self.hits.head(pieces.SHOWN_ROWS)[list(_HITS)].copy()
        part["sources"] = [labels.sources(listed) for listed in part["sources"]]
        part["grade"] = [labels.grade(value) for value in part["grade"]]
        rest = len(self.hits) - len(part)
        more = [pieces.words(f"另有 {rest} 条没有列出，全部在 hits 里。", "faint")] if rest else []
        return [pieces.table(list(_HITS.values()), part.itertuples(index=False, name=None)), *more]

    def _repr_html_(self) -> str:
        return self.shown().html

    def __repr__(self) -> str:
        return self.shown().text


def overlap(findings: pd.DataFrame, local: Local, answer: Results) -> tuple[pd.DataFrame, int]:
    """``Trial.overlap`` and ``Trial.already``: these findings compared with the county's kept results.

    ``findings``: a frame with the columns of findings.csv.
    """
    scope, entries = local.entry.scope, local_rules.catalogue(answer.edition).entries
    own_subjects, already, rows = set(subjects(findings, scope)), set[str](), []
    for rule_id, part in answer.findings.groupby("rule_id") if own_subjects else ():
        entry = entries.get(str(rule_id))
        if entry is None or entry.scope != scope or entry.id == local.entry.id:
            continue
        other_subjects = set(subjects(part, scope))
        if same := own_subjects & other_subjects:
            already |= same
            rows.append(
                (entry.id, entry.title, len(same), len(same) / len(own_subjects), len(same) / len(other_subjects))
            )
    frame = pd.DataFrame(rows, columns=["rule_id", "title", "same", "of_mine", "of_its"])
    return frame.sort_values(["same", "rule_id"], ascending=[False, True], ignore_index=True), len(already)


def subjects(findings: pd.DataFrame, scope: str) -> list[str]:
    """Whom each finding is about, as far as it shows: a text per row of ``findings``, the same for the same subject.

    ``scope``: student, class or school.
    """
    texts = {name: [labels.text(value) for value in findings[name]] for name in FINDINGS}
    classes = [f"{s} {g} {c}" for s, g, c in zip(texts["school_id"], texts["grade"], texts["class"], strict=True)]
    if scope == "class":
        return classes
    if scope == "school":
        return texts["school_id"]
    students = zip(texts["school_id"], texts["student"], texts["student_ref"], classes, strict=True)
    return [f"{school} {name} {ref or class_label}" for school, name, ref, class_label in students]
