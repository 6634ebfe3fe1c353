"""When people saw at a school what a finding says, and until when it waits for the school to explain it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("found_on", "waits_until"):
        op.add_column("sightings", sa.Column(name, sa.String(10), nullable=False, server_default=""))
