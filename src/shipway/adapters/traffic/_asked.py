"""What was last asked of one service's data plane. It fences: an older intent changes nothing, in any process."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route


class Asked(Struct, frozen=True, kw_only=True):
    """What every data plane keeps of it, in a file beside its own words."""

    route: Route = Route()
    route_generation: int = 0
    endpoints: tuple[Endpoint, ...] = ()
    endpoints_generation: int = 0
    order: tuple[RevisionId, ...] = ()
    """Newest revision first: as it grows, the users it has stay with it."""

    @property
    def is_over(self) -> bool:
        """Whether it serves nobody and has no replicas left."""
        return self.route == Route() and not self.endpoints


Kept = TypeVar("Kept", bound=Asked)


def routed(asked: Kept, route: Route, *, generation: int) -> Kept:
    """With this route. Raises `StaleGeneration` for one that is older than the newest."""
    fence("route", newest=asked.route_generation, generation=generation)
    return replace(asked, route=route, route_generation=generation, order=ordered(asked.order, route))


def published(asked: Kept, endpoints: Sequence[Endpoint], *, generation: int) -> Kept:
    """With these replicas. Raises `StaleGeneration` for a list that is older than the newest."""
    fence("endpoints", newest=asked.endpoints_generation, generation=generation)
    return replace(asked, endpoints=tuple(sorted(endpoints)), endpoints_generation=generation)


def fence(key: str, *, newest: int, generation: int) -> None:
    """Raises `StaleGeneration` for an intent older than the newest one."""
    if generation < newest:
        raise StaleGeneration(
            f"{key}: generation {generation} is older than {newest}",
            why="Another controller has changed it since.",
        )


def ordered(order: tuple[RevisionId, ...], route: Route) -> tuple[RevisionId, ...]:
    """Those known keep their places; new ones come first."""
    new = sorted(revision for revision in route.shares if revision not in order)
    return (*new, *(revision for revision in order if revision in route.shares))


def load(path: Path, kind: type[Kept], *, product: str) -> Kept | None:
    """What is kept there; none before the first intent. Raises `PortError` for a broken file."""
    content = durable.read(path)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise PortError(
            f"what was last asked of {product} cannot be read",
            where=str(path),
            why=f"Its content is broken: {error}.",
            fix="Remove the file; the next route and list of replicas are then taken as the first.",
        ) from error


def save(path: Path, asked: Asked) -> None:
    """Keep it, surviving a power cut."""
    durable.replace(path, msgspec.json.encode(asked))
