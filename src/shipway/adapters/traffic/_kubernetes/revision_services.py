"""A Service of its own for each revision, by which routes name it. Pure, but for `Services`."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import ENDPOINT_SLICE, SERVICE
from shipway.adapters.traffic._kubernetes import backends
from shipway.model.revision import RevisionId
from shipway.model.route import Route

Object = dict[str, Any]
PORT = 80
"""Of each of these Services; routes name it."""


def name_of(owner: str, revision: RevisionId) -> str:
    """`checkout-1-9-0-7f3a91c2`."""
    return marks.name_of(owner, revision)


def service_of(owner: str, revision: RevisionId, port: int) -> Object:
    """It sends to the revision's pods that do not drain, at the port of their container."""
    own = {marks.SERVICE: marks.label_of(owner), marks.REVISION: marks.label_of(revision)}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name_of(owner, revision), "labels": {**own, marks.MANAGED_BY: "shipway"}},
        "spec": {
            "selector": {**own, marks.REQUESTS: marks.YES},
            "ports": [{"name": "http", "port": PORT, "targetPort": port, "protocol": "TCP"}],
        },
    }


def named_by(route: Route) -> tuple[RevisionId, ...]:
    """Every revision that a route sends anything to."""
    named = {name for name, share in route.shares.items() if share}
    named |= {rule.revision for rule in route.users}
    named |= {route.mirror.revision} if route.mirror else set()
    return tuple(sorted(named | ({route.preview} if route.preview else set())))


@dataclass(eq=False)
class Services:
    """Those of one service's revisions."""

    cluster: Cluster
    owner: str

    async def ensured(self, revisions: Iterable[RevisionId], ports: Mapping[RevisionId, int]) -> None:
        """Make those that are not there, or that somebody changed."""
        there = {str(one["metadata"]["name"]): one for one in await self._listed()}
        wanted = [service_of(self.owner, name, ports[name]) for name in revisions if name in ports]
        missing = [one for one in wanted if not _is_as(there.get(one["metadata"]["name"]), one)]
        await asyncio.gather(*(self.cluster.apply(SERVICE, one) for one in missing))

    async def served(self) -> frozenset[str]:
        """Pods that some of their EndpointSlices tell as ready."""
        chosen = f"{marks.selector(self.owner)},{marks.REVISION}"
        return backends.served(await self.cluster.list(ENDPOINT_SLICE, chosen))

    async def forget(self, kept: Iterable[RevisionId]) -> None:
        """Delete those of other revisions."""
        names = {name_of(self.owner, revision) for revision in kept}
        gone = [str(one["metadata"]["name"]) for one in await self._listed()]
        await asyncio.gather(*(self.cluster.delete(SERVICE, name) for name in gone if name not in names))

    async def _listed(self) -> Sequence[Object]:
        chosen = f"{marks.selector(self.owner)},{marks.REVISION},{marks.MANAGED_BY}=shipway"
        return await self.cluster.list(SERVICE, chosen)


def _is_as(found: Object | None, wanted: Object) -> bool:
    if found is None:
        return False
    ports = [
        {key: port.get(key) for key in ("name", "port", "targetPort", "protocol")}
        for port in found["spec"]["ports"]
    ]
    return bool(found["spec"].get("selector") == wanted["spec"]["selector"] and ports == wanted["spec"]["ports"])
