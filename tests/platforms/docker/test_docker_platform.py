"""The platform contract over real containers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.platform import PlatformContract
from platforms.docker.docker_stand import DockerStand
from platforms.docker.engine import Engine

pytestmark = pytest.mark.real


class TestDockerPlatform(PlatformContract):
    @pytest.fixture
    def stand(self, engine: Engine, tmp_path: Path) -> Iterator[DockerStand]:  # type: ignore[override]
        stand = DockerStand(engine, tmp_path)
        yield stand
        stand.close()
