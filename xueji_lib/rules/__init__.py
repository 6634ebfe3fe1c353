"""The rules: one function a check, named for the offence, judging all schools at once.

Text, severity, clause and needed tables come from the catalogue (``data/catalogue``); a function here says
only what its ``when`` says. ``IMPLEMENTED`` pairs the two.
"""

from __future__ import annotations

from xueji_lib.rules import (
    v1_headcount,
    v1_late_entry,
    v2_false_data,
    v2_numbers,
    v2_two_schools,
    v3_altered_data,
    v3_compared,
    v4_late_procedures,
    v5_suspensions,
    v5_wrong_signatures,
    v6_obstruction,
    v7_other,
    v7_people,
)
from xueji_lib.rules.registry import Implementation, collect

IMPLEMENTED: dict[str, Implementation] = collect(
    v1_headcount,
    v1_late_entry,
    v2_false_data,
    v2_numbers,
    v2_two_schools,
    v3_altered_data,
    v3_compared,
    v4_late_procedures,
    v5_suspensions,
    v5_wrong_signatures,
    v6_obstruction,
    v7_other,
    v7_people,
)
"""Rule id → how it is judged."""
