"""Findings that carry another finding_id than they did: which id is today's, and which ones it had before.

An event never changes, so a decision made under a former id stays under it; it is asked for by all ids that the finding
ever had. The machine alone renames (``sightings.sync``), when a release makes the ids of findings otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from xueji_lib.casebook.log.tables import FORMER_IDS, SIGHTINGS


def current_ids(connection: Connection, school_id: str | None = None) -> dict[str, str]:
    """Former finding_id → today's, of a school (None: of the county)."""
    query = select(FORMER_IDS.c.former_id, FORMER_IDS.c.finding_id)
    if school_id is not None:
        query = query.where(FORMER_IDS.c.school_id == school_id)
    return {str(former): str(current) for former, current in connection.execute(query)}


def current_id(connection: Connection, finding_id: str) -> str:
    """Today's id of a finding that is named by any id it ever had."""
    query = select(FORMER_IDS.c.finding_id).where(FORMER_IDS.c.former_id == finding_id)
    return str(connection.execute(query).scalar() or finding_id)


def every_id(connection: Connection, kind: str, subject: str) -> Sequence[str]:
    """The subjects under which the events of this one may stand: of a finding, all ids that it ever had."""
    if kind != "finding":
        return (subject,)
    today = current_id(connection, subject)
    query = select(FORMER_IDS.c.former_id).where(FORMER_IDS.c.finding_id == today)
    return (today, *(str(former) for former in connection.execute(query).scalars()))


def rename_findings(connection: Connection, school_of: Mapping[str, str], renamed: Mapping[str, str]) -> None:
    """Note former → today's ids, and give each finding its id of today. ``school_of``: the school of each of today's.

    A finding that stands under several ids is one from now on: what was decided under each stays, and where that is
    not the same it is a conflict, which a person settles.
    """
    known = current_ids(connection)
    rows = set(connection.execute(select(SIGHTINGS.c.finding_id)).scalars()) if renamed else set()
    for former, current in sorted(renamed.items()):
        same = SIGHTINGS.c.finding_id == former
        if current in rows:
            connection.execute(delete(SIGHTINGS).where(same))
        elif former in rows:
            connection.execute(update(SIGHTINGS).where(same).values(finding_id=current))
            rows.add(current)
        of_former = FORMER_IDS.c.finding_id == former
        connection.execute(update(FORMER_IDS).where(of_former).values(finding_id=current))
        if former not in known:
            row = {"former_id": former, "finding_id": current, "school_id": school_of[current]}
            connection.execute(insert(FORMER_IDS).values(**row))
