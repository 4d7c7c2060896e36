"""Finds free ports."""

import socket
from collections.abc import Collection
from hashlib import sha256
from itertools import islice

from shipway.adapters.replicas.records import Records
from shipway.errors import PortError


def next_ports(count: int, *, within: tuple[int, int], records: Records) -> tuple[int, ...]:
    """Those that come next in this home, which remembers them. Only while the records are locked."""
    last = records.last_port() or first_port(str(records.directory), within)
    found = free_ports(count, within=within, taken=records.ports(), after=last)
    records.keep_last_port(found[-1])
    return found


def free_ports(count: int, *, within: tuple[int, int], taken: Collection[int], after: int) -> tuple[int, ...]:
    """So many ports that nobody has, searched upwards from `after` and round.

    A port given back is thus the last to be given out again: a proxy that is late must not meet a stranger there.
    """
    lowest, highest = within
    size = highest - lowest + 1
    candidates = (lowest + (after + 1 - lowest + step) % size for step in range(size))
    found = tuple(islice((port for port in candidates if port not in taken and is_free(port)), count))
    if len(found) < count:
        raise _none_left(count, within)
    return found


def first_port(seed: str, within: tuple[int, int]) -> int:
    """Where to begin when nothing was given out yet; different for each home, to keep them apart."""
    return within[0] + int.from_bytes(sha256(seed.encode()).digest()[:4]) % (within[1] - within[0] + 1)


def is_free(port: int) -> bool:
    """Whether a server could listen there now; connections of a former one that still end do not matter."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _none_left(count: int, within: tuple[int, int]) -> PortError:
    return PortError(
        f"there are no {count} free ports",
        where=f"ports: {within[0]}-{within[1]}",
        why="All of them are in use.",
        fix="Give `ports` a wider range.",
    )
