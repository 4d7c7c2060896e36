"""Counts requests of this process that change something in a cluster."""

from types import TracebackType
from typing import Any, Self

import httpx

READS = ("GET", "HEAD", "OPTIONS")


class Writes:
    """From entering it to leaving it. The client's own session is watched, below everything of Shipway's."""

    def __init__(self) -> None:
        self.count = 0
        self._request = httpx.AsyncClient.request

    def __enter__(self) -> Self:
        original, seen = self._request, self

        async def counting(client: httpx.AsyncClient, method: str, url: Any, **named: Any) -> httpx.Response:
            if method.upper() not in READS and "dryRun" not in str(named.get("params")):
                seen.count += 1
            return await original(client, method, url, **named)

        httpx.AsyncClient.request = counting  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        httpx.AsyncClient.request = self._request  # type: ignore[method-assign]
