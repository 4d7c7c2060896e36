"""Releases of containers behind proxies that people have already, under load: by each strategy, and taken back."""

from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.owned_haproxy import behind_an_owned_haproxy
from acceptance.stand import Stand
from contract.haproxy_stand import needs_haproxy
from contract.nginx_stand import needs_nginx
from platforms.containers.sides import Side, taken_back
from shipway.adapters.traffic.haproxy.master import Master
from shipway.adapters.traffic.haproxy.places import Home
from shipway.demo.app.behaviour import BAD_VERSION

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
PROXIES = [pytest.param("haproxy", marks=needs_haproxy), pytest.param("nginx", marks=needs_nginx)]


def behind(proxy: str, **wish: object) -> dict[str, object]:
    """A busy machine may take long to start a container."""
    return {"traffic": {proxy: {}}, "health": {"alive": {"initial_delay": "60s"}}, "deadline": "5m", **wish}


def workers(stand: Stand) -> set[int]:
    """Of HAProxy; none where there is another."""
    if not (place := Home(stand.home.path).master).exists():
        return set()
    return {worker.pid for worker in Master(place).workers().listed}


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_release_by_each_strategy_loses_no_request(choosing: Side, tmp_path: Path, proxy: str) -> None:
    """HAProxy is not even reloaded. A Swarm's own update drains nothing, so a busy machine may lose one there."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.0.0")
        before = workers(stand)
        for number, strategy in enumerate(choosing.strategies, start=1):
            load, long = stand.users(), LongRequests(stand.port)
            await stand.ship(f"1.{number}.0", strategy=strategy)
            counts = await nothing_was_lost(load, long)
            assert set(counts.answered) == {f"1.{number - 1}.0", f"1.{number}.0"}
        assert workers(stand) == before

    choosing.told(tmp_path, story, **behind(proxy))


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_version_that_fails_is_taken_back(choosing: Side, tmp_path: Path, proxy: str) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, options = stand.users(), choosing.options(stand)
        options["env"] = {**options["env"], "CHECKOUT_FAIL_SHARE": "50%"}
        taken_back(await stand.deploy(BAD_VERSION, strategy="canary"))
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    choosing.told(tmp_path, story, **behind(proxy, canary={"stages": ["50%", "100%"], "bake": "1m"}))


@needs_haproxy
def test_an_haproxy_of_somebody_elses_loses_no_request_though_it_is_reloaded(
    choosing: Side, tmp_path: Path
) -> None:
    async def story(stand: Stand) -> None:
        async with behind_an_owned_haproxy(stand) as owner:
            await stand.ship_first("1.0.0")
            load, long = stand.users(), LongRequests(stand.port)
            await stand.submit("1.1.0", strategy="canary")
            await owner.reload()
            past = await stand.ended()
            assert past.outcome == "finished", past
            counts = await nothing_was_lost(load, long)
            assert set(counts.answered) == {"1.0.0", "1.1.0"}

    choosing.told(tmp_path, story, **behind("haproxy"))
