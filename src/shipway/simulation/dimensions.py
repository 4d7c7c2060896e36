"""Simulated flags and schema: the two dimensions without replicas or proxies."""

from collections.abc import Callable

from shipway.model.observed import Exposure, Filling, SchemaState
from shipway.model.phase import Phase
from shipway.model.share import Share
from shipway.model.wait import Wait
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

HOLD_SECONDS = 20.0


class SimulatedFlags:
    """A `FlagService` over virtual time."""

    def __init__(self, timeline: Timeline, wire: Wire) -> None:
        self.timeline, self.wire = timeline, wire
        self.shares: dict[str, Share] = {}
        self.on_change: Callable[[str, Share, Share], None] = lambda *_: None

    async def observe(self) -> Exposure:
        """Each flag as it is."""
        self.wire.look("flags")
        generations = {key: n for key, n in self.wire.applied.items() if key.startswith("flag:")}
        return Exposure(at=self.timeline.now(), shares=dict(self.shares), generations=generations)

    async def expose(self, flag: str, share: Share, *, generation: int) -> None:
        """Show it when the effect arrives."""
        await self.wire.send(f"flag:{flag}", generation, lambda: self._set(flag, share))

    def _set(self, flag: str, share: Share) -> None:
        before = self.shares.get(flag, Share(0))
        self.shares[flag] = share
        self.on_change(flag, before, share)


class SimulatedDatabase:
    """A `Database` over virtual time: each phase is a job that takes a while."""

    def __init__(self, timeline: Timeline, wire: Wire, *, job_seconds: float = 3.0) -> None:
        self.timeline, self.wire, self.job_seconds = timeline, wire, job_seconds
        self.phases: dict[str, Phase] = {}
        self.needed_until: dict[str, float] = {}
        """By change: when its hold is over."""
        self.on_change: Callable[[str, Phase, Phase], None] = lambda *_: None
        self.held, self.held_at = "", 0.0

    async def observe(self) -> SchemaState:
        """Phases fully reached."""
        self.wire.look("database")
        generations = {key: n for key, n in self.wire.applied.items() if key.startswith("schema:")}
        filled = [name for name, phase in self.phases.items() if phase == Phase.DUAL_WRITING]
        return SchemaState(
            at=self.timeline.now(),
            phases=dict(self.phases),
            generations=generations,
            filling={name: Filling(walked=1, total=2, seconds=1.0) for name in filled},
            paused={name: Wait(why=self.held, since=self.held_at) for name in filled if self.held},
        )

    async def advance(self, change: str, phase: Phase, *, generation: int) -> None:
        """Accepted when it arrives, done after the job's time."""
        await self.wire.send(
            f"schema:{change}",
            generation,
            lambda: self.timeline.after(self.job_seconds, lambda: self._reach(change, phase)),
        )

    async def revert(self, change: str, *, generation: int) -> None:
        """By a person's wish only."""
        await self.wire.send(f"schema:{change}", generation, lambda: self._forget(change))

    def _forget(self, change: str) -> None:
        if self.phases.get(change) != Phase.CONTRACTED:
            self.phases.pop(change, None)

    async def usage(self, change: str) -> tuple[str, ...]:
        """Nobody, once its hold is over."""
        self.wire.look("database")
        is_held = self.timeline.now() < self.needed_until.get(change, float("inf"))
        return ("its hold is not over",) if is_held else ()

    def hold(self, why: str) -> None:
        """Rows wait for this reason."""
        if why != self.held:
            self.held, self.held_at = why, self.timeline.now()

    def rest(self) -> None:
        """Jobs of this world do nobody harm."""

    def _reach(self, change: str, wanted: Phase) -> None:
        before, phase = self.phases.get(change, Phase.ABSENT), wanted
        if self.held and before < Phase.BACKFILLED <= wanted:
            self.timeline.after(self.job_seconds, lambda: self._reach(change, wanted))
            phase = Phase.DUAL_WRITING
        if phase > before:
            self.phases[change] = phase
            self.needed_until.setdefault(change, self.timeline.now() + HOLD_SECONDS)
            self.on_change(change, before, phase)
