"""Opens a flag server's store in a PostgreSQL database, made or brought up to date where needed."""

from alembic import command
from sqlalchemy import text

from shipway.adapters.flag_store.opening import configuration, furnish, known_version
from shipway.adapters.stores.failures import StoreNewer
from shipway.adapters.stores.postgres_lanes import PostgresLanes, explained

SCHEMA = "shipway_flags"
"""A schema of its own, so that the database may be the application's."""
LOCK = 0x5348_4950_464C_4147
"""Whoever comes first makes the tables; who waits finds them made."""


def open_postgres(address: str) -> PostgresLanes:
    """The way to the store, which has an environment, a name and a key.

    Raises `StoreFailed`, `StoreNewer`, `NoPostgres`; nothing was changed then.
    """
    lanes = PostgresLanes(address, schema=SCHEMA)
    with explained(), lanes.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        version, known, newest = known_version(connection)
        if version is not None and version not in known:
            raise StoreNewer(
                "the store was written by a newer Shipway",
                where=f"schema {SCHEMA} of the store's database",
                why=f"its tables are of {version}; this Shipway knows {newest} and older, and changed nothing",
                fix="upgrade with `pip install --upgrade shipway`",
            )
        settings = configuration()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        furnish(connection)
    return lanes
