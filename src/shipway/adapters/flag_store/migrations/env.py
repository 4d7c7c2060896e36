"""Alembic's entry: it always runs over the connection, and in the transaction, of `opening.open_flag_store`."""

from alembic import context

from shipway.adapters.flag_store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
context.run_migrations()
