"""`cohort: release` gives the flag to the users whom Envoy gives to the new revision, and to nobody else."""

import asyncio
from collections.abc import Sequence

import pytest

from contract.backends import Client
from contract.envoy_stand import OverEnvoy, serving
from contract.stored import in_loop
from contract.traffic import B, route, split
from shipway.flags import FeatureFlags
from shipway.model.route import Sticky

USERS = [*map(str, range(4000)), *(f"user-{number}" for number in range(4000)), *map(chr, range(48, 58))]
USERS += [f"{number:032x}@example.com?{'x' * (number % 90)}" for number in range(10_000 - len(USERS))]
CONNECTIONS = 8

pytestmark = pytest.mark.real


class TestCohorts(OverEnvoy):
    @in_loop
    async def test_ten_thousand_users_of_the_flag_are_those_of_the_canary(self, opened):
        flags = FeatureFlags.of("features: {f: {cohort: release, rollout: {percentage: 25}}}")
        async with opened() as stand:
            await serving(stand, split(0))
            await route(stand, split(25, sticky=Sticky(kind="header", name="x-user")), generation=3)
            parts = [USERS[first::CONNECTIONS] for first in range(CONNECTIONS)]
            found = await asyncio.gather(*(_on_candidate(stand.address, part) for part in parts))
        on_candidate = set().union(*found)
        with_flag = {user for user in USERS if flags.is_enabled("f", user_id=user)}
        assert len(USERS) == 10_000
        assert 0.2 < len(with_flag) / len(USERS) < 0.3
        assert on_candidate == with_flag


async def _on_candidate(address: str, users: Sequence[str]) -> set[str]:
    client = Client(address)
    found = {user for user in users if (await client.ask(x_user=user)).revision == B}
    client.close()
    return found
