"""What is killed with -9 while a release is under way takes down what it was answering, and nothing else."""

import asyncio
import os
import signal
import time

from acceptance.asking import version_at
from acceptance.counting import Death, kill, nothing_was_lost, taken_down, when
from acceptance.long import LongRequests
from acceptance.stand import Stand, on_a_stand

PAUSED = {"rolling": {"pause": "4s"}}


@on_a_stand()
async def test_a_killed_replica_takes_only_what_it_was_answering(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.ship("1.9.0", strategy="rolling")
    death = await kill_one(stand, "checkout-1.9.0")
    await stand.eventually(stand.is_whole, "the replica runs again")
    counts = await load.stop()
    apart = taken_down(counts.losses, death)
    assert apart == counts.losses, when(counts.losses, death.killed_at)
    assert len(apart) <= load.connections
    assert not counts.failed


@on_a_stand(controlled=False, **PAUSED)
async def test_a_killed_controller_loses_nothing_and_its_successor_finishes(stand: Stand) -> None:
    first = await stand.serve()
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    await stand.submit("1.9.0", strategy="rolling")
    await stand.reached(1)
    owner = await stand.owner()
    first.kill()
    await stand.serve()
    assert (await stand.ended()).outcome == "finished"
    assert await stand.owner() != owner
    await nothing_was_lost(load, long)


@on_a_stand(**PAUSED)
async def test_a_killed_supervisor_loses_nothing_and_its_orphans_are_replaced_one_by_one(stand: Stand) -> None:
    await stand.ship_first("1.8.2")
    load, long = stand.users(), LongRequests(stand.port)
    before, supervisor = set((await stand.pids("checkout-")).values()), stand.supervisor_pid()
    os.kill(supervisor, signal.SIGKILL)
    await stand.eventually(stand.is_whole, "sound replicas run")
    assert not before & set((await stand.pids("checkout-")).values())
    await stand.ship("1.9.0", strategy="rolling")
    await nothing_was_lost(load, long)


@on_a_stand(**PAUSED)
async def test_a_killed_envoy_takes_what_went_through_it_and_comes_back_by_itself(stand: Stand) -> None:
    """There is one Envoy: what went through it breaks off, and until it is back nobody listens. That is all."""
    await stand.ship_first("1.8.2")
    load = stand.users()
    await stand.submit("1.9.0", strategy="rolling")
    await stand.reached(1)
    death = await kill_one(stand, "envoy")
    await stand.eventually(lambda: answers(stand), "it is back")
    away = Death(death.killed_at, time.time())
    assert (await stand.ended()).outcome == "finished"
    counts = await load.stop()
    assert taken_down(counts.losses, away) == counts.losses, when(counts.losses, death.killed_at)
    broken_off = [loss for loss in counts.losses if loss.what == "IncompleteReadError"]
    assert len(broken_off) <= load.connections
    assert set(counts.answered) == {"1.8.2", "1.9.0"}


async def answers(stand: Stand) -> bool:
    try:
        return await version_at(stand.port) != ""
    except (OSError, asyncio.IncompleteReadError):
        return False


async def kill_one(stand: Stand, name: str) -> Death:
    """Kill -9 the first such program."""
    return await kill(sorted((await stand.pids(name)).values())[0])
