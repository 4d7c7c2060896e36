"""Services of a Swarm of one node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker.engine import Engine
from platforms.swarm.swarm_stand import SwarmStand


@pytest.fixture(autouse=True)
def patience(patient: None) -> None:
    """For all of them."""


@pytest.fixture
def stand(swarm: Engine, tmp_path: Path) -> Iterator[SwarmStand]:
    stand = SwarmStand(swarm, tmp_path)
    yield stand
    stand.close()
