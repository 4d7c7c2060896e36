"""The ASGI middleware, without a server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from shipway.health import AsgiMiddleware, Health, Phase
from shipway.health.in_flight import Kind

HTTP = {"type": "http", "method": "GET", "path": "/", "http_version": "1.1"}


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Connection", b"keep-alive")]})
    await send({"type": "http.response.body", "body": b"hello"})


def exchange(app: Any, scope: dict[str, Any], *received: dict[str, Any]) -> list[Any]:
    sent: list[Any] = []
    waiting = list(received)

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def headers(sent: Sequence[Any]) -> dict[bytes, bytes]:
    return dict(sent[0]["headers"])


def test_the_endpoints_are_answered_before_the_application() -> None:
    sent = exchange(AsgiMiddleware(hello, Health()), HTTP | {"path": "/health/alive"})
    assert (sent[0]["status"], sent[1]["body"]) == (200, b'{"status": "alive"}')
    assert headers(sent)[b"cache-control"] == b"no-store"


def test_paths_may_be_chosen() -> None:
    app = AsgiMiddleware(hello, Health(ready_path="/readyz", alive_path="/livez"))
    assert b'"ready"' in exchange(app, HTTP | {"path": "/readyz"})[1]["body"]
    assert exchange(app, HTTP | {"path": "/health/ready"})[1]["body"] == b"hello"


def test_head_has_no_body() -> None:
    scope = HTTP | {"method": "HEAD", "path": "/health/ready"}
    assert exchange(AsgiMiddleware(hello, Health()), scope)[1]["body"] == b""


def test_a_connection_is_kept_while_serving_and_closed_while_draining() -> None:
    health = Health()
    app = AsgiMiddleware(hello, health)
    assert headers(exchange(app, HTTP)) == {b"Connection": b"keep-alive"}
    health.phase = Phase.DRAINING
    assert headers(exchange(app, HTTP)) == {b"connection": b"close"}
    assert b"connection" not in headers(exchange(app, HTTP | {"http_version": "2"}))


def test_a_request_is_in_flight_until_the_application_returns() -> None:
    health, counts = Health(), []

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        await hello(scope, receive, send)
        counts.append(health.in_flight.count())

    exchange(AsgiMiddleware(counting, health), HTTP)
    assert (counts, health.in_flight.count()) == ([1], 0)


def test_a_request_that_fails_is_no_longer_in_flight() -> None:
    health = Health()

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        exchange(AsgiMiddleware(failing, health), HTTP)
    assert health.in_flight.count() == 0


def test_websockets_are_counted_by_themselves() -> None:
    health, counts = Health(), []

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        counts.extend(health.in_flight.count(frozenset({kind})) for kind in (Kind.HTTP, Kind.WEBSOCKET))

    exchange(AsgiMiddleware(counting, health), {"type": "websocket", "path": "/live"})
    assert counts == [0, 1]


@pytest.mark.parametrize(
    ("extensions", "first"),
    [({"websocket.http.response": {}}, {"status": 503}), (None, {"type": "websocket.close", "code": 1012})],
)
def test_no_websocket_begins_while_closing(extensions: Any, first: dict[str, Any]) -> None:
    health = Health()
    health.phase = Phase.CLOSING
    sent = exchange(AsgiMiddleware(hello, health), {"type": "websocket", "path": "/", "extensions": extensions})
    assert first.items() <= sent[0].items()


def test_a_server_without_lifespan_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    app = AsgiMiddleware(hello, Health())
    exchange(app, HTTP)
    exchange(app, HTTP)
    assert caplog.text.count("--lifespan on") == 1


async def knows_none(scope: Any, receive: Any, send: Any) -> None:
    raise NotImplementedError


async def returns(scope: Any, receive: Any, send: Any) -> None:
    return


async def receives_and_raises(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    raise NotImplementedError


async def has_one(scope: Any, receive: Any, send: Any) -> None:
    for phase in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{phase}"
        await send({"type": f"lifespan.{phase}.complete"})


@pytest.mark.parametrize("app", [knows_none, returns, receives_and_raises, has_one])
def test_resources_close_before_the_server_hears_of_the_end(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    health, closed = Health(), []
    health.close_at_exit("db", lambda: closed.append("db"))
    messages = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    sent = exchange(AsgiMiddleware(app, health), {"type": "lifespan"}, *messages)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == ["db"]
    assert "will not be graceful" in caplog.text


def test_an_application_that_fails_to_start_is_not_started_for_it() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        raise ConnectionError

    with pytest.raises(ConnectionError):
        exchange(AsgiMiddleware(fails, Health()), {"type": "lifespan"}, {"type": "lifespan.startup"})


def test_it_is_added_to_a_framework_as_any_middleware() -> None:
    health, closed = Health(), []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        health.close_at_exit("db", lambda: closed.append("ours"))
        yield
        closed.append("its own")

    app = Starlette(lifespan=lifespan)
    app.add_middleware(AsgiMiddleware, health=health)
    exchange(app, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert closed == ["its own", "ours"]
    assert exchange(app, HTTP | {"path": "/health/ready"})[0]["status"] == 200
