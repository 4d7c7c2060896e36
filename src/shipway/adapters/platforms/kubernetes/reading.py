"""From manifests to what a revision keeps: the Deployment and the ConfigMaps that it reads."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from shipway.adapters.platforms.kubernetes.in_place.manifests import fitting
from shipway.manifests.manifest import Manifest
from shipway.manifests.reading import BadManifest
from shipway.manifests.reading import read as all_of
from shipway.manifests.workloads import Container, containers, labels, matches, pod, scales

Object = dict[str, Any]
CONFIG_MAPS = {"configMap": "name", "configMapRef": "name", "configMapKeyRef": "name"}
SECRETS = {"secret": "secretName", "secretRef": "name", "secretKeyRef": "name"}
"""Keys of a pod that name one, and where in them its name stands."""
OTHERWISE = {
    "DaemonSet": "Write `update: {kind: DaemonSet}`: then each node's pod is replaced, and lacks meanwhile.",
    "StatefulSet": "Write `update: {kind: StatefulSet}`: then its pods are replaced in their places.",
}
"""What to do with other workloads."""


def read(platform: Mapping[str, Any], *, root: Path, where: str) -> Mapping[str, object]:
    """What the revision keeps, in place of where it is written. Raises `BadManifest`."""
    return kept(all_of(platform["manifests"], root=root, where=where), platform, where=where)


def kept(found: Sequence[Manifest], platform: Mapping[str, Any], *, where: str) -> Mapping[str, object]:
    """The same of manifests that are read already."""
    workload = workload_of(found, platform, where)
    container = _container(workload, platform.get("container"))
    body = copy.deepcopy({key: value for key, value in workload.body.items() if key != "status"})
    body["spec"]["template"]["spec"]["containers"][container.index]["image"] = platform["image"]
    read_names = set(_names(pod(workload), CONFIG_MAPS))
    return {
        "manifests": [],
        "workload": body,
        "container": container.name,
        **_autoscaler(found, workload),
        "configs": [one.body for one in found if one.kind == "ConfigMap" and one.name in read_names],
        "port": platform.get("port") or _port(container, where),
    }


def workload_of(found: Sequence[Manifest], platform: Mapping[str, Any], where: str) -> Manifest:
    """What versions are derived from, or what is updated in place. Raises `BadManifest`."""
    update = platform.get("update")
    if not update:
        return deployment_of(found, platform.get("deployment"), where)
    kind, name = update["kind"], update.get("name") or platform.get("deployment")
    there = {one.name: one for one in found if one.kind == kind}
    if name is None and len(there) == 1:
        name = next(iter(there))
    if name not in there:
        raise BadManifest(
            f"there is no {kind} {name}" if name else f"it is not said which {kind}",
            where=where,
            why=f"The manifests have {', '.join(sorted(there)) or 'none'}.",
            fix=f"Write `update: {{kind: {kind}, name: NAME}}`." if there else f"Name the manifest of the {kind}.",
        )
    return fitting(_sound(there[name]), found)


def _autoscaler(found: Sequence[Manifest], workload: Manifest) -> Object:
    """The one that scales it by its name."""
    return next(({"autoscaler": one.body} for one in found if scales(one, workload)), {})


def deployment_of(found: Sequence[Manifest], name: str | None, where: str) -> Manifest:
    """What versions are derived from. Raises `BadManifest`."""
    there = {one.name: one for one in found if one.kind == "Deployment"}
    if name is None and len(there) == 1:
        return _sound(next(iter(there.values())))
    if name in there:
        return _sound(there[name])
    known = ", ".join(sorted(there)) or "none"
    others = sorted({one.kind for one in found if one.kind in OTHERWISE})
    instead = OTHERWISE[others[0]] if others else "Name the manifest of the Deployment."
    raise BadManifest(
        f"there is no Deployment {name}" if name else "it is not said which Deployment",
        where=where,
        why=f"The manifests have {known}."
        + (f" A {others[0]} has no two versions side by side." if others else ""),
        fix="Write `deployment: NAME`." if there else instead,
    )


def _sound(deployment: Manifest) -> Manifest:
    """With what two versions are told apart by. What else may be wrong the API server says."""
    mine, selector = labels(deployment), deployment.part("spec", "selector")
    chosen = selector.get("matchLabels") or {}
    if not chosen:
        raise BadManifest(
            f"{deployment.called} has no selector",
            where=deployment.where("spec"),
            why="apps/v1 wants spec.selector.matchLabels, and its pods are found by it.",
            fix=f"Write `selector: {{matchLabels: {{app: {deployment.name}}}}}`, and label the pods so.",
        )
    if not matches(selector, mine):
        wrong = next((key for key, value in sorted(chosen.items()) if mine.get(key) != value), "")
        raise BadManifest(
            f"{deployment.called} does not choose its own pods",
            where=deployment.where("spec", "selector"),
            why=f"Its selector wants {wrong}: {chosen[wrong]}; the pods' template has not."
            if wrong
            else "Its matchExpressions do not hold of the pods' template.",
            fix=f"Write `{wrong}: {chosen[wrong]}` below template.metadata.labels."
            if wrong
            else "Correct them, or the labels.",
        )
    return deployment


def _container(deployment: Manifest, name: str | None) -> Container:
    there = list(containers(deployment))
    for container in there:
        if name in (None, container.name):
            return container
    raise BadManifest(
        f"{deployment.called} has no container {name}" if name else "it has no container",
        where=deployment.where("spec", "template", "spec", "containers"),
        why=f"It has {', '.join(one.name for one in there) or 'none'}.",
        fix="Write `container: NAME`.",
    )


def _port(container: Container, where: str) -> int:
    if container.ports:
        return int(container.ports[0]["containerPort"])
    raise BadManifest(
        f"it is not said where container {container.name} takes requests",
        where=where,
        why="It names no port.",
        fix="Write `port: 8000` below platform.kubernetes.",
    )


def secrets_of(workload: Mapping[str, Any]) -> Mapping[str, bool]:
    """Names of the Secrets that a Deployment's pods read, and whether they have to be there."""
    found: dict[str, bool] = {}
    for name, is_needed in _secrets(workload["spec"]["template"]["spec"]):
        found[name] = found.get(name, False) or is_needed
    return dict(sorted(found.items()))


def _secrets(part: object) -> Iterator[tuple[str, bool]]:
    match part:
        case dict():
            for key, value in part.items():
                if key in SECRETS and isinstance(value, dict):
                    name = value.get(SECRETS[key]) or value.get("name")
                    if name:
                        yield str(name), not value.get("optional", False)
                yield from _secrets(value)
        case list():
            for value in part:
                yield from _secrets(value)


def _names(part: object, keys: Mapping[str, str]) -> Iterator[str]:
    """Of the ConfigMaps that pods read."""
    match part:
        case dict():
            for key, value in part.items():
                if key in keys and isinstance(value, dict):
                    yield str(value.get(keys[key], ""))
                yield from _names(value, keys)
        case list():
            for value in part:
                yield from _names(value, keys)
