"""Where everything of nginx lies under one home."""

from pathlib import Path

from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic._pems import pem_name
from shipway.adapters.traffic._sockets import socket_path

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Home:
    """What all services of one home share."""

    def __init__(self, home: Path) -> None:
        self.root = home.absolute()
        self.directory = self.root / "nginx"
        self.configuration = self.directory / "nginx.conf"
        self.candidate = self.directory / "candidate.conf"
        """A configuration that nginx is asked about."""
        self.versions = self.directory / "versions"
        self.reload = self.directory / "reload.json"
        self.pid = self.directory / "nginx.pid"
        self.lock = self.directory / "lock"
        self.log = self.directory / "nginx.log"
        self.temporary = self.directory / "temporary"
        self.services = self.directory / "services"
        self.certificates = self.directory / "certificates"
        self.status = socket_path(self.directory / "status.sock", name="nginx-status")
        self.counts_log = self.directory / "counts.log"
        self.requests = self.directory / "requests.log"
        self.counts = socket_path(self.directory / "counts.sock", name="nginx-counts")
        self.copies = socket_path(self.directory / "copies.sock", name="nginx-copies")

    def certificate(self, tls: Tls) -> Path:
        """Chain and key in one file; services may share it."""
        return self.certificates / pem_name(tls)

    def version(self, version: str) -> Path:
        """What a version of the configuration was made of."""
        return self.versions / f"{version}.json"

    def leaving(self, version: str) -> Path:
        """While it is there, workers of that version end each connection with its next answer."""
        return self.directory / f"leaving-{version}"


class Service:
    """One service's own files."""

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.directory = home.services / name
        self.state = self.directory / "state.json"
        self.lock = self.directory / "lock"
