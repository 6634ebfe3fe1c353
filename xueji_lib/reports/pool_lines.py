"""The pool for the screen: how many children in each township, and whose turn is overdue."""

from __future__ import annotations

from xueji_lib.register import labels
from xueji_lib.reports.comparison_lines import table
from xueji_lib.reports.letters.lost_children import caution
from xueji_lib.views.children_pool import Pool


def lines(pool: Pool) -> list[str]:
    """A line a township, then what the numbers are."""
    rows = []
    for town in pool.townships:
        own = [child for child in pool.children if child.township == town]
        late, seen = sum(child.step.late is True for child in own), sum(bool(child.seen) for child in own)
        rows.append((len(own), seen, sum(child.in_ledger for child in own), late, town))
    about = f"{labels.term(pool.term_id)}，基准日 {pool.as_of}：去向待核实的学生 {len(pool.children)} 人"
    heads = ("人数", "查到在他校", "在劝返台账", "过期限", "乡镇")
    return [about, *(table(heads, rows) if rows else []), caution(pool)]
