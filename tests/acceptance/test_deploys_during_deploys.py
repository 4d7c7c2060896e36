"""A deploy while another is under way has a defined outcome: it supersedes, waits, or is refused."""

import asyncio

import pytest

from acceptance.asking import version_at
from acceptance.stand import Stand, on_a_stand
from shipway.errors import ShipwayError
from shipway.model.command import Promote

PAUSED = {"rolling": {"pause": "10m"}}


@on_a_stand(**PAUSED)
async def test_a_queued_deploy_begins_when_the_one_under_way_has_ended(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0")
    await stand.reached(1)
    stand.change(rolling={"pause": "0s"})
    await stand.submit("1.9.1", during="queue")
    waiting = await stand.state()
    assert waiting.run is not None and waiting.run.plan.candidate.startswith("1.9.0") and len(waiting.queue) == 1
    await stand.ask(Promote(all=True))
    await stand.reached(2)
    await stand.ask(Promote())
    state = await stand.until(lambda state: len(state.past) == 3, "both releases end")
    assert [past.outcome for past in state.past] == ["finished"] * 3
    assert await version_at(stand.port) == "1.9.1"


@on_a_stand(**PAUSED)
async def test_a_deploy_that_may_not_interfere_is_refused_and_the_one_under_way_goes_on(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0")
    await stand.reached(1)
    with pytest.raises(ShipwayError, match="is being released"):
        await stand.submit("1.9.1", during="refuse")
    with pytest.raises(ShipwayError, match="is being released already"):
        await stand.submit("1.9.0")
    await asyncio.sleep(0.5)
    run = (await stand.state()).run
    assert run is not None and run.plan.candidate.startswith("1.9.0")
