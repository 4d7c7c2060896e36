"""A service has one form: a deployment for each version, or the user's own workload, updated in place."""

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, ManifestRefused
from shipway.adapters.platforms.kubernetes.kinds import DEPLOYMENT
from shipway.adapters.platforms.kubernetes.options import WHERE


async def require_none_beside(cluster: Cluster, service: str) -> None:
    """Raises `ManifestRefused` while pods of deployments of Shipway's own serve."""
    listed = await cluster.list(DEPLOYMENT, marks.selector(service))
    for one in listed:
        if one["spec"].get("replicas"):
            raise ManifestRefused(
                f"Deployment {one['metadata']['name']} of a version serves",
                where=f"{WHERE}.update",
                why="Until now each version has a deployment of its own; their pods are none of the workload's.",
                fix="Remove `update`, or `shipway eject` the service, and deploy it anew.",
            )


async def require_apart(cluster: Cluster, service: str) -> None:
    """Raises `ManifestRefused` while the user's Deployment is updated in place."""
    for one in await cluster.list(DEPLOYMENT, f"{marks.UPDATE}={marks.label_of(service)}"):
        if one["spec"].get("replicas"):
            raise ManifestRefused(
                f"Deployment {one['metadata']['name']} serves, and is updated in place",
                where=WHERE,
                why="Without `update` each version has a deployment of its own, beside its pods.",
                fix="Write `update` again, or `shipway eject` the service, and deploy it anew.",
            )
