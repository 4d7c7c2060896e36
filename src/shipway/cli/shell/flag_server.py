"""How the commands of flags find a server, and how one is started."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.flags.remote.api import Address, Api
from shipway.home import Home

SERVER = "SHIPWAY_FLAGS"
TOKEN = "SHIPWAY_FLAGS_TOKEN"
DATABASE = "SHIPWAY_FLAGS_DATABASE"
PORT = 8016
BACKLOG = 2048


class NoServer(ShipwayError):
    """The flag server cannot be started here."""

    code = "flag-server-start"


def address_of(server: str | None, environment: str | None, home: Home) -> Address | None:
    """The server that is meant; none where a file is."""
    url = server or os.environ.get(SERVER, "")
    if not url.startswith(("http://", "https://")) and server is None:
        return None
    return Address(url=url, token=_token(home), environment=environment)


def api(server: str | None, environment: str | None, home: Home) -> Api:
    """The interface of the server that is meant, the one on this machine where none is named."""
    found = address_of(server, environment, home)
    return Api(found or Address(url=f"http://127.0.0.1:{PORT}", token=_token(home), environment=environment))


def _token(home: Home) -> str:
    """From the environment, or the one that the first start on this machine has made."""
    if named := os.environ.get(TOKEN):
        return named
    try:
        return home.flags_token.read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How a server is to be started."""

    host: str
    port: int
    origins: tuple[str, ...]
    database: str | None
    changes_seconds: float
    exposures_seconds: float


def start(home: Home, wanted: Wanted) -> None:
    """Serve until SIGTERM. Raises `NoServer`."""
    try:
        from shipway.adapters.flag_store.values import Retention
        from shipway.server.flags.running import Listening, serve
    except ModuleNotFoundError as error:
        raise NoServer(
            "the flag server is not installed",
            where="shipway flags serve",
            why=f"It needs {error.name}, which an application that asks for flags does not.",
            fix="Install `shipway[server]`.",
        ) from error
    listening = Listening(
        host=wanted.host,
        port=wanted.port,
        origins=wanted.origins,
        database=wanted.database or os.environ.get(DATABASE) or None,
        keeps=Retention(changes_seconds=wanted.changes_seconds, exposures_seconds=wanted.exposures_seconds),
    )
    serve(home, listening, _bound(wanted.host, wanted.port))


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        raise NoServer(
            f"the flag server cannot listen on {host}:{port}",
            where=f"--host {host} --port {port}",
            why=f"The system said: {error.strerror or error}.",
            fix="Take another port, or end what listens there.",
        ) from error


def file_of(path: Path | None) -> Path:
    """The file of flags that is meant. Raises `InputErrors`."""
    from shipway.flags.load import find

    return path or find(Path.cwd())
