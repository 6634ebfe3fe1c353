"""Tokens with which programs read results over the network: a digest of each, its scope, until when it holds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("scope", sa.String(12), nullable=False),
        sa.Column("scope_of", sa.String(60), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("revoked_at", sa.String(40), nullable=False),
    )
    op.create_index("api_tokens_by_digest", "api_tokens", ["digest"], unique=True)
