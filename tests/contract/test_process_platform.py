"""The platform contract over real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract, ready, until
from contract.process_stand import ProcessStand

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
