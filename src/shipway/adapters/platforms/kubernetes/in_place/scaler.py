"""The autoscaler of a workload that is updated in place: there is one, and it is of the version that grew last.

It has the name that its user gave it. Between what it may scale follows from what the workload is doing.
"""

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.autoscaling import Bounds, between, user_bounds, written_bounds
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, Kind
from shipway.adapters.platforms.kubernetes.options import options_of
from shipway.model.revision import Revision

Object = dict[str, Any]


def bounds(state: Rolled, user: Bounds, *, grows: bool) -> Bounds:
    """What the autoscaler may do now.

    As the user wrote it, while one version is there. Beside another one no pod may go, and more may come only
    where it `grows`; pods that drain are not made anew.
    """
    least, most = user
    if state.others:
        return state.replicas, max(most, state.replicas) if grows else state.replicas
    if state.leaving or any(not told.stays and told.stopping is None for told in state.pods.values()):
        return max(1, state.replicas), max(1, state.replicas)
    return least, max(least, most)


def derived(revision: Revision, allowed: Bounds | None = None) -> Object | None:
    """The user's, with what Shipway notes; none where the manifests have none."""
    written = options_of(revision).autoscaler
    if not written:
        return None
    made: Object = copy.deepcopy({key: value for key, value in written.items() if key != "status"})
    user = written_bounds(made)
    least, most = allowed or user
    made["spec"] |= {"minReplicas": least, "maxReplicas": most}
    metadata = made["metadata"]
    noted = {marks.LEAST: str(user[0]), marks.MOST: str(user[1]), marks.WRITTEN: _digest(written)}
    labels = {marks.UPDATE: marks.label_of(revision.service), marks.MANAGED_BY: "shipway"}
    return {
        **made,
        "metadata": {
            "name": metadata["name"],
            "labels": {**(metadata.get("labels") or {}), **labels},
            "annotations": {**(metadata.get("annotations") or {}), **noted},
        },
    }


@dataclass(frozen=True)
class Scaler:
    """Of one service's workload."""

    cluster: Cluster
    service: str
    grows: bool

    async def all(self) -> Sequence[Object]:
        """Those that are there."""
        return await self.cluster.list(AUTOSCALER, f"{marks.UPDATE}={marks.label_of(self.service)}")

    async def fit(self, state: Rolled, grown: Revision | None = None) -> None:
        """Before the workload becomes so, and where a version grows: its own, in place of the former one's.

        Raises `Conflict`, `PortError`.
        """
        found = await self.all()
        if grown is None:
            await self._bind(found, state)
            return
        wanted = derived(grown)
        name = wanted["metadata"]["name"] if wanted else None
        for other in found:
            if other["metadata"]["name"] != name:
                await self.cluster.delete(AUTOSCALER, str(other["metadata"]["name"]))
        mine = [one for one in found if one["metadata"]["name"] == name]
        if wanted is None or any(_written(one) == _written(wanted) for one in mine):
            await self._bind(mine, state)
            return
        allowed = bounds(state, written_bounds(wanted), grows=self.grows)
        await apply(self.cluster, derived(grown, allowed))

    async def _bind(self, found: Sequence[Object], state: Rolled) -> None:
        for scaler in found:
            change = between(scaler, bounds(state, user_bounds(scaler), grows=self.grows))
            if change is not None:
                await self.cluster.merge(AUTOSCALER, str(scaler["metadata"]["name"]), change)


async def apply(cluster: Cluster, wanted: Object | None, *, is_trial: bool = False) -> None:
    """Have it be so, if it is to be there. Raises `PortError`."""
    if wanted is not None:
        await cluster.apply(Kind(str(wanted["apiVersion"]), AUTOSCALER.plural), wanted, is_trial=is_trial)


def _written(scaler: Object) -> str:
    return str((scaler["metadata"].get("annotations") or {}).get(marks.WRITTEN, ""))


def _digest(written: object) -> str:
    return hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest()[:16]
