"""What `shipway check` asks about HAProxy before anything is changed."""

from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.traffic._sockets import listener
from shipway.adapters.traffic.haproxy import program
from shipway.adapters.traffic.haproxy.addresses import addresses
from shipway.adapters.traffic.haproxy.existing.backend import backends
from shipway.adapters.traffic.haproxy.master import Master
from shipway.adapters.traffic.haproxy.places import Home
from shipway.adapters.traffic.haproxy.state import listening
from shipway.errors import PortError


def said() -> str:
    """`HAProxy 2.6.12, /usr/sbin/haproxy`. Raises `PortError` for none, or one that is too old."""
    return f"HAProxy {program.version()}, {program.binary()}"


def steered(options: Mapping[str, object]) -> str:
    """`HAProxy 2.6.12, backend shop, 20 servers`. Raises `PortError` for one that is not fit."""
    master, backend = Master(Path(str(options["socket"]))), str(options["backend"])
    current, *_ = backends(master, backend)
    if others := [f"{backend}/{one.name}" for one in current.others if one.is_served]:
        raise PortError(
            f"requests also go to servers that are not Shipway's: {', '.join(others)}",
            where=f"traffic.haproxy.backend: {backend}",
            why="They get a part of every share, so a release waits until they are out.",
            fix=f"When a release waits for it, tell HAProxy `set server {others[0]} state maint`.",
        )
    return f"HAProxy {master.version().partition('-')[0]}, backend {backend}, {len(current.servers)} servers"


def served(home: Path) -> Mapping[int, str]:
    """By port: the service that HAProxy of this home was told to serve there."""
    try:
        states = listening(Home(home))
    except (OSError, PortError):
        return {}  # what cannot be read claims no port; whoever needs it next says why it cannot
    return {
        int(address.rpartition(":")[2]): name
        for name, state in states.items()
        for address in addresses(state.options)
    }


def serves(home: Path, port: int) -> bool:
    """Whether the program that listens on a port is this home's HAProxy, as far as the system tells."""
    found = listener(port)
    return found is not None and any(word.startswith(f"{Home(home).master},") for word in found.words)
