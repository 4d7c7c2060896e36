"""`keep:` revisions stay, and nothing of those that go; on the real stack."""

import msgspec
import pytest

from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.errors import ShipwayError
from shipway.model.command import Rollback
from shipway.model.release import Release


@on_a_stand(keep=2, platform={"process": {"replicas": 1, "prepare": "true"}})
async def test_after_each_release_the_controller_forgets_what_is_older_than_keep(stand: Stand) -> None:
    for number in range(1, 5):
        await stand.ship(f"1.{number}")
    oldest = (await stand.shipway.store.revisions.all(SERVICE))[0]

    async def is_pruned() -> bool:
        kept = await stand.shipway.store.revisions.all(SERVICE)
        is_rest_gone = (await stand.shipway.pruning(SERVICE).look()).bytes == 0
        return [one.revision.version for one in kept] == ["1.3", "1.4"] and is_rest_gone

    await stand.eventually(is_pruned, "two revisions are left")
    folder = stand.home.service(SERVICE)
    for place, pattern in (("logs", "*"), ("prepared", "*.json")):
        names = sorted(path.name for path in (folder / place).glob(pattern))
        assert [name[:3] for name in names] == ["1.3", "1.4"], (place, names)
    assert oldest.revision.version in ("1.1", "1.2", "1.3")


@on_a_stand(keep=1, platform={"process": {"replicas": 1}})
async def test_the_version_to_return_to_outlives_keep_and_a_forgotten_one_is_refused(stand: Stand) -> None:
    await stand.ship("1.1")
    first = (await stand.shipway.store.revisions.all(SERVICE))[0]
    await stand.ship("1.2")
    await stand.ship("1.3")
    state = await stand.state()
    await stand.shipway.pruning(SERVICE).prune()
    left = [kept.revision.id for kept in await stand.shipway.store.revisions.all(SERVICE)]
    assert left == [state.former, state.proven]
    release = msgspec.json.decode(first.release, type=Release)
    with pytest.raises(ShipwayError, match="is not kept any more"):
        await stand.ask(Rollback(release=release))


@on_a_stand(keep=1, platform={"process": {"replicas": 1}})
async def test_an_old_revision_that_is_deployed_again_is_not_forgotten_on_the_way(stand: Stand) -> None:
    await stand.ship("1.1")
    await stand.ship("1.2")
    await stand.ship("1.1")
    assert (await stand.state()).proven == (await stand.shipway.store.revisions.all(SERVICE))[0].revision.id
