"""`examples/worker`: jobs of a real queue are done once each, whatever is deployed meanwhile."""

import os
import signal

from acceptance.jobs import WORKERS, Producer
from acceptance.stand import Stand, on_a_stand
from shipway.model.command import Back
from shipway.model.event import WentBack


@on_a_stand(**WORKERS)
async def test_every_job_is_done_once_over_deploys_by_each_strategy_and_a_way_back(stand: Stand) -> None:
    producer = Producer(stand)
    await stand.ship_first("0")
    for number, strategy in enumerate(("rolling", "blue-green", "canary"), start=1):
        await stand.ship(f"{10**6 + number}", strategy=strategy)
    stand.change(rolling={"pause": "10m"})
    await stand.submit(f"{10**6 + 9}", strategy="rolling")
    await stand.reached(1)
    await stand.ask(Back(stage=0, reason="enough"))
    assert (await stand.ended()).outcome == "rolled-back"
    assert await producer.lost_or_twice(stand) == 0
    assert len(producer.queue.versions()) == 5


@on_a_stand(**WORKERS | {"canary": {"stages": ["30%", "100%"], "bake": "10m"}})
async def test_workers_that_fail_their_jobs_are_taken_back_by_the_guard(stand: Stand) -> None:
    producer = Producer(stand)
    await stand.ship_first("0")
    past = await stand.deploy("2", strategy="canary")
    assert past.outcome == "rolled-back"
    (back,) = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "critical", back
    assert (await stand.state()).rest.capacity == {past.base: 3}
    assert await producer.lost_or_twice(stand) == 0


@on_a_stand(controlled=False, **WORKERS)
async def test_no_job_is_lost_when_controller_and_supervisor_are_killed_in_a_deploy(stand: Stand) -> None:
    producer = Producer(stand)
    first = await stand.serve()
    await stand.ship_first("0")
    stand.change(rolling={"pause": "3s"})
    await stand.submit(f"{10**6}", strategy="rolling")
    await stand.reached(1)
    first.kill()
    os.kill(stand.supervisor_pid(), signal.SIGKILL)
    await stand.serve()
    assert (await stand.ended()).outcome == "finished"
    await stand.eventually(stand.is_whole, "all workers are those of the new version, and cared for")
    assert await producer.lost_or_twice(stand) == 0
