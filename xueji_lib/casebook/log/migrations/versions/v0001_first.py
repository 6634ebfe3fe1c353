"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("term", sa.String(12), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("parents", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("events_of_subject", "events", ["kind", "subject"])
    op.create_index("events_of_school", "events", ["school_id", "term"])
    op.create_table(
        "trail",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("finding_id", sa.String(40), primary_key=True),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("evidence", sa.String(64), nullable=False),
        sa.Column("first_term", sa.String(12), nullable=False),
        sa.Column("first_as_of", sa.String(10), nullable=False),
        sa.Column("last_term", sa.String(12), nullable=False),
        sa.Column("last_as_of", sa.String(10), nullable=False),
        sa.Column("data_mark", sa.String(64), nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("gone_at", sa.String(10), nullable=False),
        sa.Column("times_gone", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
    )
    op.create_index("ix_sightings_school_id", "sightings", ["school_id"])
    op.create_table(
        "runs",
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("term", sa.String(12), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("edition", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("media", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("school_id", sa.String(20), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(40), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary(32), primary_key=True),
        sa.Column("name", sa.String(100), sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.String(40), nullable=False),
    )
    op.create_index("ix_sessions_name", "sessions", ["name"])
