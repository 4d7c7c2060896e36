"""Ports for servers of tests, outside of those that the system gives to connections: a server can be ended
and come back on its own. Replicas have theirs elsewhere."""

import fcntl
import os
import socket
import tempfile
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"
PORTS = range(12_000, 19_000)
_next_port = count(os.getpid() * 97 % len(PORTS))
"""Processes that run side by side begin far from each other."""


def free_port() -> int:
    """One that nobody listens on; each is given out once by this process."""
    for number in _next_port:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, PORTS[number % len(PORTS)]))
            return PORTS[number % len(PORTS)]
    raise AssertionError("counting never ends")


REPLICAS, BLOCK = range(20_000, 30_000), 250
_held: list[IO[str]] = []


@cache
def replica_ports() -> tuple[int, int]:
    """From and to, for replicas of this process's homes: two that choose in the same moment may choose alike."""
    for lowest in REPLICAS[::BLOCK]:
        lock = (Path(tempfile.gettempdir()) / f"shipway-tests-ports-{lowest}").open("w")
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held.append(lock)
            return lowest, lowest + BLOCK - 1
    raise AssertionError(f"more than {len(REPLICAS) // BLOCK} processes test at the same time")


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    return [free_port() for _ in range(count)]
