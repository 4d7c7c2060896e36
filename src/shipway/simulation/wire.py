"""Carries effects to the simulated world: late, lost or with an error, fenced where they arrive."""

from collections.abc import Callable
from random import Random

from shipway.errors import PortError, StaleGeneration
from shipway.simulation.faults import Faults
from shipway.simulation.timeline import Timeline

Apply = Callable[[], None]
Hook = Callable[[str], float]
"""Told what is about to happen (`effect route`), it may raise to kill the caller, or say how long it sleeps."""


class Wire:
    """One per service. `applied` holds the newest generation per key that reached the world."""

    def __init__(self, timeline: Timeline, faults: Faults, random: Random) -> None:
        self.timeline, self.faults, self.random = timeline, faults, random
        self.applied: dict[str, int] = {}
        self.stale = 0
        """Effects that were refused because a newer generation had been applied."""
        self.hook: Hook = lambda _: 0.0
        self.on_send: Callable[[str, int], None] = lambda *_: None

    async def send(self, key: str, generation: int, apply: Apply) -> None:
        """Hand an effect over. Returning means accepted, not done. Raises `PortError` and what the hook raises."""
        pause = self.hook(f"effect {key}")
        if pause:
            await self.timeline.sleep(pause)
        self.on_send(key, generation)
        self._refuse_stale(key, generation)
        chance = self.random.random() if self.timeline.now() < self.faults.until else 1.0
        network = self.faults.network
        if chance < network.lost:
            return
        if chance < network.lost + network.error:
            if chance < network.lost + network.error / 2:
                self._deliver(key, generation, apply)
            raise PortError("the simulated network failed", why="a fault of the scenario")
        self._deliver(key, generation, apply)
        self.hook(f"done {key}")

    def look(self, port: str) -> None:
        """A port is looked at. Raises `PortError` while the scenario hides it."""
        now = self.timeline.now()
        if any(out.port == port and out.start <= now < out.end for out in self.faults.blackouts):
            raise PortError(f"the simulated {port} does not answer", why="a fault of the scenario")

    def is_stale(self, generation: int, newest: int) -> bool:
        """The fence, wherever something is applied: on the way, where it arrives, in each proxy."""
        return generation < newest

    def _refuse_stale(self, key: str, generation: int) -> None:
        if self.is_stale(generation, self.applied.get(key, 0)):
            self.stale += 1
            raise StaleGeneration(f"{key}: generation {generation} is older than {self.applied[key]}")

    def _deliver(self, key: str, generation: int, apply: Apply) -> None:
        network = self.faults.network
        delay = network.delay
        if self.random.random() < network.late and self.timeline.now() < self.faults.until:
            delay += self.random.random() * network.late_seconds
        self.timeline.after(delay, lambda: self._arrive(key, generation, apply))

    def _arrive(self, key: str, generation: int, apply: Apply) -> None:
        newest = self.applied.get(key, 0)
        if self.is_stale(generation, newest):
            self.stale += 1
            return
        self.applied[key] = max(generation, newest)
        apply()
