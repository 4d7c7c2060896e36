"""Sends a new replica the requests that warm it up, until its answers are as fast as they get.

One pass is all requests once, one after the other. It is warm once the last passes are hardly faster than those
before them: caches are filled and code is compiled by then, whatever fast means for this application.
"""

import asyncio
from collections.abc import Callable, Sequence
from statistics import median

from msgspec import Struct

from shipway.adapters.replicas.health import WarmUp
from shipway.adapters.replicas.place import Place
from shipway.adapters.replicas.probing import sent
from shipway.ports.clock import Clock

PASSES = 5
"""So many are compared with as many before them."""
FASTER_PART, FASTER_SECONDS = 0.2, 0.002
"""Answers still get faster if the median of the last passes is less by more than both of these."""
PASSES_MAX = 1_000
REFUSALS_MAX = 3
"""So many answers of class 4xx in a row: asking again would not help."""
PAUSE_SECONDS = 0.25
"""After a pass that failed."""
Tell = Callable[[str], None]


class Warmth(Struct, frozen=True):
    """What the passes so far mean."""

    passes: int = 0
    last: tuple[float, ...] = ()
    """Seconds of the last passes in a row that went well."""
    problem: str = ""
    """Of the last one, if it failed."""
    refusals: int = 0

    @property
    def is_warm(self) -> bool:
        """Whether answers get no faster any more."""
        if len(self.last) < 2 * PASSES:
            return False
        before, now = median(self.last[:PASSES]), median(self.last[PASSES:])
        return before - now <= max(FASTER_PART * before, FASTER_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether more passes would not help."""
        return self.is_warm or self.refusals >= REFUSALS_MAX or self.passes >= PASSES_MAX

    @property
    def detail(self) -> str:
        """For people: `12 passes, the last took 84 ms`."""
        told = f"the last took {1000 * self.last[-1]:.0f} ms" if self.last else self.problem
        return f"{self.passes} {'pass' if self.passes == 1 else 'passes'}, {told}"


def after(warmth: Warmth, seconds: float, problem: str, *, is_refused: bool) -> Warmth:
    """One more pass. After one that failed, fast and slow are found out anew."""
    last = () if problem else (*warmth.last, seconds)[-2 * PASSES :]
    refusals = warmth.refusals + 1 if problem and is_refused else 0
    return Warmth(warmth.passes + 1, last, problem, refusals)


def failure(warmth: Warmth, wish: WarmUp) -> str:
    """Why it is not warm after all that was tried."""
    if warmth.problem:
        return f"{warmth.problem} ({warmth.passes} tried in {wish.within:g} s at most)"
    if not warmth.passes:
        return f"no answer to {wish.requests[0]} within {wish.within:g} s"
    return f"answers still got faster after {wish.within:g} s: {warmth.detail}"


async def warm_up(place: Place, wish: WarmUp, *, protocol: str, clock: Clock, tell: Tell) -> str:
    """Why it did not get warm within its time; empty once it is warm. `tell` hears how it goes."""
    warmth = Warmth()
    try:
        async with asyncio.timeout(wish.within):
            while not warmth.is_over:
                warmth = await _pass(place, wish.requests, protocol, clock, warmth)
                tell(f"warming up: {warmth.detail}")
                await asyncio.sleep(PAUSE_SECONDS if warmth.problem else 0.0)
    except TimeoutError:
        pass
    return "" if warmth.is_warm else failure(warmth, wish)


async def _pass(place: Place, requests: Sequence[str], protocol: str, clock: Clock, warmth: Warmth) -> Warmth:
    began_at = clock.now()
    for request in requests:
        method, _, path = request.partition(" ")
        status, problem = await sent(place, method, path, protocol=protocol)
        if problem:
            return after(warmth, 0.0, problem, is_refused=400 <= status < 500)
    return after(warmth, clock.now() - began_at, "", is_refused=False)
