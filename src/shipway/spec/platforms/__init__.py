"""Where replicas run. One file per platform, named by its word in the file; its `Options` are its keys."""

from shipway.spec.choice import Choice
from shipway.spec.platforms.docker import Options as Docker
from shipway.spec.platforms.kubernetes import Options as Kubernetes
from shipway.spec.platforms.process import Options as Process
from shipway.spec.platforms.swarm import Options as Swarm


class Platform(Choice):
    """Exactly one platform. A new one is a file here and a line below."""

    process: Process | None = None
    docker: Docker | None = None
    swarm: Swarm | None = None
    kubernetes: Kubernetes | None = None


def updated_by(platform: Platform) -> str | None:
    """What replaces the replicas itself, where Shipway only says how many at once; none where it is Shipway."""
    if platform.swarm and platform.swarm.update:
        return "Swarm"
    update = platform.kubernetes.update if platform.kubernetes else None
    return update.kind if update else None
