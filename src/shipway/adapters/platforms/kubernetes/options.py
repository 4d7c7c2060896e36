"""What users may say of a workload in a cluster, as a revision keeps it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from shipway.adapters.replicas.converting import converted, unreadable
from shipway.model.revision import Revision

WHERE = "platform.kubernetes"


class KubernetesOptions(Struct, frozen=True, kw_only=True):
    """What runs, and in which cluster. In a revision, `{version}` is filled in already."""

    workload: Mapping[str, Any] = {}
    """The user's Deployment, whole."""
    configs: tuple[Mapping[str, Any], ...] = ()
    """ConfigMaps that it reads, whole: each revision has its own."""
    secrets: Mapping[str, str] = {}
    """The keyed hash of each Secret that it reads, by name: each revision has its own copy."""
    autoscaler: Mapping[str, Any] = {}
    """The user's HorizontalPodAutoscaler of the Deployment, whole: each revision has its own."""
    container: str = ""
    """Which of its containers takes requests; none: the first."""
    port: int = 0
    """Where it takes them."""
    kubeconfig: str | None = None
    context: str | None = None
    namespace: str = ""


def kubernetes_options(written: Mapping[str, object]) -> KubernetesOptions:
    """From plain JSON; what is null is not written. Raises `PortError`."""
    told = {name: value for name, value in written.items() if value is not None}
    return converted(told, KubernetesOptions, where=WHERE)


def options_of(revision: Revision) -> KubernetesOptions:
    """The revision's own. Raises `PortError` where they are not this platform's."""
    options = kubernetes_options(revision.platform)
    if not options.workload or not options.port:
        raise unreadable(f"{revision.id} has no {'port' if options.workload else 'workload'}", where=WHERE)
    return options
