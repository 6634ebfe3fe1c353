"""The files of the pool: 离校学生去向台账.xlsx and 疑似失学学生统计表.docx."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from xueji_lib.register.policy import Policy
from xueji_lib.reports.letters import kinds, lost_children
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import pool_book
from xueji_lib.store import Store
from xueji_lib.views import pool_report
from xueji_lib.views.children_pool import Pool

NAMES: Final = (pool_book.FILE, kinds.LOST_CHILDREN.file)


def makers(pool: Pool, store: Store, facts: LetterFacts) -> Mapping[str, Callable[[], bytes]]:
    """File name → what makes its content. Raises StoreError; a maker raises UsageError for a template that cannot be
    used."""
    policy = Policy.load(pool.edition)
    reports = pool_report.reports(pool, store, policy)
    return {
        pool_book.FILE: lambda: pool_book.content(pool, reports, policy),
        kinds.LOST_CHILDREN.file: lambda: kinds.LOST_CHILDREN.content(
            lost_children.values(pool, reports, policy, facts)
        ),
    }
