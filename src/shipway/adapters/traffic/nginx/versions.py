"""Versions of the configuration: which one runs, which one lies in the file, and what each was made of."""

import re
import socket
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.nginx.configuration import is_ours
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.state import State
from shipway.errors import PortError

TIMEOUT_SECONDS = 2.0
ANSWER_BYTES = 4096
WRITTEN = re.compile(r"\A# Written by Shipway, version (\w+);")


class Unreachable(PortError):
    """Nobody answers on the socket: nginx does not run, or just starts."""


class Written(Struct, frozen=True):
    """What lies in the file."""

    text: str = ""
    version: str = ""
    """None that it says, or none that fits its text: then other hands wrote it."""


def written(home: Home) -> Written | None:
    """The file; none where there is none."""
    content = durable.read(home.configuration)
    if content is None:
        return None
    text = content.decode(errors="replace")
    told = WRITTEN.match(text)
    return Written(text, told[1]) if told and is_ours(text, told[1]) else Written(text)


def running(home: Home) -> str:
    """As a worker that takes new connections tells it. Raises `Unreachable`."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(TIMEOUT_SECONDS)
            asking.connect(str(home.status))
            asking.sendall(b"GET /version HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: asking.recv(ANSWER_BYTES), b""))
    except OSError as error:
        raise _unreachable(home, str(error)) from error
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head:
        raise _unreachable(home, f"it answered {head[:60].decode(errors='replace') or 'nothing'}")
    return body.decode(errors="replace")


def _unreachable(home: Home, why: str) -> Unreachable:
    return Unreachable(
        "nginx does not answer",
        where=str(home.status),
        why=f"The socket that tells its version: {why}.",
        fix="It is started by the next change of traffic; `shipway status` tells whether it runs.",
    )


def made_of(home: Home, version: str) -> Mapping[str, State] | None:
    """What each service had asked for when a version was made; none where that is not kept."""
    content = durable.read(home.version(version)) if version else None
    return msgspec.json.decode(content, type=dict[str, State]) if content else None


def keep(home: Home, version: str, services: Mapping[str, State], *, beside: frozenset[str]) -> None:
    """Keep what a version is made of; versions that are neither this one nor beside it go."""
    durable.directory(home.versions)
    if made_of(home, version) != services:
        durable.replace(home.version(version), msgspec.json.encode(services))
    for path in home.versions.iterdir():
        if path.stem not in {version, *beside}:
            path.unlink(missing_ok=True)
