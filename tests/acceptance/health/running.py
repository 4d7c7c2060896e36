"""Real servers in processes of their own, and clients for them."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.ports import free_port

HERE = Path(__file__).parent
DEADLINE_SECONDS = 30.0
PROBE_SECONDS = 2.0
"""As a router gives up: the parent of several workers may still listen when none of them accepts."""
POLL_SECONDS = 0.02
HOST = "127.0.0.1"

BIN = Path(sys.executable).parent
COMMANDS = {
    "uvicorn": "uvicorn --port {port} --log-level warning application:{app}",
    "uvicorn-workers": "uvicorn --workers 2 --port {port} --log-level warning application:{app}",
    "granian": "granian --interface asgi --port {port} --loop asyncio application:{app}",
    "gunicorn-uvicorn": "gunicorn -k uvicorn.workers.UvicornWorker {gunicorn} application:{app}",
    "gunicorn-asgi": "gunicorn -k asgi --asgi-loop asyncio {gunicorn} application:{app}",
    "gunicorn-sync": "gunicorn --workers 5 {gunicorn} application:{app}",
    "gunicorn-preload": "gunicorn --workers 5 --preload {gunicorn} application:{app}",
    "gunicorn-gthread": "gunicorn --threads 8 {gunicorn} application:{app}",
    "granian-wsgi": "granian --interface wsgi --blocking-threads 8 --port {port} application:{app}",
}
BOOTED = {"gunicorn-sync": 5, "gunicorn-preload": 5}
"""Workers to wait for, where there are several."""
GUNICORN = "-b 127.0.0.1:{port} --graceful-timeout 60 --no-control-socket -c {hooks}"


@dataclass
class Running:
    """One server."""

    process: subprocess.Popen[bytes]
    port: int
    gate: Path
    journal: Path

    def get(self, path: str) -> http.client.HTTPResponse:
        """A request on a connection of its own; the body is read. Raises `OSError` or `HTTPException`."""
        return fetch(self.connection(), path)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=DEADLINE_SECONDS)

    def is_ready(self) -> bool:
        """As a router sees it: what does not answer is not ready."""
        probe = http.client.HTTPConnection(HOST, self.port, timeout=PROBE_SECONDS)
        try:
            return fetch(probe, "/health/ready").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def is_refused(self) -> bool:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((HOST, self.port), timeout=1):
            return False
        return True

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def open_gate(self) -> None:
        self.gate.touch()

    def lines(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    def end(self) -> int:
        return self.process.wait(DEADLINE_SECONDS)


def fetch(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    return response


def body(response: http.client.HTTPResponse) -> bytes:
    return response.body  # type: ignore[attr-defined, no-any-return]


def eventually(claim: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + DEADLINE_SECONDS
    while not claim():
        assert time.monotonic() < until, f"not within {DEADLINE_SECONDS:g} s: {what}"
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def running(
    server: str, app: str, folder: Path, *, drain_seconds: float = 0.0, grace_seconds: float = 30.0
) -> Iterator[Running]:
    """The server, ready; whatever of it is left at the end is killed."""
    port = free_port()
    gunicorn = GUNICORN.format(port=port, hooks=HERE / "gunicorn_hooks.py")
    command = COMMANDS[server].format(port=port, app=app, gunicorn=gunicorn).split()
    environment = os.environ | {
        "PYTHONPATH": str(HERE),
        "GATE": str(folder / "gate"),
        "JOURNAL": str(folder / "journal"),
        "DRAIN_SECONDS": str(drain_seconds),
        "GRACE_SECONDS": str(grace_seconds),
    }
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(BIN / command[0]), *command[1:]],
            cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    server_running = Running(process, port, folder / "gate", folder / "journal")
    try:
        eventually(lambda: accepts(server_running), "the server answers")
        eventually(lambda: server_running.lines().count("booted") >= BOOTED.get(server, 0), "all workers run")
        yield server_running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(DEADLINE_SECONDS)


def accepts(server: Running) -> bool:
    assert server.process.poll() is None, (server.journal.parent / "server.log").read_text()
    with contextlib.suppress(OSError, http.client.HTTPException):
        return server.get("/").status == 200
    return False


@dataclass
class InBackground:
    """A request in a thread, whose outcome is had later."""

    request: Callable[[], http.client.HTTPResponse]
    response: http.client.HTTPResponse | None = None
    error: Exception | None = None
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.response = self.request()
        except (OSError, http.client.HTTPException) as error:
            self.error = error

    def outcome(self) -> http.client.HTTPResponse:
        """Raises what the request raised."""
        self.thread.join(DEADLINE_SECONDS)
        if self.error:
            raise self.error
        assert self.response is not None, "the request never ended"
        return self.response
