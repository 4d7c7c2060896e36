"""Moves a schema through its phases."""

from typing import Protocol

from shipway.model.observed import SchemaState
from shipway.model.phase import Phase


class Database(Protocol):
    """Keys: `schema:<change>`. Advancing is a job: accepted is not done."""

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
        """Who still touches the old shape, a sentence each."""
        ...
