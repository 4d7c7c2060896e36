"""Replicas that fall ill while they serve: where requests go, what is said, and what becomes of a release."""

import asyncio
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

import psutil

from acceptance import h2c_app
from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from shipway.model.event import StageLost, WentBack
from shipway.model.fleet import Replica

APP = Path(__file__).parents[2] / "acceptance" / "ailing_app.py"
ASKED = 30


async def given(stand: Stand) -> None:
    """1.8.2 serves."""
    stand.command(str(APP), AILING=str(stand.folder))
    await stand.ship_first("1.8.2")


async def replicas(stand: Stand) -> tuple[Replica, ...]:
    ports = await stand.shipway.assemble(stand.service)
    return (await ports.platform.observe()).replicas


async def answering(stand: Stand) -> set[str]:
    """The replicas that answer some requests."""

    def asked() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{stand.port}/", timeout=10) as answer:
            name: str = answer.read().decode()
        return name

    return {await asyncio.to_thread(asked) for _ in range(ASKED)}


@on_a_stand()
async def test_a_replica_whose_health_fails_gets_no_requests_until_it_answers_again(stand: Stand) -> None:
    await given(stand)
    ill, well = await replicas(stand)
    load, mark = stand.users(), stand.folder / f"sick-{ill.id}"
    mark.touch()

    async def is_left_out() -> bool:
        return await answering(stand) == {well.id}

    async def is_back() -> bool:
        return await answering(stand) == {ill.id, well.id}

    await stand.eventually(is_left_out, "only the other one answers")
    found = {replica.id: replica for replica in await replicas(stand)}
    assert not found[ill.id].ready and found[ill.id].alive and found[ill.id].sick_since is not None
    assert found[ill.id].detail == "503 from /health/ready"
    assert stand.seen is not None
    mark.unlink()
    await stand.eventually(is_back, "both answer again")
    assert (await stand.pids(ill.id)) and [one.restarts for one in await replicas(stand)] == [0, 0]
    await nothing_was_lost(load)


@on_a_stand()
async def test_workers_that_outlive_their_main_process_serve_nobody(stand: Stand) -> None:
    """The port is shared by those that listen on it, so the kernel would go on sending users to them."""
    words = f"{sys.executable} {h2c_app.__file__} --port {{port}} --version {{version}}"
    stand.change(platform={"process": {"command": words, "protocol": "h2c"}})
    await stand.ship_first("1.8.2")
    mains = await stand.pids(stand.service)
    workers = [child for pid in mains.values() for child in psutil.Process(pid).children(recursive=True)]
    assert workers
    for pid in mains.values():
        os.kill(pid, signal.SIGKILL)

    async def are_new() -> bool:
        seen = await replicas(stand)
        return all(one.ready and one.restarts == 1 for one in seen) and len(seen) == len(mains)

    await stand.eventually(are_new, "all replicas are started again")
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]


@on_a_stand(canary={"stages": ["60%", "100%"], "bake": "10m"})
async def test_a_candidate_whose_health_fails_while_it_serves_is_taken_back_without_loss(stand: Stand) -> None:
    """One of two: the other one answers for it, and users are so few that no request tells the guard anything."""
    await given(stand)
    load = stand.users(rate=12.0, connections=2)
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    [ill, _] = [replica for replica in await replicas(stand) if replica.revision.startswith("1.9.0")]
    (stand.folder / f"sick-{ill.id}").touch()
    past = await stand.ended()
    assert past.outcome == "rolled-back"
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "high" and "health fails on 1 of 2 candidate replicas" in back.reason
    await nothing_was_lost(load)


@on_a_stand(canary={"bake": "10m"})
async def test_a_candidate_that_is_ill_as_a_whole_loses_its_traffic_at_once(stand: Stand) -> None:
    """Until then the proxy has nobody to ask; whether its answers or health tell the guard first is not said."""
    await given(stand)
    load = stand.users()
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    sick_at = time.time()
    (stand.folder / "sick-1.9.0").touch()
    past = await stand.ended()
    assert past.outcome == "rolled-back"
    away = next(e.at for e in await stand.journal() if isinstance(e.event, StageLost | WentBack))
    counts = await load.stop()
    assert [loss for loss in counts.losses if not sick_at <= loss.began_at < away + 1.0] == []
    assert set(counts.lost) <= {"503 from the proxy"} and not counts.failed


@on_a_stand(canary={"bake": "10m"})
async def test_what_makes_both_versions_sick_is_no_reason_to_go_back(stand: Stand) -> None:
    await given(stand)
    await stand.submit("1.9.0", strategy="canary")
    await stand.reached(1)
    for version in ("1.8.2", "1.9.0"):
        (stand.folder / f"sick-{version}").touch()

    async def are_sick() -> bool:
        now = max(replica.sick_since or 0.0 for replica in await replicas(stand))
        return all(replica.sick_since is not None for replica in await replicas(stand)) and now > 0

    await stand.eventually(are_sick, "all are sick")
    await asyncio.sleep(5.0)
    assert await stand.events(WentBack) == []


@on_a_stand()
async def test_a_replica_that_keeps_crashing_is_told_and_does_not_keep_its_fix_away(stand: Stand) -> None:
    await given(stand)
    ill, _ = await replicas(stand)
    (stand.folder / f"dead-{ill.id}").touch()

    async def is_looping() -> bool:
        found = {replica.id: replica for replica in await replicas(stand)}[ill.id]
        return found.restarts >= 3 and not found.ready and "exited with 3" in found.detail

    await stand.eventually(is_looping, "it is in a loop")
    [found] = [replica for replica in await replicas(stand) if replica.id == ill.id]
    assert "the database is not there" in found.detail
    past = await stand.deploy("1.9.0")
    assert past.outcome == "finished"
