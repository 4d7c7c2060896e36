"""Nothing stays in the cluster of a revision that no release needs: deployments, ConfigMaps, copies of Secrets.

Whatever has pods stays, and whatever somebody prepares. An object that was written meanwhile is somebody else's.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, pods
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DEPLOYMENT, POD, SECRET, Kind
from shipway.adapters.platforms.kubernetes.preparations import Preparations
from shipway.adapters.platforms.kubernetes.reading import secrets_of
from shipway.model.revision import Revision

Object = dict[str, Any]


async def forgotten(
    cluster: Cluster, service: str, preparations: Preparations, kept: Sequence[Revision]
) -> set[str]:
    """Delete what was made for others; the labels of the revisions that stay. Raises `PortError`."""
    mine = f"{marks.selector(service)},{marks.REVISION}"
    configs, deployments, living = await asyncio.gather(
        cluster.list(CONFIG_MAP, mine), cluster.list(DEPLOYMENT, mine), cluster.list(POD, mine)
    )
    used = {pods.label(one, marks.REVISION) for one in (*living, *filter(_has_pods, deployments))}
    stay = await preparations.forget_others(used | {marks.label_of(one.id) for one in kept})
    for deployment in _of_others(deployments, stay):
        if await deleted(cluster, DEPLOYMENT, deployment):
            await secrets_gone(cluster, deployment, deployment["spec"]["template"])
        else:
            stay.add(pods.label(deployment, marks.REVISION))
    for config in _of_others(configs, stay):
        await deleted(cluster, CONFIG_MAP, config)
    return stay


async def deleted(cluster: Cluster, kind: Kind, found: Object) -> bool:
    """Whether it went, as it was read; one that was written since is left to who wrote it."""
    metadata = found["metadata"]
    try:
        await cluster.delete(
            kind, str(metadata["name"]), uid=str(metadata["uid"]), version=str(metadata["resourceVersion"])
        )
    except Conflict:
        return False
    return True


async def secrets_gone(cluster: Cluster, owner: Object, template: Object) -> None:
    """Copies of the owner's revision that such pods would read; a Secret of somebody else's has no such label."""
    own = pods.label(owner, marks.REVISION)
    for name in secrets_of({"spec": {"template": template}}):
        secret = await cluster.read(SECRET, name)
        if secret is not None and pods.label(secret, marks.REVISION) == own:
            await deleted(cluster, SECRET, secret)


def _of_others(found: Iterable[Object], stay: Collection[str]) -> list[Object]:
    return [one for one in found if pods.label(one, marks.REVISION) not in stay]


def _has_pods(deployment: Object) -> bool:
    return bool(deployment["spec"].get("replicas"))
