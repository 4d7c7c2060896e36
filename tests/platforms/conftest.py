"""Engines of containers, for all suites that need one: each begun when the first test of a worker asks for it.

An engine has a network of its own. A test is in that of its engine, whichever was begun last.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from platforms.docker import image
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine, running
from platforms.docker.network import Network, own_network
from platforms.swarm.swarm_stand import begin_swarm, keep_network


@contextmanager
def begun(prefix: str) -> Iterator[Engine]:
    """With the image that replicas are made of. The block itself is in the network of whoever asked."""
    folder, archive = Path(tempfile.mkdtemp(prefix=prefix)), image.archive()
    outside = Network()
    try:
        with own_network(), running(folder) as engine:
            engine.load(archive, APP_IMAGE, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000")
            with outside.entered():
                yield engine
    finally:
        outside.close()


@contextmanager
def begun_swarm() -> Iterator[Engine]:
    """One that is a Swarm."""
    with begun("sws-") as engine:
        begin_swarm(engine)
        keep_network(engine)
        yield engine
        engine.ask("swarm", "leave", "--force")


@pytest.fixture(scope="session")
def engine_begun() -> Iterator[Engine]:
    with begun("swd-") as engine:
        yield engine


@pytest.fixture(scope="session")
def swarm_begun() -> Iterator[Engine]:
    with begun_swarm() as engine:
        yield engine


@pytest.fixture
def engine(engine_begun: Engine) -> Iterator[Engine]:
    """A Docker Engine, from within its network."""
    with engine_begun.network.entered():
        yield engine_begun


@pytest.fixture
def swarm(swarm_begun: Engine) -> Iterator[Engine]:
    """A Swarm of one node, from within its network."""
    with swarm_begun.network.entered():
        yield swarm_begun


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines, containers and controllers begin slowly on a busy machine."""
    monkeypatch.setattr("acceptance.stand.DEADLINE_SECONDS", 900.0)
