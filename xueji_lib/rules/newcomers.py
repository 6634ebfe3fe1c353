"""Who came into a class by transfer this term, for what a class was like before. Source: the leads of R503 and R504."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, Truth, not_no, yes
from xueji_lib.county.rows import Ints
from xueji_lib.register.vocabulary import Direction, TransferResult
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.terms_of_days import in_terms


def agreed_in(inquiry: Inquiry) -> Truth:
    """Per transfer: 转入、同意."""
    rows = inquiry["transfers"]
    return rows["direction"].eq(Direction.IN) & rows["result"].eq(TransferResult.APPROVED)


def came_this_term(inquiry: Inquiry) -> tuple[Ints, Ints]:
    """Per transfer, how many pupils the ledger lets into its class this term, certainly and at most. A blank class
    counts as this one (班号空白的算在内)."""
    rows = inquiry["transfers"]
    came = agreed_in(inquiry) & in_terms(inquiry, rows["apply_date"], (inquiry.county.term.id,))
    known = rows["grade"].known & (rows["class_no"].known | rows["class_no"].blank)
    return _pupils_a_class(inquiry, yes(came) & known), _pupils_a_class(inquiry, not_no(came))


def _pupils_a_class(inquiry: Inquiry, where: Flags) -> Ints:
    """Per transfer, the pupils of the rows ``where`` that are or may be of its school, grade and class."""
    rows = inquiry["transfers"]
    here = pd.DataFrame({"school": rows.school, "grade": rows["grade"].values, "class_no": rows["class_no"].values})
    people = here.assign(person=inquiry.county.persons(rows))[where].drop_duplicates()
    n = np.zeros(len(rows), dtype=np.int64)
    if not len(people):
        return n
    places = here.drop_duplicates().reset_index(drop=True).assign(place=lambda frame: np.arange(len(frame)))
    pairs = places.merge(people, on="school", suffixes=("", "_of"))
    fits = pairs["grade_of"].isna() | (pairs["grade_of"] == pairs["grade"])
    fits &= pairs["class_no_of"].isna() | (pairs["class_no_of"] == pairs["class_no"])
    each = pairs[fits].drop_duplicates(["place", "person"])["place"].value_counts()
    of_place = each.reindex(places["place"], fill_value=0).to_numpy(dtype=np.int64)
    at = here.merge(places, how="left", on=["school", "grade", "class_no"])["place"].to_numpy(dtype=np.int64)
    result: Ints = of_place[at]
    return result
