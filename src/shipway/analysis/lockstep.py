"""Many runs at once: what `tally` and `comparison` do for one, over arrays with one place for each run.

For all that needs thousands of runs: the measured rate of false take-backs, and replays of a service's own
history. All runs are scraped at the same instants; everything else may differ between them.
"""

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.analysis import arrays, spending
from shipway.analysis.comparison import BAD_SCRAPES_MIN
from shipway.analysis.noise import QUIET, Noise
from shipway.analysis.tally import BLOCK_REQUESTS, FORECAST_SECONDS, HISTORY_DRIFT, SHARE_MIN, UNKNOWN_PLANNED

if TYPE_CHECKING:
    from shipway.analysis.arrays import Flags, Floats


class Scrape(Struct, frozen=True):
    """One scrape of every run."""

    requests: "Floats"
    """The candidate's."""
    errors: "Floats"
    stable_requests: "Floats"
    stable_errors: "Floats"
    seconds: float


class Looks(Struct, frozen=True):
    """What each run's score is made of at one instant."""

    errors: "Floats"
    total: "Floats"
    mean: "Floats"
    bar: "Floats"
    """The surprise at which the candidate is proven worse."""
    can_convict: "Flags"

    def surprises(self) -> "Floats":
        """`Comparison.surprise` of each run."""
        return arrays.surprises(self.errors, self.total, self.mean)

    def excesses(self, *, least: float = -math.inf) -> "Floats":
        """`Comparison.excess` of each run, -inf where nothing can be proven; exact at `least` and above only."""
        import numpy as np

        found = np.full(len(self.errors), -math.inf)
        at = np.flatnonzero(self.can_convict & (self.errors > self.mean))
        if math.isfinite(least) and len(at):
            most = arrays.surprises_at_most(self.errors[at], self.total[at], self.mean[at])
            at = at[most - self.bar[at] >= least]
        found[at] = arrays.surprises(self.errors[at], self.total[at], self.mean[at]) - self.bar[at]
        return found


class Lockstep:
    """The sums of many runs of one service, moved on together by `begin_stage` and `absorb` like one `Tally`."""

    def __init__(self, runs: int, noise: Noise = QUIET) -> None:
        import numpy as np

        self._noise = noise
        self._runs, self._seconds = runs, 0.0
        zero = np.zeros(runs)
        self._errors = self._total = self._mean = self._compared = zero
        self._open, self._open_seconds = np.zeros((4, runs)), np.zeros(runs)
        self._alone = self._alone_errors = self._stable = self._stable_errors = self._seen = zero
        self._bad, self._begun = zero, np.zeros(runs, int)
        self._of, self._share, self._stay = 1, 0.0, 1.0
        self._extra = zero
        self._planned, self._before, self._promise = np.full(runs, UNKNOWN_PLANNED), zero, zero
        self._is_forecast = np.zeros(runs, bool)

    def begin_stage(self, *, of: int, share: float, stay_seconds: float) -> None:
        """The next stage of `of`; see `tally.begin_stage`."""
        import numpy as np

        self._close(np.ones(self._runs, bool))
        self._of, self._share, self._stay = of, share, max(stay_seconds, 1.0)
        self._planned = np.full(self._runs, UNKNOWN_PLANNED)
        self._promise = np.zeros(self._runs)
        self._is_forecast = np.zeros(self._runs, bool)

    def absorb(self, scrape: Scrape) -> None:
        """One scrape more; see `tally.absorb`."""
        if self._of and self._share > 0.0:
            self._enter((scrape.requests > 0) & (self._promise == 0.0))
            self._forecast(self._promise > 0.0)
        is_watched = self._promise > 0.0
        if self._share >= 1.0:
            self._alone = self._alone + scrape.requests * is_watched
            self._alone_errors = self._alone_errors + scrape.errors * is_watched
        else:
            self._compare(scrape, is_watched)
        self._stable = self._stable + scrape.stable_requests
        self._stable_errors = self._stable_errors + scrape.stable_errors
        self._seen = self._seen + scrape.requests + scrape.stable_requests
        self._seconds += scrape.seconds
        self._bad = self._bad + (scrape.errors > 0)

    def looks(self, alpha: float) -> Looks:
        """What every run's comparison says now."""
        import numpy as np

        errors, total, mean = self._alone_now() if self._share >= 1.0 else self._with_open()
        end = self._before + self._planned
        steep = arrays.steepness(self._planned)
        can = (self._bad >= BAD_SCRAPES_MIN) & (self._promise > 0.0) & (mean > 0.0)
        with np.errstate(divide="ignore"):
            spent = arrays.released(mean, end, steep) + np.log(self._promise)
        return Looks(errors, total, mean, arrays.thresholds(alpha, end, steep) + self._extra - spent, can)

    def _enter(self, entering: "Flags") -> None:
        """The candidate's first request in the stage, where it has one: its part of the promise counts."""
        import numpy as np

        if not entering.any():
            return
        parts = np.array([spending.part_of(order, self._of) for order in range(self._of)])
        extras = np.array([self._noise.extra(order) for order in range(self._of)])
        order = np.minimum(self._begun, self._of - 1)
        mean = (self._alone_now() if self._share >= 1.0 else self._with_open())[2]
        self._promise = np.where(entering, parts[order], self._promise)
        self._extra = np.where(entering, extras[order], self._extra)
        self._before = np.where(entering, mean, self._before)
        self._begun = self._begun + entering

    def _forecast(self, watched: "Flags") -> None:
        import numpy as np

        if self._seconds < FORECAST_SECONDS:
            return
        new = watched & ~self._is_forecast & (self._stable > 0)
        if not new.any():
            return
        rate = (self._stable_errors + 0.5) / (self._stable + 1.0)
        planned = self._seen / self._seconds * (self._share or SHARE_MIN) * rate * self._stay
        self._planned = np.where(new, np.maximum(spending.PLANNED_MIN, planned), self._planned)
        self._is_forecast = self._is_forecast | new

    def _compare(self, scrape: Scrape, watched: "Flags") -> None:
        import numpy as np

        new = np.stack((scrape.requests, scrape.errors, scrape.stable_requests, scrape.stable_errors))
        self._open = self._open + new * watched
        self._open_seconds = self._open_seconds + scrape.seconds * watched
        is_long = self._open_seconds >= self._noise.block_seconds
        self._close(is_long & (np.minimum(self._open[0], self._open[2]) >= BLOCK_REQUESTS))

    def _close(self, full: "Flags") -> None:
        import numpy as np

        errors, total, mean = self._with_open()
        self._errors = np.where(full, errors, self._errors)
        self._total = np.where(full, total, self._total)
        self._mean = np.where(full, mean, self._mean)
        self._open = np.where(full, 0.0, self._open)
        self._open_seconds = np.where(full, 0.0, self._open_seconds)

    def _with_open(self) -> tuple["Floats", "Floats", "Floats"]:
        import numpy as np

        requests, errors, stable, stable_errors = self._open
        both = (requests > 0) & (stable > 0)
        errors = arrays.capped(self._noise, self._open)
        part = requests / np.maximum(requests + stable, 1.0)
        total = (errors + stable_errors) * both
        return self._errors + errors * both, self._total + total, self._mean + total * part

    def _alone_now(self) -> tuple["Floats", "Floats", "Floats"]:
        """Since the candidate is alone, against the stable version's history."""
        import numpy as np

        weight = self._alone * HISTORY_DRIFT
        total = self._alone_errors + self._stable_errors
        return self._alone_errors, total, total * weight / np.maximum(weight + self._stable, 1.0)
