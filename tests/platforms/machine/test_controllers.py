"""Several controllers on one store: each run has one owner, and who lost it changes nothing any more."""

import asyncio
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import SERVICE, Stand, on_a_stand, open_stand
from shipway.engine.controller import CLAIM_SECONDS, LEASE_SECONDS
from shipway.model.command import Back, Promote

PAUSED = {"rolling": {"pause": "10m"}}
FREEZING = str(Path(__file__).with_name("freezing_controller.py"))
BUSY_SECONDS = 20.0
"""What a busy machine may add."""


@on_a_stand(controlled=False, **PAUSED)
async def test_a_run_has_one_owner_and_moves_within_the_lease_when_that_one_is_killed(stand: Stand) -> None:
    serving = {process.pid: process for process in (await stand.serve(), await stand.serve())}
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.submit("1.9.0")
    await stand.reached(1)
    owner = await stand.owner()
    [pid] = [pid for pid in serving if f"-{pid}-" in owner]
    serving[pid].kill()
    await serving[pid].wait()
    async with asyncio.timeout(LEASE_SECONDS + CLAIM_SECONDS + BUSY_SECONDS):
        await stand.eventually(lambda: is_owned_by_another(stand, owner), "another owns it")
    [other] = [number for number in serving if number != pid]
    assert f"-{other}-" in await stand.owner()
    await stand.ask(Promote(all=True))
    await stand.reached(2)
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    await nothing_was_lost(load)
    for log in stand.folder.glob("controller-*.log"):
        assert "another controller writes" not in log.read_text()


@pytest.mark.parametrize("is_taken_back", [False, True], ids=["goes on", "is taken back"])
@pytest.mark.parametrize("kind", ["Scale", "SetRoute", "Publish"])
def test_a_controller_that_slept_between_intent_and_effect_changes_nothing(
    kind: str, is_taken_back: bool, tmp_path: Path
) -> None:
    async def story() -> None:
        async with open_stand(tmp_path) as stand:
            await sleeps_and_wakes(stand, kind, is_taken_back=is_taken_back)

    asyncio.run(story())


async def sleeps_and_wakes(stand: Stand, kind: str, *, is_taken_back: bool) -> None:
    sleeper = psutil.Process((await stand.serve(sys.executable, FREEZING, kind, "1.9.0")).pid)
    await stand.ship_first("1.8.2")
    await stand.submit("1.9.0", strategy="blue-green")
    await stand.eventually(lambda: is_stopped(sleeper), "it sleeps")
    stand.control()
    if is_taken_back:
        await stand.shipway.ask(SERVICE, Back(stage=0))
    past = await stand.ended()
    assert past.outcome == ("rolled-back" if is_taken_back else "finished")
    await stand.eventually(stand.is_at_rest, "nothing is under way")
    before = await what_is(stand)
    sleeper.resume()
    await stand.eventually(lambda: has_noticed(stand), "it has noticed that it is not the owner any more")
    await asyncio.sleep(1.0)
    assert await what_is(stand) == before


async def is_owned_by_another(stand: Stand, former: str) -> bool:
    return await stand.owner() not in ("", former)


async def is_stopped(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED


async def has_noticed(stand: Stand) -> bool:
    return "another controller writes" in (stand.folder / "controller-0.log").read_text()


async def what_is(stand: Stand) -> tuple[object, ...]:
    """Replicas, data plane and journal."""
    ports = await stand.shipway.assemble(SERVICE)
    fleet, routing = await ports.platform.observe(), await ports.traffic.observe()
    replicas = [(one.id, one.draining_since) for one in fleet.replicas]
    prepared = dict(fleet.prepared)
    return (
        prepared,
        replicas,
        msgspec.structs.replace(routing, at=0.0),
        len(await stand.journal()),
        await stand.pids(),
    )
