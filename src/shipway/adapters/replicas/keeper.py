"""What a platform of one machine consists of: who keeps its replicas alive, and how they are made."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from shipway.adapters.replicas.records import ReplicaRecord
from shipway.adapters.supervisor import Bounds, Process, Secrets
from shipway.model.revision import Revision


class Keeper(Protocol):
    """Runs replicas by name, and starts each again when it ends, whether or not a controller lives."""

    async def processes(self, *, is_needed: bool) -> Mapping[str, Process]:
        """This home's replicas and supervised programs, by name.

        Where some are needed, a keeper that was killed is replaced first; one that was shut down is left so.
        """
        ...

    async def put(self, records: Sequence[ReplicaRecord], known: Mapping[str, Process]) -> None:
        """Have these run. `known` was seen a moment ago; one of them that stands still is started."""
        ...

    async def remove(self, names: Sequence[str]) -> None:
        """Begin to stop them, each with its grace period; each is seen until it is gone."""
        ...


class Task(Struct, frozen=True, kw_only=True):
    """What runs once before a revision's first replica."""

    script: str
    """For a shell."""
    directory: str
    environment: Mapping[str, str] = {}
    secrets: Secrets | None = None
    bounds: Bounds | None = None


class Recipe(Protocol):
    """Makes the records of one service's replicas. Every method blocks."""

    def task(self, revision: Revision) -> Task | None:
        """Its preparation, where it has one. Raises `PortError` for a revision of another platform."""
        ...

    def new_replicas(self, revision: Revision, count: int, *, generation: int) -> tuple[ReplicaRecord, ...]:
        """So many records that nobody has yet, without the time of their creation. Raises `PortError`.

        Only while the records are locked, like `make_room`.
        """
        ...

    def make_room(self, revision: Revision) -> None:
        """Make the folders that its replicas work in."""
        ...
