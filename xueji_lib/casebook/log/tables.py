"""The casebook's tables. Only ``migrations`` creates them; the two are held together by a test.

People's doings (``events``) and the audit trail are only ever added to; what the machine saw (``sightings``) is the
machine's own and is replaced by it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

METADATA: Final = MetaData()

META: Final = Table(
    "meta",
    METADATA,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""``casebook``: which casebook this is. ``salt``: a secret that its copies share. ``trail``: length and last hash of
the audit trail."""

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("school_id", String(20), nullable=False),
    Column("term", String(12), nullable=False),
    Column("who", String(100), nullable=False),
    Column("role", String(16), nullable=False),
    Column("at", String(40), nullable=False),
    Column("parents", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("events_of_subject", "kind", "subject"),
    Index("events_of_school", "school_id", "term"),
)

TRAIL: Final = Table(
    "trail",
    METADATA,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("who", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("school_id", String(20), nullable=False),
    Column("ref", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

SIGHTINGS: Final = Table(
    "sightings",
    METADATA,
    Column("finding_id", String(40), primary_key=True),
    Column("school_id", String(20), nullable=False, index=True),
    Column("finding", Text, nullable=False),  # the row of findings.csv as last seen, JSON, masked
    Column("evidence", String(64), nullable=False),  # digest of the evidence as last seen
    Column("first_term", String(12), nullable=False),
    Column("first_as_of", String(10), nullable=False),
    Column("last_term", String(12), nullable=False),
    Column("last_as_of", String(10), nullable=False),
    Column("data_mark", String(64), nullable=False),  # of the school's data when last looked for
    Column("present", Boolean, nullable=False),
    Column("gone_at", String(10), nullable=False),  # the day of the check that no longer found it, else ""
    Column("times_gone", Integer, nullable=False),
    Column("origin", String(16), nullable=False),  # 系统 or 现场
    Column("found_on", String(10), nullable=False, server_default=""),  # the day people saw it at the school, else ""
    Column("waits_until", String(10), nullable=False, server_default=""),  # the last day the school has to explain it
    Column("case_id", String(24), nullable=False, server_default=""),  # the same at all sides of a case at two schools
    Column("two_sides", Text, nullable=False, server_default=""),  # judge.two_sides.TwoSides, JSON
)

FORMER_IDS: Final = Table(
    "former_ids",
    METADATA,
    Column("former_id", String(40), primary_key=True),
    Column("finding_id", String(40), nullable=False, index=True),
    Column("school_id", String(20), nullable=False, index=True),
)
"""The finding_id that a finding had before → the one it has."""

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("term", String(12), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("edition", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    Column("data_order", Integer, nullable=False, server_default="0"),  # Store.data_order then; 0: 0.1.0 did not say
)

FILES: Final = Table(
    "files",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("media", String(40), nullable=False),
    Column("size", Integer, nullable=False),
)
"""Evidence files; their bytes lie beside the database, under their digest."""

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("school_id", String(20), nullable=False),
    Column("password", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", String(40), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("changed_at", String(40), nullable=False),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("token", LargeBinary(32), primary_key=True),  # a digest of what the browser holds
    Column("name", String(100), ForeignKey("accounts.name"), nullable=False, index=True),
    Column("created_at", String(40), nullable=False),
    Column("seen_at", String(40), nullable=False),
)

GUESSES: Final = Table(
    "guesses",
    METADATA,
    Column("name", String(100), ForeignKey("accounts.name"), primary_key=True),
    Column("source", String(80), primary_key=True),  # an address, a device, or "" for the account as a whole
    Column("failures", Integer, nullable=False),
    Column("locks", Integer, nullable=False),
    Column("locked_until", String(40), nullable=False),
    Column("last_at", String(40), nullable=False),
)
"""Failed log-ins by account and where from (``access.guesses``)."""

API_TOKENS: Final = Table(
    "api_tokens",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),  # of what the program holds
    Column("label", String(60), nullable=False),
    Column("scope", String(12), nullable=False),
    Column("scope_of", String(60), nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("revoked_at", String(40), nullable=False),
    Index("api_tokens_by_digest", "digest", unique=True),
)
"""With which programs read results (``access.api_tokens``)."""
