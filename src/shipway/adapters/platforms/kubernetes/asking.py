"""What a cluster says before anything is changed."""

from collections.abc import Mapping

from shipway.adapters.platforms.kubernetes.build import cluster_of
from shipway.adapters.platforms.kubernetes.making import tried_all
from shipway.model.revision import Revision


async def tried(options: Mapping[str, object], revision: Revision) -> str:
    """Which cluster it is, after it took everything that the revision needs in a trial. Raises `PortError`."""
    cluster = cluster_of(options)
    version, namespace = await cluster.version(), await cluster.where()
    await tried_all(cluster, revision)
    return f"Kubernetes {version}, namespace {namespace}"
