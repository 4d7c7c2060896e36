"""Sessions by address: its scheme says which dialect is spoken. Only that one is loaded."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

from shipway.adapters.databases.session import Session
from shipway.schema.difference import Name

CONNECT_SECONDS = 10
POSTGRES = "postgres"
SCHEMES = {"mariadb": "mariadb", "mysql": "mariadb", "sqlite": "sqlite"}
"""Others are PostgreSQL's: libpq takes words too, such as `host=db dbname=shop`."""


class Dialling(Protocol):
    """`connecting` of a dialect."""

    def dial(self, url: str, *, purpose: str, where: str, seconds: int) -> Session:
        """A session. Raises `DatabaseError`, or what is missing of an extra."""
        ...


class Describing(Protocol):
    """`describing` of a dialect."""

    def described(self, session: Session) -> dict[Name, str]:
        """Every object of a schema by its kind and name. Raises `DatabaseError`."""
        ...

    def scratch(self, url: str) -> AbstractContextManager[str]:
        """The address of a new, empty database beside this one, gone at the end. Raises `DatabaseError`."""
        ...


def dialect_of(url: str) -> str:
    """Its name, which is its folder's."""
    scheme = urlsplit(url).scheme.partition("+")[0] if "://" in url else ""
    return SCHEMES.get(scheme, POSTGRES)


def dial(url: str, *, purpose: str, where: str = "--database", seconds: int = CONNECT_SECONDS) -> Session:
    """A session that somebody has to close. Raises `DatabaseError`, or what is missing of an extra."""
    module = import_module(f"shipway.adapters.databases.{dialect_of(url)}.connecting")
    return cast(Dialling, module).dial(url, purpose=purpose, where=where, seconds=seconds)


def describing(url: str) -> Describing:
    """How its schema is read."""
    return cast(Describing, import_module(f"shipway.adapters.databases.{dialect_of(url)}.describing"))


@contextmanager
def opened(url: str, *, purpose: str, where: str = "--database") -> Iterator[Session]:
    """A session that is closed at the end. Raises as `dial`."""
    session = dial(url, purpose=purpose, where=where)
    try:
        yield session
    finally:
        session.close()
