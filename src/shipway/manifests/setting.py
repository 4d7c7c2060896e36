"""What manifests are judged by: all of them together, and what the release file says beside them."""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.manifests.manifest import Manifest
from shipway.manifests.workloads import WORKLOADS, Container, containers, labels, matches, scales

SECONDS_OF_REQUESTS = 10.0
"""How long requests may take where nobody says it."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Manifests alone are judged as `kubectl apply` would use them."""

    manifests: tuple[Manifest, ...]
    workload: str | None = None
    """The Deployment that each version's own is derived from; none where versions follow each other in it."""
    is_by_nodes: bool = False
    """Whether a release ends the pods of a DaemonSet itself, node by node."""
    container: str | None = None
    """Which of its containers takes requests; none: the first."""
    replicas: int | None = None
    """What the release file says, in place of the Deployment; none without a release file."""
    moved: frozenset[str] = frozenset()
    """Names of the Services that Shipway itself points to a version."""
    request_seconds: float = SECONDS_OF_REQUESTS
    """The longest that a request takes."""
    namespace: str | None = None

    @property
    def is_derived(self) -> bool:
        """Whether Shipway makes a deployment for each version."""
        return self.workload is not None

    def of(self, *kinds: str) -> Iterator[Manifest]:
        """The objects of these kinds."""
        return (one for one in self.manifests if one.kind in kinds)

    def workloads(self) -> Iterator[Manifest]:
        """What makes pods: the one that versions are derived from, or all of them."""
        for one in self.of(*WORKLOADS):
            if self.workload in (None, one.name) and (self.workload is None or one.kind == "Deployment"):
                yield one

    def replicas_of(self, workload: Manifest) -> int:
        """How many pods it has at full capacity."""
        if self.replicas is not None:
            return self.replicas
        written = workload.at("spec", "replicas")
        floors = [one.at("spec", "minReplicas") or 1 for one in self.autoscalers_of(workload)]
        if floors:
            return int(min(floors))
        return written if isinstance(written, int) else 1

    def autoscalers_of(self, workload: Manifest) -> Iterator[Manifest]:
        """That scale it by its name."""
        return (one for one in self.manifests if scales(one, workload))

    def services_of(self, workload: Manifest) -> Iterator[Manifest]:
        """That send requests to its pods."""
        for one in self.of("Service"):
            selector = one.part("spec", "selector")
            if selector and matches({"matchLabels": selector}, labels(workload)):
                yield one

    def hosts(self) -> set[str]:
        """That a mesh sends requests to, by their short names."""
        written = (host for one in self.of("VirtualService") for host in one.at("spec", "hosts") or ())
        return {str(host).partition(".")[0] for host in written}

    def serving(self) -> Iterator[tuple[Manifest, Container]]:
        """The container of each workload that takes requests: the named one, else the first with a port."""
        for workload in self.workloads():
            there = list(containers(workload))
            is_sent = any(self.services_of(workload)) or labels(workload).get("app") in self.hosts()
            chosen = [one for one in there if one.name == self.container] if self.container else there[:1]
            with_port = [one for one in there if one.body.get("ports")]
            found = chosen if self.container or self.is_derived else with_port[:1] or (chosen if is_sent else [])
            yield from ((workload, one) for one in found)
