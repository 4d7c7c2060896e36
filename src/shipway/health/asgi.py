"""Health endpoints and graceful shutdown around an ASGI application."""

import asyncio
import logging

from shipway.health.answer import Answer
from shipway.health.asgi_shutdown import AsgiShutdown
from shipway.health.asgi_types import App, Message, Receive, Scope, Send
from shipway.health.health import Health
from shipway.health.in_flight import Kind, Request
from shipway.health.lifespan import Lifespan
from shipway.health.phase import Phase

logger = logging.getLogger("shipway.health")

SERVICE_RESTART = 1012


class AsgiMiddleware:
    """`app = AsgiMiddleware(app, health)`, outermost, so that it sees every request and the lifespan.

    Graceful shutdown begins with the server's lifespan messages: do not turn them off.
    """

    def __init__(self, app: App, health: Health) -> None:
        self._app = app
        self._health = health
        self._shutdown = AsgiShutdown(health)
        self._lifespan_was_seen = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        match scope["type"]:
            case "lifespan":
                self._lifespan_was_seen = True
                await Lifespan(self._app, self._shutdown.install, self._shutdown.close)(scope, receive, send)
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in self._health.paths:
            await _reply(await self._health.at(scope["path"]), scope, self._last_on_connection(scope, send))
            return
        self._require_lifespan()
        with self._health.in_flight.during(Request(Kind.HTTP, asyncio.current_task())):
            await self._app(scope, receive, self._last_on_connection(scope, send))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._health.phase is Phase.CLOSING:
            await _refuse(scope, send)
            return

        async def go_away() -> None:
            await send({"type": "websocket.close", "code": SERVICE_RESTART, "reason": "service restart"})

        with self._health.in_flight.during(Request(Kind.WEBSOCKET, asyncio.current_task(), go_away)):
            await self._app(scope, receive, send)

    def _last_on_connection(self, scope: Scope, send: Send) -> Send:
        """Sends `Connection: close` while the process ends, so that clients do not reuse the connection.

        HTTP/2 forbids the header (RFC 9113, section 8.2.2); servers send GOAWAY there.
        """

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._health.phase is not Phase.SERVING:
                message = {**message, "headers": _with_close(message.get("headers", ()))}
            await send(message)

        return closing if scope.get("http_version", "1.1").startswith("1") else send

    def _require_lifespan(self) -> None:
        if not self._lifespan_was_seen:
            self._lifespan_was_seen = True
            logger.error(
                "the server sends no lifespan messages: SIGTERM will not be graceful "
                "(uvicorn: --lifespan on; granian: --interface asgi; gunicorn: --asgi-lifespan on)"
            )


def _with_close(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"connection"]
    return [*kept, (b"connection", b"close")]


async def _reply(answer: Answer, scope: Scope, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(scope: Scope, send: Send) -> None:
    """503 where the server can say it before the handshake; else closing it, which servers turn into 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": SERVICE_RESTART})
        return
    await send({"type": "websocket.http.response.start", "status": 503, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
