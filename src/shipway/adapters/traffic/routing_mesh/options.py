"""What can be said about the routing mesh in front of a service."""

from msgspec import Struct

from shipway.adapters.platforms.docker.options import engine_address
from shipway.adapters.replicas.health import Probe


class Question(Probe, frozen=True, kw_only=True):
    """What the mesh is asked, through to a task."""

    path: str = "/health/ready"


class MeshOptions(Struct, frozen=True, kw_only=True):
    """One service's way in."""

    listen: int
    """The port that every node publishes."""
    engine: str | None = None
    """Where a manager of the Swarm answers; none: what DOCKER_HOST says, or the usual socket."""
    health: Question = Question()

    @property
    def address(self) -> str:
        """Of the engine."""
        return self.engine or engine_address()
