"""The one autoscaler of a workload that is updated in place: it is that of the version that grew last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.autoscalers import applied
from shipway.adapters.platforms.kubernetes.autoscaling import between, user_bounds, within
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.autoscaling import autoscaler, bounds, written_from
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER
from shipway.model.revision import Revision

Object = dict[str, Any]


@dataclass(frozen=True)
class Autoscaler:
    """Of one service's workload; `grows` is whether it may add pods beside another version."""

    cluster: Cluster
    service: str
    grows: bool

    async def found(self) -> Sequence[Object]:
        """It, if it is there. While one takes another's place there may be two."""
        return await self.cluster.list(AUTOSCALER, f"{marks.UPDATE}={marks.label_of(self.service)}")

    async def fit(self, state: Rolled, grown: Revision | None = None) -> None:
        """Before the workload becomes so, and where a version grows: its own, in place of the former one's.

        Raises `Conflict`, `PortError`.
        """
        there = await self.found()
        if grown is not None:
            there = await self._replaced(there, autoscaler(grown), state)
        for each in there:
            change = between(each, bounds(state, user_bounds(each), grows=self.grows))
            if change is not None:
                await self.cluster.merge(AUTOSCALER, _name(each), change)

    async def _replaced(self, there: Sequence[Object], wanted: Object | None, state: Rolled) -> Sequence[Object]:
        """Those that stay as they are; the wanted one is made, or made anew from its manifest."""
        name = _name(wanted) if wanted else ""
        for other in there:
            if _name(other) != name:
                await self.cluster.delete(AUTOSCALER, _name(other))
        mine = [each for each in there if _name(each) == name]
        if wanted is None or any(written_from(each) == written_from(wanted) for each in mine):
            return mine
        allowed = bounds(state, user_bounds(wanted), grows=self.grows)
        await applied(self.cluster, within(wanted, allowed))
        return ()


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])
