"""The account of a term (R715): last term's students + in − out + new − graduated = this term's students."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Flags, Places, Truth, maybe, not_no, truth, yes
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Ints, Rows, flagged
from xueji_lib.rules.case import Case, Verdict
from xueji_lib.rules.common import ENTRY_GRADES, FINAL_GRADES, group_texts, numberless

_SHOWN = 20  # names listed a side; the sources list every one


class Balance:
    """The account of every school. Matching with last term is by number only."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.county = case.county
        self.n = len(case["schools"])
        self.now: Registry = case.county.registry
        self.then: Registry = case.county.previous

    # ---- who stayed ----

    @cached_property
    def stayed(self) -> tuple[Flags, Flags]:
        """(this term's rows found in the same school's last register, last term's rows found in this one)."""
        before, after = self.now.by_number(self.then.rows)
        back_now, back_then = self.then.by_number(self.now.rows)
        now = flagged(len(self.now.rows), np.append(after, back_now))
        then = flagged(len(self.then.rows), np.append(before, back_then))
        return now, then

    # ---- transfers of the term ----

    @cached_property
    def _agreed(self) -> Truth:
        rows, calendar = self.case["transfers"], self.county.calendar
        day = rows["apply_date"]
        _, place = calendar.handed_in(np.asarray(day.values, dtype="datetime64[D]"))
        wanted = list(calendar.terms).index(self.county.term.id)
        in_term = truth(place == wanted, place < 0)  # -1 for a day that is not known, too
        return rows["result"].eq("同意") & in_term

    def _moved(self, direction: str) -> Truth:
        return self._agreed & self.case["transfers"]["direction"].eq(direction)

    def _count(self, moved: Truth) -> tuple[Ints, Ints]:
        """Students (not rows) moved a school: certain, and at most."""
        rows = self.case["transfers"]
        people = pd.DataFrame({"school": rows.school, "person": self.county.persons(rows)})
        counts = []
        for where in (yes(moved), not_no(moved)):
            schools = people[where].drop_duplicates()["school"].to_numpy()
            counts.append(np.bincount(schools, minlength=len(self.county.school_ids))[: self.n])
        return counts[0].astype(np.int64), counts[1].astype(np.int64)

    def _linked(self, registry: Registry, moved: Truth) -> Flags:
        """Register rows whose student such a transfer names."""
        rows = self.case["transfers"]
        link = self.county.link("transfers") if registry is self.now else registry.link(rows)
        return flagged(len(registry.rows), link.right[not_no(moved)[link.left]])

    def _either(self, registry: Registry, moved: Truth, base: Truth) -> tuple[Ints, Ints]:
        """Students who perhaps are such a transfer, and else count as new (or graduated: ``base``): how many count
        beside the transfers, at least, and at most beyond those whom ``_count`` already has. Such a student counts
        once whatever the unreadable cell says."""
        rows = self.case["transfers"]
        link = self.county.link("transfers") if registry is self.now else registry.link(rows)
        pairs = pd.DataFrame({
            "school": rows.school[link.left],
            "person": self.county.persons(rows)[link.left],
            "student": link.right,
            "sure": yes(moved)[link.left],
            "perhaps": maybe(moved)[link.left],
            "low": yes(base)[link.right],
            "high": not_no(base)[link.right],
        })  # fmt: skip
        of_person = pairs.groupby(["school", "person"])
        open_ = ~of_person["sure"].transform("any") & of_person["perhaps"].transform("any")
        open_ &= pairs["high"] & ~pairs.groupby("student")["sure"].transform("any")
        each = pairs[open_].drop_duplicates(["student"]).groupby(["school", "person"])[["low", "high"]].sum()
        school = each.index.get_level_values("school").to_numpy(dtype=np.int64)
        size = len(self.county.school_ids)
        low = np.bincount(school, weights=each["low"].clip(upper=1), minlength=size)
        high = np.bincount(school, weights=each["high"] - 1, minlength=size)
        return low[: self.n].astype(np.int64), high[: self.n].astype(np.int64)

    # ---- the account ----

    def _tally(self, registry: Registry, where: Flags) -> Ints:
        counts = np.bincount(registry.rows.school[where], minlength=len(self.county.school_ids))
        return counts[: self.n].astype(np.int64)

    def verdict(self) -> Verdict:
        now, then = self.now.rows, self.then.rows
        stayed_now, stayed_then = self.stayed
        came, left = self._moved("转入"), self._moved("转出")
        came_rows, left_rows = self._linked(self.now, came), self._linked(self.then, left)
        entry, final = now["grade"].isin(ENTRY_GRADES), then["grade"].isin(FINAL_GRADES)
        fresh = truth(~stayed_now & ~came_rows) & entry
        gone = truth(~stayed_then & ~left_rows) & final
        first_term = self.county.term.is_first
        graduated = gone if first_term else truth(np.zeros(len(then), dtype=bool))
        came_low, came_high = self._count(came)
        left_low, left_high = self._count(left)
        new_low, new_open = self._tally(self.now, yes(fresh)), self._tally(self.now, maybe(fresh))
        out_low, out_open = self._tally(self.then, yes(graduated)), self._tally(self.then, maybe(graduated))
        before, after = self._tally(self.then, np.ones(len(then), bool)), self._tally(self.now, np.ones(len(now), bool))
        in_low, in_high = self._either(self.now, came, truth(~stayed_now) & entry)
        gone_low, gone_high = self._either(self.then, left, truth(~stayed_then & np.bool_(first_term)) & final)
        low = before + came_low - left_high + new_low + in_low - (out_low + out_open + gone_high)
        high = before + came_high - left_low + new_low + new_open + in_high - (out_low + gone_low)
        new_low, out_low = new_low + in_low, out_low + gone_low
        blind = self._tally(self.now, not_no(entry) & numberless(now)) > 0
        certain = ((after < low) | (after > high)) & ~blind
        possible = ~certain & ((low != high) | blind)
        extra_now = ~stayed_now & ~came_rows & ~yes(entry)
        extra_then = ~stayed_then & ~left_rows & ~(yes(final) & first_term)
        odd = self._odd_transfers(came, left)
        return self.case.judge(
            truth(certain, possible),
            "上学期名册 {before} + 转入 {came} − 转出 {left} + 新生 {new} − 毕业 {out} = {sum}，"
            "本学期名册 {after}，相差 {gap}{names}",
            who=self.case["schools"],
            facts={
                "before": before,
                "came": came_low,
                "left": left_low,
                "new": new_low,
                "out": out_low,
                "sum": low,
                "after": after,
                "gap": after - low,
                "names": lambda chosen: self._names(chosen, extra_now, extra_then, odd),
            },
            sources=lambda chosen: self._sources(chosen, extra_now, extra_then, odd),
        )

    def _odd_transfers(self, came: Truth, left: Truth) -> list[tuple[str, Flags]]:
        """Agreed transfers of the term that the two registers do not bear out, by what is odd about them."""
        rows = self.case["transfers"]
        now = flagged(len(rows), self.county.link("transfers").left)
        then = flagged(len(rows), self.then.link(rows).left)
        return [
            ("台账转入而本学期名册没有", yes(came) & ~now),
            ("台账转入而上学期已在册", yes(came) & then),
            ("台账转出而仍在本学期名册", yes(left) & now),
            ("台账转出而上学期不在册", yes(left) & ~then),
        ]

    def _names(self, chosen: Places, extra_now: Flags, extra_then: Flags, odd: list[tuple[str, Flags]]) -> list[str]:
        sides = []
        for label, rows, where in (
            ("本学期多出", self.now.rows, extra_now),
            ("上学期在、本学期不见", self.then.rows, extra_then),
            *((label, self.case["transfers"], where) for label, where in odd),
        ):
            texts = self._by_school(rows, where)
            sides.append({school: f"；{label}：{text}" for school, text in texts.items()})
        return ["".join(side.get(int(code), "") for side in sides) for code in chosen]

    def _by_school(self, rows: Rows, where: Flags) -> dict[int, str]:
        at = np.flatnonzero(where)
        if rows is self.case["transfers"]:  # a student may stand in a ledger more than once
            pairs = pd.DataFrame({"school": rows.school[at], "person": self.county.persons(rows)[at]})
            at = at[~pairs.duplicated().to_numpy()]
        names = rows.strings("name", at).astype(str)
        at = at[np.lexsort([names, rows["class_no"].values[at], rows["grade"].values[at]])]
        texts = [
            f"{name or '（无姓名）'}（{g:g} 年级 {c:g} 班）" if g == g and c == c else f"{name or '（无姓名）'}"
            for name, g, c in zip(
                rows.strings("name", at), rows["grade"].values[at], rows["class_no"].values[at], strict=True
            )
        ]
        return group_texts(rows.school[at], texts, limit=_SHOWN)

    def _sources(self, chosen: Places, extra_now: Flags, extra_then: Flags, odd: list[tuple[str, Flags]]) -> list[str]:
        found: dict[int, list[str]] = {}
        sides = [(self.case["transfers"], where) for _, where in odd]
        for rows, where in ((self.now.rows, extra_now), (self.then.rows, extra_then), *sides):
            at = np.flatnonzero(where)
            for school, text in group_texts(rows.school[at], rows.sources(at), " | ").items():
                found.setdefault(school, []).append(text)
        return [" | ".join(found.get(int(code), [])) for code in chosen]
