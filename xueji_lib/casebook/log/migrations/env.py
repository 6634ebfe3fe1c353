"""Runs the migrations on the connection that ``database.py`` hands over, inside its transaction."""

from alembic import context

from xueji_lib.casebook.log.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
