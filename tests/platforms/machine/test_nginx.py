"""Releases behind nginx: nothing is lost, 10 s answers, streams and WebSockets included; what is bad goes back."""

import os
import signal

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand, on_a_stand
from contract.nginx_stand import needs_nginx
from shipway.adapters.traffic.nginx import processes
from shipway.adapters.traffic.nginx.places import Home

pytestmark = needs_nginx
NGINX: dict[str, object] = {"nginx": {}}


@on_a_stand(traffic=NGINX)
async def test_a_rolling_update_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.ship("1.9.0", strategy="rolling")
    counts = await nothing_was_lost(load, long)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand(traffic=NGINX, smoke="curl --fail --silent {url}/cart")
async def test_blue_green_loses_no_request_and_shows_the_new_version_on_the_preview_first(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.reached(1)
    assert await version_at(stand.preview_port) == "1.9.0"
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load, long)
    assert await version_at(stand.port) == "1.9.0"


@on_a_stand(traffic=NGINX)
async def test_a_canary_that_promotes_itself_loses_no_request(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users(rate=100)
    await stand.ship("1.9.0", strategy="canary")
    counts = await nothing_was_lost(load)
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


@on_a_stand(traffic=NGINX, canary={"stages": ["20%", "100%"], "bake": "60s", "sticky": {"cookie": "shipway"}})
async def test_a_bad_canary_goes_back_by_itself(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users(rate=100)
    stand.environment(CHECKOUT_FAIL_SHARE="50%")
    await stand.submit("1.10.0", strategy="canary")
    assert (await stand.ended()).outcome == "rolled-back"
    counts = await nothing_was_lost(load, failing="1.10.0")
    assert counts.failed.get("1.10.0", 0) > 0
    assert await version_at(stand.port) == "1.8.2"


@on_a_stand(traffic=NGINX)
async def test_nginx_killed_during_a_release_comes_back_and_the_release_ends(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    main = processes.main_process(Home(stand.home.path))
    assert main is not None
    os.kill(main, signal.SIGKILL)
    assert (await stand.ended()).outcome == "finished"
    assert await version_at(stand.port) == "1.9.0"
