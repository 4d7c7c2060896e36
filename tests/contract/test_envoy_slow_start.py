"""A replica that is new among others of its revision gets few requests at first."""

import asyncio
from collections import Counter

import pytest
from msgspec.structs import replace

from contract.backends import ask_many
from contract.envoy_stand import open_envoy
from contract.stored import in_loop
from contract.traffic import A, healthy, publish, route, split
from shipway.model.route import Endpoint

pytestmark = pytest.mark.real
WINDOW_SECONDS = 8.0
REQUESTS = 60


async def parts(tmp_path, slow_start: float) -> float:
    """The new replica's part of the requests right after it came, of two."""
    async with open_envoy(tmp_path / "home") as stand:
        stand.options = replace(stand.options, slow_start=slow_start)
        stand.traffic = stand.again()
        old, new = [await stand.backends.start(A) for _ in range(2)]
        first = Endpoint(revision=A, address=old.address)
        await publish(stand, first, generation=1)
        await healthy(stand)
        await route(stand, split(0), generation=2)
        await asyncio.sleep(slow_start)
        await publish(stand, first, Endpoint(revision=A, address=new.address), generation=3)
        await healthy(stand)
        counts = Counter(answer.headers["x-replica"] for answer in await ask_many(stand.address, REQUESTS))
        assert sum(counts.values()) == REQUESTS
        return counts[new.address] / REQUESTS


@in_loop
async def test_a_new_replica_begins_slowly_beside_a_control_that_does_not(tmp_path):
    assert await parts(tmp_path / "slow", WINDOW_SECONDS) < 0.3
    assert await parts(tmp_path / "control", 0.0) > 0.35
