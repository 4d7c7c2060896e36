"""Releases behind HAProxy: nothing is lost, 10 s answers, streams and WebSockets too; what is bad goes back."""

import os
import signal

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand, on_a_stand
from contract.haproxy_stand import needs_haproxy
from shipway.adapters.traffic.haproxy.master import Master
from shipway.adapters.traffic.haproxy.places import Home
from shipway.model.command import Promote

pytestmark = needs_haproxy
HAPROXY: dict[str, object] = {"haproxy": {}}


def workers(stand: Stand) -> set[int]:
    return {worker.pid for worker in Master(Home(stand.home.path).master).workers().listed}


@on_a_stand(traffic=HAPROXY)
async def test_a_rolling_update_loses_no_request_and_reloads_nothing(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    before = workers(stand)
    load, long = stand.users(), LongRequests(stand.port)
    await stand.ship("1.9.0", strategy="rolling")
    counts = await nothing_was_lost(load, long)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}
    assert workers(stand) == before


@on_a_stand(traffic=HAPROXY, smoke="curl --fail --silent {url}/cart")
async def test_blue_green_loses_no_request_and_shows_the_new_version_on_the_preview_first(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    before = workers(stand)
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(1)
    assert await version_at(stand.preview_port) == "1.9.0"
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load, long)
    assert await version_at(stand.port) == "1.9.0"
    assert workers(stand) == before


@on_a_stand(
    traffic=HAPROXY,
    canary={"stages": ["20%", "50%", "100%"], "bake": "10m", "users": {"header": {"canary": "true"}}},
)
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


@on_a_stand(traffic=HAPROXY)
async def test_a_canary_that_promotes_itself_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users(rate=100)
    await stand.ship("1.9.0", strategy="canary")
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand(traffic=HAPROXY, canary={"stages": ["20%", "100%"], "bake": "60s", "sticky": {"cookie": "shipway"}})
async def test_a_bad_canary_goes_back_by_itself(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(rate=100), LongRequests(stand.port)
    stand.environment(CHECKOUT_FAIL_SHARE="50%")
    await stand.submit("1.10.0", strategy="canary")
    assert (await stand.ended()).outcome == "rolled-back"
    counts = await nothing_was_lost(load, long, failing="1.10.0")
    assert counts.failed["1.10.0"] > 0
    assert await version_at(stand.port) == "1.8.2"


@on_a_stand(traffic=HAPROXY)
async def test_a_release_goes_on_though_haproxy_is_killed_in_the_middle(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(1)
    (worker,) = workers(stand)
    os.kill(worker, signal.SIGKILL)
    assert (await stand.ended()).outcome == "finished"
    await load.stop()
    assert await version_at(stand.port) == "1.9.0"
