"""Envoy's administration interface over its Unix socket, as far as it is read here.

The standard library's client is enough for one kept connection: it needs no event loop, so it serves every
loop and thread of ours, and loads in no time.
"""

import http.client
import socket
import threading
from pathlib import Path
from urllib.parse import quote

import msgspec

from shipway.errors import PortError

TIMEOUT_SECONDS = 2.0
ANSWER_BYTES_MAX = 64 * 1024 * 1024
STATE = r"server\.state"
LIVE = 0
"""`server.state` of an Envoy that has finished its first configuration (admin.v3.ServerInfo.State)."""


class Unreachable(PortError):
    """Nobody answers on the socket: Envoy does not run, or just starts."""


class NotThere(PortError):
    """Envoy has nothing of what was asked about."""


class _OverSocket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Stats(msgspec.Struct, frozen=True):
    """What `/stats?format=json` says."""

    stats: tuple[dict[str, object], ...] = ()

    def values(self) -> dict[str, object]:
        """By name; histograms are left out."""
        return {str(stat["name"]): stat["value"] for stat in self.stats if "name" in stat}


class Admin:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = _OverSocket(path)
        self._alone = threading.Lock()

    def get(self, path: str) -> bytes:
        """The answer's body. Raises `Unreachable`, and `NotThere` or another `PortError` for a refusal."""
        with self._alone:
            try:
                status, body = self._once(path) if self._connection.sock else self._afresh(path)
            except (OSError, http.client.HTTPException):
                status, body = self._afresh(path)
        if status != http.client.OK:
            kind = NotThere if status == http.client.NOT_FOUND else PortError
            raise kind(
                "Envoy's administration refused a question",
                where=f"GET {path}",
                why=f"Status {status}: {body[:200].decode(errors='replace').strip()}",
            )
        return body

    def tell(self, path: str) -> None:
        """Have it do something. Raises `Unreachable`."""
        with self._alone:
            self._afresh(path, method="POST")

    def stats(self, *patterns: str) -> dict[str, object]:
        """Counters, gauges and texts whose whole name matches one of the patterns (RE2)."""
        pattern = quote("^(" + "|".join(patterns) + ")$", safe="")
        return msgspec.json.decode(self.get(f"/stats?format=json&filter={pattern}"), type=Stats).values()

    def is_live(self) -> bool:
        """Whether Envoy runs, with its first configuration complete.

        Not by `server.state`: until Envoy writes its statistics for the first time, that says live too.
        """
        try:
            return self.get("/ready").startswith(b"LIVE")
        except PortError:
            return False

    def _afresh(self, path: str, *, method: str = "GET") -> tuple[int, bytes]:
        """Envoy was started again since, or this is the first question."""
        self._connection.close()
        try:
            return self._once(path, method=method)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(
                "Envoy does not answer",
                where=str(self.path),
                why=f"Its administration socket: {error}.",
                fix="It is started by the next change of traffic; `shipway status` tells whether it runs.",
            ) from error

    def _once(self, path: str, *, method: str = "GET") -> tuple[int, bytes]:
        self._connection.request(method, path)
        answer = self._connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES_MAX)
