"""Remembers. Appending is compare-and-set on length and token, so two writers never both succeed."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shipway.model.command import Command, Request
from shipway.model.event import Entry, Event


class Journal(Protocol):
    """One append-only journal and one inbox per service."""

    async def services(self) -> tuple[str, ...]:
        """Every service that has a journal or a command waiting."""
        ...

    async def read(self, service: str, *, after: int = 0) -> tuple[Entry, ...]:
        """Entries with a position greater than `after`, in order. Of a compacted journal the first one may be a
        `Compacted` that stands for entries up to `after` too: folding it gives the same state."""
        ...

    async def append(self, service: str, events: Sequence[Event], *, length: int, token: int) -> tuple[Entry, ...]:
        """Write all events or none. Raises `JournalConflict` if the journal does not hold exactly `length`
        entries, `LeaseLost` if a newer token than `token` was given out for the service."""
        ...

    async def compact(self, service: str, entry: Entry, *, read: int, token: int) -> None:
        """Let `entry`, a `Compacted`, stand for itself and all before it; the length stays, and the newest entries
        after it. The inbox forgets commands up to `read`, except the newest of all services. All of it or
        nothing. Raises `LeaseLost`, or `JournalConflict` if there is no entry at its position any more."""
        ...

    async def submit(self, service: str, command: Command, *, by: str) -> int:
        """Put a command into the inbox; its number is greater than all before it, over all services."""
        ...

    async def inbox(self, *, after: int, service: str | None = None) -> tuple[Request, ...]:
        """Commands with a number greater than `after`, in order: of one service, or of all."""
        ...

    async def newest(self) -> int:
        """The number of the last command that was submitted; 0 before the first."""
        ...

    async def keep(self, service: str, name: str, value: bytes, *, token: int | None = None) -> None:
        """Replace a checkpoint: what may be lost without harm, such as the judge's sums. Who keeps it as the
        owner gives the lease's token; raises `LeaseLost`, and keeps nothing, if a newer one was given out."""
        ...

    async def kept(self, service: str) -> Mapping[str, bytes]:
        """The service's checkpoints by name."""
        ...
