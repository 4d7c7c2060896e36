"""Controllers over containers that are killed at every effect, or that sleep and wake: users notice nothing."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.containers.sides import Side
from platforms.docker.shop import PATIENT
from shipway.model.command import Back

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]
DYING = str(Path(__file__).with_name("dying_controller.py"))
FREEZING = str(Path(__file__).parents[1] / "machine" / "freezing_controller.py")
DEATHS_LEAST = 4


@asynccontextmanager
async def one_after_another(stand: Stand, *command: str) -> AsyncIterator[None]:
    """A controller, and the next one as soon as it has died."""

    async def serve() -> None:
        while True:
            await (await stand.serve(*command)).wait()

    serving = asyncio.create_task(serve())
    try:
        yield
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


@pytest.mark.parametrize("strategy", ["rolling", "blue-green"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_controller_that_is_killed_at_every_effect_changes_nothing_about_the_end(
    side: Side, tmp_path: Path, when: str, strategy: str
) -> None:
    if strategy not in side.strategies:
        pytest.skip(f"refused there: {strategy}")

    async def story(stand: Stand) -> None:
        memory = stand.folder / "deaths"
        stand.control()
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy=strategy)
        await stand.uncontrolled()
        load = stand.users()
        async with one_after_another(stand, sys.executable, DYING, when, str(memory)):
            assert (await stand.ended()).outcome == "finished"
            await stand.eventually(stand.is_at_rest, "only the new version is left")
            if side.name == "native":
                # The Swarm goes on with its batch, and while no controller lives, nobody tells the proxy.
                await load.stop()
            else:
                await nothing_was_lost(load)
        assert len(memory.read_text().splitlines()) >= DEATHS_LEAST
        assert side.count(stand) == 2
        assert side.name == "native" or all("1-9-0" in name.replace(".", "-") for name in side.replicas(stand))

    side.told(tmp_path, story, controlled=False, **PATIENT)


@pytest.mark.parametrize("is_taken_back", [False, True], ids=["goes on", "is taken back"])
def test_a_controller_that_slept_before_an_effect_changes_nothing_when_it_wakes(
    side: Side, tmp_path: Path, is_taken_back: bool
) -> None:
    async def story(stand: Stand) -> None:
        sleeper = psutil.Process((await stand.serve(sys.executable, FREEZING, "Scale", "1.9.0")).pid)
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy=side.strategies[min(1, len(side.strategies) - 1)])

        async def sleeps() -> bool:
            return sleeper.status() == psutil.STATUS_STOPPED

        await stand.eventually(sleeps, "it sleeps")
        stand.control()
        if is_taken_back:
            await stand.shipway.ask(stand.service, Back(stage=0))
        assert (await stand.ended()).outcome == ("rolled-back" if is_taken_back else "finished")
        await stand.eventually(stand.is_at_rest, "nothing is under way")
        before = side.replicas(stand), side.count(stand)
        sleeper.resume()
        log = stand.folder / "controller-0.log"

        async def has_noticed() -> bool:
            return "another controller writes" in log.read_text()

        await stand.eventually(has_noticed, "it has noticed that it is not the owner any more")
        await stand.eventually(stand.is_at_rest, "nothing is under way")
        assert (side.replicas(stand), side.count(stand)) == before

    side.told(tmp_path, story, controlled=False, **PATIENT)
