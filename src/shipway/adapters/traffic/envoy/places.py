"""Where everything of Envoy lies under one home, and how things are called in its configuration."""

from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic._sockets import socket_path
from shipway.model.revision import RevisionId

NAME_CHARACTERS = 16
SHARED = "at|"


class Use(StrEnum):
    """A revision has one cluster per use, so that only users' requests are counted as users' requests."""

    USERS = ""
    PREVIEW = "preview"
    SHADOW = "shadow"


class Home:
    """What all services of one home share."""

    def __init__(self, home: Path) -> None:
        self.root = home.absolute()
        self.directory = self.root / "envoy"
        self.bootstrap = self.directory / "bootstrap.json"
        self.listeners = self.directory / "lds.json"
        self.clusters = self.directory / "cds.json"
        self.lock = self.directory / "lock"
        self.log = self.directory / "envoy.log"
        self.services = self.directory / "services"
        self.certificates = self.directory / "certificates"
        self.routes = self.directory / "routes"
        self.socket = socket_path(self.directory / "admin.sock", name="envoy")

    def certificate(self, tls: Tls) -> Path:
        """The file that tells Envoy the certificate and key of these two files; services may share it."""
        return self.certificates / f"{self.certificate_name(tls)}.json"

    def certificate_name(self, tls: Tls) -> str:
        """Of the resource in it, the same for the same two files."""
        return sha256(f"{tls.cert}\0{tls.key}".encode()).hexdigest()[:NAME_CHARACTERS]

    def shared_route(self, address: str) -> Path:
        """The route configuration of all services that share an address."""
        return self.routes / f"{shared_name(address).partition('|')[2]}.json"

    def redirect(self, tls: Tls) -> str:
        """The listener that sends plain HTTP on to TLS; services may share it."""
        return f"redirect|{tls.redirect_from}"


class Service:
    """One service's own files."""

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.directory = home.services / name
        self.state = self.directory / "state.json"
        self.lock = self.directory / "lock"
        self.route = self.directory / "rds.json"
        self.preview = self.directory / "rds-preview.json"
        self.tokens = self.directory / "tokens.json"
        self.endpoints_directory = self.directory / "eds"

    @property
    def preview_name(self) -> str:
        """Of the preview's listener and route configuration."""
        return f"{self.name}|preview"

    @property
    def tokens_name(self) -> str:
        """Of the filter that verifies tokens."""
        return f"tokens|{self.name}"

    @property
    def keys_cluster(self) -> str:
        """Where remote keys are; no service's name has a space."""
        return f"keys of|{self.name}"

    @property
    def copied_name(self) -> str:
        """Of the statistics of requests that may be copied, as users got their answers."""
        return f"{statistics_name(self.name)}|copied"

    def endpoints(self, cluster: str) -> Path:
        """The file that tells one cluster its replicas."""
        return self.endpoints_directory / f"{cluster.partition('|')[2]}.json"

    def cluster(self, revision: RevisionId, use: Use = Use.USERS) -> str:
        """`checkout|1.9.0-7f3a91c2`, with `|preview` or `|shadow` for those."""
        return "|".join(filter(None, (self.name, revision, use.value)))


def revision_of(cluster: str) -> RevisionId:
    """The revision that a cluster's name tells."""
    return RevisionId(cluster.split("|")[1])


def shared_name(address: str) -> str:
    """Of the listener and the route configuration of an address that services share."""
    return f"{SHARED}{statistics_name(address)}"


def statistics_name(cluster: str) -> str:
    """Dots separate the parts of a metric's name, so a cluster's own have to go."""
    return cluster.replace(".", "_").replace(":", "_")
