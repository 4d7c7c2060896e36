"""Controllers that die or sleep in the middle of a release in a Swarm: whoever comes next finishes it, and who was
late changes nothing."""

import asyncio
import sys
from itertools import cycle
from pathlib import Path

import psutil
import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker.engine import Engine
from platforms.swarm.shop import told
from platforms.swarm.swarm_stand import services

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
DYING, FREEZING = str(HERE / "dying_controller.py"), str(HERE.parent / "machine" / "freezing_controller.py")
LOST = "another controller writes"


@pytest.mark.timeout(1200)
def test_controllers_that_die_at_every_effect_finish_the_release_together(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        stand.control()
        await stand.ship_first("1.8.2")
        await stand.uncontrolled()
        load = stand.users()
        await stand.shipway.deploy(stand.loaded, "1.9.0", strategy="blue-green", during="supersede")
        deaths = 0
        for when in cycle(("before", "after")):
            process = await stand.serve(sys.executable, DYING, when)
            ended = asyncio.create_task(stand.until(lambda state: is_over(state.past), "it ends", seconds=1000))
            await asyncio.wait((ended, died := asyncio.create_task(process.wait())), return_when="FIRST_COMPLETED")
            if ended.done():
                break
            deaths += 1
            ended.cancel()
            assert died.done()
        assert deaths >= 10
        stand.control()
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert len(services(swarm, f"{stand.service}-1-9-0")) == 2 == len(services(swarm, stand.service))
        await nothing_was_lost(load)

    told(swarm, tmp_path, story, controlled=False, deadline="10m")


def is_over(past: tuple[object, ...]) -> bool:
    return len(past) == 2


def test_a_controller_that_slept_between_intent_and_effect_changes_nothing(swarm: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        sleeper = psutil.Process((await stand.serve(sys.executable, FREEZING, "Scale", "1.9.0")).pid)
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy="blue-green")

        async def sleeps() -> bool:
            return sleeper.status() == psutil.STATUS_STOPPED

        async def has_noticed() -> bool:
            return LOST in (stand.folder / "controller-0.log").read_text()

        await stand.eventually(sleeps, "it sleeps")
        stand.control()
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "nothing is under way")
        before = sorted(services(swarm, stand.service))
        sleeper.resume()
        await stand.eventually(has_noticed, "it has noticed that it is not the owner any more")
        await asyncio.sleep(1.0)
        assert sorted(services(swarm, stand.service)) == before

    told(swarm, tmp_path, story, controlled=False)
