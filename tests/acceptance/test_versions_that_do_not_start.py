"""A version that cannot be prepared, crashes at once or never gets ready is taken back, without harm."""

import asyncio

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from shipway.model.event import WentBack

PREPARE = 'test {version} != 1.9.0 || { echo looking for 1.9.0; echo "no matching distribution" >&2; exit 1; }'


async def is_taken_back(stand: Stand, *, rule: str, reason: str) -> None:
    """1.9.0 goes back for this reason; the stable version is not touched, and nobody noticed."""
    stable = await stand.pids("checkout-1.8.2")
    load = stand.users()
    await asyncio.sleep(2)
    past = await stand.deploy("1.9.0")
    assert past.outcome == "rolled-back"
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == rule
    assert reason in back.reason
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2"}
    assert await stand.pids("checkout-") == stable


@on_a_stand()
async def test_an_application_that_is_never_ready_is_taken_back(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    stand.environment(CHECKOUT_NEVER_READY="1")
    stand.change(deadline="8s")
    await is_taken_back(stand, rule="late", reason="stock")


@on_a_stand()
async def test_an_application_that_crashes_at_once_is_taken_back_before_its_deadline(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    stand.environment(CHECKOUT_CRASH="1")
    await is_taken_back(stand, rule="critical", reason="crashing")


@on_a_stand(platform={"process": {"prepare": PREPARE}})
async def test_a_version_whose_preparation_fails_is_taken_back_and_says_what_it_printed(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await is_taken_back(stand, rule="prepare-failed", reason="no matching distribution")


@on_a_stand()
async def test_a_version_that_does_not_get_warm_is_taken_back_before_anybody_met_it(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    stand.change(warm_up=["GET /health/ready", "GET /no/such/page"])
    await is_taken_back(stand, rule="warm-up", reason="404 from GET /no/such/page (3 tried in 60 s at most)")
