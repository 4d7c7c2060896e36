"""Three hundred releases of a real service in a row under users: no request is lost, and SHIPWAY_HOME stays
below a bound and stops growing.
"""

import os

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.adapters.disk.leftovers import size_of

pytestmark = [
    pytest.mark.timeout(3_600),
    pytest.mark.skipif("SHIPWAY_RELEASES" not in os.environ, reason="SHIPWAY_RELEASES=300 takes an hour"),
]
RELEASES = int(os.environ.get("SHIPWAY_RELEASES", "300"))
KEEP = 3
BYTES_MAX = 60_000_000
"""Below it: a reserve of 16 MB, the store with its log, Envoy's files, logs of the replicas that stay."""


@on_a_stand(
    keep=KEEP,
    deadline="10m",
    health={"steady": "0s"},
    platform={"process": {"replicas": 1}},
    rolling={"batches": 1},
)
async def test_a_home_stops_growing_while_a_real_service_is_released_again_and_again(stand: Stand) -> None:
    """Recordings are not counted as files: there may be fifty of them, and not every release leaves one."""
    await stand.ship_first("1.0")
    users = stand.users(rate=40.0)
    sizes, files = [], []
    for number in range(1, RELEASES + 1):
        await stand.ship(f"1.{number}")
        sizes.append(size_of(stand.home.path))
        files.append(sum("recordings" not in path.parts for path in stand.home.path.rglob("*")))
        if number % 10 == 0:
            print(f"after {number} releases: {sizes[-1]} bytes in {files[-1]} files", flush=True)
    seen = await nothing_was_lost(users)
    print(f"{seen.sent:,} requests, none lost", flush=True)
    third = RELEASES // 3
    assert max(sizes) < BYTES_MAX
    assert max(sizes[2 * third :]) <= 1.05 * max(sizes[third : 2 * third])
    assert max(files[2 * third :]) <= max(files[third : 2 * third]) + 5

    async def is_pruned() -> bool:
        return len(await stand.shipway.store.revisions.all(SERVICE)) == KEEP

    await stand.eventually(is_pruned, "the kept revisions are those asked for")
