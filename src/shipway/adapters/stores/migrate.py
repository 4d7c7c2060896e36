"""Makes a store, or brings an older one up to date, in one transaction."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from shipway.adapters.stores import failures
from shipway.adapters.stores.schema import BUSY_SECONDS, HEAD, version_of
from shipway.adapters.stores.sqlite_lanes import engine

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
    """Whoever comes first makes it; who waited finds it made. Raises `StoreFailed` and changes nothing then."""
    made = engine(path, synchronous="FULL", busy_seconds=busy_seconds)
    try:
        with made.begin() as connection:
            if _version(connection, path) != HEAD:
                upgrade(connection)
    except DBAPIError as error:
        if failure := failures.failure_of(error.orig, path):
            raise failure from error
        raise
    finally:
        made.dispose()


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the connection's transaction."""
    settings = configuration()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def configuration() -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def _version(connection: Connection, path: Path) -> str | None:
    plain = connection.connection.driver_connection
    assert isinstance(plain, sqlite3.Connection)
    return version_of(plain, path)
