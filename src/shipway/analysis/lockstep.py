"""Many runs at once: what `tally` and `comparison` do for one, over arrays with one place for each run.

For all that needs thousands of runs: the measured rate of false take-backs, and replays of a service's own
history. All runs are scraped at the same instants; everything else may differ between them.
"""

import math
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import arrays, late, spending
from shipway.analysis.comparison import BAD_SCRAPES_MIN
from shipway.analysis.lasting import BESIDE, RISE
from shipway.analysis.lasting_arrays import LastingRuns
from shipway.analysis.tally import BLOCK_REQUESTS, FORECAST_SECONDS, HISTORY_DRIFT, SHARE_MIN, UNKNOWN_PLANNED
from shipway.model.noise import QUIET, Noise

if TYPE_CHECKING:
    from shipway.analysis.arrays import Flags, Floats

    Sums = tuple[Floats, Floats, Floats, Floats]


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

    def raised(self, nats: "Floats") -> "Looks":
        """With a higher bar."""
        return replace(self, bar=self.bar + nats)

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
        self._errors = self._total = self._mean = self._requests = zero
        self._open, self._open_seconds = np.zeros((4, runs)), np.zeros(runs)
        self._alone = self._alone_errors = self._stable = self._stable_errors = self._seen = zero
        self._bad, self._begun = zero, np.zeros(runs, int)
        self._of, self._share, self._stay = 1, 0.0, 1.0
        self._extra = self._stage_seconds = self._last = zero
        self._starts = np.zeros((late.KEPT, 8, runs))
        self._planned, self._before, self._promise = np.full(runs, UNKNOWN_PLANNED), zero, zero
        self._planned_requests = self._requests_before = zero
        self._is_forecast = np.zeros(runs, bool)
        self._drift, self._lasting = HISTORY_DRIFT if noise.is_learnt else RISE, LastingRuns(runs)

    def begin_stage(self, *, of: int, share: float, stay_seconds: float) -> None:
        """The next stage of `of`; see `tally.begin_stage`."""
        import numpy as np

        self._close(np.ones(self._runs, bool))
        self._of, self._share, self._stay = of, share, max(stay_seconds, 1.0)
        self._planned = np.full(self._runs, UNKNOWN_PLANNED)
        self._planned_requests = np.ones(self._runs)
        self._promise, self._starts = np.zeros(self._runs), np.zeros_like(self._starts)
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
        self._last_longer(scrape, is_watched)
        self._seen = self._seen + scrape.requests + scrape.stable_requests
        self._seconds += scrape.seconds
        self._bad = self._bad + (scrape.errors > 0)
        self._stage_seconds = self._stage_seconds + scrape.seconds * is_watched
        self._start()

    def excesses(self, alpha: float, *, least: float = -math.inf) -> "Floats":
        """How far each run's most telling comparison is over its threshold; see `Comparison.excess`."""
        import numpy as np

        if self._share < 1.0:
            return self.excesses_of_score(alpha, least=least)
        if not self._noise.is_learnt:
            return self.excesses_of_lasting(alpha, least=least)
        scores = self.excesses_of_score((1.0 - BESIDE) * alpha, least=least)
        return np.maximum(scores, self.excesses_of_lasting(BESIDE * alpha, least=least))

    def excesses_of_score(self, alpha: float, *, least: float = -math.inf) -> "Floats":
        """Of the score alone, where harm need not last; see `Looks.excesses`."""
        return self._most(alpha, self._drift, least)

    def excesses_of_lasting(self, alpha: float, *, least: float = -math.inf) -> "Floats":
        """Of a candidate that is alone, by harm that lasts."""
        import numpy as np

        with np.errstate(divide="ignore"):
            bar = self._noise.lasting_nats - np.log(self._promise) - math.log(alpha)
        lasting = self._lasting.nats() - bar
        if not (lasting >= least).any():
            return np.full(self._runs, -math.inf)
        return np.minimum(self._most(alpha, RISE, least), lasting)

    def _most(self, alpha: float, drift: float, least: float) -> "Floats":
        import numpy as np

        found = self._looks_of(alpha, drift).excesses(least=least)
        for start in self._starts:
            if start[7].any():
                found = np.maximum(found, self._looks_since(start, alpha, drift).excesses(least=least))
        return found

    def looks(self, alpha: float) -> Looks:
        """What every run's comparison from the beginning says now."""
        return self._looks_of(alpha, self._drift)

    def _looks_of(self, alpha: float, drift: float) -> Looks:
        import numpy as np

        sums = self._alone_now(drift) if self._share >= 1.0 else self._with_open()
        share = np.where(self._starts[0, 7] > 0.0, late.REST, 1.0)
        ends = self._before + self._planned, self._requests_before + self._planned_requests
        can = (self._bad >= BAD_SCRAPES_MIN) & (self._promise > 0.0) & (sums[2] > 0.0)
        plan = (self._planned, *ends, self._promise * share)
        return self._looks(alpha, sums, plan, can).raised(self._raised(drift))

    def _raised(self, drift: float) -> "Floats":
        """What was learnt of bursts; a score that may have risen more is told as if nothing had been."""
        return self._extra * (drift == self._drift)

    def _looks_since(self, start: "Floats", alpha: float, drift: float) -> Looks:
        """Each run since its late start; see `comparison.most_telling`."""
        import numpy as np

        sums = self._alone_now(drift, start) if self._share >= 1.0 else self._with_open()
        errors, total, mean, requests = sums
        if self._share < 1.0:
            errors, total, mean = errors - start[0], total - start[1], mean - start[2]
            requests = requests - start[3]
        life = late.life(self._stay)
        planned = np.maximum(spending.PLANNED_MIN, self._planned * life)
        can = (self._bad - start[6] >= BAD_SCRAPES_MIN) & (start[7] > 0.0) & (mean > 0.0)
        plan = (planned, planned, self._planned_requests * life, start[7])
        found = self._looks(alpha, (errors, total, np.maximum(mean, 0.0), requests), plan, can)
        return found.raised(self._raised(drift))

    def _looks(self, alpha: float, sums: "Sums", plan: "Sums", can: "Flags") -> Looks:
        """`plan`: errors of the stage, errors and requests at its end, and its part of the promise."""
        import numpy as np

        (errors, total, mean, requests), (planned, end, requests_end, promise) = sums, plan
        gathered, gathered_end = (
            np.where(self._is_forecast, by_request, by_error)
            for by_request, by_error in ((requests, mean), (requests_end, end))
        )
        with np.errstate(divide="ignore"):
            spent = arrays.released(gathered, gathered_end, arrays.early(planned)) + np.log(promise)
        bar = arrays.thresholds(alpha, np.maximum(mean, end), planned) - spent
        return Looks(errors, total, mean, bar, can)

    def _start(self) -> None:
        """A late start of each run where one is due."""
        import numpy as np

        is_old = self._stage_seconds - self._last >= late.period_seconds(self._stay)
        is_watched = self._is_forecast & (self._planned > late.WATCHED_MIN) & (self._promise > 0.0)
        due = is_old & is_watched & (self._open_seconds == 0.0)
        if not due.any():
            return
        parts = np.array([late.part_of(seconds, self._stay) for seconds in self._stage_seconds[due]])
        compared = (self._errors, self._total, self._mean, self._requests)
        sums = (*compared, self._alone, self._alone_errors, self._bad, self._promise)
        new = np.stack([counts[due] for counts in sums])
        new[7] *= parts
        self._starts[:, :, due] = np.concatenate((new[None], self._starts[:-1, :, due]))
        self._last = np.where(due, self._stage_seconds, self._last)

    def _enter(self, entering: "Flags") -> None:
        """The candidate's first request in the stage, where it has one: its part of the promise counts."""
        import numpy as np

        if not entering.any():
            return
        parts = np.array([spending.part_of(order, self._of) for order in range(self._of)])
        extras = np.array([self._noise.extra(order) for order in range(self._of)])
        order = np.minimum(self._begun, self._of - 1)
        _, _, mean, requests = self._alone_now(self._drift) if self._share >= 1.0 else self._with_open()
        self._promise = np.where(entering, parts[order], self._promise)
        self._extra = np.where(entering, extras[order], self._extra)
        self._before = np.where(entering, mean, self._before)
        self._requests_before = np.where(entering, requests, self._requests_before)
        self._stage_seconds = np.where(entering, 0.0, self._stage_seconds)
        self._last = np.where(entering, 0.0, self._last)
        self._begun = self._begun + entering

    def _forecast(self, watched: "Flags") -> None:
        import numpy as np

        if self._seconds < FORECAST_SECONDS:
            return
        new = watched & ~self._is_forecast & (self._stable > 0)
        if not new.any():
            return
        rate = (self._stable_errors + 0.5) / (self._stable + 1.0)
        requests = self._seen / self._seconds * (self._share or SHARE_MIN) * self._stay
        self._planned = np.where(new, np.maximum(spending.PLANNED_MIN, requests * rate), self._planned)
        self._planned_requests = np.where(new, np.maximum(1.0, requests), self._planned_requests)
        self._is_forecast = self._is_forecast | new

    def _compare(self, scrape: Scrape, watched: "Flags") -> None:
        import numpy as np

        new = np.stack((scrape.requests, scrape.errors, scrape.stable_requests, scrape.stable_errors))
        self._open = self._open + new * watched
        self._open_seconds = self._open_seconds + scrape.seconds * watched
        is_long = self._open_seconds >= self._noise.block_seconds
        self._close(is_long & (np.minimum(self._open[0], self._open[2]) >= BLOCK_REQUESTS))

    def _last_longer(self, scrape: Scrape, watched: "Flags") -> None:
        if self._share < 1.0:
            return
        asked = (watched & (self._stable > 0)).astype(float)
        history = (self._stable, self._stable_errors)
        self._lasting.absorb(scrape.requests * asked, scrape.errors * asked, scrape.seconds * asked, history)

    def _close(self, full: "Flags") -> None:
        import numpy as np

        errors, total, mean, requests = self._with_open()
        self._requests = np.where(full, requests, self._requests)
        self._errors = np.where(full, errors, self._errors)
        self._total = np.where(full, total, self._total)
        self._mean = np.where(full, mean, self._mean)
        self._open = np.where(full, 0.0, self._open)
        self._open_seconds = np.where(full, 0.0, self._open_seconds)

    def _with_open(self) -> "Sums":
        import numpy as np

        requests, errors, stable, stable_errors = self._open
        both = (requests > 0) & (stable > 0)
        errors = arrays.capped(self._noise, self._open)
        part = requests / np.maximum(requests + stable, 1.0)
        total = (errors + stable_errors) * both
        mean, seen = self._mean + total * part, self._requests + requests * both
        return self._errors + errors * both, self._total + total, mean, seen

    def _alone_now(self, drift: float, start: "Floats | None" = None) -> "Sums":
        """Since the candidate is alone, or since a start, against the stable version's history."""
        import numpy as np

        before, bad_before = (0.0, 0.0) if start is None else (start[4], start[5])
        requests, errors = self._alone - before, self._alone_errors - bad_before
        total, weight = errors + self._stable_errors, requests * drift
        return errors, total, total * weight / np.maximum(weight + self._stable, 1.0), requests
