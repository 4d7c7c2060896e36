"""SIGTERM while requests are in flight, on every server we support; beside it the controls that lose some."""

import contextlib
import http.client
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from acceptance.health.running import (
    DEADLINE_SECONDS,
    HOST,
    InBackground,
    Running,
    body,
    eventually,
    fetch,
    running,
)

pytestmark = pytest.mark.real

ASGI = ["uvicorn", "uvicorn-workers", "granian", "gunicorn-uvicorn", "gunicorn-asgi"]
WSGI = ["gunicorn-sync", "gunicorn-preload", "gunicorn-gthread", "granian-wsgi"]
EVERY = [*((server, "asgi") for server in ASGI), *((server, "wsgi") for server in WSGI)]
# The master of these keeps listening after its workers have stopped to accept.
REFUSES_WHILE_CLOSING = ["uvicorn", "gunicorn-uvicorn", "gunicorn-asgi"]
ROUTER_NEEDS_SECONDS = 3.0
LOST = (OSError, http.client.HTTPException)
PROBES_UNTIL_NOTICED = 2
REQUESTS_PER_PROBE = 4
PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def websocket(server: Running) -> Iterator[ClientConnection]:
    with connect(f"ws://{HOST}:{server.port}/live", open_timeout=DEADLINE_SECONDS, proxy=None) as socket:
        assert echo(socket, "before") == "before"
        yield socket


def echo(socket: ClientConnection, text: str) -> str | bytes:
    socket.send(text)
    return socket.recv(DEADLINE_SECONDS)


def begin_slow(server: Running) -> InBackground:
    waiting = server.lines().count("waiting")
    slow = InBackground(lambda: server.get("/slow"))
    eventually(lambda: server.lines().count("waiting") > waiting, "the slow request is in flight")
    return slow


def begin_stream(server: Running) -> http.client.HTTPResponse:
    connection = server.connection()
    connection.request("GET", "/stream")
    response = connection.getresponse()
    assert response.read(6) == b"first "
    return response


def requests_lost_by_a_router(server: Running) -> int:
    """Sends requests until readiness has failed twice in a row, as a load balancer does."""
    lost = failures = 0
    while failures < PROBES_UNTIL_NOTICED:
        for _ in range(REQUESTS_PER_PROBE):
            lost += is_lost(server)
            time.sleep(PAUSE_SECONDS)
        failures = 0 if server.is_ready() else failures + 1
    return lost


def is_lost(server: Running) -> bool:
    try:
        return server.get("/").status != 200
    except LOST:
        return True


@pytest.mark.parametrize(("server", "kind"), EVERY)
def test_sigterm_loses_no_request(server: str, kind: str, tmp_path: Path) -> None:
    with running(server, f"graceful_{kind}", tmp_path, drain_seconds=ROUTER_NEEDS_SECONDS) as shop:
        assert shop.is_ready()
        slow = begin_slow(shop)
        stream = begin_stream(shop)
        shop.terminate()
        eventually(lambda: not shop.is_ready(), "readiness says no")
        assert shop.get("/health/ready").status == 503
        assert requests_lost_by_a_router(shop) == 0
        assert shop.process.poll() is None
        shop.open_gate()
        assert (slow.outcome().status, body(slow.outcome())) == (200, b"last")
        assert stream.read() == b"last"
        assert shop.end() == 0
        assert_closed_in_reverse_after_the_last_answer(shop.lines(), server)


def assert_closed_in_reverse_after_the_last_answer(lines: list[str], server: str) -> None:
    closed = [line for line in lines if line.startswith("closed")]
    assert closed[0] == "closed queue"
    assert closed[-1] == "closed database"
    assert closed.count("closed queue") == closed.count("closed database")
    if server in ("uvicorn", "granian", "gunicorn-uvicorn", "gunicorn-asgi", "gunicorn-gthread", "granian-wsgi"):
        assert lines[-2:] == ["closed queue", "closed database"]


@pytest.mark.parametrize("server", ASGI)
def test_a_websocket_goes_on_until_its_client_has_finished(server: str, tmp_path: Path) -> None:
    with running(server, "graceful_asgi", tmp_path) as shop, websocket(shop) as socket:
        slow = begin_slow(shop)
        shop.terminate()
        if server in REFUSES_WHILE_CLOSING:
            eventually(shop.is_refused, "no new connections")
        else:
            eventually(lambda: not shop.is_ready(), "readiness says no")
        for number in range(10):
            assert echo(socket, f"during {number}") == f"during {number}"
            time.sleep(PAUSE_SECONDS)
        shop.open_gate()
        assert body(slow.outcome()) == b"last"
        assert echo(socket, "at last") == "at last"
        socket.close()
        assert shop.end() == 0
        assert "answered websocket 1000" in shop.lines()


