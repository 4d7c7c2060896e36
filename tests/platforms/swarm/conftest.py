"""One engine for all tests of a worker, which is a Swarm of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker import image
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine, running
from platforms.docker.network import own_network
from platforms.swarm.swarm_stand import SwarmStand, begin_swarm, keep_network


@pytest.fixture(scope="session")
def swarm() -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="sws-"))
    archive = image.archive()
    with own_network(), running(folder) as engine:
        engine.load(archive, APP_IMAGE, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000")
        begin_swarm(engine)
        keep_network(engine)
        yield engine
        engine.ask("swarm", "leave", "--force")


@pytest.fixture
def stand(swarm: Engine, tmp_path: Path) -> Iterator[SwarmStand]:
    stand = SwarmStand(swarm, tmp_path)
    yield stand
    stand.close()
