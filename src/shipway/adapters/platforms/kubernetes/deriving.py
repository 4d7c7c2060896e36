"""A revision's own deployment, derived from the one that the user wrote. Pure."""

import copy
from typing import Any

from shipway.adapters.platforms.kubernetes import marks, probes
from shipway.adapters.platforms.kubernetes.options import KubernetesOptions, options_of
from shipway.model.revision import Revision

Object = dict[str, Any]


def deployment(revision: Revision) -> Object:
    """As the user's, with a name, labels and a selector of its own, so that two versions stand side by side.

    It says nothing of how many replicas: that moves.
    """
    options = options_of(revision)
    made: Object = copy.deepcopy(dict(options.workload))
    made.pop("status", None)
    mine = labels(revision)
    spec, metadata = made["spec"], made["metadata"]
    spec.pop("replicas", None)
    spec["selector"]["matchLabels"] = {**spec["selector"].get("matchLabels", {}), **_told_apart(mine)}
    spec["template"] = template(revision)
    made.update({"apiVersion": "apps/v1", "kind": "Deployment"})
    made["metadata"] = {
        "name": name(revision),
        "labels": {**metadata.get("labels", {}), **mine, marks.MANAGED_BY: "shipway"},
        "annotations": {
            **metadata.get("annotations", {}),
            marks.ID: revision.id,
            marks.PORT: str(options.port),
            **({marks.AUTOSCALED: marks.YES} if options.autoscaler else {}),
        },
    }
    return made


def template(revision: Revision) -> Object:
    """What its pods are made from, in whatever object: the user's, which says whose pods they are."""
    options = options_of(revision)
    made: Object = copy.deepcopy(options.workload["spec"]["template"])
    made.setdefault("metadata", {})
    given = {**labels(revision), marks.REQUESTS: marks.YES}
    made["metadata"]["labels"] = {**made["metadata"].get("labels", {}), **given}
    pod = made["spec"]
    pod["containers"] = [_told_who(_probed(each, revision, options), revision) for each in pod["containers"]]
    for config in options.configs:
        _renamed(pod, config, _config_name(config, revision))
    for secret in options.secrets:
        _point_secrets(pod, secret, marks.name_of(secret, revision.id))
    return made


def configs(revision: Revision) -> list[Object]:
    """The revision's own ConfigMaps: what it was proven with is what a later rollback reads."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            **{key: config[key] for key in ("data", "binaryData") if key in config},
            "metadata": {"name": _config_name(config, revision), "labels": labels(revision)},
            "immutable": True,
        }
        for config in options_of(revision).configs
    ]


def name(revision: Revision) -> str:
    """Of its deployment."""
    return marks.name_of(str(options_of(revision).workload["metadata"]["name"]), revision.id)


def labels(revision: Revision) -> dict[str, str]:
    """On everything that is made for it."""
    return {
        marks.SERVICE: marks.label_of(revision.service),
        marks.REVISION: marks.label_of(revision.id),
        marks.VERSION: marks.label_of(revision.version),
    }


def _probed(container: Object, revision: Revision, options: KubernetesOptions) -> Object:
    """Only the one that takes requests is asked."""
    is_asked = not options.container or container["name"] == options.container
    return probes.given(container, revision, options.port) if is_asked else container


def _told_who(container: Object, revision: Revision) -> Object:
    """First among its variables, so that `$(SHIPWAY_VERSION)` may stand in others and in its command."""
    who = {"SERVICE": revision.service, "REVISION": revision.id, "VERSION": revision.version}
    told = [{"name": f"SHIPWAY_{name}", "value": value} for name, value in who.items()]
    return {**container, "env": [*told, *container.get("env", ())]}


def _told_apart(mine: dict[str, str]) -> dict[str, str]:
    return {key: mine[key] for key in (marks.SERVICE, marks.REVISION)}


def _config_name(config: Any, revision: Revision) -> str:
    return marks.name_of(str(config["metadata"]["name"]), revision.id)


def _renamed(pod: Object, config: Any, new: str) -> None:
    """Point every use of the ConfigMap in a pod's template to the revision's own."""
    old = config["metadata"]["name"]
    for volume in pod.get("volumes", ()):
        _point(volume.get("configMap"), old, new)
        for source in (volume.get("projected") or {}).get("sources", ()):
            _point(source.get("configMap"), old, new)
    for container in (*pod.get("initContainers", ()), *pod.get("containers", ())):
        for source in container.get("envFrom", ()):
            _point(source.get("configMapRef"), old, new)
        for variable in container.get("env", ()):
            _point((variable.get("valueFrom") or {}).get("configMapKeyRef"), old, new)


def _point_secrets(pod: Object, old: str, new: str) -> None:
    """The same of a Secret, which a volume names by another key."""
    for volume in pod.get("volumes", ()):
        _point(volume.get("secret"), old, new, key="secretName")
        for source in (volume.get("projected") or {}).get("sources", ()):
            _point(source.get("secret"), old, new)
    for container in (*pod.get("initContainers", ()), *pod.get("containers", ())):
        for source in container.get("envFrom", ()):
            _point(source.get("secretRef"), old, new)
        for variable in container.get("env", ()):
            _point((variable.get("valueFrom") or {}).get("secretKeyRef"), old, new)


def _point(reference: Object | None, old: str, new: str, *, key: str = "name") -> None:
    if reference is not None and reference.get(key) == old:
        reference[key] = new
