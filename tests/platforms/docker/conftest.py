"""One engine for all tests of a worker."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker import image
from platforms.docker.docker_stand import APP_IMAGE, DockerStand
from platforms.docker.engine import Engine, running
from platforms.docker.network import own_network


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="swd-"))
    archive = image.archive()
    with own_network(), running(folder) as engine:
        engine.load(archive, APP_IMAGE, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000")
        yield engine


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines, containers and controllers begin slowly on a busy machine."""
    monkeypatch.setattr("acceptance.stand.DEADLINE_SECONDS", 900.0)


@pytest.fixture
def stand(engine: Engine, tmp_path: Path) -> Iterator[DockerStand]:
    stand = DockerStand(engine, tmp_path)
    yield stand
    stand.close()
