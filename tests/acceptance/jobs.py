"""Jobs for `examples/worker`: added at a steady rate to its queue, and counted at the end."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Protocol

EXAMPLE = Path(__file__).parents[2] / "examples" / "worker"
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
QUIET_LOOKS = 20
"""So many looks in a row without another job done: what is still taken, nobody has in hand."""


class Place(Protocol):
    """Where the queue is, and how something is waited for: a stand."""

    folder: Path

    async def eventually(self, claim: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait for something that can be seen."""
        ...


def _jobs() -> ModuleType:
    spec = spec_from_file_location("jobs", EXAMPLE / "jobs.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Producer:
    """Adds jobs from now on."""

    def __init__(self, stand: Place, *, per_second: int = 40) -> None:
        self.queue, self.per_second = _jobs().Queue(stand.folder / "queue.db"), per_second
        self.added = 0
        self._is_over = False
        self._task = asyncio.create_task(self._add())

    async def _add(self) -> None:
        while not self._is_over:
            self.queue.add(self.per_second // 4)
            self.added += self.per_second // 4
            await asyncio.sleep(0.25)

    async def lost_or_twice(self, stand: Place) -> int:
        """Stop adding, wait until nobody works any more, and count."""
        self._is_over = True
        await self._task
        seen, quiet = -1, 0

        async def is_still() -> bool:
            nonlocal seen, quiet
            states = self.queue.states()
            quiet = quiet + 1 if states.get("done") == seen and "waiting" not in states else 0
            seen = states.get("done", 0)
            return quiet >= QUIET_LOOKS or seen == self.added

        await stand.eventually(is_still, "the queue is empty")
        return self.added - seen + int(self.queue.twice())
