"""An address that is a pooler's is refused: one that greets by itself, as PgBouncer does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from postgres import database, postgres_server  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import Pooled
from shipway.adapters.databases.postgres.connecting import connected

pytestmark = pytest.mark.real
KEY = b"K\x00\x00\x00\x0c"
"""BackendKeyData, with its length: the number of the process and a secret follow."""


@pytest.fixture
def relay(database: str) -> Iterator[str]:  # noqa: F811
    """An address between, that gives out keys of its own."""
    folder = psycopg.conninfo.conninfo_to_dict(database)["host"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, f"{folder}/.s.PGSQL.5432"), daemon=True).start()
        port = listening.getsockname()[1]
        yield psycopg.conninfo.make_conninfo(database, host="127.0.0.1", port=port, gssencmode="disable")


def _serve(listening: socket.socket, target: str) -> None:
    with suppress(OSError):
        while True:
            near, _ = listening.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(target)
            threading.Thread(target=_copy, args=(near, far, False), daemon=True).start()
            threading.Thread(target=_copy, args=(far, near, True), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, renames: bool) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(65536):
            at = data.find(KEY) if renames else -1
            target.sendall(data if at < 0 else data[: at + 5] + b"\x00\x00\x10\x01" + data[at + 9 :])


def test_who_greets_by_itself_is_refused(relay: str) -> None:
    with pytest.raises(Pooled, match="A pooler stands between"), connected(relay, purpose="test"):
        pass


def test_postgresql_itself_is_not(database: str) -> None:  # noqa: F811
    with connected(database, purpose="test change") as connection:
        ((name,),) = connection.execute("SELECT current_setting('application_name')").fetchall()
    assert str(name).startswith("shipway ")
    assert str(name).endswith(" test change")
