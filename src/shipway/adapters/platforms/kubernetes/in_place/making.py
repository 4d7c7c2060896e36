"""Having what a revision needs there before the user's workload is told of it: no pod is made or ended."""

import json
from collections.abc import Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes import deriving, marks
from shipway.adapters.platforms.kubernetes.apart import require_none_beside, require_only
from shipway.adapters.platforms.kubernetes.autoscalers import applied
from shipway.adapters.platforms.kubernetes.cluster import Cluster, ManifestRefused
from shipway.adapters.platforms.kubernetes.in_place.autoscaling import autoscaler
from shipway.adapters.platforms.kubernetes.in_place.form import Form
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled
from shipway.adapters.platforms.kubernetes.in_place.templates import Templates
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP
from shipway.adapters.platforms.kubernetes.options import WHERE, options_of
from shipway.adapters.platforms.kubernetes.secrets import Key, copied
from shipway.adapters.platforms.kubernetes.seeing import template_hash
from shipway.model.revision import Revision

Object = dict[str, Any]


async def tried(cluster: Cluster, revision: Revision, form: Form) -> Object:
    """The workload as the API server would complete it with the revision's template. Raises `PortError`."""
    for config in deriving.configs(revision):
        await cluster.apply(CONFIG_MAP, config, is_trial=True)
    scaler = autoscaler(revision)
    if scaler is not None:
        await applied(cluster, scaler, is_trial=True)
    await require_none_beside(cluster, revision)
    await require_only(cluster, revision.service, form.kind, named(revision))
    found = await cluster.read(form.kind, named(revision))
    if found is None:
        return await cluster.create(form.kind, fresh(revision, form), is_trial=True)
    require_own(found, revision.service, form)
    return await cluster.replace(form.kind, with_template(found, deriving.template(revision)), is_trial=True) or {}


async def require_as_many(cluster: Cluster, revision: Revision, form: Form, replicas: object) -> None:
    """Raises `ManifestRefused` where the first deployment would end pods of a workload that others scaled."""
    found = await cluster.read(form.kind, named(revision))
    if found is None or owner_of(found) or form.per_node or not isinstance(replicas, int):
        return
    there = int(found["spec"].get("replicas", 1))
    if there <= replicas:
        return
    raise ManifestRefused(
        f"{form.word} {named(revision)} has {there} pods, and the release file asks for {replicas}",
        where=f"{WHERE}.replicas",
        why="A first deployment begins with as many as it asks for, so all others would end at once.",
        fix=f"Write `replicas: {there}`, or `kubectl scale` it first.",
    )


async def made(cluster: Cluster, revision: Revision, key: Key, form: Form) -> str:
    """The hash of what its pods will be made from. A workload that is there is only marked. Raises `PortError`."""
    completed = await tried(cluster, revision, form)
    for config in deriving.configs(revision):
        await cluster.apply(CONFIG_MAP, config)
    await copied(cluster, revision, key)
    await Templates(cluster, revision.service).keep(revision)
    found = await cluster.read(form.kind, named(revision))
    if found is not None:
        await claimed(cluster, found, revision.service, form)
    else:
        await cluster.create(form.kind, fresh(revision, form))
    return template_hash(completed)


async def claimed(cluster: Cluster, found: Object, service: str, form: Form) -> None:
    """Mark whose it is."""
    label = {marks.UPDATE: marks.label_of(service)}
    if owner_of(found) == label[marks.UPDATE]:
        return
    metadata = {"labels": label, "resourceVersion": found["metadata"]["resourceVersion"]}
    await cluster.merge(form.kind, str(found["metadata"]["name"]), {"metadata": metadata})


def named(revision: Revision) -> str:
    """The user's workload."""
    return str(options_of(revision).workload["metadata"]["name"])


def fresh(revision: Revision, form: Form) -> Object:
    """The user's, as it is written, with no pod yet."""
    made: Object = json.loads(json.dumps(dict(options_of(revision).workload)))
    made.pop("status", None)
    made.update({"apiVersion": form.kind.version, "kind": form.word})
    metadata = made["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), marks.UPDATE: marks.label_of(revision.service)}
    spec = {**made["spec"], "template": deriving.template(revision)}
    return {**made, "spec": form.spec(spec, Rolled(before=form.before(spec)))}


def with_template(found: Object, template: Mapping[str, Any]) -> Object:
    """The same, whose controller makes other pods."""
    return {**found, "spec": {**found["spec"], "template": template}}


def owner_of(found: Object) -> str:
    """Whose it is; empty where Shipway never saw it."""
    return str((found["metadata"].get("labels") or {}).get(marks.UPDATE, ""))


def require_own(found: Object, service: str, form: Form) -> None:
    """Raises `ManifestRefused` where another service updates it."""
    owner = owner_of(found)
    if owner in ("", marks.label_of(service)):
        return
    raise ManifestRefused(
        f"{form.word} {found['metadata']['name']} is updated by the service {owner}",
        where=WHERE,
        why="Two that write one workload would take its pods from each other.",
        fix="Name another workload, or `shipway eject` that service first.",
    )
