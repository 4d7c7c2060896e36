"""The shop's pages."""

import asyncio
import random
from urllib.parse import parse_qs

from shipway.demo.app import shop
from shipway.demo.app.behaviour import Behaviour
from shipway.demo.app.responses import Response, as_json, read_body, send_response
from shipway.health.asgi_types import Receive, Scope, Send

SECONDS_MAX = 120.0
EVENT_SECONDS = 0.25


class Routes:
    """A plain ASGI application.

    `GET /`, `GET /cart`, `POST /checkout`, `GET /slow?seconds=10`, `GET /stream?seconds=10`, WebSocket `/live`.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3, without a lifespan of its own."""
        match scope["type"], scope.get("method"), scope.get("path"):
            case "lifespan", _, _:
                pass
            case "websocket", _, "/live":
                await _echo(receive, send)
            case "websocket", _, _:
                await send({"type": "websocket.close", "code": 1008})
            case "http", "GET", "/slow":
                await asyncio.sleep(_seconds(scope))
                await send_response(as_json({"seconds": _seconds(scope)}), send)
            case "http", "GET", "/stream":
                await _stream(_seconds(scope), send)
            case _:
                await send_response(await self._page(scope, receive), send)

    async def _page(self, scope: Scope, receive: Receive) -> Response:
        await asyncio.sleep(self._behaviour.latency_seconds)
        if random.random() < self._behaviour.fail_share:
            return as_json({"error": "the till is broken"}, 500)
        match scope["method"], scope["path"]:
            case "GET" | "HEAD", "/":
                return Response(shop.page(self._behaviour.version))
            case "GET", "/cart":
                return as_json(shop.receipt((), self._behaviour.version))
            case "POST", "/checkout":
                return self._checkout(await read_body(receive))
        return as_json({"error": "there is nothing here"}, 404)

    def _checkout(self, body: bytes) -> Response:
        try:
            return as_json(shop.receipt(shop.parse_order(body), self._behaviour.version), 201)
        except shop.BadOrder as error:
            return as_json({"error": str(error)}, 400)


def _seconds(scope: Scope) -> float:
    """Of the query; 10 when it does not say, at most `SECONDS_MAX`."""
    text = parse_qs(scope["query_string"].decode()).get("seconds", ["10"])[0]
    try:
        return min(max(float(text), 0.0), SECONDS_MAX)
    except ValueError:
        return 10.0


async def _stream(seconds: float, send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(round(seconds / EVENT_SECONDS)):
        await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
        await asyncio.sleep(EVENT_SECONDS)
    await send({"type": "http.response.body", "body": b"data: end\n\n"})


async def _echo(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message.get("text") is not None:
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})
