"""No request is lost while good releases come: short ones, a 10 s answer, a stream and a WebSocket."""

import msgspec

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import SERVICE, Stand, on_a_stand
from shipway.model.command import Promote, Rollback, SetReplicas
from shipway.model.release import Release


@on_a_stand()
async def test_a_rolling_update_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.ship("1.9.0", strategy="rolling")
    counts = await nothing_was_lost(load, long)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand(platform={"process": {"replicas": 1}})
async def test_a_rolling_update_of_a_single_replica_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.ship("1.9.0", strategy="rolling")
    await nothing_was_lost(load)


@on_a_stand(smoke="curl --fail --silent {url}/cart")
async def test_blue_green_loses_no_request_and_shows_the_new_version_on_the_preview_first(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(1)
    assert await version_at(stand.preview_port) == "1.9.0"
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load, long)
    assert await version_at(stand.port) == "1.9.0"


@on_a_stand(canary={"stages": ["20%", "50%", "100%"], "bake": "10m", "users": {"header": {"canary": "true"}}})
async def test_a_canary_promoted_by_hand_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    assert await version_at(stand.port, "canary: true") == "1.9.0"
    await stand.ask(Promote())
    await stand.reached(2)
    await stand.ask(Promote(all=True))
    await stand.reached(3)
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load, long)


@on_a_stand()
async def test_a_canary_that_promotes_itself_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users(rate=100)
    await stand.ship("1.9.0", strategy="canary")
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand()
async def test_a_rollback_to_a_kept_revision_loses_no_request(stand: Stand) -> None:
    for version in ("1.8.2", "1.9.0", "1.9.1"):
        await stand.ship(version)
    load, long = stand.users(), LongRequests(stand.port)
    first = (await stand.shipway.store.revisions.all(SERVICE))[0]
    release = msgspec.structs.replace(msgspec.json.decode(first.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load, long)
    assert await version_at(stand.port) == "1.8.2"


@on_a_stand()
async def test_more_and_fewer_replicas_lose_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    for replicas in (4, 1, 2):
        await stand.ask(SetReplicas(replicas=replicas))
        await stand.eventually(lambda wanted=replicas: has_replicas(stand, wanted), f"{replicas} replicas")  # type: ignore[misc]
    await nothing_was_lost(load, long)


async def has_replicas(stand: Stand, wanted: int) -> bool:
    fleet = stand.seen.observed.fleet if stand.seen and stand.seen.observed else None
    return fleet is not None and [replica.ready for replica in fleet.replicas] == [True] * wanted
