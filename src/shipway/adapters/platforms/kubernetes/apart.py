"""A service has one form: a deployment for each version, or the user's own workload, updated in place."""

from contextlib import suppress
from typing import Any

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster, ManifestRefused, NotAllowed
from shipway.adapters.platforms.kubernetes.kinds import DAEMON_SET, DEPLOYMENT, STATEFUL_SET, Kind
from shipway.adapters.platforms.kubernetes.options import WHERE
from shipway.model.revision import Revision

Object = dict[str, Any]
WORDS = {DEPLOYMENT: "Deployment", STATEFUL_SET: "StatefulSet", DAEMON_SET: "DaemonSet"}


async def require_none_beside(cluster: Cluster, revision: Revision) -> None:
    """Raises `ManifestRefused` while pods of deployments of Shipway's own serve.

    One that was ejected is its user's, unless its pods could not be told from those of this very version.
    """
    for one in await cluster.list(DEPLOYMENT, marks.selector(revision.service)):
        metadata, name = one["metadata"], f"Deployment {one['metadata']['name']}"
        if not one["spec"].get("replicas"):
            continue
        if marks.ID in (metadata.get("annotations") or {}):
            raise ManifestRefused(
                f"{name} of a version serves",
                where=f"{WHERE}.update",
                why="Until now each version has a deployment of its own; their pods are none of the workload's.",
                fix="Remove `update`, or `shipway eject` the service, and deploy it anew.",
            )
        if metadata["labels"].get(marks.REVISION) == marks.label_of(revision.id):
            raise ManifestRefused(
                f"{name}, which was ejected, serves this very version",
                where=f"{WHERE}.update",
                why="Its pods have this version's labels, and would be counted as the workload's.",
                fix="Deploy another version, or delete that Deployment first.",
            )


async def require_apart(cluster: Cluster, service: str) -> None:
    """Raises `ManifestRefused` while a workload of the user's is updated in place."""
    for kind, one in await in_place(cluster, service):
        if _serves(one):
            raise ManifestRefused(
                f"{WORDS[kind]} {one['metadata']['name']} serves, and is updated in place",
                where=WHERE,
                why="Without `update` each version has a deployment of its own, beside its pods.",
                fix="Write `update` again, or `shipway eject` the service, and deploy it anew.",
            )


async def require_only(cluster: Cluster, service: str, mine: Kind, name: str) -> None:
    """Raises `ManifestRefused` where it is another workload that the service updates until now."""
    for kind, one in await in_place(cluster, service):
        word, other = WORDS[kind], one["metadata"]["name"]
        if _serves(one) and (kind, other) != (mine, name):
            raise ManifestRefused(
                f"{word} {other} serves, and is what this service updates in place",
                where=f"{WHERE}.update",
                why=f"{WORDS[mine]} {name} would have pods beside it, and nobody would end the former ones.",
                fix="Keep kind and name, or `shipway eject` the service, and deploy it anew.",
            )
        if kind == mine and other != name:
            raise ManifestRefused(
                f"{word} {other} is marked as what this service updates in place",
                where=f"{WHERE}.update",
                why=f"It has no pods, and {word} {name} is another one: a service has one.",
                fix=f"`kubectl delete {kind.plural} {other}`, or keep its name.",
            )


def _serves(workload: Object) -> bool:
    """Whether it is to have pods; of a DaemonSet the nodes say it."""
    wanted = workload["spec"].get("replicas") or workload.get("status", {}).get("desiredNumberScheduled")
    return bool(wanted)


async def in_place(cluster: Cluster, service: str) -> list[tuple[Kind, Object]]:
    """Whoever may not look at StatefulSets or DaemonSets never had one updated."""
    chosen, found = f"{marks.UPDATE}={marks.label_of(service)}", []
    for kind in WORDS:
        with suppress(*([NotAllowed] if kind != DEPLOYMENT else [])):
            found += [(kind, one) for one in await cluster.list(kind, chosen)]
    return found
