"""A question that takes a while: asked once at a time, and asked again to see whether its answer has come."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping

from shipway.ports.gate import Answer


class Asking:
    """The questions under way, by what is asked and for which moment of a run."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], asyncio.Task[Answer]] = {}

    async def answer(
        self, target: str, facts: Mapping[str, str], ask: Callable[[], Coroutine[None, None, Answer]]
    ) -> Answer | None:
        """The answer, or none while it has not come; `ask` is called where nothing is under way."""
        key = _key(target, facts)
        if key not in self._running:
            self._running[key] = asyncio.create_task(ask())
            await asyncio.sleep(0)
        return self._running.pop(key).result() if self._running[key].done() else None

    async def end(self, target: str, facts: Mapping[str, str]) -> None:
        """Cancel it, if it is under way, and wait until it has ended."""
        task = self._running.pop(_key(target, facts), None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


def _key(target: str, facts: Mapping[str, str]) -> tuple[str, str]:
    return target, facts.get("key") or f"{facts.get('run', '')}/{facts.get('stage', '')}"
