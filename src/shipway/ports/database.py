"""Moves a schema through its phases."""

from typing import Protocol

from shipway.model.observed import SchemaState
from shipway.model.phase import Phase


class Database(Protocol):
    """Keys: `schema:<change>`. Advancing is a job: accepted is not done.

    A job lives as long as somebody asks for it: it ends when its controller does, and goes on where it was when
    the same phase is asked for again, by whomever.
    """

    async def observe(self) -> SchemaState:
        """The phases that are fully reached. Raises `PortError`."""
        ...

    async def advance(self, change: str, phase: Phase, *, generation: int) -> None:
        """Bring the change to at least this phase; harmless when it is there. Raises `StaleGeneration`."""
        ...

    async def revert(self, change: str, *, generation: int) -> None:
        """Bring the change back to absent, by a person's wish only. Refused once contracted."""
        ...

    async def usage(self, change: str) -> tuple[str, ...]:
        """Who still touches the old shape, or why it has to stay for now, a sentence each. Raises `PortError`."""
        ...

    def hold(self, why: str) -> None:
        """Have what fills rows wait, for this reason, and go on once it is empty. Waits for nothing.

        It counts for what this very port has under way or will have.
        """
        ...

    def rest(self) -> None:
        """End what is under way at its next safe point, until something is asked for again. Waits for nothing."""
        ...
