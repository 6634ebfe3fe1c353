"""What a school's file would change, before it is taken: the preview of an inbox that holds this one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from xueji_lib.intake.handover import SchoolFile
from xueji_lib.intake.preview import preview
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.shared_centre import share_centre
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store
from xueji_lib.store.workroom import workroom

OF_SCHOOL: Final = "只按本校的表比较，要看别校数据的检查不在内"


def lines(
    store: Store, file: SchoolFile, inspection: Inspection, calendar: Calendar, *, apart: bool = False
) -> Sequence[str]:
    """The difference against the tables in force, in Chinese lines: required cells left blank, who is no more in it,
    人籍不一致 and findings before and after. ``apart``: the store is a school's view. Raises StoreError, UsageError."""
    with workroom(store, "difference") as temp:
        tried = preview(file.laid(temp), store, inspection, calendar, apart=apart)
    if not apart:
        return tried.page_lines(file.school_id)
    in_group = share_centre(store, file.term, {file.school_id})
    beyond = Checks.load(inspection.settled().edition).beyond_the_school(in_group=in_group)
    come, go = (findings[~findings["rule_id"].isin(beyond)] for findings in (tried.come, tried.go))
    return [*replace(tried, come=come, go=go).page_lines(file.school_id), OF_SCHOOL]
