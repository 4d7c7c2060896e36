"""One engine for all tests of a worker."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker import image
from platforms.docker.docker_stand import APP_IMAGE, DockerStand
from platforms.docker.engine import Engine, running
from platforms.docker.network import own_network


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp(prefix="swd-"))
    files = tmp_path_factory.mktemp("image")
    archive = image.archive(files)
    with own_network(), running(folder) as engine:
        engine.load(archive, APP_IMAGE, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "EXPOSE 8000")
        shutil.rmtree(files)
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
