"""What makes pods: its labels, its containers, and which selectors choose them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shipway.manifests.manifest import Key, Manifest, Object

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
POD: tuple[Key, ...] = ("spec", "template", "spec")
GRACE_SECONDS = 30
"""What Kubernetes takes where nothing is written."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """One of a workload's."""

    workload: Manifest
    index: int
    body: Mapping[str, Any]
    is_initial: bool = False

    @property
    def name(self) -> str:
        """Of it."""
        return str(self.body.get("name", ""))

    @property
    def place(self) -> tuple[Key, ...]:
        """Where it is written."""
        return (*POD, "initContainers" if self.is_initial else "containers", self.index)

    @property
    def ports(self) -> list[Mapping[str, Any]]:
        """That it declares."""
        return [port for port in self.body.get("ports") or () if isinstance(port, dict)]

    def patch(self, pod: Mapping[str, object] | None = None, /, **parts: object) -> Object:
        """A patch of this container, and of its pod where there is more."""
        return pod_patch(self.workload, {**(pod or {}), "containers": [{"name": self.name, **parts}]})


def scales(one: Manifest, workload: Manifest) -> bool:
    """Whether it is an autoscaler of that workload, which it names."""
    target = one.part("spec", "scaleTargetRef")
    is_its = (target.get("kind"), target.get("name")) == (workload.kind, workload.name)
    return one.kind == "HorizontalPodAutoscaler" and is_its


def containers(workload: Manifest) -> Iterator[Container]:
    """Those that run beside each other."""
    for index, body in workload.each(*POD, "containers"):
        yield Container(workload=workload, index=index, body=body)


def pod(workload: Manifest) -> Mapping[str, Any]:
    """What its pods are made from."""
    return workload.part(*POD)


def labels(workload: Manifest) -> Mapping[str, str]:
    """Of its pods."""
    return workload.part("spec", "template", "metadata", "labels")


def pod_patch(workload: Manifest, parts: Mapping[str, object]) -> Object:
    """A patch of its pods' template."""
    return workload.patch(spec={"template": {"spec": dict(parts)}})


def grace_seconds(workload: Manifest) -> float:
    """Between the word that a pod is to end and its death."""
    written = pod(workload).get("terminationGracePeriodSeconds")
    return float(written) if isinstance(written, int | float) else GRACE_SECONDS


def delay_seconds(container: Mapping[str, Any]) -> float | None:
    """How long it goes on taking requests after it was told to end; none where that cannot be known."""
    hook = (container.get("lifecycle") or {}).get("preStop")
    if not hook:
        return 0.0
    if isinstance(hook.get("sleep"), dict):
        return float(hook["sleep"].get("seconds", 0))
    words = " ".join(str(word) for word in (hook.get("exec") or {}).get("command") or ()).split()
    for word, after in pairwise(words):
        if word.endswith("sleep") and after.rstrip(";&'\"s").replace(".", "", 1).isdigit():
            return float(after.rstrip(";&'\"s"))
    return None


def matches(selector: Mapping[str, Any], chosen: Mapping[str, str]) -> bool:
    """Whether a LabelSelector chooses what has these labels. An empty one chooses everything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    plain = selector.get("matchLabels") or {}
    if any(chosen.get(key) != value for key, value in plain.items()):
        return False
    return all(_holds(one, chosen) for one in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], chosen: Mapping[str, str]) -> bool:
    key, values = expression.get("key", ""), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return chosen.get(key) in values
        case "NotIn":
            return chosen.get(key) not in values
        case "Exists":
            return key in chosen
        case "DoesNotExist":
            return key not in chosen
        case _:
            return False


def counted(value: object, total: int, *, up: bool) -> int | None:
    """Pods of a number or a percentage; none where it is neither."""
    if isinstance(value, int):
        return value
    text = str(value)
    if not text.endswith("%") or not text[:-1].isdigit():
        return None
    share = total * int(text[:-1]) / 100
    return math.ceil(share) if up else math.floor(share)