@pytest.mark.parametrize(
    ("server", "kind"),
    [("uvicorn", "asgi"), ("granian", "asgi"), ("gunicorn-asgi", "asgi"), ("granian-wsgi", "wsgi")],
)
def test_a_kept_connection_is_closed_while_draining(server: str, kind: str, tmp_path: Path) -> None:
    with running(server, f"graceful_{kind}", tmp_path, drain_seconds=ROUTER_NEEDS_SECONDS) as shop:
        kept = shop.connection()
        assert fetch(kept, "/").getheader("connection") != "close"
        shop.terminate()
        eventually(lambda: not shop.is_ready(), "readiness says no")
        response = fetch(kept, "/")
        assert (response.status, response.getheader("connection")) == (200, "close")
        assert shop.end() == 0


@pytest.mark.parametrize(("server", "kind"), EVERY)
def test_without_requests_in_flight_the_process_ends_by_itself(server: str, kind: str, tmp_path: Path) -> None:
    with running(server, f"graceful_{kind}", tmp_path, grace_seconds=10 * DEADLINE_SECONDS) as shop:
        shop.terminate()
        assert shop.end() == 0
        assert shop.lines()[-1] == "closed database"


@pytest.mark.parametrize("server", ["uvicorn", "granian", "gunicorn-asgi"])
def test_after_the_grace_requests_are_cut_off_and_resources_closed(server: str, tmp_path: Path) -> None:
    with running(server, "graceful_asgi", tmp_path, grace_seconds=0.5) as shop, websocket(shop) as socket:
        stream = begin_stream(shop)
        shop.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(DEADLINE_SECONDS)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        with pytest.raises(LOST):
            stream.read()
        shop.end()
        assert shop.lines()[-2:] == ["closed queue", "closed database"]


def test_a_thread_that_outlives_the_grace_does_not_keep_the_process(tmp_path: Path) -> None:
    with running("granian-wsgi", "graceful_wsgi", tmp_path, grace_seconds=0.5) as shop:
        slow = begin_slow(shop)
        shop.terminate()
        shop.end()
        with pytest.raises(LOST):
            slow.outcome()
        assert shop.lines()[-2:] == ["closed queue", "closed database"]


@pytest.mark.parametrize("server", ["uvicorn", "granian"])
def test_a_second_signal_ends_at_once(server: str, tmp_path: Path) -> None:
    with running(server, "graceful_asgi", tmp_path, drain_seconds=10 * DEADLINE_SECONDS) as shop:
        stream = begin_stream(shop)
        shop.terminate()
        eventually(lambda: not shop.is_ready(), "readiness says no")
        os.killpg(shop.process.pid, signal.SIGINT)
        shop.end()
        with pytest.raises(LOST):
            stream.read()
        assert "closed database" not in shop.lines()


def test_an_echo_of_the_first_signal_changes_nothing(tmp_path: Path) -> None:
    """systemd signals the workers of a pre-forking server, and so does their master."""
    with running("uvicorn-workers", "graceful_asgi", tmp_path) as shop:
        slow = begin_slow(shop)
        stream = begin_stream(shop)
        os.killpg(shop.process.pid, signal.SIGTERM)
        eventually(lambda: not shop.is_ready(), "readiness says no")
        shop.open_gate()
        assert body(slow.outcome()) == b"last"
        assert stream.read() == b"last"
        assert shop.end() == 0


@pytest.mark.parametrize(("server", "kind"), [("uvicorn", "asgi"), ("granian", "asgi"), ("granian-wsgi", "wsgi")])
def test_control_a_plain_server_loses_the_requests_that_routers_still_send(
    server: str, kind: str, tmp_path: Path
) -> None:
    with running(server, f"plain_{kind}", tmp_path) as shop:
        stream = begin_stream(shop)
        shop.terminate()
        assert requests_lost_by_a_router(shop) > 0
        shop.open_gate()
        assert stream.read() == b"last"
        assert shop.end() == (-signal.SIGTERM if server == "uvicorn" else 0)


@pytest.mark.parametrize("server", ["uvicorn", "granian"])
def test_control_a_plain_server_cuts_websockets_off(server: str, tmp_path: Path) -> None:
    with running(server, "plain_asgi", tmp_path) as shop, websocket(shop) as socket:
        shop.terminate()
        with pytest.raises(ConnectionClosed):
            socket.recv(DEADLINE_SECONDS)


@pytest.mark.parametrize(("server", "kind"), [("uvicorn", "asgi"), ("gunicorn-sync", "wsgi")])
def test_control_a_killed_server_loses_what_is_in_flight(server: str, kind: str, tmp_path: Path) -> None:
    with running(server, f"graceful_{kind}", tmp_path) as shop:
        slow = begin_slow(shop)
        begin_stream(shop)
        os.killpg(shop.process.pid, signal.SIGKILL)
        with pytest.raises(LOST):
            slow.outcome()
        assert "closed database" not in shop.lines()
