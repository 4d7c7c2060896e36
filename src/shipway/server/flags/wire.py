"""The little of ASGI that is needed where every microsecond counts (asgi.readthedocs.io, HTTP 2.4)."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from shipway.server.flags.problems import too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")


def header(scope: Scope, name: bytes) -> str | None:
    """A header's value."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def bearer(scope: Scope) -> str | None:
    """The token of a request."""
    sent = header(scope, b"authorization")
    if sent is not None and sent[:7].lower() == "bearer ":
        return sent[7:].strip()
    return header(scope, b"x-api-key")


async def body(receive: Receive, limit: int) -> bytes:
    """All of a request's body. Raises `TooLarge`."""
    message = await receive()
    whole: bytes = message.get("body", b"")
    while message.get("more_body") and len(whole) <= limit:
        message = await receive()
        whole += message.get("body", b"")
    if len(whole) > limit:
        raise too_large(limit)
    return whole


async def answer(send: Send, status: int, content: bytes = b"", headers: Headers = (JSON,)) -> None:
    """A whole answer."""
    length = (b"content-length", b"%d" % len(content))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
