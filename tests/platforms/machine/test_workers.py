"""`examples/worker`: jobs of a real queue are done once each, whatever is deployed meanwhile."""

import asyncio
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from acceptance.stand import Stand, on_a_stand
from shipway.model.command import Back
from shipway.model.event import WentBack

EXAMPLE = Path(__file__).parents[3] / "examples" / "worker"
COMMAND = (
    f"{sys.executable} {EXAMPLE / 'worker.py'} --version {{version}} --queue queue.db --job-seconds 0.05 "
    "--fails-every {version}"
)
"""A version is a number here: each so many-th of its jobs fails; 0: none."""
WORKERS: dict[str, object] = {
    "service": "mailer",
    "kind": "worker",
    "platform": {"process": {"command": COMMAND, "replicas": 3, "heartbeat": {"within": "20s"}}},
    "canary": {"stages": ["30%", "60%", "100%"], "bake": "2s"},
}


def _jobs() -> ModuleType:
    spec = spec_from_file_location("jobs", EXAMPLE / "jobs.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Producer:
    """Adds jobs at a steady rate."""

    def __init__(self, stand: Stand, *, per_second: int = 40) -> None:
        self.queue, self.per_second = _jobs().Queue(stand.folder / "queue.db"), per_second
        self._is_over = False
        self._task = asyncio.create_task(self._add())

    async def _add(self) -> None:
        while not self._is_over:
            self.queue.add(self.per_second // 4)
            await asyncio.sleep(0.25)

    async def everything_is_done_once(self, stand: Stand) -> None:
        """Stop adding, wait for the queue's end, and count."""
        self._is_over = True
        await self._task

        async def is_done() -> bool:
            return set(self.queue.states()) == {"done"}

        await stand.eventually(is_done, f"every job is done: {self.queue.states()}")
        assert self.queue.twice() == 0


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
    await producer.everything_is_done_once(stand)
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
    await producer.everything_is_done_once(stand)
