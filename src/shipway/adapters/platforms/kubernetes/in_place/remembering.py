"""Where somebody deleted the service's ConfigMap, a workload that is updated in place knows what it said."""

from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes.apart import in_place
from shipway.adapters.platforms.kubernetes.in_place.rolled import rolled
from shipway.adapters.platforms.kubernetes.in_place.states import States
from shipway.adapters.platforms.kubernetes.preparations import Preparations, Prepared
from shipway.model.fleet import Preparation
from shipway.model.revision import RevisionId


class Remembering(Preparations):
    """Of a service of either form: of its deployments, or of its one workload."""

    async def _noted(self) -> dict[RevisionId, Prepared]:
        states = States(self.cluster, self.service)
        found = [await states.trusted(workload) for _, workload in await in_place(self.cluster, self.service)]
        return {**await super()._noted(), **remembered(found)}


def remembered(workloads: Sequence[Mapping[str, Any]]) -> dict[RevisionId, Prepared]:
    """What they say of revisions."""
    return {
        id: Prepared(revision=id, generation=0, state=Preparation.DONE, begun_at=0.0, port=port)
        for workload in workloads
        for id, port in rolled(workload).ports.items()
    }
