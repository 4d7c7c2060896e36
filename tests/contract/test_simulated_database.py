"""The simulated database keeps the contract of a real one."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from contract.database import CHANGE, DatabaseContract
from shipway.model.observed import SchemaState
from shipway.model.phase import Phase
from shipway.simulation.dimensions import SimulatedDatabase
from shipway.simulation.faults import Faults, Network
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

MOMENT_SECONDS = 0.05


class Prompt:
    """The simulated database, seen by a caller who waits until an effect has arrived."""

    def __init__(self, place: "SimulatedPlace") -> None:
        self.place = place

    async def observe(self) -> SchemaState:
        return await self.place.world.observe()

    async def advance(self, change: str, phase: Phase, *, generation: int) -> None:
        await self.place.world.advance(change, phase, generation=generation)
        self.place.pass_time(MOMENT_SECONDS)

    async def revert(self, change: str, *, generation: int) -> None:
        await self.place.world.revert(change, generation=generation)
        self.place.pass_time(MOMENT_SECONDS)

    async def usage(self, change: str) -> tuple[str, ...]:
        return await self.place.world.usage(change)

    def hold(self, why: str) -> None:
        self.place.world.hold(why)

    def rest(self) -> None:
        self.place.world.rest()


class SimulatedPlace:
    def __init__(self) -> None:
        self.timeline = Timeline()
        wire = Wire(self.timeline, Faults(network=Network(delay=0.01)), Random(7))
        self.world = SimulatedDatabase(self.timeline, wire)
        self.database = self.again()

    def again(self) -> Prompt:
        return Prompt(self)

    def pass_time(self, seconds: float) -> None:
        self.timeline.after(seconds, lambda: None)
        self.timeline.run(self.timeline.now() + seconds)

    def until(self, claim: Callable[[], bool]) -> None:
        for _ in range(100):
            if claim():
                return
            self.pass_time(1.0)
        raise AssertionError("it never was so")


class TestTheSimulatedDatabase(DatabaseContract):
    @pytest.fixture
    def place(self) -> Iterator[SimulatedPlace]:
        yield SimulatedPlace()


def test_an_old_shape_that_is_gone_stays_gone() -> None:
    place = SimulatedPlace()
    place.world.phases[CHANGE] = Phase.CONTRACTED
    place.world._forget(CHANGE)
    assert place.world.phases == {CHANGE: Phase.CONTRACTED}
