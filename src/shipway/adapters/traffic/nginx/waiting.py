"""Which connections to replicas carry a request that waits for its answer, as the system's own counts tell it.

The kernel knows of each connection when data went and came last (linux/tcp.h, `tcp_info`; asked over netlink,
sock_diag(7)). nginx closes what it does not use after a second, so what rests for longer waits.
"""

import socket
import struct
from collections.abc import Iterator

from msgspec import Struct

HEADER, REQUEST = struct.Struct("=IHHII"), struct.Struct("=BBBxI48x")
MESSAGE_BYTES, ATTRIBUTE = 72, struct.Struct("=HH")
SOCK_DIAG, BY_FAMILY, REQUEST_DUMP = 4, 20, 0x301
INFO = 2
"""The attribute with a connection's `tcp_info`."""
SENT, RECEIVED, BYTES_RECEIVED = 44, 52, 128
"""Where in it: milliseconds since data went and came, and how many bytes came at all."""
ESTABLISHED = 1
ANSWER_BYTES = 1 << 20
TIMEOUT_SECONDS = 2.0
MARGIN_SECONDS = 0.5


class Ages(Struct, frozen=True):
    """Of one connection, in seconds."""

    sent: float
    received: float
    is_answered: bool
    """Whether anything ever came."""

    def waits(self, *, idle_seconds: float) -> bool:
        """Whether a request is on it, where unused ones are closed after so long."""
        if not self.is_answered or min(self.sent, self.received) > idle_seconds + MARGIN_SECONDS:
            return True
        return self.sent < self.received


def ages() -> dict[tuple[int, int], Ages]:
    """Of every established connection of this machine's, by its own and its peer's port; none where the system
    has no such counts."""
    if not hasattr(socket, "AF_NETLINK"):
        return {}
    found: dict[tuple[int, int], Ages] = {}
    for family in (socket.AF_INET, socket.AF_INET6):
        found.update(_asked(family))
    return found


def has_clients(ports: frozenset[int]) -> bool:
    """Whether a connection to one of these ports of ours is open, or may be as far as the system tells."""
    return not hasattr(socket, "AF_NETLINK") or any(own in ports for own, _ in ages())


def _asked(family: int) -> Iterator[tuple[tuple[int, int], Ages]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG) as asking:
        asking.settimeout(TIMEOUT_SECONDS)
        body = REQUEST.pack(family, socket.IPPROTO_TCP, 1 << (INFO - 1), 1 << ESTABLISHED)
        asking.send(HEADER.pack(HEADER.size + len(body), BY_FAMILY, REQUEST_DUMP, 1, 0) + body)
        while True:
            answer = asking.recv(ANSWER_BYTES)
            for kind, message in _messages(answer):
                if kind != BY_FAMILY:
                    return
                if told := _told(message):
                    yield told


def _messages(answer: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + HEADER.size <= len(answer):
        length, kind, *_ = HEADER.unpack_from(answer, at)
        yield kind, answer[at + HEADER.size : at + length]
        at += (length + 3) & ~3


def _told(message: bytes) -> tuple[tuple[int, int], Ages] | None:
    own, peer = struct.unpack_from("!HH", message, 4)
    at = MESSAGE_BYTES
    while at + ATTRIBUTE.size <= len(message):
        length, kind = ATTRIBUTE.unpack_from(message, at)
        if kind == INFO and length >= ATTRIBUTE.size + BYTES_RECEIVED + 8:
            start = at + ATTRIBUTE.size
            sent, received = (struct.unpack_from("=I", message, start + place)[0] for place in (SENT, RECEIVED))
            came = struct.unpack_from("=Q", message, start + BYTES_RECEIVED)[0]
            return (own, peer), Ages(sent / 1000, received / 1000, came > 0)
        at += max((length + 3) & ~3, ATTRIBUTE.size)
    return None
