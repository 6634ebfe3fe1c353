"""Which finding_id a finding had before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "former_ids",
        sa.Column("former_id", sa.String(40), primary_key=True),
        sa.Column("finding_id", sa.String(40), nullable=False),
        sa.Column("school_id", sa.String(20), nullable=False),
    )
    op.create_index("ix_former_ids_finding_id", "former_ids", ["finding_id"])
    op.create_index("ix_former_ids_school_id", "former_ids", ["school_id"])
