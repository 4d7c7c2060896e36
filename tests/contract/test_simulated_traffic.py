"""The simulated data plane keeps the contract of real ones, with one proxy and with several that lag."""

from contextlib import asynccontextmanager
from random import Random

import pytest

from contract.traffic import TrafficContract
from shipway.ports.traffic import Traffic
from shipway.simulation.faults import Faults
from shipway.simulation.timeline import Timeline
from shipway.simulation.traffic import SimulatedTraffic
from shipway.simulation.wire import Wire


class SimulatedGround:
    """Virtual time passes when a test waits."""

    def __init__(self, proxies: int) -> None:
        self.timeline, faults, random = Timeline(), Faults(proxies=proxies), Random(7)
        self.traffic = SimulatedTraffic(self.timeline, Wire(self.timeline, faults, random), faults, random)

    def again(self) -> Traffic:
        return self.traffic

    async def pass_time(self) -> None:
        self.timeline.run(self.timeline.now() + 0.1)


class TestTraffic(TrafficContract):
    @pytest.fixture(params=[1, 3], ids=["one proxy", "three proxies"])
    def opened(self, request):
        @asynccontextmanager
        async def open_simulated():
            yield SimulatedGround(request.param)

        return open_simulated
