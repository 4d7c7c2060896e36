"""The platform contract over real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract, ready, until
from contract.process_stand import ProcessStand
from shipway.errors import PortError
from shipway.model.fleet import Fleet, Usage
from shipway.model.metric import Metric
from shipway.model.revision import RevisionId

pytestmark = pytest.mark.real


class TestProcessPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Iterator[ProcessStand]:  # type: ignore[override]
        stand = ProcessStand(tmp_path)
        yield stand
        stand.close()


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[ProcessStand]:
    stand = ProcessStand(tmp_path)
    yield stand
    stand.close()


class TestTwoControllers:
    def test_in_two_processes_start_no_replica_twice(self, stand: ProcessStand) -> None:
        script = Path(__file__).with_name("racing_controller.py")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(script.parent.parent), os.environ.get("PYTHONPATH", "")]),
        }
        racers = [
            subprocess.Popen([sys.executable, "-P", str(script), str(stand.home.parent), first], env=environment)
            for first in ("1", "2", "3")
        ]
        assert [racer.wait(timeout=60) for racer in racers] == [0, 0, 0]

        async def scenario() -> None:
            fleet = await until(stand, stand.platform(), ready(3))
            assert len(fleet.replicas) == 3 and len({r.address for r in fleet.replicas}) == 3
            assert set(fleet.generations.values()) == {30}

        stand.run(scenario())


class TestResources:
    def test_of_a_revision_are_told_by_the_fleet_and_as_measures(self, stand: ProcessStand) -> None:
        revision = stand.revision("1.0")
        memory = Metric(name="memory", resource="memory", worse_by=0.5)

        async def scenario() -> None:
            platform = stand.platform()
            with pytest.raises(PortError, match="has not looked"):
                await platform.resources.measure([memory], [revision.id])
            await platform.scale(revision, 2, generation=10)
            await until(stand, platform, lambda fleet: _memory(fleet, revision.id) > 1_000_000)
            found = await platform.resources.measure([memory], [revision.id, RevisionId("other")])
            assert list(found["memory"]) == [revision.id]
            assert found["memory"][revision.id].value > 1_000_000

        stand.run(scenario())


def _memory(fleet: Fleet, revision: RevisionId) -> float:
    return fleet.usage.get(revision, Usage()).memory_bytes or 0.0
