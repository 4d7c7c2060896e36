"""What Shipway has to be allowed in a namespace, as a Role that is ready to be applied. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Rule(NamedTuple):
    """Of a Role."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


LOOK, WRITE = ("get", "list"), ("get", "list", "create", "update", "patch")
PODS = (
    Rule("apps", ("deployments",), (*WRITE, "delete")),
    Rule("autoscaling", ("horizontalpodautoscalers",), (*WRITE, "delete")),
    Rule("", ("configmaps",), (*WRITE, "delete")),
    Rule("", ("secrets",), ("get", "create", "delete")),
    Rule("", ("pods",), ("get", "list", "patch")),
    Rule("", ("pods/log",), ("get",)),
    Rule("", ("pods/portforward",), ("get", "create")),
    Rule("metrics.k8s.io", ("pods",), LOOK),
    Rule("", ("events",), LOOK),
)
"""Whatever carries requests."""
OF_SERVICES = (
    Rule("", ("services",), (*WRITE, "delete")),
    Rule("discovery.k8s.io", ("endpointslices",), LOOK),
)
TRAFFIC = {
    "service": (*OF_SERVICES, Rule("", ("services/proxy",), ("get",))),
    "gateway_api": (*OF_SERVICES, Rule("gateway.networking.k8s.io", ("httproutes",), (*WRITE, "delete"))),
    "istio": (
        Rule("", ("services",), LOOK),
        Rule("discovery.k8s.io", ("endpointslices",), LOOK),
        Rule("networking.istio.io", ("virtualservices", "destinationrules"), (*WRITE, "delete")),
    ),
}
"""In addition, by what carries them."""
UPDATES = {
    "StatefulSet": (Rule("apps", ("statefulsets",), WRITE), Rule("", ("pods",), ("delete",))),
    "DaemonSet": (Rule("apps", ("daemonsets",), WRITE), Rule("", ("pods",), ("delete",))),
}
"""In addition, by what is updated in place. A pod that never gets ready is in the way of a take-back; those of a
DaemonSet Shipway ends itself."""


def role(namespace: str, traffic: str, update: str | None = None) -> list[str]:
    """Lines of YAML: all that a service with this way in needs; `update` is the kind that is updated in place."""
    rules = (*PODS, *TRAFFIC.get(traffic, ()), *UPDATES.get(update or "", ()))
    return [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: Role",
        f"metadata: {{name: shipway, namespace: {namespace}}}",
        "rules:",
        *shown(rules),
    ]


def shown(rules: Sequence[Rule]) -> list[str]:
    """As they stand in a Role."""
    return [f"  - {_shown(rule)}" for rule in rules]


def _shown(rule: Rule) -> str:
    group = rule.group or '""'
    resources, verbs = ", ".join(rule.resources), ", ".join(rule.verbs)
    return f"{{apiGroups: [{group}], resources: [{resources}], verbs: [{verbs}]}}"
