"""Autoscalers of a service's versions, kept to what each version may do now."""

from dataclasses import dataclass
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, told
from shipway.adapters.platforms.kubernetes.autoscaling import autoscaler, between, bounds
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, DEPLOYMENT, Kind
from shipway.model.revision import Revision

Object = dict[str, Any]


@dataclass(frozen=True)
class Autoscalers:
    """Of one service."""

    cluster: Cluster
    service: str

    async def fit(self, changed: Object) -> None:
        """Before a deployment becomes `changed`, so that no autoscaler undoes it.

        Raises `Conflict`, `PortError`.
        """
        found = await self.cluster.list(DEPLOYMENT, marks.selector(self.service))
        deployments = {_name(each): each for each in (*found, changed)}
        if not any(map(told.is_scaled, deployments.values())):
            return
        for scaler in await self.cluster.list(AUTOSCALER, marks.selector(self.service)):
            own = deployments.get(_name(scaler))
            if own is None:
                continue
            others = [each for each in deployments.values() if each is not own]
            change = between(scaler, bounds(scaler, own, others))
            if change is not None:
                await self.cluster.merge(AUTOSCALER, _name(scaler), change)


async def made(cluster: Cluster, revision: Revision, deployment: Object | None, *, is_trial: bool = False) -> None:
    """Have the revision's own be there, if its manifests have one; it goes with its deployment."""
    wanted = autoscaler(revision)
    if wanted is None:
        return
    if deployment is not None:
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": _name(deployment)}
        owner["uid"] = deployment["metadata"]["uid"]
        wanted["metadata"]["ownerReferences"] = [owner]
    await applied(cluster, wanted, is_trial=is_trial)


async def applied(cluster: Cluster, wanted: Object, *, is_trial: bool = False) -> None:
    """Have it be so, in the version of the API that the user wrote it in. Raises `PortError`."""
    await cluster.apply(Kind(str(wanted["apiVersion"]), AUTOSCALER.plural), wanted, is_trial=is_trial)


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])
