"""Many runs' comparisons of latency at once: what `slowness` and `latency` do for one, over arrays.

For replays of a service's own history, as `lockstep` is for errors. All runs are scraped at the same instants, and
their levels are known from the start; a cell is one of `WORSE_BY` at one level, levels first. Stages in which the
candidate is alone are not for it: there a proof is harm that lasts.
"""

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.analysis import arrays, late, spending
from shipway.analysis.bounds import WORSE_BY
from shipway.analysis.latency import LEVELS
from shipway.analysis.slowness import BLOCK_REQUESTS, WARM_SECONDS
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import Noise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from shipway.analysis.arrays import Flags, Floats

CELLS = len(WORSE_BY)
"""Of a level."""


class Scrape(Struct, frozen=True):
    """One scrape of every run."""

    requests: "Floats"
    """The candidate's, by run."""
    slow: "Floats"
    """Of those, by cell and run."""
    stable_requests: "Floats"
    stable_slow: "Floats"
    """By level and run."""
    seconds: float


class Sums:
    """Blocks of every cell and run; rows are the first counts of `slowness.Cell`."""

    def __init__(self, cells: int, runs: int) -> None:
        import numpy as np

        self.counts = np.zeros((3, cells, runs))
        self.requests = np.zeros(runs)

    def grow(self, block: "Floats", requests: "Floats", full: "Flags") -> None:
        """One block more where it is full."""
        self.counts = self.counts + block * full
        self.requests = self.requests + requests * full

    def clear(self, where: "Flags") -> None:
        """Begin anew in these runs."""
        import numpy as np

        self.counts = np.where(where, 0.0, self.counts)
        self.requests = np.where(where, 0.0, self.requests)


