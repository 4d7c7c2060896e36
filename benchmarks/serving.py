"""Programs that serve on loopback while a benchmark runs, and the load on them."""

import contextlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil
from msgspec import Struct

from shipway.errors import PortError

START_SECONDS = 20.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.02
CONNECTIONS = 32
MICRO = 1e6


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has just now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


class Server:
    """One program with its children, started here and ended here."""

    def __init__(self, name: str, command: Sequence[str], *, port: int, folder: Path) -> None:
        self.name, self.port = name, port
        self._log = (folder / f"{name}.log").open("w")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=folder)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/"

    def wait_until_ready(self) -> None:
        """Until it answers with 200: some listen before they know what to do. Raises `PortError`."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = Path(self._log.name).read_text().strip()
                raise PortError(
                    f"{self.name} does not serve.", where=self.url, why=log[-500:] or "It said nothing."
                )
            time.sleep(LOOK_SECONDS)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=1.0) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def cpu_seconds(self) -> float:
        """What the program and its children have used so far."""
        parent = psutil.Process(self._process.pid)
        return sum(_cpu_seconds(process) for process in (parent, *parent.children(recursive=True)))

    def stop(self) -> None:
        """End it, and wait."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOP_SECONDS)
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        self._log.close()


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


class Load(Struct, frozen=True, kw_only=True):
    """What one round of load found."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_us: float = 0.0
    """Of the server, per request."""

    @property
    def pace(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def load(wrk: str, server: Server, *, seconds: int, headers: Sequence[str] = ()) -> Load:
    """Keep-alive connections that ask again once they are answered. Raises `PortError` for a failed request."""
    options = [option for header in headers for option in ("-H", header)]
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *options, server.url]
    before = server.cpu_seconds()
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + START_SECONDS, check=True)
    used = server.cpu_seconds() - before
    found = parsed(done.stdout)
    return Load(
        requests=found.requests,
        seconds=found.seconds,
        p50_ms=found.p50_ms,
        p99_ms=found.p99_ms,
        cpu_us=used / found.requests * MICRO,
    )


_DONE = re.compile(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m),", re.MULTILINE)
_PERCENTILE = re.compile(r"^\s*(50|99)%\s+([\d.]+)(us|ms|s|m)$", re.MULTILINE)
_FAILED = re.compile(r"Non-2xx or 3xx responses.*|Socket errors.*")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def parsed(text: str) -> Load:
    """What wrk printed. Raises `PortError` where it counted a failure, or nothing at all."""
    done, failed = _DONE.search(text), _FAILED.search(text)
    if done is None or failed or not int(done[1]):
        raise PortError(
            "Requests failed under load.", why=failed[0] if failed else text.strip() or "Nothing was said."
        )
    millis = {name: float(value) * _SECONDS[unit] * 1000 for name, value, unit in _PERCENTILE.findall(text)}
    return Load(
        requests=int(done[1]), seconds=float(done[2]) * _SECONDS[done[3]], p50_ms=millis["50"], p99_ms=millis["99"]
    )
