"""What an application knows about its own health."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from shipway.health import answer
from shipway.health.answer import Answer
from shipway.health.dependency import Dependency
from shipway.health.in_flight import InFlight
from shipway.health.phase import Phase
from shipway.health.resources import Resources


class Health:
    """One per process; a middleware serves it and ends the process gracefully.

    `drain_delay_seconds`: how long new requests are still served after SIGTERM, while readiness says no. Give
    routers time to see it: their probe's period times its failure threshold. 0 when something else takes the
    traffic away first, as `shipway` does.
    `grace_seconds`: how long requests in flight may then take. The process ends sooner when they do.
    """

    def __init__(
        self,
        *,
        drain_delay_seconds: float = 2.0,
        grace_seconds: float = 30.0,
        ready_path: str = "/health/ready",
        alive_path: str = "/health/alive",
    ) -> None:
        self.drain_delay_seconds = drain_delay_seconds
        self.grace_seconds = grace_seconds
        self.paths = frozenset((ready_path, alive_path))
        self.phase = Phase.SERVING
        self.in_flight = InFlight()
        self.resources = Resources()
        self._ready_path = ready_path
        self._dependencies: dict[str, Dependency] = {}

    def depends_on(self, name: str, check: Callable[[], object], *, deadline_seconds: float = 1.0) -> None:
        """Not ready while `check` raises, returns `False`, or takes longer than its deadline.

        `check` may be async or blocking; a blocking one runs in a thread. Raises `ValueError` for a name that
        is taken.
        """
        if name in self._dependencies or name == answer.SHUTDOWN:
            raise ValueError(f"a dependency is already called {name!r}")
        self._dependencies[name] = Dependency(name, check, deadline_seconds)

    def close_at_exit(self, name: str, close: Callable[[], object], *, deadline_seconds: float = 5.0) -> None:
        """Close a resource when the last request has been answered; the last registered closes first."""
        self.resources.add(name, close, deadline_seconds)

    async def ready(self) -> Answer:
        """200 when all dependencies answer in time and the process was not told to end; else 503."""
        return answer.readiness(await self._failing(), datetime.now(UTC))

    def alive(self) -> Answer:
        """200, also while draining: a process that ends well must not be restarted for it."""
        return answer.alive()

    async def at(self, path: str) -> Answer:
        """The answer of the endpoint at one of `paths`."""
        return await self.ready() if path == self._ready_path else self.alive()

    async def _failing(self) -> list[str]:
        failing = await self._failing_dependencies() if self.phase is Phase.SERVING else []
        # Looked at again: SIGTERM may have come while the checks ran.
        return failing if self.phase is Phase.SERVING else [answer.SHUTDOWN]

    async def _failing_dependencies(self) -> list[str]:
        dependencies = tuple(self._dependencies.values())
        wells = await asyncio.gather(*(dependency.is_well() for dependency in dependencies))
        return [each.name for each, is_well in zip(dependencies, wells, strict=True) if not is_well]
