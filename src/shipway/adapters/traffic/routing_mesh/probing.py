"""Whether the mesh carries requests: it is asked on every node, as users would, through to a task.

A mesh without IPVS in the kernel looks as if all were well, to the Swarm too: the service has its port and all its
tasks, and nothing listens. So nothing but an answer counts; and any answer does: what it says is a task's affair.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.probing import ask

TRIES = 4
"""Each on a connection of its own, so that each may come to another task: some of them may be broken."""


async def unanswered(places: Sequence[Place], probe: Probe) -> dict[Place, str]:
    """Where it carries no requests, and how that shows."""
    found = await asyncio.gather(*(_unanswered(place, probe) for place in places))
    return {place: why for place, why in zip(places, found, strict=True) if why}


async def _unanswered(place: Place, probe: Probe) -> str:
    """Empty where one try is answered; the others are made only where the first is not."""
    first = await ask(place, probe)
    if first.is_answer:
        return ""
    others = await asyncio.gather(*(ask(place, probe) for _ in range(TRIES - 1)))
    return "" if any(one.is_answer for one in others) else first.detail


async def silent(places: Sequence[Place], tasks: Sequence[Place], probe: Probe) -> dict[Place, str]:
    """Where it carries no requests though a task would answer. Where none would, nothing is known of the mesh."""
    bad = await unanswered(places, probe)
    if not bad:
        return {}
    itself = await asyncio.gather(*(ask(task, probe) for task in tasks))
    return bad if any(one.is_answer for one in itself) else {}


def told(place: Place, detail: str) -> str:
    """In a sentence."""
    return f"the routing mesh carries no requests on {place}: {detail}"


@dataclass(eq=False)
class Probing:
    """One service's. A mesh that answered before may fail a few times in a row."""

    probe: Probe
    _noes: dict[Place, int] = field(default_factory=dict)
    """In a row, of those that answered before."""

    async def problem(self, places: Sequence[Place], tasks: Sequence[Place]) -> str:
        """Of the first node whose mesh carries no requests; empty where all do."""
        bad = await silent(places, tasks, self.probe)
        again = {place: self._noes[place] + 1 for place in bad if place in self._noes}
        self._noes = {**{place: 0 for place in places if place not in bad}, **again}
        enough = self.probe.failure_threshold
        return next((told(place, bad[place]) for place in bad if again.get(place, enough) >= enough), "")
