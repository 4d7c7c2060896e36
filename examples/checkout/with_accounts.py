"""The shop with customers and orders in PostgreSQL: `python with_accounts.py --code v1 --version 1.8.2`.

`--code` is the folder of a version: its `accounts.py` has the SQL in which that version knows a customer. Each
checkout is one transaction: a customer joins or moves to another address, orders, and gets a receipt.
`DATABASE_URL` says where.
"""

import argparse
import asyncio
import importlib.util
import os
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import uvicorn

from shipway.demo.app.behaviour import behaviour
from shipway.demo.app.checkout import build

ORDER = "INSERT INTO orders (user_id) VALUES (%s) RETURNING id"
RECEIPT = "INSERT INTO receipts (order_id, user_id, email) VALUES (%s, %s, %s)"
RETURNING = 0.5
"""The part of checkouts that are of a customer who was here before."""
Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Accounts:
    """One connection, which one checkout uses after the other."""

    def __init__(self, sql: ModuleType, address: str) -> None:
        self.sql, self.address, self.lock = sql, address, asyncio.Lock()
        self.connection: Connection | None = None
        self.known: list[int] = []

    async def check_out(self) -> bool:
        """Whether the customer's address is the one that was just written."""
        async with self.lock:
            if self.connection is None or self.connection.closed:
                self.connection = await psycopg.AsyncConnection.connect(self.address, autocommit=True)
            async with self.connection.transaction():
                return await self._ordered(self.connection, f"{random.randrange(10**12)}@example.com")

    async def _ordered(self, connection: Connection, email: str) -> bool:
        if self.known and random.random() < RETURNING:
            customer = random.choice(self.known)
            await connection.execute(self.sql.MOVE, (email, customer))
        else:
            customer = await _one(connection, self.sql.JOIN, email)
            self.known = [*self.known[-999:], customer]
        order = await _one(connection, ORDER, customer)
        await connection.execute(RECEIPT, (order, customer, email))
        return bool(await _one(connection, self.sql.READ, customer) == email)


async def _one(connection: Connection, query: str, value: object) -> Any:
    return (await (await connection.execute(query, (value,))).fetchall())[0][0]


class WithAccounts:
    """ASGI 3: the shop, whose checkouts are kept."""

    def __init__(self, shop: Any, accounts: Accounts) -> None:
        self.shop, self.accounts = shop, accounts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/checkout" and not await self.accounts.check_out():
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.shop(scope, receive, send)


def sql_of(code: Path) -> ModuleType:
    """The SQL of a version."""
    spec = importlib.util.spec_from_file_location("accounts", code / "accounts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="A small shop that knows its customers.")
    parser.add_argument("--code", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--version", default="1.8.2")
    asked = parser.parse_args()
    accounts = Accounts(sql_of(asked.code), os.environ["DATABASE_URL"])
    app = WithAccounts(build(behaviour(asked.version, os.environ)), accounts)
    uvicorn.run(app, host="127.0.0.1", port=asked.port, log_level="warning", access_log=False, lifespan="on")


if __name__ == "__main__":
    main()
