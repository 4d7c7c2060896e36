"""Releases behind an HAProxy that somebody else runs: nothing is lost, also when its owner reloads it."""

import asyncio
from pathlib import Path

import pytest

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.owned_haproxy import behind_an_owned_haproxy
from acceptance.stand import Stand, on_a_stand
from contract.haproxy_stand import needs_haproxy

pytestmark = needs_haproxy


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary"])
def test_a_release_loses_no_request_though_haproxy_is_reloaded_in_it(tmp_path: Path, strategy: str) -> None:
    @on_a_stand()
    async def story(stand: Stand) -> None:
        async with behind_an_owned_haproxy(stand) as owner:
            await stand.ship_first("1.8.2")
            load, long = stand.users(), LongRequests(stand.port)
            await stand.submit("1.9.0", strategy=strategy)
            await owner.reload()
            await asyncio.sleep(2.0)
            await owner.reload()
            past = await stand.ended()
            assert past.outcome == "finished", past
            counts = await nothing_was_lost(load, long)
            assert set(counts.answered) == {"1.8.2", "1.9.0"}

    story(tmp_path)


@on_a_stand(canary={"stages": ["20%", "100%"], "bake": "60s"})
async def test_a_bad_canary_goes_back_by_itself(stand: Stand) -> None:
    async with behind_an_owned_haproxy(stand):
        await stand.ship_first("1.8.2")
        load, long = stand.users(rate=100), LongRequests(stand.port)
        stand.environment(CHECKOUT_FAIL_SHARE="50%")
        await stand.submit("1.10.0", strategy="canary")
        assert (await stand.ended()).outcome == "rolled-back"
        counts = await nothing_was_lost(load, long, failing="1.10.0")
        assert counts.failed["1.10.0"] > 0
        assert await version_at(stand.port) == "1.8.2"
