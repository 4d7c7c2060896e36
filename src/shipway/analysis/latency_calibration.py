"""Learns from a service's own past how its slow requests cluster, as `calibration` does for its errors.

Rollouts are made of recorded windows, one arm thinned to each stage's share, and judged by the very comparison of
latency; what may be said of a candidate, "slower", "by a quarter", "by a half", is raised each by itself until no
more equal candidates than promised are called so.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.analysis import spending
from shipway.analysis.calibration import (
    LEARN_SECONDS,
    LEAST_NATS,
    TAIL_THINNED,
    TAIL_WHOLE,
    WINDOWS_MIN,
    Dispersion,
    History,
    Stage,
    dispersion,
    reached,
)
from shipway.analysis.latency import LEVELS
from shipway.analysis.latency_lockstep import CELLS, LatencyLockstep, Scrape
from shipway.model.latency_noise import CALM, STEADY, LatencyNoise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Random = np.random.Generator

NOISY_ERRORS = 3.0
"""Slow requests cluster where the dispersion at any level exceeds 1 by more than so many standard errors: levels
are many, and each would be noisy by chance some time."""
RUNS = 2000
SEED = 1


class SlowHistory(Struct, frozen=True, kw_only=True):
    """Windows of equal length of the stable version; arrays are by cell or level, scrape and window."""

    share: float
    """The one arm's part of the requests, over all windows."""
    step_seconds: float
    shares: "Floats"
    """Of requests that are slower, by level."""
    requests: "Floats"
    slow: "Floats"
    """The one arm's over its bounds, by cell; see `latency_lockstep`."""
    stable_requests: "Floats"
    stable_slow: "Floats"
    """The other's, by level."""

    @property
    def windows(self) -> int:
        """How many there are."""
        return int(self.requests.shape[1])


def most_dispersed(history: SlowHistory) -> Dispersion:
    """Of the level that shows the most of it."""
    by_level = [dispersion(_at_level(history, level)) for level in range(len(history.shares))]
    return max(by_level, key=lambda one: (one.value - 1.0) / one.error, default=Dispersion(1.0, 0.0))


def is_clustered(found: Dispersion) -> bool:
    """Whether that is more than chance explains."""
    return found.value > 1.0 + NOISY_ERRORS * found.error


def _at_level(history: SlowHistory, level: int) -> History:
    return History(
        share=history.share,
        step_seconds=history.step_seconds,
        requests=history.requests,
        errors=history.slow[level * CELLS],
        stable_requests=history.stable_requests,
        stable_errors=history.stable_slow[level],
    )


def calibrated_latency(histories: Sequence[SlowHistory], stages: Sequence[Stage], *, alpha: float) -> LatencyNoise:
    """What the comparison needs so that at most `alpha` of equal candidates are called slower, and by a quarter,
    and by a half.

    `histories` differ in their arms' share; each stage takes the one with the least share that is enough. Nothing
    changes where none has `WINDOWS_MIN` windows. In stages in which the candidate is alone nothing is raised, as
    harm has to last there.
    """
    import numpy as np

    known = [history for history in histories if history.windows >= WINDOWS_MIN]
    if not known:
        return CALM
    if not any(is_clustered(most_dispersed(history)) for history in known):
        return STEADY
    noise = LatencyNoise(block_seconds=known[0].step_seconds)
    extra = Replay(known, stages, alpha=alpha).extra(noise, runs=RUNS, random=np.random.default_rng(SEED))
    return LatencyNoise(
        block_seconds=noise.block_seconds, extra_nats=tuple(tuple(map(float, one)) for one in extra)
    )


