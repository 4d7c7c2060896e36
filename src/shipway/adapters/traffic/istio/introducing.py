"""A version gets users only after the mesh was seen to know its subset."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import VIRTUAL_SERVICE
from shipway.adapters.traffic._kubernetes import fencing
from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.adapters.traffic._kubernetes.probing import Probing, host_of
from shipway.adapters.traffic._kubernetes.revision_services import named_by
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio import rules
from shipway.adapters.traffic.istio.options import IstioOptions
from shipway.errors import PortError
from shipway.model.revision import RevisionId

Object = dict[str, Any]
SECONDS, LOOK_SECONDS = 5.0, 0.1


class NotReached(PortError):
    """The mesh does not know a version yet, or the version does not answer."""

    code = "mesh-follows"


@dataclass(eq=False)
class Introducing:
    """Of one service's versions."""

    cluster: Cluster
    options: IstioOptions
    owner: str
    probing: Probing

    async def done(self, there: Object, wish: Wish, found: Sequence[Backend]) -> Object:
        """The VirtualService, after every version that is new in it answered through the mesh.

        Its destinations and its mark are as before. A version that had users just before comes back at once: a way
        back waits for nobody. Raises `NotReached`.
        """
        able = {one.revision for one in found if one.is_ready and one.takes_requests}
        had = {name for shares in wish.formers for name, share in shares.items() if share} & {*wish.carried}
        named = rules.named_in(there, self.owner, sorted(able))
        new = sorted((set(named_by(wish.route)) & able) - named - had)
        if not new:
            return there
        routes = rules.held(there, self.owner, self.options, wish)
        moved = rules.moved(there, fencing.generation(there), routes)
        made = await self.cluster.apply(VIRTUAL_SERVICE, moved)
        problem = await self._answered(wish, host_of(there["spec"].get("hosts")), new)
        if problem:
            raise NotReached(
                problem,
                where="traffic.istio",
                why="The mesh does not know its subset yet, or it answers nobody: users would get errors.",
                fix="It is tried again.",
            )
        return made

    async def _answered(self, wish: Wish, host: str, revisions: Sequence[RevisionId]) -> str:
        """Empty as soon as all of them do."""
        deadline = time.monotonic() + SECONDS
        while True:
            told = await asyncio.gather(*(self.probing.reached(wish, host, one) for one in revisions))
            problem = next((one for one in told if one), "")
            if not problem or time.monotonic() > deadline:
                return problem
            await asyncio.sleep(LOOK_SECONDS)
