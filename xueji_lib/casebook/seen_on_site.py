"""What people saw at a school, entered into the casebook: it waits for the school's word before it is a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd
from sqlalchemy import Connection, insert, select, update

from xueji_lib.casebook.log.tables import SIGHTINGS
from xueji_lib.casebook.sightings import MACHINE, ON_SITE, sighting_row
from xueji_lib.register.calendar import Calendar, MissingHolidays
from xueji_lib.register.policy import RECTIFY_FIGURES, Policy


def add_on_site(
    connection: Connection, finding: Mapping[str, str], term: str, day: dt.date, waits_until: str = ""
) -> None:
    """Enter a finding that people made at the school (by no rule); entered again, only its last day changes.
    ``waits_until``: the last day that the school has to explain it, before which it is no finding. Its 整改期限 is
    counted from there."""
    from_day = dt.date.fromisoformat(waits_until) if waits_until else day
    due = finding.get("due") or due_day(finding["edition"], finding["severity"], from_day)
    seen = sighting_row({**finding, "due": due}, term, day.isoformat(), "") | {
        "found_on": day.isoformat(),
        "waits_until": waits_until,
    }
    where = SIGHTINGS.c.finding_id == seen["finding_id"]
    if connection.execute(select(SIGHTINGS.c.finding_id).where(where)).first():
        updates = {name: value for name, value in seen.items() if not name.startswith("first")}
        connection.execute(update(SIGHTINGS).where(where).values(**updates))
    else:
        connection.execute(insert(SIGHTINGS).values(**seen, times_gone=0, origin=ON_SITE))


def withdraw(connection: Connection, finding_id: str, day: str) -> None:
    """It is seen no more since a day (ISO); what was not entered, or is gone already, stays as it is."""
    where = (SIGHTINGS.c.finding_id == finding_id) & SIGHTINGS.c.present
    gone = {"present": False, "gone_at": day, "times_gone": SIGHTINGS.c.times_gone + 1}
    connection.execute(update(SIGHTINGS).where(where).values(**gone))


def due_day(edition: str, severity: str, day: dt.date) -> str:
    """整改期限 by severity, counted from a day, ISO; "" where the working days are not known."""
    days = Policy.load(edition)[RECTIFY_FIGURES[severity]]
    try:
        return Calendar.load().add_workdays(day, days).isoformat()
    except MissingHolidays:
        return ""


def last_day_to_explain(edition: str, day: dt.date) -> dt.date:
    """The last day that a school has to explain what people saw there on a day (report_days)."""
    days = Policy.load(edition)["report_days"]
    try:
        return Calendar.load().deadline(day, days)
    except MissingHolidays:
        return day + dt.timedelta(days)


def add_awaiting(connection: Connection, awaiting: pd.DataFrame, term: str, day: dt.date) -> None:
    """Enter what a roll-call brought to light on a day that no check which entered has reached (rows of
    ``Check.awaiting``). What stands as a finding already stays so."""
    for row in awaiting.to_dict("records"):
        seen = sighting_row(row, term, day.isoformat(), "")
        where = SIGHTINGS.c.finding_id == seen["finding_id"]
        standing = connection.execute(select(SIGHTINGS).where(where)).mappings().first()
        if standing is None:
            connection.execute(insert(SIGHTINGS).values(**seen, times_gone=0, origin=MACHINE))
        elif standing["waits_until"] or not standing["present"]:
            updates = {name: value for name, value in seen.items() if not name.startswith("first")}
            connection.execute(update(SIGHTINGS).where(where).values(**updates))
