"""Failed log-ins by account and where from, so that whoever guesses locks himself out and not the account's owner."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "guesses",
        sa.Column("name", sa.String(100), sa.ForeignKey("accounts.name"), primary_key=True),
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locks", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(40), nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False),
    )
