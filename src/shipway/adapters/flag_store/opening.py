"""Opens a flag server's store, made or brought up to date where needed."""

import secrets
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import DBAPIError

from shipway.adapters.flag_store.tables import ENVIRONMENTS, STORE
from shipway.adapters.stores import failures
from shipway.adapters.stores.failures import StoreCorrupt, StoreNewer, explained
from shipway.adapters.stores.sqlite import write_ahead
from shipway.adapters.stores.sqlite_lanes import SqliteLanes, engine

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_SECONDS = 5.0
FIRST_ENVIRONMENT = "production"


def open_lanes(path: Path) -> SqliteLanes:
    """The way to the store at `path`, which has an environment, a name and a key.

    Raises `StoreNewer`, `StoreCorrupt`, `StoreLocked`, `DiskFull` or `StoreUnwritable`; nothing was changed then.
    """
    with explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
        write_ahead(path, busy_seconds=BUSY_SECONDS)
        _migrate(path)
    return SqliteLanes(path, busy_seconds=BUSY_SECONDS)


def _migrate(path: Path) -> None:
    """Whoever comes first makes it; who waited finds it made."""
    made = engine(path, synchronous="FULL", busy_seconds=BUSY_SECONDS)
    try:
        with made.begin() as connection:
            _check(connection, path)
            settings = configuration()
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
            furnish(connection)
    except DBAPIError as error:
        if failure := failures.failure_of(error.orig, path):
            raise failure from error
        raise
    finally:
        made.dispose()


def configuration() -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def _check(connection: Connection, path: Path) -> None:
    """A newer store, or another program's, stays as it is."""
    tables = set(inspect(connection).get_table_names())
    if tables and not {"alembic_version", "exposures"} <= tables:
        raise StoreCorrupt.foreign(path)
    version, known, newest = known_version(connection)
    if version is not None and version not in known:
        raise StoreNewer.at(path, version=version, known=newest)


def known_version(connection: Connection) -> tuple[str | None, frozenset[str], str]:
    """The version of the tables that are there, those that we know, and the newest of them."""
    scripts = ScriptDirectory.from_config(configuration())
    version = MigrationContext.configure(connection).get_current_revision()
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return version, known, str(scripts.get_current_head())


def furnish(connection: Connection) -> None:
    """What each store has: its name, its key, an environment."""
    names = set(connection.scalars(select(STORE.c.name)))
    for name in ("id", "key"):
        if name not in names:
            connection.execute(
                STORE.insert(), {"name": name, "value": secrets.token_hex(8 if name == "id" else 32)}
            )
    if connection.scalar(select(ENVIRONMENTS.c.name).limit(1)) is None:
        row = {"name": FIRST_ENVIRONMENT, "revision": 0, "needs_approval": False}
        connection.execute(ENVIRONMENTS.insert(), row)
