"""Answers of a plain ASGI application."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from shipway.health.asgi_types import Receive, Send

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer."""

    body: str
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Headers = field(default=())


def as_json(content: object, status: int = 200) -> Response:
    """As JSON."""
    return Response(json.dumps(content), status, "application/json")


async def send_response(response: Response, send: Send) -> None:
    """Send it."""
    body = response.body.encode()
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *response.headers,
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive) -> bytes:
    """All of a request's body."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
