"""What is the same for every way in to pods: who gets requests, by labels, and asking anew after a conflict."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.traffic._asked import published
from shipway.adapters.traffic._kubernetes.membership import Membership
from shipway.adapters.traffic._kubernetes.wishes import TRIES_MAX, Wish, Wishes
from shipway.errors import PortError
from shipway.model.route import Endpoint


@dataclass(eq=False)
class Publishing:
    """Of one service."""

    cluster: Cluster
    service: str

    def __post_init__(self) -> None:
        self.wishes = Wishes(self.cluster, self.service)
        self.members = Membership(self.cluster, self.service)

    async def publish(self, endpoints: Sequence[Endpoint], *, generation: int) -> None:
        """Label each pod by whether it gets requests. Raises `StaleGeneration`."""
        await self.tried(functools.partial(self._publish, tuple(endpoints), generation))

    async def _publish(self, endpoints: Sequence[Endpoint], generation: int) -> None:
        found, before = await asyncio.gather(self.members.found(), self.wishes.read())
        change = functools.partial(published, endpoints=endpoints, generation=generation)
        wish = await self.wishes.changed(change)
        await self.members.told(before or Wish(), wish, found)

    async def tried(self, change: Callable[[], Awaitable[None]]) -> None:
        """Again from the beginning where somebody else wrote in between: a newer intent is met then."""
        for _ in range(TRIES_MAX):
            try:
                return await change()
            except Conflict:
                continue
        raise PortError(
            "what carries requests changes all the time",
            where=f"service {self.service}",
            why=f"{TRIES_MAX} writes in a row met a newer one.",
            fix="See who writes Services, routes or pods of it.",
        )

    async def in_flight(self, addresses: Sequence[str]) -> Mapping[str, int]:
        """Nobody counts requests by pod: a drained one that lives may have one, until its time is over."""
        found = {one.address: one for one in await self.members.found()}
        return {address: int(not found[address].takes_requests) for address in addresses if address in found}
