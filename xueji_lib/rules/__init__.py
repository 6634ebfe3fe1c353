"""The rules: one function a check, named for the offence, judging all schools at once.

Text, severity, clause and needed tables come from the catalogue (``data/catalogue``); a function here says
only what its ``when`` says. ``IMPLEMENTED`` pairs the two.
"""

from __future__ import annotations

from xueji_lib.rules import (
    balance,
    returners,
    v1_headcount,
    v1_late_entry,
    v1_ledgers,
    v1_seen_elsewhere,
    v1_vanished,
    v2_absent_claims,
    v2_false_data,
    v2_numbers,
    v2_two_schools,
    v3_altered_data,
    v3_compared,
    v3_without_ledger,
    v4_county_delays,
    v4_late_procedures,
    v5_suspensions,
    v5_unregistered,
    v5_wrong_signatures,
    v6_obstruction,
    v7_duties,
    v7_measures,
    v7_order_of_acts,
    v7_people,
    v7_register,
)
from xueji_lib.rules.marking import Implementation, collect

IMPLEMENTED: dict[str, Implementation] = collect(
    balance,
    returners,
    v1_headcount,
    v1_late_entry,
    v1_ledgers,
    v1_seen_elsewhere,
    v1_vanished,
    v2_absent_claims,
    v2_false_data,
    v2_numbers,
    v2_two_schools,
    v3_altered_data,
    v3_compared,
    v3_without_ledger,
    v4_county_delays,
    v4_late_procedures,
    v5_suspensions,
    v5_unregistered,
    v5_wrong_signatures,
    v6_obstruction,
    v7_duties,
    v7_measures,
    v7_order_of_acts,
    v7_people,
    v7_register,
)
"""Rule id → how it is judged."""
