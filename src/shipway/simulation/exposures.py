"""Simulated users with and without a flag: an `Exposures` over virtual time."""

from collections.abc import Mapping
from random import Random

from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.share import NONE, TOTAL
from shipway.ports.exposures import HIDDEN, SHOWN
from shipway.simulation.dimensions import SimulatedFlags
from shipway.simulation.metrics import draw
from shipway.simulation.timeline import Timeline

ERRORS = 0.01
"""What fails for everybody."""


class SimulatedExposures:
    """Requests flow from the first question on, divided as the flag is now."""

    def __init__(self, timeline: Timeline, flags: SimulatedFlags, *, per_second: float, errors: float) -> None:
        self.timeline, self.flags, self.per_second = timeline, flags, per_second
        self.rates = {SHOWN: min(1.0, ERRORS + errors), HIDDEN: ERRORS}
        self.random = Random(0)
        self._counts: dict[tuple[str, str], Counts] = {}
        self._asked_at: dict[str, float] = {}

    async def exposures(self, flag: str) -> Mapping[str, Sample]:
        """Both sides, until now."""
        now = self.timeline.now()
        seconds = now - self._asked_at.get(flag, now)
        self._asked_at[flag] = now
        share = self.flags.shares.get(flag, NONE) / TOTAL
        for side, part in ((SHOWN, share), (HIDDEN, 1.0 - share)):
            self._meet(flag, side, self.per_second * seconds * part)
        return {side: self._sample(flag, side, now) for side in (SHOWN, HIDDEN)}

    def _meet(self, flag: str, side: str, mean: float) -> None:
        before = self._counts.get((flag, side), Counts())
        requests = draw(mean, self.random)
        errors = min(requests, draw(requests * self.rates[side], self.random))
        self._counts[flag, side] = Counts(requests=before.requests + requests, errors=before.errors + errors)

    def _sample(self, flag: str, side: str, now: float) -> Sample:
        counts = self._counts[flag, side]
        return Sample(revision=RevisionId(side), at=now, series={"users": counts}, is_prompt=True)
