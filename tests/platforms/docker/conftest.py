"""Containers of one engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from platforms.docker.docker_stand import DockerStand
from platforms.docker.engine import Engine


@pytest.fixture(autouse=True)
def patience(patient: None) -> None:
    """For all of them."""


@pytest.fixture
def stand(engine: Engine, tmp_path: Path) -> Iterator[DockerStand]:
    stand = DockerStand(engine, tmp_path)
    yield stand
    stand.close()
