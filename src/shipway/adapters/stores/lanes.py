"""How work reaches a database without the event loop waiting for a disk."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Work = Callable[[Connection], T]
"""Runs inside one transaction: all of it is stored, or nothing."""


class Lanes(Protocol):
    """Every call has a deadline and raises `PortError`."""

    async def read(self, work: Work[T]) -> T:
        """Look, changing nothing."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Change; what was written survives a power cut once this returns."""
        ...

    async def write_lightly(self, work: Work[T]) -> T:
        """Change; survives the end of our processes, but perhaps not a power cut."""
        ...
