"""For what only PostgreSQL can do."""

from typing import TYPE_CHECKING

from shipway.errors import ShipwayError

if TYPE_CHECKING:
    from shipway.adapters.databases.postgres.session import Session as PostgresSession
    from shipway.adapters.databases.session import Session


class OnlyPostgres(ShipwayError):
    """The database is another one."""

    code = "only-postgres"


def is_postgres(session: "Session") -> bool:
    """Whether it is one."""
    from shipway.adapters.databases.postgres.session import Session as PostgresSession

    return isinstance(session, PostgresSession)


def postgres(session: "Session") -> "PostgresSession":
    """The same session. Raises `OnlyPostgres`."""
    from shipway.adapters.databases.postgres.session import Session as PostgresSession

    if not isinstance(session, PostgresSession):
        raise OnlyPostgres(
            "This works on PostgreSQL alone",
            where="--database",
            why="The address is that of another database.",
            fix="Use that database's own tools, such as mariadb-dump or `sqlite3`.",
        )
    return session
