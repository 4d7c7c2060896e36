"""Hands the user's own workload back: it goes on as it is, and says nothing of Shipway any more."""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.cluster import Cluster
from shipway.adapters.platforms.kubernetes.ejecting import AUTOSCALER_KIND, free_scaler, plain, unbound
from shipway.adapters.platforms.kubernetes.in_place.autoscaler import Autoscaler
from shipway.adapters.platforms.kubernetes.in_place.form import Form
from shipway.adapters.platforms.kubernetes.in_place.rolled import rolled
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, CONFIG_MAP
from shipway.adapters.platforms.kubernetes.preparations import Preparations
from shipway.model.revision import RevisionId

Object = dict[str, Any]


async def exported(cluster: Cluster, service: str, revision: RevisionId, form: Form) -> list[Object]:
    """What its pods are made from, as `kubectl apply` takes it; no Secret is read."""
    of_revision = f"{marks.selector(service)},{marks.REVISION}={marks.label_of(revision)}"
    configs, workloads = await asyncio.gather(
        cluster.list(CONFIG_MAP, of_revision), cluster.list(form.kind, _own(service))
    )
    found = [{"apiVersion": "v1", "kind": "ConfigMap", **plain(one)} for one in configs]
    found += [
        {"apiVersion": form.kind.version, "kind": form.word, **plain(_whole(one, form))} for one in workloads
    ]
    scalers = await _scalers(cluster, service, form, workloads)
    found += [{"apiVersion": AUTOSCALER.version, "kind": AUTOSCALER_KIND, **unbound(one)} for one in scalers]
    for one in found:
        for label in (marks.UPDATE, marks.UPDATED):
            (one["metadata"].get("labels") or {}).pop(label, None)
    return found


async def freed(cluster: Cluster, service: str, form: Form) -> None:
    """Take Shipway's notes from it, and away what was kept for taking back. No pod is touched."""
    workloads = await cluster.list(form.kind, _own(service))
    scalers = await _scalers(cluster, service, form, workloads)
    for workload in workloads:
        labels = {marks.UPDATE: None, marks.UPDATED: None}
        change: Object = {"metadata": {"annotations": {marks.UPDATE: None}, "labels": labels}}
        spec = workload["spec"]
        wanted = _whole(workload, form)["spec"]
        if wanted != spec:
            change["spec"] = {key: wanted.get(key) for key in {*spec, *wanted} if wanted.get(key) != spec.get(key)}
        await cluster.merge(form.kind, str(workload["metadata"]["name"]), change)
    for scaler in scalers:
        await free_scaler(cluster, scaler)
    for kept in await cluster.list(CONFIG_MAP, _own(service)):
        await cluster.delete(CONFIG_MAP, str(kept["metadata"]["name"]))
    await cluster.delete(CONFIG_MAP, Preparations(cluster, service).name)


async def _scalers(cluster: Cluster, service: str, form: Form, workloads: Sequence[Object]) -> Sequence[Object]:
    """Asked for only where a workload has one: who has none may not be allowed to."""
    is_scaled = any(rolled(workload).autoscaled for workload in workloads)
    return await Autoscaler(cluster, service, form.grows).found() if is_scaled else ()


def _whole(workload: Object, form: Form) -> Object:
    """With the user's own words on how it is updated: it may stand still for a release that never began."""
    state = rolled(workload)
    if not state.halted or state.others:
        return workload
    spec = workload["spec"]
    others = {key: spec[key] for key in ("replicas", "paused") if key in spec}
    return {**workload, "spec": {**form.spec(spec, replace(state, halted=False)), **others}}


def _own(service: str) -> str:
    return f"{marks.UPDATE}={marks.label_of(service)}"
