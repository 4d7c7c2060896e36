"""Ports for servers of tests, outside of those that the system gives to connections: a server can be ended
and come back on its own. Replicas have theirs elsewhere."""

import os
import socket
from contextlib import suppress
from itertools import count

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


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    return [free_port() for _ in range(count)]
