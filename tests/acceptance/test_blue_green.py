"""What blue-green alone can: a smoke test that refuses, and both versions at once for a comparison."""

import asyncio

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from shipway.model.command import Promote
from shipway.model.event import WentBack

REFUSES = "curl --fail --silent --show-error {url}/no-such-page"
SPLIT = {"split": "50%", "split_for": "10m"}


@on_a_stand()
async def test_a_version_that_fails_its_smoke_test_goes_back_before_any_user_sees_it(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    stand.change(smoke=REFUSES)
    load = stand.users()
    past = await stand.deploy("1.9.0", strategy="blue-green")
    assert past.outcome == "rolled-back"
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "gate" and "404" in back.reason
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2"}


@on_a_stand(**{"blue-green": SPLIT, "canary": {"sticky": {"cookie": "shipway"}}})
async def test_both_versions_get_traffic_for_as_long_as_they_are_compared(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(2)
    await asyncio.sleep(1)
    seen = {await version_at(stand.port) for _ in range(40)}
    assert seen == {"1.8.2", "1.9.0"}
    await stand.ask(Promote(all=True))
    await stand.reached(3)
    assert {await version_at(stand.port) for _ in range(20)} == {"1.9.0"}
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load)
