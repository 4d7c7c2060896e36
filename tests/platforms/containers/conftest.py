"""The engines of both platforms, each begun when the first test needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from platforms.containers.sides import SIDES, Side
from platforms.docker.conftest import engine, patient  # noqa: F401
from platforms.swarm.conftest import swarm  # noqa: F401


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Containers of one engine, services of a Swarm, or one service that the Swarm updates itself."""
    with made(request, str(request.param)) as found:
        yield found


@pytest.fixture(params=[name for name in SIDES if name != "native"])
def choosing(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Where Shipway itself chooses which replica ends."""
    with made(request, str(request.param)) as found:
        yield found


@contextmanager
def made(request: pytest.FixtureRequest, name: str) -> Iterator[Side]:
    """In the network of its engine, whichever was begun last."""
    asked = request.getfixturevalue("engine" if name == "docker" else "swarm")
    with asked.network.entered():
        yield Side(name, asked)
