"""Having a revision's objects in the cluster, with no pod yet."""

from typing import Any

from shipway.adapters.platforms.kubernetes import autoscalers, deriving
from shipway.adapters.platforms.kubernetes.cluster import Cluster, Conflict
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DEPLOYMENT
from shipway.adapters.platforms.kubernetes.secrets import Key, copied
from shipway.model.revision import Revision

Object = dict[str, Any]


async def tried_all(cluster: Cluster, revision: Revision) -> None:
    """Let the API server say what it would refuse. Raises `PortError`."""
    for config in deriving.configs(revision):
        await cluster.apply(CONFIG_MAP, config, is_trial=True)
    await cluster.apply(DEPLOYMENT, _empty(deriving.deployment(revision)), is_trial=True)
    await autoscalers.made(cluster, revision, None, is_trial=True)


async def made(cluster: Cluster, revision: Revision, key: Key) -> Object:
    """Nothing is made unless the API server would take all of it. The deployment, as it completed it."""
    await tried_all(cluster, revision)
    for config in deriving.configs(revision):
        await cluster.apply(CONFIG_MAP, config)
    await copied(cluster, revision, key)
    deployment = deriving.deployment(revision)
    try:
        there = await cluster.create(DEPLOYMENT, _empty(deployment))
    except Conflict:
        there = await cluster.apply(DEPLOYMENT, deployment)
    await autoscalers.made(cluster, revision, there)
    return there


def _empty(deployment: Object) -> Object:
    return {**deployment, "spec": {**deployment["spec"], "replicas": 0}}
