"""When a row of a 事实 check is only a lead, and the sentence that says why.

A rule says what it knows: ``Lead`` with the answer a row, and the figures that a row rests on. What follows for the
nature of a finding is decided in ``findings``. Source: docs/reading-conditions.md, 0 (nature).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xueji_lib.county.kleene import Flags, RowIndexes, Truth, maybe, not_no
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity
from xueji_lib.register.catalogue import Entry
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import Nature
from xueji_lib.rules.evidence_text import Fact, filled

_PERHAPS = "不能排除："


@dataclass(frozen=True, slots=True)
class Lead:
    """``holds``: whether a judged row is only a lead; what cannot be decided is one too. ``because``: why, as a
    sentence without a full stop, with the same ``{names}`` as the evidence."""

    holds: Truth
    because: str


@dataclass(frozen=True, slots=True)
class LeadReasons:
    """Called with judged rows, why each is only a lead: a sentence, "" for a fact.

    Every row rests on the figures that the condition names; ``figures`` gives the rows that rest on a figure, where
    that is not all of them or the condition does not name it.
    """

    entry: Entry
    policy: Policy
    leads: Sequence[Lead]
    figures: Mapping[str, Flags]
    facts: Mapping[str, Fact]

    def __call__(self, who: Rows, row_indexes: RowIndexes, chosen: RowIndexes) -> list[str]:
        """``row_indexes``: the chosen judged rows in ``who``."""
        reasons: list[list[str]] = [[] for _ in chosen]
        if self.entry.nature == Nature.FACT:
            for lead in self.leads:
                holds, possible = not_no(lead.holds)[chosen], maybe(lead.holds)[chosen]
                hit = np.flatnonzero(holds)
                sentences = filled(lead.because, who, row_indexes[hit], self.facts, chosen[hit])
                for row, sentence in zip(hit.tolist(), sentences, strict=True):
                    reasons[row].append(f"{_PERHAPS if possible[row] else ''}{sentence}")
            named = dict.fromkeys([*figures_of(self.entry, self.policy), *self.figures])
            for name in filter(self.policy.unconfirmed, named):
                rests = self.figures[name][chosen] if name in self.figures else np.ones(len(chosen), dtype=bool)
                for row in np.flatnonzero(rests).tolist():
                    reasons[row].append(f"依据的{self.policy.described(name)}待县局确认")
        return [identity.mask_sentence("；".join(sentences)) for sentences in reasons]


def figures_of(entry: Entry, policy: Policy) -> list[str]:
    """The figures that a check's condition names, in its order."""
    return [name for name in dict.fromkeys(re.findall(r"[a-z][a-z_]+", entry.when)) if name in policy.figures]
