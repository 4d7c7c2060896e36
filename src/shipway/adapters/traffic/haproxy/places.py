"""Where everything of HAProxy lies under one home. Its own words name files relative to its directory."""

from pathlib import Path

from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic._pems import pem_name
from shipway.adapters.traffic._sockets import socket_path

NAME_CHARACTERS = 16
ONWARD = ":onward"
HANDOVER = "servers.state"
SOCKET_PATH_MAX = 97
"""Bytes that HAProxy takes: it binds a longer name first, and renames that."""


class Home:
    """What all services of one home share."""

    def __init__(self, home: Path) -> None:
        self.root = home.absolute()
        self.directory = self.root / "haproxy"
        self.configuration = self.directory / "haproxy.cfg"
        self.handover = self.directory / HANDOVER
        self.lock = self.directory / "lock"
        self.log = self.directory / "haproxy.log"
        self.counting_log = self.directory / "counting.log"
        self.services = self.directory / "services"
        self.certificates = self.directory / "certificates"
        self.master = self._socket("master")
        self.requests = self._socket("requests")
        self.counts = self._socket("counts")

    def _socket(self, name: str) -> Path:
        near = self.directory / f"{name}.sock"
        return socket_path(near, name=f"haproxy-{name}", bytes_max=SOCKET_PATH_MAX)

    def certificate(self, tls: Tls) -> Path:
        """Chain and key in one file, as HAProxy reads them; services may share it."""
        return self.directory / certificate_name(tls)


class Service:
    """One service's own files."""

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.directory = home.services / name
        self.state = self.directory / "state.json"
        self.lock = self.directory / "lock"
        self.shares_name = f"services/{name}/shares.map"
        self.choices_name = f"services/{name}/choices.map"
        self.shares = home.directory / self.shares_name
        self.choices = home.directory / self.choices_name

    def backend(self, slot: str) -> str:
        """`checkout:1`."""
        return f"{self.name}:{slot}"

    @property
    def onward(self) -> str:
        """`checkout::onward`, no slot's: from a process that finishes to the one that takes connections."""
        return f"{self.name}:{ONWARD}"

    def slot_of(self, backend: str) -> str | None:
        """Of one of this service's backends."""
        name, colon, slot = backend.rpartition(":")
        return slot if colon and name == self.name else None


def certificate_name(tls: Tls) -> str:
    """As HAProxy is told it."""
    return f"certificates/{pem_name(tls)}"
