"""No request is lost when a release is taken back, superseded or asked to wait too long."""

import asyncio
import os
import signal

from acceptance.counting import nothing_was_lost, told
from acceptance.long import LongRequests
from acceptance.stand import Stand, on_a_stand
from shipway.model.command import Back
from shipway.model.event import WentBack


@on_a_stand(rolling={"pause": "10m"}, platform={"process": {"replicas": 3}})
async def test_a_rolling_update_that_is_aborted_half_way_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="rolling")
    await stand.reached(1)
    await stand.ask(Back(stage=0, reason="enough"))
    assert (await stand.ended()).outcome == "rolled-back"
    await nothing_was_lost(load, long)


@on_a_stand(canary={"bake": "10m"})
async def test_a_bad_canary_is_taken_back_by_the_guard_and_costs_only_its_own_errors(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    past = await stand.deploy("1.10.0", strategy="canary")
    assert past.outcome == "rolled-back"
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "critical"
    assert past.first_bad_at is not None and past.recovered_at is not None
    assert past.started_at < past.first_bad_at < past.recovered_at
    counts = await nothing_was_lost(load, long, failing="1.10.0")
    assert counts.failed["1.10.0"] > 0
    assert counts.last_failed_at["1.10.0"] <= past.recovered_at + 1.0


@on_a_stand(rolling={"pause": "10m"})
async def test_a_release_that_supersedes_another_half_way_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="rolling")
    await stand.reached(1)
    stand.change(rolling={"pause": "0s"})
    await stand.submit("1.9.1", strategy="rolling")
    state = await stand.until(lambda state: state.run is None, "the second release ends")
    assert [past.outcome for past in state.past[-2:]] == ["superseded", "finished"]
    counts = await nothing_was_lost(load, long)
    assert set(counts.answered) == {"1.8.2", "1.9.0", "1.9.1"}


@on_a_stand(drain="3s", platform={"process": {"stop_grace": "1s"}})
async def test_a_websocket_that_outlives_the_drain_is_closed_at_its_deadline_and_nothing_else(
    stand: Stand,
) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port, seconds=60, kinds=("websocket",))
    await asyncio.sleep(0.5)
    await stand.ship("1.9.0", strategy="blue-green")
    [wrong] = await long.ended()
    assert wrong.startswith("websocket: ConnectionClosed")
    counts = await load.stop()
    assert not counts.lost, told(counts)


@on_a_stand()
async def test_the_control_stopping_first_without_draining_loses_requests(stand: Stand) -> None:
    """A zero proves something only beside this: the same load, Envoy and shop, restarted by a script."""
    await stand.ship_first("1.8.2")
    load = stand.users()
    await asyncio.sleep(0.5)
    for pid in (await stand.pids("checkout-1.8.2")).values():
        os.kill(pid, signal.SIGTERM)
        await asyncio.sleep(0.5)
    await stand.eventually(stand.is_whole, "both replicas are ready again")
    counts = await load.stop()
    assert counts.lost_total > 0