class Replay:
    """Rollouts made of recorded windows."""

    def __init__(self, histories: Sequence[SlowHistory], stages: Sequence[Stage], *, alpha: float) -> None:
        self._histories = sorted(histories, key=lambda history: history.share)
        self._stages, self._alpha = stages, alpha

    def extra(self, noise: LatencyNoise, *, runs: int, random: "Random") -> "Floats":
        """By how much thresholds are to be raised so that the promise holds, by kind and stage."""
        import numpy as np

        peaks = self._peaks(noise, runs, random)
        found = [[self._raised(order, peaks[order, kind]) for order in range(len(peaks))] for kind in range(CELLS)]
        return np.array(found)

    def _peaks(self, noise: LatencyNoise, runs: int, random: "Random") -> "Floats":
        """The highest score by stage, kind and run, as if nothing was promised."""
        import numpy as np

        lockstep = LatencyLockstep(self._histories[0].shares, runs, noise)
        found = np.full((len(self._stages), CELLS, runs), LEAST_NATS)
        for order, scrape in self._scrapes(lockstep, runs, random):
            lockstep.absorb(scrape)
            if order >= 0:
                found[order] = np.maximum(found[order], lockstep.excesses(LEVELS, least=LEAST_NATS))
        return found

    def _raised(self, order: int, peaks: "Floats") -> float:
        """The higher of what the thinned copies and the whole windows say of it; see `calibration`."""
        alpha = self._alpha * spending.part_of(order, len(self._stages))
        share = self._stages[order].share
        parts = (TAIL_THINNED, TAIL_WHOLE) if share < self._history(share).share else (TAIL_WHOLE,)
        return max(0.0, max(reached(peaks, part, alpha) for part in parts) - math.log(LEVELS / self._alpha))

    def _scrapes(self, lockstep: LatencyLockstep, runs: int, random: "Random") -> Iterator[tuple[int, Scrape]]:
        """Order of the stage (-1 before the first) and scrape; `lockstep` begins each stage before its first."""
        yield from ((-1, scrape) for scrape in self._drawn(Stage(0.0, LEARN_SECONDS), runs, random))
        for order, stage in enumerate(self._stages):
            if stage.share >= 1.0:
                continue
            lockstep.begin_stage(of=len(self._stages), share=stage.share, stay_seconds=stage.stay_seconds)
            yield from ((order, scrape) for scrape in self._drawn(stage, runs, random))

    def _drawn(self, stage: Stage, runs: int, random: "Random") -> Iterator[Scrape]:
        """One stage of every run, from windows drawn with replacement."""
        history = self._history(stage.share)
        keep = _kept_parts(history, stage.share)
        for row in range(max(1, round(stage.stay_seconds / history.step_seconds))):
            if row % len(history.requests) == 0:
                chosen = random.integers(history.windows, size=runs)
            yield _thinned(history, row % len(history.requests), chosen, keep[chosen], random)

    def _history(self, share: float) -> SlowHistory:
        enough = (history for history in self._histories if history.share >= share)
        return next(enough, self._histories[-1])


def _kept_parts(history: SlowHistory, share: float) -> "Floats":
    """Of each window's one arm, the part that leaves it with the stage's share; all where it has less."""
    import numpy as np

    requests, stable = history.requests.sum(axis=0), history.stable_requests.sum(axis=0)
    found: Floats = np.minimum(1.0, stable * share / max(1.0 - share, 1e-9) / np.maximum(requests, 1.0))
    return found


def _thinned(
    history: SlowHistory, row: int, chosen: "NDArray[np.int64]", keep: "Floats", random: "Random"
) -> Scrape:
    """One scrape; of a window's one arm every request is kept with the same probability.

    Each cell is thinned by itself: a comparison looks at one of them, and the highest of several that are less
    alike is higher.
    """
    slow = random.binomial(history.slow[:, row, chosen].astype(int), keep)
    requests = random.binomial(history.requests[row, chosen].astype(int), keep)
    return Scrape(
        requests=requests.astype(float),
        slow=slow.astype(float),
        stable_requests=history.stable_requests[row, chosen],
        stable_slow=history.stable_slow[:, row, chosen],
        seconds=history.step_seconds,
    )
