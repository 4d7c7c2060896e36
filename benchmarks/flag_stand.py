"""A flag server of its own process and CPU, for benchmarks."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

START_SECONDS = 60.0
ANSWER_SECONDS = 30.0


@dataclass(frozen=True)
class Stand:
    """A server that runs, with tokens."""

    port: int
    process: psutil.Process
    admin: str
    token: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self) -> float:
        """Resident size."""
        return float(self.process.memory_info().rss) / 1e6

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def patch(self, flag: str, body: object) -> None:
        """Change a flag."""
        self.ask("PATCH", f"/flags/{flag}", body)

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """One management call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        headers = {"authorization": f"Bearer {self.admin}"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, content
        return content


@contextmanager
def standing(folder: Path, flags: int) -> Iterator[Stand]:
    """A server with so many flags, half of them with a rule."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    command = [sys.executable, "-m", "shipway", "flags", "serve", "--port", str(port)]
    environment = {**os.environ, "SHIPWAY_HOME": str(folder)}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield _furnished(Stand(port, psutil.Process(process.pid), _admin(folder, port)), flags)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _admin(folder: Path, port: int) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return (folder / "flags-token").read_text().strip()
        except OSError:
            assert time.monotonic() < deadline, (folder / "server.log").read_text()
            time.sleep(0.05)


def _furnished(stand: Stand, flags: int) -> Stand:
    rule = {"targeting": [{"rule": "user.region == 'us-west'"}]}
    features = {f"flag-{at}": {"rollout": {"percentage": 25}} | (rule if at % 2 else {}) for at in range(flags)}
    stand.ask("POST", "/import", {"features": features})
    made = json.loads(
        stand.ask("POST", "/tokens", {"name": "bench", "kind": "server", "environment": "production"})
    )
    pinned(stand.process)
    return Stand(stand.port, stand.process, stand.admin, made["token"])


def pinned(process: psutil.Process) -> None:
    """All of it on one CPU, where the system can say so."""
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0))
        for thread in process.threads():
            os.sched_setaffinity(thread.id, {cpus[0]})
