"""The engine's own disk is full: the release goes back, users notice nothing, and the next one goes well."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.containers.sides import SIDES, Side, taken_back
from platforms.docker.engine import Engine
from platforms.docker.shop import PATIENT
from platforms.docker.small_disk import fill, on_a_small_disk
from platforms.swarm.swarm_stand import begin_swarm, keep_network
from shipway.model.event import DriftSeen

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


@contextmanager
def small(name: str, engine: Engine) -> Iterator[tuple[Side, Path]]:
    """A side of its own, and its disk."""
    with on_a_small_disk(engine) as (other, disk):
        if name != "docker":
            begin_swarm(other)
            keep_network(other)
        yield Side(name, other), disk


@pytest.mark.parametrize("name", SIDES)
def test_a_full_disk_takes_the_release_back_and_is_named(engine: Engine, tmp_path: Path, name: str) -> None:
    async def story(stand: Stand, disk: Path) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        filler = await asyncio.to_thread(fill, disk)
        stand.change(deadline="20s")
        taken_back(await stand.deploy("1.9.0"), "no space left on device")
        assert not await stand.events(DriftSeen)
        filler.unlink()
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        await nothing_was_lost(load)
        stand.change(**PATIENT)
        await stand.ship("2.0.0")
        await stand.eventually(stand.is_at_rest, "only the next version is left")

    with small(name, engine) as (side, disk):
        side.told(tmp_path, lambda stand: story(stand, disk), **PATIENT)
