"""What a reload hands over of replicas' health (docs.haproxy.org, Management Guide, `show servers state`).

A process that starts takes every replica as well, and takes it out at its first failed check: one that was known
as sick would get requests, and one that a busy machine kept for a moment would not. So the file that HAProxy reads
before it takes connections says what the former process knew of each. At rest it says nothing: what starts after
a crash checks for itself.
"""

from collections.abc import Iterable, Iterator, Mapping

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.haproxy import servers
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.state import State

VERSION = "1"
"""Of the file's format."""
STOPPED, RUNNING = 0, 2
CHECKED = 6
"""`srv_check_state` of a replica that is checked."""

Health = Mapping[tuple[str, str], bool]
"""By backend and server: whether its checks let it have requests."""


def keep(home: Home, pairs: Iterable[tuple[Service, State]], known: Health) -> None:
    """For the process that starts next. A replica that nobody knows is well until so many checks failed."""
    rows = (row for service, state in pairs for row in _rows(service, state, known))
    durable.replace(home.handover, ("\n".join([VERSION, *rows]) + "\n").encode())


def forget(home: Home) -> None:
    """Whoever starts next checks for itself."""
    nothing = f"{VERSION}\n".encode()
    if durable.read(home.handover) != nothing:
        durable.replace(home.handover, nothing)


def _rows(service: Service, state: State, known: Health) -> Iterator[str]:
    """Weights and drains are the configuration's, which is newer."""
    for endpoint in state.endpoints:
        host, port = split_address(endpoint.address)
        backend, name = service.backend(state.slot_of(endpoint.revision)), servers.name(endpoint)
        operation = RUNNING if known.get((backend, name), True) else STOPPED
        weight = 0 if endpoint.draining else 1
        yield f"0 {backend} 0 {name} {host} {operation} 0 {weight} {weight} 0 1 0 0 {CHECKED} 0 0 0 - {port} -"
