"""A real MariaDB for tests: one server for a process, in a folder of its own, and a new database for each test."""

import getpass
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pymysql
import pytest

from shipway.adapters.databases.mariadb.connecting import connection_to

START_SECONDS, STOP_SECONDS, INSTALLS_MAX = 60.0, 30.0, 2
ROOT_BECOMES = "mysql"
"""Debian's package makes this user; the server refuses to run as root."""
QUICK = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=64M",
    "--skip-log-bin",
    "--max-connections=200",
)
numbers = itertools.count(1)


class Server:
    """One `mariadbd` that can be killed and started again over the same files."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder, self.settings = folder, settings
        self.socket = folder / "s.sock"
        self.process: subprocess.Popen[bytes] | None = None
        user = ROOT_BECOMES if os.geteuid() == 0 else getpass.getuser()
        data = f"--datadir={folder / 'data'}"
        self.common = ("--no-defaults", data, f"--user={user}", "--innodb-use-native-aio=0")
        if os.geteuid() == 0:
            owner = pwd.getpwnam(user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def install(self) -> None:
        """An empty server. The installer is a script that is not what is proven here, so it may try twice."""
        plain = ("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
        words = ["mariadb-install-db", *self.common, *plain]
        said = []
        for _ in range(INSTALLS_MAX):
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            ran = subprocess.run(words, capture_output=True, text=True, timeout=START_SECONDS, check=False)
            if ran.returncode == 0:
                return
            said.append(f"{ran.stdout}\n{ran.stderr}")
        raise AssertionError("\n".join(said))

    def start(self) -> None:
        """And wait until it answers."""
        words = ["mariadbd", *self.common, *QUICK, *self.settings, f"--socket={self.socket}", "--skip-networking"]
        log = f"--log-error={self.folder / 'error.log'}"
        self.process = subprocess.Popen([*words, log], stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                connection_to(self.uri(""), purpose="test", seconds=5).close()
                return
            except pymysql.MySQLError:
                is_there = self.process.poll() is None and time.monotonic() < until
                assert is_there, (self.folder / "error.log").read_text()
                time.sleep(0.05)

    def kill(self) -> None:
        """As the power going out."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)

    def uri(self, name: str) -> str:
        return f"mariadb://root@localhost/{name}?unix_socket={quote(str(self.socket))}"


@contextmanager
def running(*settings: str) -> Iterator[Server]:
    """A server that ends, with its files, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="shipway-mariadb-"))
    server = Server(folder, *settings)
    try:
        server.install()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    if shutil.which("mariadbd") is None and "mariadbd" not in os.environ.get("SHIPWAY_EXPECTED", ""):
        pytest.skip("no mariadbd; `make test-schema` installs Debian's")
    with running() as server:
        yield server


@pytest.fixture
def mariadb(mariadb_server: Server) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"shop_{next(numbers)}"
    run(mariadb_server.uri(""), f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb_server.uri(name)
    run(mariadb_server.uri(""), f"DROP DATABASE {name}")


def rows(uri: str, query: str) -> list[tuple[object, ...]]:
    """What a query answers."""
    connection = connection_to(uri, purpose="test", seconds=10)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cast(list[tuple[object, ...]], list(cursor.fetchall()))
    finally:
        connection.close()


def run(uri: str, *statements: str) -> None:
    """Each by itself, and with patience for locks."""
    connection = connection_to(uri, purpose="test", seconds=10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = 60, innodb_lock_wait_timeout = 60")
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def dumped(uri: str) -> str:
    """Every table and trigger but our own, as the server prints them, with all rows in order of their keys."""
    shown = []
    for (name,) in rows(
        uri, "SHOW TABLES WHERE Tables_in_" + uri.split("/")[3].split("?")[0] + " NOT LIKE 'shipway%'"
    ):
        ((_, text),) = rows(uri, f"SHOW CREATE TABLE `{name}`")
        head, _, tail = str(text).partition(" AUTO_INCREMENT=")
        shown.append(head + tail.lstrip("0123456789"))
        shown += sorted(map(repr, rows(uri, f"SELECT * FROM `{name}`")))
    return "\n".join([*shown, *map(repr, rows(uri, "SHOW TRIGGERS"))])
