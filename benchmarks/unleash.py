"""A real Unleash server with a PostgreSQL of its own, furnished with flags, and its client that polls."""

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
from psycopg.conninfo import conninfo_to_dict

from benchmarks.flag_stand import ANSWER_SECONDS, pinned
from benchmarks.installed import node_packages, packages
from tests.postgres import running

SERVER, CLIENT = ("unleash-server@8",), ("UnleashClient==6.*",)
START_SECONDS = 240.0
POLL_SECONDS = 1
ADMIN, FRONTEND = "*:*.bench-admin", "default:development.bench-frontend"
BACKEND = "default:development.bench-client"
FEATURES = "/api/admin/projects/default/features"
FLAG = "flag-0"
FOLLOWING = """
import sys, time
sys.path.insert(0, sys.argv[1])
from UnleashClient import UnleashClient

client = UnleashClient(
    sys.argv[2] + "/api", "bench", refresh_interval=int(sys.argv[4]), disable_metrics=True,
    custom_headers={"Authorization": sys.argv[3]}, cache_directory=sys.argv[5],
)
client.initialize_client()
before = None
while True:
    now = client.is_enabled("flag-0", {"userId": "1"})
    if now != before:
        print(int(now), time.monotonic(), flush=True)
        before = now
    time.sleep(0.001)
"""


@dataclass(frozen=True)
class Unleash:
    """A server that runs."""

    port: int
    process: psutil.Process
    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """What it has used so far, without its database."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def switch(self, flag: str, *, on: bool) -> None:
        """The switch of a flag in the environment that is asked."""
        self.ask("POST", f"{FEATURES}/{flag}/environments/development/{'on' if on else 'off'}", {})

    def ask(self, method: str, path: str, body: object = None, *, token: str = ADMIN) -> bytes:
        """One call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        headers = {"authorization": token, "content-type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status < 300, content
        return content

    def kills(self, count: int) -> list[float]:
        """Milliseconds from sending each call to the client's other answer."""
        client = str(packages("unleash-client", CLIENT))
        command = [sys.executable, "-c", FOLLOWING, client, self.url, BACKEND, str(POLL_SECONDS), str(self.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                assert said.startswith("1"), f"the client does not have the flag: {said!r}"
                return [self._kill(number, iter(process.stdout.readline, "")) for number in range(count)]
            finally:
                process.send_signal(signal.SIGKILL)

    def _kill(self, number: int, lines: Iterator[str]) -> float:
        time.sleep(POLL_SECONDS * (number % 10) / 10)  # anywhere between two polls
        began = time.monotonic()
        self.switch(FLAG, on=number % 2 == 1)
        seen = float(next(lines).split()[1])
        return (seen - began) * 1000


@contextmanager
def unleash(folder: Path, flags: int) -> Iterator[Unleash]:
    """One with so many flags at 25%, half of them with a constraint."""
    where = node_packages("unleash-server", SERVER) / "node_modules" / "unleash-server" / "dist" / "server.js"
    with running() as uri, socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
        found.close()
        with (folder / "unleash.log").open("wb") as log:
            environment = {**os.environ, **_settings(uri, port)}
            process = subprocess.Popen(["node", str(where)], env=environment, stdout=log, stderr=log, cwd=folder)
        try:
            made = Unleash(port, psutil.Process(process.pid), folder)
            _wait(made, folder / "unleash.log")
            _furnish(made, flags)
            pinned(made.process)
            yield made
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _settings(uri: str, port: int) -> dict[str, str]:
    parts = conninfo_to_dict(uri)
    return {
        "DATABASE_HOST": str(parts["host"]),
        "DATABASE_PORT": str(parts.get("port") or 5432),
        "DATABASE_NAME": str(parts["dbname"]),
        "DATABASE_USERNAME": str(parts["user"]),
        "DATABASE_PASSWORD": str(parts.get("password") or "none"),
        "DATABASE_SSL": "false",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "CHECK_VERSION": "false",
        "SEND_TELEMETRY": "false",
        "LOG_LEVEL": "error",
        "NODE_ENV": "production",
        "INIT_ADMIN_API_TOKENS": ADMIN,
        "INIT_CLIENT_API_TOKENS": BACKEND,
        "INIT_FRONTEND_API_TOKENS": FRONTEND,
    }


def _wait(server: Unleash, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.ask("GET", "/health")
            return
        except OSError:
            assert time.monotonic() < deadline and server.process.is_running(), log.read_text()[-2000:]
            time.sleep(0.2)


def _furnish(server: Unleash, flags: int) -> None:
    """The same flags as ours have; the first one is everybody's, so that a switch shows."""
    for number in range(flags):
        name = f"flag-{number}"
        server.ask("POST", FEATURES, {"name": name, "type": "release"})
        share = "25" if number else "100"
        rollout = {"rollout": share, "stickiness": "userId", "groupId": name}
        where = f"{FEATURES}/{name}/environments/development"
        strategies: list[dict[str, object]] = [{"name": "flexibleRollout", "parameters": rollout}]
        if number % 2:
            rule = {"contextName": "region", "operator": "IN", "values": ["us-west"]}
            everybody = {"rollout": "100", "stickiness": "userId", "groupId": name}
            strategies.append({"name": "flexibleRollout", "parameters": everybody, "constraints": [rule]})
        for strategy in strategies:
            server.ask("POST", f"{where}/strategies", strategy)
        server.switch(name, on=True)
