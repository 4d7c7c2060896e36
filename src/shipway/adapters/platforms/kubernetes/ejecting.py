"""Hands a service's objects back: the version that serves stays, without a trace that anybody must keep up."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, told
from shipway.adapters.platforms.kubernetes.autoscaling import user_bounds, within
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, Kind
from shipway.adapters.platforms.kubernetes.preparations import Preparations
from shipway.model.revision import RevisionId

Object = dict[str, Any]
AUTOSCALER_KIND = "HorizontalPodAutoscaler"
OF_THE_SERVER = (
    "uid",
    "ownerReferences",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
)
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


async def exported(cluster: Cluster, service: str, revision: RevisionId) -> list[Object]:
    """The objects that the revision's pods are made from, as `kubectl apply` takes them; no Secret is read."""
    configs, deployments = await asyncio.gather(
        *(_of(cluster, kind, service, revision) for kind in (CONFIG_MAP, DEPLOYMENT)),
    )
    scalers = await _of(cluster, AUTOSCALER, service, revision) if any(map(told.is_scaled, deployments)) else ()
    return [
        *({"apiVersion": "v1", "kind": "ConfigMap", **plain(one)} for one in configs),
        *({"apiVersion": "apps/v1", "kind": "Deployment", **plain(one)} for one in deployments),
        *({"apiVersion": AUTOSCALER.version, "kind": AUTOSCALER_KIND, **unbound(one)} for one in scalers),
    ]


async def freed(cluster: Cluster, service: str, revision: RevisionId) -> None:
    """Take Shipway's notes from what serves, and away what serves nobody. No pod is touched."""
    for deployment in await cluster.list(DEPLOYMENT, marks.selector(service)):
        name, labels = deployment["metadata"]["name"], deployment["metadata"]["labels"]
        if labels.get(marks.REVISION) == marks.label_of(revision):
            if told.is_scaled(deployment):
                scaler = await cluster.read(AUTOSCALER, name)
                if scaler is not None:
                    await free_scaler(cluster, scaler)
            notes = {key: None for key in _annotations(deployment) if key.startswith(f"{marks.PREFIX}/")}
            await cluster.merge(DEPLOYMENT, name, {"metadata": {"annotations": notes}})
        elif not deployment["spec"].get("replicas"):
            await cluster.delete(DEPLOYMENT, name)
    await cluster.delete(CONFIG_MAP, Preparations(cluster, service).name)


async def free_scaler(cluster: Cluster, scaler: Object) -> None:
    """It scales as the user wrote it, and has no note of Shipway's."""
    least, most = user_bounds(scaler)
    notes = {key: None for key in _annotations(scaler) if key.startswith(f"{marks.PREFIX}/")}
    spec = {"minReplicas": least, "maxReplicas": most}
    metadata = {"annotations": notes, "labels": {marks.UPDATE: None}}
    await cluster.merge(AUTOSCALER, str(scaler["metadata"]["name"]), {"metadata": metadata, "spec": spec})


def unbound(scaler: Object) -> Object:
    """As the user wrote it, whatever it may do now."""
    return within(plain(scaler), user_bounds(scaler))


def plain(found: Mapping[str, Any]) -> Object:
    """Without what the API server, Shipway and kubectl note."""
    kept = {key: value for key, value in found.items() if key not in ("status", "apiVersion", "kind", "metadata")}
    metadata = {key: value for key, value in found["metadata"].items() if key not in OF_THE_SERVER}
    notes = {
        key: value
        for key, value in _annotations(found).items()
        if not key.startswith((f"{marks.PREFIX}/", "deployment.kubernetes.io/")) and key != LAST_APPLIED
    }
    metadata.pop("annotations", None)
    return {"metadata": {**metadata, **({"annotations": notes} if notes else {})}, **kept}


async def _of(cluster: Cluster, kind: Kind, service: str, revision: RevisionId) -> Sequence[Object]:
    return await cluster.list(kind, f"{marks.selector(service)},{marks.REVISION}={marks.label_of(revision)}")


def _annotations(found: Mapping[str, Any]) -> Mapping[str, str]:
    notes: Mapping[str, str] = found["metadata"].get("annotations") or {}
    return notes
