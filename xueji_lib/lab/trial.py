"""What a local rule said when it was tried, and how it overlaps with the checks there are."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.engine import Check
from xueji_lib.judge.results import Results
from xueji_lib.lab import pieces
from xueji_lib.local_rules import Local
from xueji_lib.register import labels
from xueji_lib.reports.html import Shown
from xueji_lib.rules.findings import FINDINGS

_UNITS = {"student": "名学生", "class": "个班", "school": "所学校"}
_HITS = {
    "school": "学校", "grade": "年级", "class": "班", "student": "学生", "student_ref": "证件号（遮盖）",
    "evidence": "证据", "sources": "出处",
}  # fmt: skip
_NO_USES = "没有写 uses：缺列的、被拒收的格会和空白一样看待，不会成为“无法判定”。"


@dataclass(frozen=True)
class Trial:
    """What a rule said when it was tried. ``overlap``: a row for each other check with the same kind of subject that
    found some of them: rule_id, title, same, of_mine and of_its (shares, 0 to 1). ``already``: subjects that any
    other check found."""

    local: Local
    check: Check
    overlap: pd.DataFrame
    already: int

    @property
    def hits(self) -> pd.DataFrame:
        """The findings, masked, as findings.csv has them."""
        return self.check.findings

    @property
    def coverage(self) -> pd.DataFrame:
        """A row a school, as coverage.csv has them."""
        return self.check.coverage

    @property
    def seconds(self) -> float:
        return self.check.timings[self.local.entry.id]

    @property
    def error(self) -> str:
        """Why it failed; empty where it did not."""
        failed = self.coverage[self.coverage["status"] == "出错"]["reason"]
        return str(failed.iloc[0]) if len(failed) else ""

    def shown(self) -> Shown:
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

    def _overlap(self) -> list[Shown]:
        if not len(self.hits):
            return [pieces.words("没有查到，谈不上重合。")]
        total = len(set(subjects(self.hits, self.local.entry.scope)))
        said = [pieces.words(f"{total} {_UNITS[self.local.entry.scope]}里，{self.already} 已有别的检查查到。")]
        if len(self.overlap):
            rows = [
                [row.rule_id, row.title, row.same, f"{row.of_mine:.0%}", f"{row.of_its:.0%}"]
                for row in self.overlap.itertuples(index=False)
            ]
            said.append(pieces.table(["检查", "内容", "相同", "占本条查到的", "占那条查到的"], rows))
        return said

    def _hits(self) -> list[Shown]:
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


def overlap(findings: pd.DataFrame, local: Local, others: Results) -> tuple[pd.DataFrame, int]:
    """``Trial.overlap`` and ``Trial.already``: these findings held against the county's answer as it is kept."""
    scope, entries = local.entry.scope, local_rules.catalogue(others.edition).entries
    mine, already, rows = set(subjects(findings, scope)), set[str](), []
    for rule_id, part in others.findings.groupby("rule_id") if mine else ():
        entry = entries.get(str(rule_id))
        if entry is None or entry.scope != scope or entry.id == local.entry.id:
            continue
        its = set(subjects(part, scope))
        if same := mine & its:
            already |= same
            rows.append((entry.id, entry.title, len(same), len(same) / len(mine), len(same) / len(its)))
    frame = pd.DataFrame(rows, columns=["rule_id", "title", "same", "of_mine", "of_its"])
    return frame.sort_values(["same", "rule_id"], ascending=[False, True], ignore_index=True), len(already)


def subjects(findings: pd.DataFrame, scope: str) -> list[str]:
    """Whom findings are about, as far as they show it."""
    texts = {name: [labels.text(value) for value in findings[name]] for name in FINDINGS}
    places = [f"{s} {g} {c}" for s, g, c in zip(texts["school_id"], texts["grade"], texts["class"], strict=True)]
    if scope == "class":
        return places
    if scope == "school":
        return texts["school_id"]
    known = zip(texts["school_id"], texts["student"], texts["student_ref"], places, strict=True)
    return [f"{school} {name} {ref or place}" for school, name, ref, place in known]
