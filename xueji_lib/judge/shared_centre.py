"""Whether schools share a 中心校 with schools whose lists may not be here.

What checks of such a group say (``Across.CENTRAL``) is then not what they say of the county
(``checks.Checks.beyond_the_school``). Source: docs/reading-conditions.md, 11.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from xueji_lib.judge.store_columns import StoreColumns
from xueji_lib.register.school_references import named_schools
from xueji_lib.store import SHARES_CENTRE, Store, part_note


def share_centre(store: Store, term: str, schools: Collection[str]) -> bool:
    """One of these schools has others of its 中心校, or names one that the directory here does not have: a directory of
    some schools only cannot say that it stands for none."""
    if part_note(store.root).get(SHARES_CENTRE):
        return True
    columns = StoreColumns(store, term, {})
    group, size = columns.central_groups, Counter(columns.central_groups.values())
    if any(size[group[school]] > 1 for school in schools if school in group):
        return True
    directory = columns.directory
    own = directory[directory["school_id"].astype(str).isin(list(schools))]
    centres = own["central_school"].dropna().tolist()
    known = named_schools(centres, directory["school_id"].tolist(), directory["school_name"].tolist())
    return bool((known < 0).any())
