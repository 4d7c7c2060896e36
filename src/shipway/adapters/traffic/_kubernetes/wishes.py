"""What was last asked of a service's way in, kept in a ConfigMap whose resource version is the fence."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP
from shipway.adapters.traffic._asked import Asked, routed
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import NONE, Share

Object = dict[str, Any]
Shares = Mapping[RevisionId, Share]
KEY = "wish"
FORMERS_MAX = 2
TRIES_MAX = 50


class Wish(Asked, frozen=True, kw_only=True):
    """Of one service."""

    before: Mapping[str, Any] = {}
    """The user's object, as it was before Shipway first changed it."""
    has_served: bool = False
    """Whether a version ever had users here: until then the user's object goes on as it is."""

    applied: int = 0
    """The newest route that was written whole: what differs from it since is another hand's."""
    token: str = ""
    """Known to Shipway alone: with it a request asks a gateway what it runs."""
    formers: tuple[Shares, ...] = ()
    """Shares that were asked for before: what is not confirmed may still be one of these."""
    carried: tuple[RevisionId, ...] = ()
    """Those of them, and of now, to which users were really sent: a route with them was written whole."""

    @property
    def draining(self) -> frozenset[str]:
        """Addresses that are to get no new request."""
        return frozenset(endpoint.address for endpoint in self.endpoints if endpoint.draining)

    def was_met_by(self, mark: int) -> bool:
        """Whether an object with the mark of this intent had the route once: another hand may have taken it off.
        One with a newer mark is of a controller that knows more."""
        return mark == self.route_generation or (mark < self.route_generation == self.applied)

    def endpoint_at(self, address: str) -> Endpoint | None:
        """The replica that was published with this address."""
        return next((endpoint for endpoint in self.endpoints if endpoint.address == address), None)


def asked(wish: Wish, *, route: Route, generation: int, before: Mapping[str, Any]) -> Wish:
    """With this route; `before` is the user's object as it is now. Raises `StaleGeneration`."""
    has_served = wish.has_served or any(route.shares.values())
    formers = wish.formers
    if route.shares != wish.route.shares:
        formers = (*formers, wish.route.shares)[-FORMERS_MAX:]
    told = replace(wish, before=wish.before or before, has_served=has_served, formers=formers)
    return routed(told, route, generation=generation)


def with_token(wish: Wish) -> Wish:
    """Once it has one, it keeps it."""
    return wish if wish.token else replace(wish, token=secrets.token_hex(8))


def written(wish: Wish, *, generation: int) -> Wish:
    """With the note that its route was written, unless a newer one was asked for meanwhile."""
    if wish.route_generation != generation:
        return wish
    known = {name for shares in wish.formers for name in shares} & {*wish.carried}
    carried = known | {name for name, share in wish.route.shares.items() if share}
    return replace(wish, applied=generation, carried=tuple(sorted(carried)))


@dataclass(eq=False)
class Wishes:
    """Where a service's is kept."""

    cluster: Cluster
    service: str

    @property
    def name(self) -> str:
        """Of the ConfigMap."""
        return marks.name_of("shipway-traffic", self.service)

    async def read(self) -> Wish | None:
        """None before the first intent."""
        return _decoded(await self.cluster.read(CONFIG_MAP, self.name))

    async def changed(self, change: Callable[[Wish], Wish]) -> Wish:
        """Keep what `change` makes of it, and return that. What `change` raises is raised."""
        for _ in range(TRIES_MAX):
            found = await self.cluster.read(CONFIG_MAP, self.name)
            before = _decoded(found) or Wish()
            after = change(before)
            if found is not None and after == before:
                return after
            try:
                await self._write(found, after)
                return after
            except Conflict:
                continue
        raise PortError(
            "what is asked of the way in changes all the time",
            where=f"ConfigMap {self.name}",
            why=f"{TRIES_MAX} writes in a row met a newer one.",
            fix="See who writes it.",
        )

    async def _write(self, found: Object | None, wish: Wish) -> None:
        data = {KEY: msgspec.json.encode(wish).decode()}
        if found is None:
            labels = {marks.SERVICE: marks.label_of(self.service), marks.MANAGED_BY: "shipway"}
            fresh = {"metadata": {"name": self.name, "labels": labels}, "data": data}
            await self.cluster.create(CONFIG_MAP, {"apiVersion": "v1", "kind": "ConfigMap", **fresh})
        elif await self.cluster.replace(CONFIG_MAP, {**found, "data": data}) is None:
            raise Conflict("what was asked of the way in is gone", where=self.name)


def _decoded(found: Object | None) -> Wish | None:
    text = ((found or {}).get("data") or {}).get(KEY)
    return msgspec.json.decode(text, type=Wish) if text else None


def spans(possible: Sequence[Shares]) -> tuple[dict[RevisionId, Share], dict[RevisionId, Share]]:
    """The least and the most that each revision may have."""
    names = sorted({name for shares in possible for name in shares})
    lowest = {name: min(shares.get(name, NONE) for shares in possible) for name in names}
    return lowest, {name: max(shares.get(name, NONE) for shares in possible) for name in names}
