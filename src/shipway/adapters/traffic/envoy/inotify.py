"""Whether the system lets Envoy watch more files, asked before it is told to.

Each watched file takes one inotify instance, of which a user has 128 by default, together with all other
programs. Envoy 1.40 does not refuse a file that it cannot watch: it aborts.
"""

import ctypes
import os
import sys

from shipway.errors import PortError

SPARE = 2
RELEASE = 4
"""What a release takes at most: replicas and preview of its version, and of a first one the routes too."""


class NoWatches(PortError):
    """The system lets this user watch no more files."""

    code = "no-watches"
    needs_person = True


def require(count: int) -> None:
    """Raises `NoWatches` unless this user may have `count` more instances. They are taken and given back."""
    if sys.platform != "linux" or not count:
        return
    taken = []
    try:
        for _ in range(count + SPARE):
            taken.append(_instance())
    finally:
        for descriptor in taken:
            os.close(descriptor)


def _instance() -> int:
    descriptor: int = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        raise NoWatches(
            "the system lets Envoy watch no more files",
            where="/proc/sys/fs/inotify/max_user_instances",
            why=f"inotify_init1: {os.strerror(ctypes.get_errno())}. Every revision that serves takes a file.",
            fix="Run `sudo sysctl fs.inotify.max_user_instances=1024`; in /etc/sysctl.d it survives a restart.",
        )
    return descriptor
