"""A real flag server on a free port, and someone who asks it over HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real.ports import free_port

START_SECONDS = 60.0


@dataclass
class FlagServer:
    """One process. It may be killed, stopped, and started again on the same port and store."""

    home: Path
    port: int = field(default_factory=free_port)
    origins: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin(self) -> str:
        return (self.home / "flags-token").read_text().strip()

    def start(self) -> None:
        command = [sys.executable, "-m", "shipway", "flags", "serve", "--port", str(self.port)]
        for origin in self.origins:
            command += ["--origin", origin]
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.log").open("ab") as log:
            environment = {**os.environ, "SHIPWAY_HOME": str(self.home)}
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self.process.poll() is None, (self.home / "server.log").read_text()
            assert time.monotonic() < deadline, "the flag server is not ready"
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(by)
        self.process.wait(30)

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers, content."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is None and (self.home / "flags-token").exists():
            token = self.admin
        if token:
            sent["authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            raw = answer.read()
            said = {name.lower(): value for name, value in answer.getheaders()}
            is_json = said.get("content-type", "").startswith("application/json")
            return answer.status, said, json.loads(raw) if is_json and raw else raw.decode()
        finally:
            connection.close()

    def token(self, name: str, kind: str, environment: str | None = "production") -> str:
        status, _, made = self.ask("POST", "/tokens", {"name": name, "kind": kind, "environment": environment})
        assert status == 201, made
        return str(made["token"])

    def put(self, name: str, body: Any, **options: Any) -> Any:
        status, _, made = self.ask("PUT", f"/flags/{name}", body, **options)
        assert status == 200, made
        return made


@contextmanager
def flag_server(home: Path, *, origins: tuple[str, ...] = ()) -> Iterator[FlagServer]:
    made = FlagServer(home, origins=origins)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.send_signal(signal.SIGCONT)
            made.kill(signal.SIGTERM)
