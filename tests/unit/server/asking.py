"""Asks the server's application without a socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Kind, Token
from shipway.server.flags.access import new_token
from shipway.server.flags.app import application, serving
from shipway.server.flags.environments import Environments
from shipway.server.flags.wire import App


@dataclass
class Said:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Asking:
    app: App
    environments: Environments
    admin: str

    async def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Said:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = [(b"authorization", f"Bearer {self.admin if token is None else token}".encode())]
        sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": sent,
            "root_path": "",
        }
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": raw}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        got = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return Said(messages[0]["status"], got, b"".join(one.get("body", b"") for one in messages[1:]))

    async def token(self, name: str, kind: Kind, environment: str | None = "production") -> str:
        said = await self("POST", "/tokens", {"name": name, "kind": kind, "environment": environment})
        assert said.status == 201, said.raw
        return str(said.json["token"])


@asynccontextmanager
async def asking(folder: Path, *, origins: tuple[str, ...] = ()) -> AsyncIterator[Asking]:
    with FlagStore(folder / "flags.db") as store:
        text, digest = new_token("admin")
        token = Token(id="first", name="anna", kind="admin", environment=None, at=0.0, by="a test")
        await store.desk.add_token(token, digest)
        async with serving(store) as environments:
            yield Asking(application(environments, origins=origins), environments, text)
