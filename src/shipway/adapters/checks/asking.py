"""What a check found out, and how a service is asked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from shipway.adapters.clock import WallClock
from shipway.adapters.web.client import Answer, Client
from shipway.adapters.web.credentials import Credentials

ANSWER_SECONDS = 20.0
Read = TypeVar("Read")


class Found(Struct, frozen=True):
    """Whether it is so; none: nobody can tell from here."""

    is_so: bool | None
    said: str


class Service:
    """One service over HTTP, for the questions of one check. Use it as a context manager."""

    def __init__(
        self,
        name: str,
        url: str,
        headers: Mapping[str, str],
        *,
        bearer: str = "",
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """`bearer` and `secrets` name variables; those that are not set are not sent."""
        given = {header: f"text:{value}" for header, value in headers.items()}
        given |= {header: f"env:{name}" for header, name in (secrets or {}).items() if os.environ.get(name)}
        token = f"env:{bearer}" if bearer and os.environ.get(bearer) else None
        credentials = Credentials(given, directory=Path(), bearer=token)
        self._client = Client(url, credentials, name=name, clock=WallClock(), timeout_seconds=ANSWER_SECONDS)

    async def __aenter__(self) -> "Service":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Raises `PortError` where there is no answer, or it may not be asked."""
        return await self._client.get(path, parameters or {})

    async def read(self, path: str, kind: type[Read], parameters: Mapping[str, str] | None = None) -> Read:
        """As `get`, and the answer must be 200 with this form."""
        answer = await self.get(path, parameters)
        if answer.status != 200:
            raise self._client.silent(f"{self._client.name} answered {answer.status} to {path}")
        return self._client.read(answer, kind)
