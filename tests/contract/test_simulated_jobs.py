"""The simulated jobs keep the contract of real ones."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

import pytest

from contract.jobs import JobsContract
from shipway.model.job import JobsSeen
from shipway.model.revision import Revision, RevisionId
from shipway.model.schedule import Schedule
from shipway.simulation.faults import Code, Faults, Network
from shipway.simulation.jobs import SimulatedJobs, Work
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

Result = TypeVar("Result")
MOMENT_SECONDS = 0.05
CODES = {"well": Code(error_rate=0.0), "badly": Code(crashes_at_start=True), "hang": Code(never_ready=True)}


class Prompt:
    """The simulated jobs, seen by a caller who waits until an effect has arrived, as real adapters do."""

    def __init__(self, stand: "SimulatedStand") -> None:
        self.stand = stand

    async def observe(self) -> JobsSeen:
        return await self.stand.world.observe()

    async def start(self, revision: Revision, job: str, *, generation: int) -> None:
        await self.stand.world.start(revision, job, generation=generation)
        await self.stand.let_time_pass()

    async def end(self, job: str, *, running: bool, generation: int) -> None:
        await self.stand.world.end(job, running=running, generation=generation)
        await self.stand.let_time_pass()


class SimulatedStand:
    def __init__(self) -> None:
        self.timeline, self.codes = Timeline(), dict[RevisionId, Code]()
        self.timeline.run(1_000.0)
        faults, random = Faults(network=Network(delay=0.01)), Random(7)
        self.world = SimulatedJobs(self.timeline, Wire(self.timeline, faults, random), faults, self.codes, random)
        self.world.before_begin = self._begins
        self._begun: list[tuple[str, str]] = []

    def _begins(self, work: Work) -> None:
        self._begun.append((work.id, work.revision))

    def jobs(self) -> Prompt:
        return Prompt(self)

    def revision(self, version: str, *, behaviour: str = "well") -> Revision:
        self.codes[RevisionId(version)] = CODES[behaviour]
        schedule = Schedule(every=600.0, time_limit=10.0)
        return Revision(id=RevisionId(version), service="report", version=version, platform={}, schedule=schedule)

    def begun(self, job: str) -> list[str]:
        return [version for name, version in self._begun if name == job]

    async def let_time_pass(self) -> None:
        self.timeline.run(self.timeline.now() + MOMENT_SECONDS)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run(scenario)


class TestSimulatedJobs(JobsContract):
    @pytest.fixture
    def stand(self) -> SimulatedStand:
        return SimulatedStand()
