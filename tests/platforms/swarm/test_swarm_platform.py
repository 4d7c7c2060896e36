"""The platform contract over a real Swarm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract
from platforms.docker.engine import Engine
from platforms.swarm.swarm_stand import SwarmStand

pytestmark = pytest.mark.real


class TestSwarmPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, swarm: Engine, tmp_path: Path) -> Iterator[SwarmStand]:  # type: ignore[override]
        stand = SwarmStand(swarm, tmp_path)
        yield stand
        stand.close()
