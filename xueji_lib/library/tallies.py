"""The long table that every own evaluation starts from: what each check said at each school in each term, counted.

Facts, leads and what was not examined stand in columns of their own: a zero of findings says something only where
``examined`` says that the check was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.results import Results
from xueji_lib.register.vocabulary import CoverageStatus, Nature

__all__ = ["COLUMNS", "MARK", "Examination", "Sum", "of_answer", "sums", "together"]

COLUMNS: Final = (
    "term as_of edition township school_id school violation rule_id title status examined population facts leads "
    "undecided"
).split()

MARK: Final = "＊"
"""Behind a number of findings: some of the checks were not made there, or not wholly."""
_SUMMED: Final = "facts leads undecided asked unlooked unexamined".split()


class Examination:
    """How far a check was made at a school."""

    WHOLLY: Final = "全查"
    PARTLY: Final = "部分"
    NOT: Final = "没查"
    NOT_APPLICABLE: Final = "不适用"
    ON_SITE: Final = "现场"
    """Found on site, by no check of the catalogue."""


def of_answer(answer: Results, findings: pd.DataFrame) -> pd.DataFrame:
    """One term: a row for each school and check (columns ``COLUMNS``); ``school_id`` "" is the county itself.

    ``findings``: those of the answer, or those of them that are to be counted.
    """
    keys = ["school_id", "rule_id"]
    coverage = answer.coverage.astype(dict.fromkeys([*keys, "status"], "str")).set_index(keys)
    made = coverage[["status", "population", "undecided"]].astype({"population": "Int64", "undecided": "Int64"})
    named = findings.astype(dict.fromkeys([*keys, "nature"], "str"))
    counts = {
        name: named[named["nature"] == nature].groupby(keys).size().rename(name).astype("Int64")
        for name, nature in (("facts", Nature.FACT), ("leads", Nature.LEAD))
    }
    rows = pd.concat([made, *counts.values()], axis=1).rename_axis(keys).reset_index()
    entries = local_rules.catalogue(answer.edition).entries
    titles = dict(zip(named["rule_id"], named["title"].astype("str"), strict=True))
    violations = dict(zip(named["rule_id"], named["violation"], strict=True))
    about = answer.schools.set_index("school_id")
    rows = rows.assign(
        term=answer.term_id,
        as_of=answer.as_of.isoformat(),
        edition=answer.edition,
        township=rows["school_id"].map(about["township"]).fillna(""),
        school=rows["school_id"].map(about["school_name"]).fillna(""),
        violation=[int(entries[r].violation if r in entries else violations.get(r, 0)) for r in rows["rule_id"]],
        title=[entries[r].title if r in entries else titles.get(r, "") for r in rows["rule_id"]],
        status=rows["status"].fillna(""),
        facts=rows["facts"].fillna(0),
        leads=rows["leads"].fillna(0),
        undecided=rows["undecided"].fillna(0),
    )
    rows["examined"] = [_examined(s, n) for s, n in zip(rows["status"], rows["undecided"], strict=True)]
    return together([rows])


def together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Terms below one another, typed alike."""
    whole = pd.concat([part[COLUMNS] for part in parts], ignore_index=True)
    counts = dict.fromkeys(("facts", "leads", "undecided", "violation"), "int64") | {"population": "Int64"}
    return whole.astype({name: counts.get(name, "str") for name in COLUMNS}).sort_values(
        ["term", "school_id", "rule_id"], ignore_index=True
    )


def _examined(status: str, undecided: int) -> str:
    match status:
        case CoverageStatus.NOT_APPLICABLE:
            return Examination.NOT_APPLICABLE
        case CoverageStatus.FOUND | CoverageStatus.NOT_FOUND:
            return Examination.PARTLY if undecided else Examination.WHOLLY
        case CoverageStatus.UNDECIDED:
            return Examination.PARTLY
        case "":
            return Examination.ON_SITE
        case _:
            return Examination.NOT


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows of a tally added up. ``asked``: pairs of school and check that apply; of them ``unlooked`` not made at all,
    ``unexamined`` not made or not wholly."""

    facts: int
    leads: int
    undecided: int
    asked: int
    unlooked: int
    unexamined: int

    def cell(self, measure: str) -> int | str:
        """What a table shows of ``facts``, ``leads``, ``undecided`` or ``unexamined``: never a zero of findings where
        nobody looked."""
        if measure in ("undecided", "unexamined"):
            return self.undecided if measure == "undecided" else self.unexamined
        count = self.facts if measure == "facts" else self.leads
        if count or (self.asked and self.unlooked < self.asked):
            return f"{count}{MARK}" if self.unexamined else count
        return Examination.NOT if self.asked else Examination.NOT_APPLICABLE


def sums(tally: pd.DataFrame, by: Sequence[pd.Series]) -> dict[tuple[Any, ...], Sum]:
    """The sums of a tally's rows by the values of one or several columns (in the tally's order of rows)."""
    examined = tally["examined"]
    counted = tally[["facts", "leads", "undecided"]].assign(
        asked=examined != Examination.NOT_APPLICABLE,
        unlooked=examined == Examination.NOT,
        unexamined=examined.isin([Examination.NOT, Examination.PARTLY]),
    )
    added: Any = counted.groupby([column.rename(None) for column in by])[_SUMMED].sum()
    return {
        key if isinstance(key, tuple) else (key,): Sum(*(int(value) for value in values))
        for key, *values in added.itertuples()
    }
