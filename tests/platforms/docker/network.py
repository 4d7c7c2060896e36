"""A network namespace of one's own, so that an engine's bridges and tables of packets are its own too.

Two engines in one namespace write the same chains of iptables when they start, and one of them fails.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000


@contextmanager
def own_network() -> Iterator[None]:
    """For this thread, and for all threads and processes that it starts meanwhile. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _succeed(libc.unshare(CLONE_NEWNET))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        _succeed(libc.setns(before, CLONE_NEWNET))
        os.close(before)


def _succeed(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
