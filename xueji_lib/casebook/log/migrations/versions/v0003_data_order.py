"""How often the data had changed before a run of the checks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("runs", sa.Column("data_order", sa.Integer, nullable=False, server_default="0"))
