"""The simulated platform keeps the contract of real ones."""

import asyncio
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any, TypeVar

import pytest

from contract.platform import PlatformContract, ready, until
from shipway.model.fleet import Fleet, Replica
from shipway.model.revision import Revision, RevisionId
from shipway.simulation.faults import Code, Faults, Network
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

Result = TypeVar("Result")
MOMENT_SECONDS = 0.05
AILS = Code(ill_every=10.0, ill_seconds=5.0)
CODES = {"well": Code(), "never-ready": Code(never_ready=True), "exits": Code(crashes_at_start=True)}
PREPARED = {"none": {}, "works": {"prepare": 1.0}, "fails": {"prepare": 1.0, "prepare_fails": True}}


class Prompt:
    """The simulated platform, seen by a caller who waits until an effect has arrived, as real adapters do."""

    def __init__(self, stand: "SimulatedStand") -> None:
        self.stand, self.platform = stand, stand.world

    async def observe(self) -> Fleet:
        return await self.platform.observe()

    async def prepare(self, revision: Revision, *, generation: int) -> None:
        await self.platform.prepare(revision, generation=generation)
        await self.stand.let_time_pass()

    async def scale(self, revision: Revision, replicas: int, *, generation: int) -> None:
        await self.platform.scale(revision, replicas, generation=generation)
        await self.stand.let_time_pass()

    async def drain(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        await self.platform.drain(revision, replicas, generation=generation)
        await self.stand.let_time_pass()

    async def stop(self, revision: RevisionId, replicas: Sequence[str], *, generation: int) -> None:
        await self.platform.stop(revision, replicas, generation=generation)
        await self.stand.let_time_pass()

    async def forget_others(self, kept: Sequence[Revision]) -> None:
        await self.platform.forget_others(kept)


class SimulatedStand:
    tells_output = False

    def __init__(self) -> None:
        self.timeline, self.codes = Timeline(), dict[RevisionId, Code]()
        self.timeline.run(1_000.0)
        faults, random = Faults(network=Network(delay=0.01)), Random(7)
        wire = Wire(self.timeline, faults, random)
        self.world = SimulatedPlatform(self.timeline, wire, faults, self.codes, random)

    def platform(self) -> Prompt:
        return Prompt(self)

    def revision(self, version: str, *, behaviour: str = "well", prepare: str = "none") -> Revision:
        code = CODES[behaviour]
        revision = RevisionId(version)
        options: Any = PREPARED[prepare]
        self.codes[revision] = Code(
            never_ready=code.never_ready, crashes_at_start=code.crashes_at_start, **options
        )
        return Revision(id=revision, service="checkout", version=version, platform={})

    def prepared_times(self, revision: Revision) -> int:
        return self.world.preparations.get(revision.id, 0)

    async def kill(self, replica: Replica) -> None:
        self.world.crash(self.world.copies[replica.id])

    async def let_time_pass(self) -> None:
        self.timeline.run(self.timeline.now() + MOMENT_SECONDS)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run(scenario)


class TestSimulatedPlatform(PlatformContract):
    @pytest.fixture
    def stand(self) -> SimulatedStand:
        return SimulatedStand()

    def test_a_replica_whose_health_fails_lives_on_and_is_ready_again_later(self, stand: SimulatedStand) -> None:
        """As of processes, in the tests of their replicas."""

        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            stand.codes[revision.id] = AILS
            await platform.scale(revision, 1, generation=1)
            before = (await until(stand, platform, ready(1))).replicas[0]
            ill = (await until(stand, platform, ready(0))).replicas[0]
            assert before.sick_since is None and ill.alive and ill.ready_since is None
            assert ill.sick_since == pytest.approx(stand.timeline.now(), abs=MOMENT_SECONDS)
            well = (await until(stand, platform, ready(1))).replicas[0]
            assert well.sick_since is None and well.restarts == 0 and well.started_at == before.started_at

        stand.run(scenario())
