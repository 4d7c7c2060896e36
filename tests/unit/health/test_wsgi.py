"""The WSGI middleware, without a server."""

import signal
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from shipway.health import Health, Phase, WsgiMiddleware


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGURG)
    yield
    signal.signal(signal.SIGURG, before)


def hello(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [])
    return [b"hello"]


def exchange(app: Any, **environ: str) -> tuple[str, dict[str, str], Any]:
    setup_testing_defaults(environ)
    started: list[Any] = []
    body = app(environ, lambda *response: started.extend(response))
    return started[0], dict(started[1]), body


def test_the_endpoints_are_answered_before_the_application() -> None:
    health = Health()
    health.depends_on("db", lambda: False)
    status, headers, body = exchange(WsgiMiddleware(hello, health), PATH_INFO="/health/ready")
    assert status == "503 Service Unavailable"
    assert headers["content-type"] == "application/json"
    assert b'"failing": ["db"]' in body[0]


def test_head_has_no_body() -> None:
    app = WsgiMiddleware(hello, Health())
    assert exchange(app, PATH_INFO="/health/alive", REQUEST_METHOD="HEAD")[2] == []


def test_a_list_stays_a_list_so_that_servers_send_it_whole() -> None:
    health = Health()
    assert exchange(WsgiMiddleware(hello, health), PATH_INFO="/")[2] == [b"hello"]
    assert health.in_flight.count() == 0


def test_a_stream_is_in_flight_until_it_is_closed() -> None:
    health = Health()

    def stream(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter([b"a", b"b"])

    body = exchange(WsgiMiddleware(stream, health), PATH_INFO="/")[2]
    assert list(body) == [b"a", b"b"]
    assert health.in_flight.count() == 1
    body.close()
    body.close()
    assert health.in_flight.count() == 0


def test_a_request_that_fails_is_no_longer_in_flight() -> None:
    health = Health()

    def failing(environ: Any, start_response: Any) -> Any:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        exchange(WsgiMiddleware(failing, health), PATH_INFO="/")
    assert health.in_flight.count() == 0


@pytest.mark.parametrize(("server", "closes"), [("Granian", True), ("gunicorn/27", False)])
def test_only_granian_is_told_to_close_the_connection(server: str, closes: bool) -> None:
    health = Health()
    app = WsgiMiddleware(hello, health)
    assert "connection" not in exchange(app, PATH_INFO="/", SERVER_SOFTWARE=server)[1]
    health.phase = Phase.DRAINING
    assert ("connection" in exchange(app, PATH_INFO="/", SERVER_SOFTWARE=server)[1]) is closes


def test_a_server_that_leaves_sigterm_alone_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    app = WsgiMiddleware(hello, Health())
    exchange(app, PATH_INFO="/")
    exchange(app, PATH_INFO="/")
    assert caplog.text.count("will not be graceful") == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shipway-")]
