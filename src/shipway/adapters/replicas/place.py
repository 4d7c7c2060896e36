"""Where a replica takes requests."""

from typing import NamedTuple

HERE = "127.0.0.1"


class Place(NamedTuple):
    """An address of TCP."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def here(port: int) -> Place:
    """On this machine's loopback."""
    return Place(HERE, port)
