"""Which pods Services may send to: their labels, written one by one with what they replace."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.remembering import Remembering
from shipway.adapters.platforms.kubernetes.kinds import POD
from shipway.adapters.traffic._kubernetes import backends
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.wishes import Wish

TOLD = f"{marks.PREFIX}/told"
"""Annotation of a pod: the newest intent that said whether it gets requests. A late controller meets it."""


@dataclass(eq=False)
class Membership:
    """Of one service's pods."""

    cluster: Cluster
    service: str

    def __post_init__(self) -> None:
        self._preparations = Remembering(self.cluster, self.service)

    async def found(self) -> tuple[Backend, ...]:
        """All that have an address."""
        listed, prepared = await asyncio.gather(
            self.cluster.list(POD, marks.selector(self.service)), self._preparations.all()
        )
        return backends.backends(listed, prepared)

    async def told(self, before: Wish, wish: Wish, found: Sequence[Backend]) -> None:
        """Who drains gets no new request, and who does not is back. Raises `Conflict`, and `Wish` is asked anew.

        A pod that is told otherwise than before is written even where its label is right already: whoever
        comes late with the former word meets another resource version.
        """
        published = {endpoint.address for endpoint in wish.endpoints}
        changed = [
            backend for backend in found if backend.address in published and _is_other(backend, before, wish)
        ]
        await asyncio.gather(*(self._write(backend, wish) for backend in changed))

    async def _write(self, backend: Backend, wish: Wish) -> None:
        word = marks.NO if backend.address in wish.draining else marks.YES
        await self.mark(backend, {marks.REQUESTS: word}, generation=wish.endpoints_generation)

    async def mark(self, backend: Backend, labels: Mapping[str, str | None], *, generation: int) -> None:
        """Change a pod's labels; a null takes one away. Raises `Conflict`."""
        metadata = {
            "labels": dict(labels),
            "annotations": {TOLD: str(generation)},
            "resourceVersion": backend.version,
        }
        await self.cluster.merge(POD, backend.name, {"metadata": metadata})


def _is_other(backend: Backend, before: Wish, wish: Wish) -> bool:
    """Whether it is told otherwise than its label says, or than it was told before."""
    drains = backend.address in wish.draining
    return drains == backend.takes_requests or drains != (backend.address in before.draining)
