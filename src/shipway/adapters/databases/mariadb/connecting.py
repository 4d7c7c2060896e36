"""Connections to a MariaDB whose schema is changed, by PyMySQL: `mariadb://user:password@host:3306/database`."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from shipway import __version__
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.mariadb.telling import explained
from shipway.adapters.databases.mariadb.versions import version_of
from shipway.schema.dialects.mariadb.missing import missing

if TYPE_CHECKING:
    from pymysql.connections import Connection

    from shipway.adapters.databases.mariadb.session import Session

PORT, CONNECT_SECONDS = 3306, 10
MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""Expressions of a change mean the same wherever it runs; triggers keep the mode that they were made in."""
LOCK_SECONDS = 1
"""Nobody waits longer, should the one who watches us be gone."""
BEGIN = (
    f"SET SESSION sql_mode = '{MODE}', lock_wait_timeout = {LOCK_SECONDS},"
    " innodb_lock_wait_timeout = 0, tx_isolation = 'READ-COMMITTED'"
)
"""What every session says first. Row locks are never waited for: a batch that meets one is repeated."""
OLDEST = (10, 6)
"""Before it, a server that dies in the middle of DDL may leave half of it."""


def dial(url: str, *, purpose: str, where: str, seconds: int) -> "Session":
    """See `opening.dial`."""
    try:
        import pymysql
    except ImportError as error:
        raise missing("PyMySQL", "talks to MariaDB") from error
    from shipway.adapters.databases.mariadb.session import Session

    def another() -> "Connection":
        return connection_to(url, purpose=f"{purpose} watch", seconds=seconds)

    try:
        connection = connection_to(url, purpose=purpose, seconds=seconds)
    except (pymysql.MySQLError, OSError, ValueError) as error:
        raise explained(error, where=where) from error
    _fit(connection, where=where)
    return Session(connection, another, url=url)


def connection_to(url: str, *, purpose: str, seconds: int, begin: str = BEGIN) -> "Connection":
    """One that commits each statement by itself. Raises PyMySQL's errors, and `ValueError` of an address."""
    import pymysql

    parts = urlsplit(url)
    words = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or PORT,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.removeprefix("/")),
        unix_socket=words.get("unix_socket"),
        ssl_ca=words.get("ssl_ca"),
        ssl_verify_cert=True if "ssl_ca" in words else None,
        connect_timeout=seconds,
        charset="utf8mb4",
        autocommit=True,
        program_name=f"shipway {__version__} {purpose}",
        init_command=begin,
    )


def _fit(connection: "Connection", *, where: str) -> None:
    """Raises `DatabaseError` where it is a MySQL, too old, or no database is named."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION(), DATABASE()")
        said, database = cursor.fetchone() or ("", None)
    reasons = (
        ("mariadb" not in said.lower(), f"It is {said}, no MariaDB", "Lint is what Shipway does for MySQL."),
        (
            version_of(said) < OLDEST,
            f"It is {said}, and DDL is whole or not at all from 10.6",
            "Update the server.",
        ),
        (not database, "The address names no database", "Write mariadb://user:password@host/database."),
    )
    for is_so, why, fix in reasons:
        if is_so:
            connection.close()
            raise DatabaseError("This database cannot be changed", where=where, why=f"{why}.", fix=fix)
