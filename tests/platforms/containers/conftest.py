"""Platforms of containers, by their engines."""

import pytest

from platforms.containers.sides import SIDES, Side


@pytest.fixture(autouse=True)
def patience(patient: None) -> None:
    """For all of them."""


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest) -> Side:
    """Containers of one engine, services of a Swarm, or one service that the Swarm updates itself."""
    return made(request, str(request.param))


@pytest.fixture(params=[name for name in SIDES if name != "native"])
def choosing(request: pytest.FixtureRequest) -> Side:
    """Where Shipway itself chooses which replica ends."""
    return made(request, str(request.param))


def made(request: pytest.FixtureRequest, name: str) -> Side:
    """With the engine of its suite."""
    return Side(name, request.getfixturevalue("engine" if name == "docker" else "swarm"))
