"""Which case at two schools a finding is one side of, and what it knows of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("sightings", sa.Column("case_id", sa.String(24), nullable=False, server_default=""))
    op.add_column("sightings", sa.Column("two_sides", sa.Text(), nullable=False, server_default=""))
