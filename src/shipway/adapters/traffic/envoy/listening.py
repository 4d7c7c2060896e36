"""Where the Envoy of a home listens, as it was told and as the system sees it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._sockets import listener
from shipway.adapters.traffic.envoy.places import Home


class _Socket(Struct, frozen=True):
    port_value: int


class _Address(Struct, frozen=True):
    socket_address: _Socket


class _Listener(Struct, frozen=True):
    name: str
    address: _Address


class _Listeners(Struct, frozen=True):
    resources: tuple[_Listener, ...] = ()


def listening(home: Path) -> Mapping[int, str]:
    """By port: the service that Envoy was told to serve there."""
    try:
        written = durable.read(Home(home).listeners)
        told = msgspec.json.decode(written, type=_Listeners) if written else _Listeners()
    except (OSError, msgspec.DecodeError):
        return {}  # what cannot be read claims no port; whoever needs it next says why it cannot
    return {one.address.socket_address.port_value: one.name.partition("|")[0] for one in told.resources}


def serves(home: Path, port: int) -> bool:
    """Whether the program that listens on a port is this home's Envoy, as far as the system tells."""
    found = listener(port)
    return found is not None and str(Home(home).bootstrap) in found.words
