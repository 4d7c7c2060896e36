"""A network namespace of one's own, so that an engine's bridges and tables of packets are its own too.

Two engines in one namespace write the same chains of iptables when they start, and one of them fails.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000


LIBC = ctypes.CDLL(None, use_errno=True)
HERE = "/proc/thread-self/ns/net"


class Network:
    """One that exists; `entered` is for this thread, and for all that it starts meanwhile."""

    def __init__(self) -> None:
        self.file = os.open(HERE, os.O_RDONLY)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """And left again."""
        before = Network()
        try:
            _succeed(LIBC.setns(self.file, CLONE_NEWNET))
            yield
        finally:
            _succeed(LIBC.setns(before.file, CLONE_NEWNET))
            before.close()

    def close(self) -> None:
        """It ends with its last process."""
        os.close(self.file)


@contextmanager
def own_network() -> Iterator[Network]:
    """For this thread, and for all threads and processes that it starts meanwhile. Needs root."""
    before = Network()
    try:
        _succeed(LIBC.unshare(CLONE_NEWNET))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        own = Network()
        yield own
        own.close()
    finally:
        _succeed(LIBC.setns(before.file, CLONE_NEWNET))
        before.close()


def _succeed(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