class LatencyLockstep:
    """The sums of many runs, moved on together by `begin_stage` and `absorb`. `shares` are those of the levels."""

    def __init__(self, shares: "Floats", runs: int, noise: LatencyNoise = CALM) -> None:
        import numpy as np

        self._shares, self._runs, self._noise = shares, runs, noise
        self._cells = CELLS * len(shares)
        self._side = Sums(self._cells, runs)
        self._starts = [Sums(self._cells, runs) for _ in range(late.KEPT)]
        self._promises = np.zeros((late.KEPT, runs))
        self._last = np.zeros(runs)
        self._pool = np.zeros((2 + self._cells + len(shares), runs))
        self._pool_seconds = np.zeros(runs)
        self._seen, self._seconds = np.zeros(runs), 0.0
        self._order, self._of, self._share, self._stay, self._stage_seconds = -1, 1, 0.0, 1.0, 0.0
        self._before = self._during = np.zeros(runs)
        self._is_planned = False

    def begin_stage(self, *, of: int, share: float, stay_seconds: float) -> None:
        """The next stage of `of`; see `tally.begin_stage`."""
        import numpy as np

        self._close(np.ones(self._runs, bool))
        self._order, self._of, self._share, self._stay = self._order + 1, of, share, max(stay_seconds, 1.0)
        self._stage_seconds, self._is_planned = 0.0, False
        self._promises, self._last = np.zeros_like(self._promises), np.zeros(self._runs)

    def absorb(self, scrape: Scrape) -> None:
        """One scrape more; see `tally.absorb`."""
        self._stage_seconds += scrape.seconds
        is_watched = self._order >= 0 and self._stage_seconds > WARM_SECONDS
        if is_watched and self._seconds:
            self._plan()
            self._take(scrape)
            self._restart()
        self._seen = self._seen + scrape.requests + scrape.stable_requests
        self._seconds += scrape.seconds

    def excesses(self, alpha: float, *, least: float = -math.inf) -> "Floats":
        """`latency.Slower.excess` of the most telling comparison, by kind and run; -inf where there is none.

        Those below `least` need not be exact.
        """
        import numpy as np

        if self._order < 0:
            return np.full((CELLS, self._runs), -math.inf)
        has_started = self._promises[0] > 0.0
        is_watched = self._by_cell(self._during * self._shares[:, None] > late.WATCHED_MIN) & has_started
        part = spending.part_of(self._order, self._of)
        promise = part * np.where(is_watched, late.REST, 1.0)
        found = self._judged(self._side, (self._before + self._during, promise), alpha, least)
        life = self._during * late.life(self._stay)
        for start, own in zip(self._starts, self._promises, strict=True):
            if own.any():
                later = self._judged(start, (life, np.broadcast_to(own, is_watched.shape)), alpha, least)
                found = np.maximum(found, np.where(is_watched, later, -math.inf))
        return np.asarray(found.reshape(-1, CELLS, self._runs).max(axis=0))

    def _by_cell(self, levels: "NDArray[np.generic]") -> "NDArray[np.generic]":
        import numpy as np

        return np.repeat(levels, CELLS, axis=0)

    def _judged(self, sums: Sums, plan: tuple["Floats", "Floats"], alpha: float, least: float) -> "Floats":
        """`plan`: requests at the end, by run, and the promise, by cell and run."""
        import numpy as np

        requests_end, promise = plan
        slow, both, mean = sums.counts
        ends = np.maximum(spending.PLANNED_MIN, np.asarray(self._by_cell(requests_end * self._shares[:, None])))
        with np.errstate(divide="ignore"):
            spent = np.log(promise) + arrays.released(mean, ends, arrays.early(ends))
        bar = arrays.thresholds(alpha / LEVELS, ends, ends) - spent + self._extra()
        return _excesses((slow, both, mean), bar, least)

    def _extra(self) -> "Floats":
        import numpy as np

        by_kind = [self._noise.extra(kind, self._order) for kind in range(CELLS)]
        return np.tile(by_kind, len(self._shares))[:, None]

    def _plan(self) -> None:
        if not self._is_planned:
            self._during = self._seen / self._seconds * self._share * self._stay
            self._before, self._is_planned = self._side.requests, True

    def _take(self, scrape: Scrape) -> None:
        import numpy as np

        new = np.concatenate(
            (scrape.requests[None], scrape.stable_requests[None], scrape.slow, scrape.stable_slow)
        )
        self._pool = self._pool + new
        self._pool_seconds = self._pool_seconds + scrape.seconds
        is_full = (self._pool_seconds >= self._noise.block_seconds) & (self._pool[0] >= BLOCK_REQUESTS)
        self._close(is_full & (self._pool[1] >= BLOCK_REQUESTS))

    def _close(self, full: "Flags") -> None:
        import numpy as np

        requests, stable = self._pool[:2]
        can = full & (requests > 0) & (stable > 0)
        self._side.grow(self._block(self._noise.from_beginning), requests, can)
        late_block = self._block(self._noise.since_start)
        for start in self._starts:
            start.grow(late_block, requests, can)
        self._pool = np.where(full, 0.0, self._pool)
        self._pool_seconds = np.where(full, 0.0, self._pool_seconds)

    def _block(self, noise: Noise) -> "Floats":
        import numpy as np

        requests, stable = self._pool[:2]
        slow = self._pool[2 : 2 + self._cells]
        stable_slow = np.asarray(self._by_cell(self._pool[2 + self._cells :]))
        counted = _capped(noise, (requests, slow, stable, stable_slow))
        both = counted + stable_slow
        return np.stack((counted, both, both * requests / np.maximum(requests + stable, 1.0)))

    def _restart(self) -> None:
        """A late start where one is due; see `slowness.restarted`."""
        import numpy as np

        due = (self._stage_seconds - self._last >= late.period_seconds(self._stay)) & (self._pool_seconds == 0.0)
        if not due.any():
            return
        part = spending.part_of(self._order, self._of) * late.part_of(self._stage_seconds, self._stay)
        self._promises = np.where(due, np.vstack((np.full(self._runs, part), self._promises[:-1])), self._promises)
        for older, newer in zip(reversed(self._starts[1:]), reversed(self._starts[:-1]), strict=True):
            older.counts = np.where(due, newer.counts, older.counts)
            older.requests = np.where(due, newer.requests, older.requests)
        self._starts[0].clear(due)
        self._last = np.where(due, self._stage_seconds, self._last)


def _capped(noise: Noise, pool: tuple["Floats", "Floats", "Floats", "Floats"]) -> "Floats":
    """`arrays.capped`, whose rows are of one shape."""
    import numpy as np

    return arrays.capped(noise, np.stack(np.broadcast_arrays(*pool)))


def _excesses(sums: tuple["Floats", "Floats", "Floats"], bar: "Floats", least: float) -> "Floats":
    import numpy as np

    slow, both, mean = (each.ravel() for each in sums)
    flat = np.broadcast_to(bar, sums[0].shape).ravel()
    found = np.full(slow.shape, -math.inf)
    at = np.flatnonzero((slow > mean) & (mean > 0.0))
    if math.isfinite(least) and len(at):
        most = arrays.surprises_at_most(slow[at], both[at], mean[at])
        at = at[most - flat[at] >= least]
    found[at] = arrays.surprises(slow[at], both[at], mean[at]) - flat[at]
    return found.reshape(sums[0].shape)
