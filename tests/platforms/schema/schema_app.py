"""A service on a database: `python schema_app.py --port 8001 --version 1.9.0`.

It knows the address of a user under one name alone, `$COLUMN`. Each request writes one and reads it back; what it
wrote last is kept in a table of its own, in the same transaction, so that afterwards every row can be compared.
"""

import argparse
import asyncio
import os
import random
from pathlib import Path
from typing import Any

import psycopg
import uvicorn

COLUMN = os.environ["COLUMN"]
INSERT = f"INSERT INTO users ({COLUMN}) VALUES (%s) RETURNING id"
UPDATE = f"UPDATE users SET {COLUMN} = %s WHERE id = %s"
READ = f"SELECT {COLUMN} FROM users WHERE id = %s"
TROUBLE = os.environ.get("TROUBLE", "")
"""While this file is there every answer is an error."""
KEPT = "INSERT INTO written VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET said = excluded.said"
Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class Service:
    """ASGI 3, HTTP only; one connection, used by one request after the other."""

    def __init__(self, version: str) -> None:
        self.version, self.lock = version, asyncio.Lock()
        self.connection: Connection | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_right = True
        if not scope["path"].startswith("/health"):
            async with self.lock:
                is_right = await self.write() and not (TROUBLE and Path(TROUBLE).exists())
        headers = [(b"content-length", b"0"), (b"x-version", self.version.encode())]
        await send({"type": "http.response.start", "status": 200 if is_right else 500, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def write(self) -> bool:
        """Whether what was written is what is read."""
        if self.connection is None:
            self.connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
        said, row = f"{random.randrange(10**9)}@{self.version}", random.randrange(1, 2000)
        async with self.connection.transaction():
            if random.random() < 0.5:
                row = (await (await self.connection.execute(INSERT, (said,))).fetchall())[0][0]
            else:
                await self.connection.execute(UPDATE, (said, row))
            await self.connection.execute(KEPT, (row, said))
        found = await (await self.connection.execute(READ, (row,))).fetchall()
        return bool(found) and "@" in str(found[0][0])


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", required=True)
    asked = parser.parse_args()
    uvicorn.run(
        Service(asked.version),
        host="127.0.0.1",
        port=asked.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
    )


if __name__ == "__main__":
    main()
