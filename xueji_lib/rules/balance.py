"""The account of a term (R715): last term's students + in − out + new − graduated = this term's students."""

from __future__ import annotations

import numpy as np

from xueji_lib.county.kleene import RowIndexes, Truth, not_no, truth, yes
from xueji_lib.county.rows import Rows, flagged, groups
from xueji_lib.register.vocabulary import Direction, TransferResult
from xueji_lib.rules.across import Across
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, group_texts
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import rule
from xueji_lib.rules.movers import Movers
from xueji_lib.rules.pupils_of_register import PupilsOfRegister, rows_flagged
from xueji_lib.rules.teaching_points import from_teaching_point, top_of_teaching_point
from xueji_lib.rules.terms_of_days import in_terms
from xueji_lib.rules.verdict import Verdict

_SHOWN = 20  # names listed a side; the sources list every one
Extra = tuple[str, Rows, RowIndexes]
"""Pupils whom the account does not explain: why, a table, its rows."""


@rule("R715", across=Across.TEACHING_POINTS)
def accounts_do_not_balance(inquiry: Inquiry) -> Verdict:
    """学籍变动账不平。"""
    return Balance(inquiry).verdict()


class Balance:
    """The account of every school, by pupils. Matching with last term is by number only."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry = inquiry
        self.county = inquiry.county
        self.n = len(inquiry["schools"])
        self.now = PupilsOfRegister(inquiry.county.registry)
        self.then = PupilsOfRegister(inquiry.county.previous)

    def _moved(self, direction: str) -> Truth:
        """Per transfer: this way, 同意, of this term."""
        rows = self.inquiry["transfers"]
        in_term = in_terms(self.inquiry, rows["apply_date"], (self.county.term.id,))
        return rows["result"].eq(TransferResult.APPROVED) & in_term & rows["direction"].eq(direction)

    # ---- the account ----

    def verdict(self) -> Verdict:
        """The verdict of R715: one answer a school of the directory."""
        now, then, n = self.now, self.then, self.n
        first_term = np.bool_(self.county.term.is_first)
        back, stays = now.found_in(then.registry), then.found_in(now.registry)
        starts = now.rows["grade"].isin(ENTRY_GRADES) | from_teaching_point(self.inquiry)
        leaves = then.rows["grade"].isin(FINAL_GRADES) | top_of_teaching_point(self.inquiry)
        fresh = now.here & now.any(starts) & ~now.any(back)
        gone = then.here & then.any(leaves) & ~then.any(stays) & truth(np.full(len(then), first_term))
        came, left = self._moved(Direction.IN), self._moved(Direction.OUT)
        into = Movers(self.inquiry, now, came, fresh)
        out = Movers(self.inquiry, then, left, gone)
        before, before_most = then.tally(yes(then.here), n), then.tally(not_no(then.here), n)
        after, after_most = now.tally(yes(now.here), n), now.tally(not_no(now.here), n)
        low = before + into.low - out.high - after_most
        high = before_most + into.high - out.low - after
        blind = np.bincount(
            now.rows.school[not_no(now.rows["grade"].isin(ENTRY_GRADES)) & now.registry.numberless],
            minlength=len(self.county.school_ids),
        )[:n].astype(bool)
        certain = ((low > 0) | (high < 0)) & ~blind
        extra_now = ~yes(now.any(back)) & ~into.named & ~yes(now.any(starts)) & yes(now.here)
        leave_now = yes(then.any(leaves)) & first_term
        extra_then = ~yes(then.any(stays)) & ~out.named & ~leave_now & yes(then.here)
        extras = [
            ("本学期多出", now.rows, rows_flagged(now, extra_now)),
            ("上学期在、本学期不见", then.rows, rows_flagged(then, extra_then)),
            *((label, self.inquiry["transfers"], at) for label, at in self._odd_transfers(came, left)),
        ]
        total = before + into.low - out.low
        return self.inquiry.judge(
            truth(certain, ~certain & ((low != high) | blind)),
            "上学期名册 {before} + 转入 {came} − 转出 {left} + 新生 {new} − 毕业 {out} = {sum}，"
            "本学期名册 {after}，相差 {gap}{names}",
            who=self.inquiry["schools"],
            facts={
                "before": before,
                "came": into.surely_moved,
                "left": out.surely_moved,
                "new": into.low - into.surely_moved,
                "out": out.low - out.surely_moved,
                "sum": total,
                "after": after,
                "gap": after - total,
                "names": lambda chosen: self._names(chosen, extras),
            },
            sources=lambda chosen: self._sources(chosen, extras),
        )

    def _odd_transfers(self, came: Truth, left: Truth) -> list[tuple[str, RowIndexes]]:
        """Agreed transfers of the term that the two registers do not bear out, by what is odd about them; one row a
        pupil."""
        rows = self.inquiry["transfers"]
        now = flagged(len(rows), self.county.link("transfers").left)
        then = flagged(len(rows), self.then.registry.link(rows).left)
        pupils = groups(rows.school, self.county.persons(rows))
        return [
            (label, at[np.unique(pupils[at], return_index=True)[1]])
            for label, at in (
                ("台账转入而本学期名册没有", np.flatnonzero(yes(came) & ~now)),
                ("台账转入而上学期已在册", np.flatnonzero(yes(came) & then)),
                ("台账转出而仍在本学期名册", np.flatnonzero(yes(left) & now)),
                ("台账转出而上学期不在册", np.flatnonzero(yes(left) & ~then)),
            )
        ]

    def _names(self, chosen: RowIndexes, extras: list[Extra]) -> list[str]:
        sides = []
        for label, rows, at in extras:
            texts = self._by_school(rows, at)
            sides.append({school: f"；{label}：{text}" for school, text in texts.items()})
        return ["".join(side.get(int(code), "") for side in sides) for code in chosen]

    def _by_school(self, rows: Rows, at: RowIndexes) -> dict[int, str]:
        names = rows.strings("name", at).astype(str)
        at = at[np.lexsort([names, rows["class_no"].values[at], rows["grade"].values[at]])]
        texts = [
            f"{name or '（无姓名）'}（{g:g} 年级 {c:g} 班）" if g == g and c == c else f"{name or '（无姓名）'}"
            for name, g, c in zip(
                rows.strings("name", at), rows["grade"].values[at], rows["class_no"].values[at], strict=True
            )
        ]
        return group_texts(rows.school[at], texts, limit=_SHOWN)

    def _sources(self, chosen: RowIndexes, extras: list[Extra]) -> list[str]:
        of_school: dict[int, list[str]] = {}
        for _, rows, at in extras:
            for school, text in group_texts(rows.school[at], rows.sources(at), " | ").items():
                of_school.setdefault(school, []).append(text)
        return [" | ".join(of_school.get(int(code), [])) for code in chosen]
