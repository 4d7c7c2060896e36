"""A file of SQLite, through the contract of every database."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.database import CHANGE, DatabaseContract
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.databases import adapter, build
from shipway.adapters.databases.adapter import SqlDatabase

STEP = "rename_column: {table: users, from: email, to: email_address}"
DEADLINE_SECONDS = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy is not a database that hangs."""
    monkeypatch.setattr(adapter, "ANSWER_SECONDS", DEADLINE_SECONDS)
    monkeypatch.setattr(adapter, "ACCEPT_SECONDS", DEADLINE_SECONDS)


class SqlitePlace:
    def __init__(self, folder: Path, *, hold: str) -> None:
        self.folder, self.hold = folder, hold
        self.made: list[SqlDatabase] = []
        (folder / "url").write_text(f"sqlite:///{folder / 'shop.db'}")
        connection = sqlite3.connect(folder / "shop.db")
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL)")
        connection.executemany("INSERT INTO users (email) VALUES (?)", [(f"u{n}",) for n in range(2_000)])
        connection.commit()
        connection.close()
        self.database = self.again()

    def again(self) -> SqlDatabase:
        text = f"change: {CHANGE}\nsteps:\n  - {STEP}\nhold: {self.hold}\n"
        changes = {CHANGE: {"file": "0007.yaml", "text": text}}
        options = {"database": "file:url", "directory": str(self.folder), "changes": changes}
        context = Context(service="checkout", home=self.folder, clock=WallClock(), health={})
        self.made.append(build(options, context))
        return self.made[-1]

    def until(self, claim: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not claim():
            assert time.monotonic() < deadline, [asyncio.run(one.observe()) for one in self.made]
            time.sleep(0.02)


class TestSqlite(DatabaseContract):
    @pytest.fixture
    def place(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SqlitePlace]:
        found = SqlitePlace(tmp_path, hold="1h" if "held" in request.node.name else "0s")
        yield found
        for one in found.made:
            asyncio.run(one.close())
