"""PostgreSQL's own programs: which pg_dump fits a server, and how it is run.

pg_dump reads servers of its own version and older ones, and refuses newer ones.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from shipway.adapters.databases import programs
from shipway.adapters.databases.postgres.session import Session
from shipway.errors import ShipwayError

ASK_SECONDS = 20.0
"""For a program to say its version."""
DEBIAN = "/usr/lib/postgresql/{}/bin"
"""Where Debian's packages put the programs of each version."""
MAY_ASK = "SELECT has_table_privilege('pg_config', 'SELECT') AND has_function_privilege('pg_config()', 'EXECUTE')"
FOLDER = "SELECT setting FROM pg_config WHERE name = 'BINDIR'"


class NoPgDump(ShipwayError):
    """No pg_dump, or pg_restore, that fits."""

    code = "no-pg-dump"


class PgDumpFailed(ShipwayError):
    """One of them ended with an error."""

    code = "pg-dump-failed"


class Program(Struct, frozen=True, kw_only=True):
    """One that is installed."""

    path: str
    version: int
    """Its first number."""


def found(session: Session, name: str, *, least: int = 0) -> Program:
    """`pg_dump` or `pg_restore` for this server: that of PATH, or beside the server's. Raises `NoPgDump`."""
    server = int(str(session.rows("SHOW server_version_num")[0][0])) // 10_000
    wanted = max(server, least)
    known = [one for path in _places(session, name, wanted) if (one := _asked(path)) is not None]
    fitting = next((one for one in known if one.version >= wanted), None)
    if fitting is not None:
        return fitting
    if known:
        newest = max(known, key=lambda one: one.version)
        raise NoPgDump(
            f"{name} {newest.version} is older than {wanted}",
            where=newest.path,
            why=f"PostgreSQL {wanted} may have what it does not know, so it refuses.",
            fix=f"Install the client programs of PostgreSQL {wanted}, or put them first in PATH.",
        )
    raise NoPgDump(
        f"{name} is not here",
        where="PATH",
        why="A snapshot is made and read by PostgreSQL's own programs.",
        fix=f"Install the client programs of PostgreSQL {wanted}, with {name} in PATH.",
    )


def _places(session: Session, name: str, wanted: int) -> Iterator[str]:
    if path := shutil.which(name):
        yield path
    for folder in (_beside_the_server(session), DEBIAN.format(wanted)):
        if folder and os.access(Path(folder) / name, os.X_OK):
            yield str(Path(folder) / name)


def _beside_the_server(session: Session) -> str:
    """Empty for a role that is not told. Where the server is elsewhere there is no such folder here."""
    return str(session.rows(FOLDER)[0][0]) if session.rows(MAY_ASK)[0][0] is True else ""


def _asked(path: str) -> Program | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return Program(path=path, version=int(number[1])) if number else None


@contextmanager
def running(
    program: Program, arguments: Sequence[str], *, session: Session | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """Its output is a pipe; with a session it is told the address. Raises `PgDumpFailed` when it fails.

    It ends with the block, whatever ends that.
    """
    address, secret = _address(session) if session is not None else ([], {})
    with programs.running([program.path, *address, *arguments], secret, PgDumpFailed) as process:
        yield process


def _address(session: Session) -> tuple[list[str], dict[str, str]]:
    """Without the password, which other users of the machine would see among the arguments.

    What the user wrote, not what the connection says of itself: our libpq fills in options, such as `sslcertmode`,
    that an older program refuses.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    given = conninfo_to_dict(session.url)
    given.pop("password", None)
    password = session.connection.info.password
    return [f"--dbname={make_conninfo('', **given)}"], {"PGPASSWORD": password} if password else {}
