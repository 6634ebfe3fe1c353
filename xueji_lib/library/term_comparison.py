"""Terms of a store held against each other: by check, by school, by cohort of pupils.

Numbers of two terms say something of each other only where a check was made wholly in both: those pairs of school and
check are compared apart. What was not examined is never a decrease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.results import Results
from xueji_lib.judge.trend import changes_between
from xueji_lib.library.shown_table import ShownTable
from xueji_lib.library.tallies import MARK, Examination, sums
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Nature
from xueji_lib.reports.pages.piece import HtmlPiece, line

__all__ = ["TermComparison"]

ONE_TERM: Final = "只有一个学期的判定结果，看不出变化：一个学期比不出什么。"
_STALE: Final = "此后数据、数字或程序有变，没有重新判定"
_NOT_THERE: Final = "没有"
_COMPARED: Final = (
    "可比：前后两个学期都全查了的学校（或检查），只在它们当中比条数；没有查成、没有查全的不参加比较。"
    f"{MARK}：其中有没查或没有查全的，实际可能更多。"
)
_NO_CAUSE: Final = "条数变了，不说明为什么变：交表的学校、学生人数、检查的条件、数据的质量都会影响它。"


@dataclass(frozen=True)
class TermComparison:
    """``answers``: the terms' kept answers, oldest first; ``tally``: of the same terms (``tallies.COLUMNS``);
    ``stale``: terms whose data, figures or program changed since they were judged."""

    answers: Sequence[Results]
    tally: pd.DataFrame
    stale: frozenset[str]

    @property
    def terms(self) -> list[str]:
        """The terms, oldest first."""
        return [answer.term_id for answer in self.answers]

    @property
    def _alone(self) -> ShownTable | None:
        return None if len(self.answers) > 1 else ShownTable(pd.DataFrame(), {}, "只有一个学期", [ONE_TERM])

    def basis(self) -> ShownTable:
        """What each term was judged by; below, what differs: the edition, figures, checks, data changed since."""
        rows = [
            {
                "term": labels.term(answer.term_id), "as_of": answer.as_of.isoformat(), "edition": answer.edition,
                "schools": len(answer.schools),
                "stale": _STALE if answer.term_id in self.stale else "与现在的数据一致",
            }
            for answer in self.answers
        ]  # fmt: skip
        headings = {
            "term": "学期",
            "as_of": "检查基准日",
            "edition": "目录和数字",
            "schools": "学校",
            "stale": "判定以后",
        }
        notes = self._differences() if len(self.answers) > 1 else [ONE_TERM]
        return ShownTable(pd.DataFrame(rows), headings, "各学期凭什么判的", notes)

    def _differences(self) -> list[str]:
        notes = changes_between(self.answers) or ["各学期用的是同一版检查目录、同样的数字。"]
        if self.stale:
            notes.append("判定以后有变的学期，表里还是变以前的：要比得准，先用 xueji check 重新判定那个学期。")
        return notes

    def save(self, file: str | Path) -> HtmlPiece:
        """Write all tables into one Excel workbook; the line that says so. A blank ``file``: nothing is written. Raises
        as ``ShownTable.save``."""
        if not str(file):
            return line("没有写文件名，没有存。")
        details = {"按检查": self.by_check(), "按学校": self.by_school(), "按届": self.by_cohort()}
        return line(f"已存：{replace(self.basis(), details=details).save(file)}")

    @cached_property
    def _conditions(self) -> Mapping[str, str]:
        """Check → how its condition differs between the last two terms; only those that differ."""
        catalogues = [local_rules.catalogue(answer.edition).entries for answer in self.answers[-2:]]
        before, after = catalogues[0], catalogues[-1]
        notes = dict.fromkeys(after.keys() - before.keys(), "新加的检查")
        notes |= dict.fromkeys(before.keys() - after.keys(), "已经取消")
        changed = (rule for rule in before.keys() & after.keys() if before[rule].when != after[rule].when)
        return notes | dict.fromkeys(changed, "条件改过，前后不能直接比")

    def by_check(self) -> ShownTable:
        """A row a check: facts and leads of each term, at how many schools it was not made; the last two terms compared
        where both made it wholly."""
        titles = dict(zip(self.tally["rule_id"], self.tally["title"], strict=True))
        names = {rule: {"id": rule, "name": title} for rule, title in sorted(titles.items())}
        return self._table("rule_id", names, {"id": "编号", "name": "检查"}, "按检查", "校", self._conditions)

    def by_school(self) -> ShownTable:
        """A row a school, as ``by_check``; compared over the checks that were made wholly there in both terms."""
        schools = self.tally[self.tally["school_id"] != ""].drop_duplicates("school_id", keep="last")
        names = {
            row["school_id"]: {"id": row["township"], "name": row["school"] or row["school_id"]}
            for row in schools.sort_values(["township", "school_id"]).to_dict("records")
        }
        return self._table("school_id", names, {"id": "乡镇", "name": "学校"}, "按学校", "项", {})

    def _table(
        self, by: str, names: Mapping[str, Mapping[str, str]], heads: dict[str, str], title: str, unit: str,
        remarks: Mapping[str, str],
    ) -> ShownTable:  # fmt: skip
        if self._alone is not None:
            return self._alone
        counted = sums(self.tally, [self.tally["term"], self.tally[by]])
        compared = self._compared(by)
        rows: list[dict[str, Any]] = []
        headings = dict(heads)
        for term in self.terms:
            short = labels.short_term(term)
            headings |= {f"{term}/facts": f"{short} 事实", f"{term}/leads": f"{short} 线索"}
            headings |= {f"{term}/unexamined": f"{short} 没查全（{unit}）"}
        for key, name in names.items():
            row: dict[str, Any] = dict(name)
            for term in self.terms:
                there = counted.get((term, key))
                for what in ("facts", "leads", "unexamined"):
                    row[f"{term}/{what}"] = _NOT_THERE if there is None else there.cell(what)
            both = compared.get(key)
            row["both"] = both["both"] if both else 0
            for what in ("facts", "leads"):
                row[what] = f"{both[f'{what}_x']} → {both[f'{what}_y']}" if both else "没有可比的"
            row["remark"] = remarks.get(key, "")
            rows.append(row)
        headings |= {"both": f"可比（{unit}）", "facts": "可比处 事实", "leads": "可比处 线索"}
        headings |= {"remark": "说明"} if any(row["remark"] for row in rows) else {}
        last = " → ".join(labels.short_term(term) for term in self.terms[-2:])
        return ShownTable(pd.DataFrame(rows), headings, f"{title}（可比处是 {last}）", [_COMPARED, _NO_CAUSE])

    def _compared(self, by: str) -> dict[str, dict[str, int]]:
        """Key → the pairs of school and check that both of the last two terms examined wholly, and their findings."""
        whole = self.tally[
            (self.tally["examined"] == Examination.WHOLLY) & ~self.tally["rule_id"].isin(self._conditions)
        ]
        before, after = (whole[whole["term"] == term] for term in self.terms[-2:])
        pairs = before.merge(after[["school_id", "rule_id", "facts", "leads"]], on=["school_id", "rule_id"])
        added = pairs.groupby(by)[["facts_x", "leads_x", "facts_y", "leads_y"]].sum()
        added["both"] = pairs.groupby(by).size()
        return {str(key): {str(k): int(v) for k, v in row.items()} for key, row in added.to_dict("index").items()}

    def by_cohort(self) -> ShownTable:
        """A row for those who are in one grade together and move up together: their grade, number and findings in each
        term. Pupils come and go: it is the same cohort, not the same children."""
        if self._alone is not None:
            return self._alone
        cohorts: dict[int, dict[str, Any]] = {}
        for answer in self.answers:
            first = int(answer.term_id.partition("-")[0])
            registered = answer.classes.groupby("grade")["registered"].sum()
            findings = answer.findings[answer.findings["grade"].notna() & (answer.findings["school_id"] != "")]
            counts = findings.groupby(["grade", "nature"]).size().to_dict()
            for grade in sorted({*registered.index, *findings["grade"]}):
                row = cohorts.setdefault(first - int(grade) + 1, {})
                facts, leads = (int(counts.get((grade, str(nature)), 0)) for nature in (Nature.FACT, Nature.LEAD))
                people = int(registered.get(grade, 0))
                row |= {
                    f"{answer.term_id}/grade": labels.grade(grade), f"{answer.term_id}/registered": people,
                    f"{answer.term_id}/facts": facts, f"{answer.term_id}/leads": leads,
                    f"{answer.term_id}/rate": round(100 * (facts + leads) / people, 1) if people else "",
                }  # fmt: skip
        headings = {"cohort": "同一届"}
        for term in self.terms:
            short = labels.short_term(term)
            words = {"grade": "年级", "registered": "在籍", "facts": "事实", "leads": "线索", "rate": "每百人"}
            headings |= {f"{term}/{name}": f"{short} {word}" for name, word in words.items()}
        rows = [
            dict.fromkeys(headings, "") | {"cohort": f"{year} 年一年级"} | row
            for year, row in sorted(cohorts.items(), reverse=True)
        ]
        notes = [
            "一年级入学的年份由年级推算。是同一届，不是同一批学生：有转入转出、休学复学；升了学段的在别的学校。",
            "只算写得出年级的疑点；学校一级的不在内。空：那个学期名册和疑点里都没有这一届。",
            f"检查没有查成的，这里看不出来，先看按检查的一表。{_NO_CAUSE}",
        ]
        return ShownTable(pd.DataFrame(rows, columns=list(headings)), headings, "按届", notes)
