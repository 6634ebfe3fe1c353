"""Cells that go together: without them some checks would find somebody in one county of hundreds only."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from tests.reference.three_valued import BLANK
from xueji_lib.register.calendar import Term


def likely(rng: random.Random, table: str, term: Term, as_of: dt.date) -> dict[str, Any]:
    """What one row of the table might well say at once; nothing for tables that need no help."""
    first = term.start
    some = {
        "headcount": [
            {"presence": "在校", "situation": "符合条件未办手续", "grade": 1, "moved_date": first - dt.timedelta(9)},
            {"presence": "在校", "situation": "无户口", "measure": BLANK},
        ],
        "suspensions": [
            {"end_date": as_of - dt.timedelta(rng.choice([0, 1, 30])), "start_date": dt.date(2025, 9, 1)}
            | dict.fromkeys(["extend_date", "resume_apply_date", "resume_date", "platform_resume_date"], BLANK),
            {"end_date": first + dt.timedelta(rng.choice([-1, 0, 40])), "grade": rng.choice([1, 6, 7])}
            | dict.fromkeys(["extend_date", "resume_date", "platform_resume_date"], BLANK),
            {"reason": "伤病", "school_review_date": BLANK, "apply_date": first}
            | dict.fromkeys(["written_request", "form", "diagnosis", "medical_record", "receipts"], "有"),
        ],
        "transfers": [
            {"direction": "转入", "result": "不同意", "reason": "户口迁移", "grade": 2, "apply_date": first},
            {"direction": "转入", "result": "同意", "grade": rng.choice([1, 2, 7]), "class_no": 1},
        ],
        "changes": [{"field": "身份证件号"}],
        "reports": [dict.fromkeys(["at_school", "registered_absent", "present_unregistered"], BLANK)],
        "schools": [{"area": "城区"}],
    }.get(table)
    return rng.choice(some) if some and rng.random() < 0.25 else {}
