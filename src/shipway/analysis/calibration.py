"""Learns from a service's own past how its errors cluster, so that the promise holds there too.

The past is windows in which some replicas of the stable version are taken as one arm and the rest as the other:
both equal, whatever they did. Rollouts are made of such windows, the one arm thinned to each stage's share, and
judged by the very rule; its thresholds are raised until that takes back no more of them than promised.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import spending
from shipway.analysis.lasting import BESIDE
from shipway.analysis.lockstep import Lockstep, Scrape
from shipway.model.noise import INDEPENDENT, QUIET, Noise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Random = np.random.Generator

WINDOWS_MIN = 100
"""Fewer windows say too little about what is rare."""
BLOCK_SECONDS = 60.0
NOISY_ERRORS = 1.5
"""Errors cluster where their dispersion exceeds 1 by more than so many standard errors."""
TRIED = (Noise(), Noise(sigmas=2.0, block_seconds=10.0), Noise(sigmas=3.0, block_seconds=10.0))
"""What a block may count, …"""
BAD_TIMES, QUICK_TIMES = 5.0, 1.1
"""… of which one is taken that finds a bad candidate about as soon as any, and raises thresholds the least."""
TRIAL_RUNS, BAD_RUNS, RUNS, CHUNK_RUNS = 1000, 200, 4000, 1000
SEED = 1
LEARN_SECONDS = 60.0
LEAST_NATS = 0.0
TAIL_THINNED, TAIL_WHOLE = 0.01, 0.2
"""The part of the highest scores to which the tail is fitted: many thinned copies of a window differ, whole
windows are seen again and again. On a dense stream thinned copies are nearly the window, so both are asked."""
CAUTION = 1.0 + 1.65 / math.sqrt(60.0)
"""The fitted slope is taken at the upper end of what 60 windows allow."""


class History(Struct, frozen=True, kw_only=True):
    """Windows of equal length of the stable version; arrays are by scrape and window."""

    share: float
    """The one arm's part of the requests, over all windows."""
    step_seconds: float
    requests: "Floats"
    errors: "Floats"
    stable_requests: "Floats"
    stable_errors: "Floats"

    @property
    def windows(self) -> int:
        """How many there are."""
        return int(self.requests.shape[1])


class Stage(Struct, frozen=True):
    """What of a plan's stage matters here."""

    share: float
    stay_seconds: float


class Dispersion(Struct, frozen=True):
    """How much more one arm's errors vary, given those of both, than independent ones would; 1 if not at all."""

    value: float
    error: float

    @property
    def is_noisy(self) -> bool:
        """Whether that is more than chance explains."""
        return self.value > 1.0 + NOISY_ERRORS * self.error


def dispersion(history: History) -> Dispersion:
    """Over blocks of a minute, where bursts show; McCullagh and Nelder, Generalized Linear Models, 4.5."""
    import numpy as np

    requests, errors, stable, stable_errors = _by_block(history)
    part = requests / np.maximum(requests + stable, 1.0)
    total = errors + stable_errors
    variance = total * part * (1.0 - part)
    if not variance.sum():
        return Dispersion(1.0, math.inf)
    value = float(((errors - total * part) ** 2).sum() / variance.sum())
    return Dispersion(value, math.sqrt((2.0 + 1.0 / float(variance.mean())) / variance.size))


def _by_block(history: History) -> list["Floats"]:
    each = max(1, round(BLOCK_SECONDS / history.step_seconds))
    rows = len(history.requests) // each * each
    return [
        counts[:rows].reshape(-1, each, history.windows).sum(axis=1)
        for counts in (history.requests, history.errors, history.stable_requests, history.stable_errors)
    ]


def calibrated_noise(
    histories: Sequence[History], stages: Sequence[Stage], *, alpha: float, tried: Sequence[Noise] = TRIED
) -> Noise:
    """What the comparison of a rollout needs so that at most `alpha` of equal candidates are taken back.

    `histories` differ in their arms' share; each stage takes the one with the least share that is enough.
    Of `tried` only what a block leaves out matters; the thresholds are found. Blocks shorter than the histories'
    scrapes cannot be replayed, and are not tried. Nothing changes where no history has `WINDOWS_MIN` windows.
    Where one arm's errors do not cluster, only those stages are calibrated in which the candidate is alone: there
    what hits both versions alike shows too.
    """
    import numpy as np

    known = [history for history in histories if history.windows >= WINDOWS_MIN]
    if not known:
        return QUIET
    replay = Replay(known, stages, alpha=alpha)
    if not any(dispersion(history).is_noisy for history in known):
        return replay.raised_alone(runs=RUNS, random=np.random.default_rng(SEED))
    shortest = max(history.step_seconds for history in known)
    able = [noise for noise in tried if noise.sigmas is None or noise.block_seconds >= shortest]
    trials = [replay.raised(noise, runs=TRIAL_RUNS, random=np.random.default_rng(SEED)) for noise in able]
    seconds = [replay.seconds(noise, random=np.random.default_rng(SEED + 1)) for noise in trials]
    quick = [noise for noise, took in zip(trials, seconds, strict=True) if took <= QUICK_TIMES * min(seconds)]
    best = min(quick, key=lambda noise: max(noise.extra_nats))
    return replay.raised(best, runs=RUNS, random=np.random.default_rng(SEED + 2))


class Replay:
    """Rollouts made of recorded windows."""

    def __init__(self, histories: Sequence[History], stages: Sequence[Stage], *, alpha: float) -> None:
        self._histories = sorted(histories, key=lambda history: history.share)
        self._stages, self._alpha = stages, alpha

    def raised(self, noise: Noise, *, runs: int, random: "Random") -> Noise:
        """This noise, with each stage's threshold where equal candidates reach it as seldom as promised."""
        import numpy as np

        chunks = range(0, runs, CHUNK_RUNS)
        plain = replace(noise, extra_nats=(), lasting_nats=0.0, is_learnt=True)
        peaks = np.concatenate([self._peaks(plain, min(CHUNK_RUNS, runs), random) for _ in chunks], axis=2)
        extra = tuple(self._extra(order, highest) for order, highest in enumerate(peaks[0]))
        lasting = max(self._lasting(order, highest) for order, highest in enumerate(peaks[1]))
        return replace(plain, extra_nats=extra, lasting_nats=lasting)

    def raised_alone(self, *, runs: int, random: "Random") -> Noise:
        """Independent errors, with the thresholds of those stages raised in which the candidate is alone."""
        is_alone = [stage.share >= 1.0 for stage in self._stages]
        if not any(is_alone):
            return INDEPENDENT
        found = self.raised(INDEPENDENT, runs=runs, random=random)
        alone = tuple(nats if alone else 0.0 for nats, alone in zip(found.extra_nats, is_alone, strict=True))
        return replace(found, extra_nats=alone if any(alone) else ())

    def seconds(self, noise: Noise, *, random: "Random") -> float:
        """How long it takes on average to find a candidate that fails `BAD_TIMES` as often."""
        import numpy as np

        lockstep, spent, is_found = Lockstep(BAD_RUNS, noise), np.zeros(BAD_RUNS), np.zeros(BAD_RUNS, bool)
        for order, scrape in self._scrapes(BAD_RUNS, random, lockstep, times=BAD_TIMES):
            lockstep.absorb(scrape)
            if order >= 0:
                spent = spent + scrape.seconds * ~is_found
                is_found = is_found | (lockstep.excesses(self._alpha, least=0.0) >= 0.0)
            if is_found.all():
                break
        return float(spent.mean())

    def _peaks(self, noise: Noise, runs: int, random: "Random") -> "Floats":
        """The highest score of each stage and run, without what looks and the stage's part of the promise add; and
        the same of harm that lasts."""
        import numpy as np

        lockstep, found = Lockstep(runs, noise), np.full((2, len(self._stages), runs), LEAST_NATS)
        for order, scrape in self._scrapes(runs, random, lockstep):
            lockstep.absorb(scrape)
            if order >= 0:
                now = lockstep.excesses_of_score(1.0, least=LEAST_NATS)
                found[0, order] = np.maximum(found[0, order], now)
            if order >= 0 and self._stages[order].share >= 1.0:
                now = lockstep.excesses_of_lasting(1.0, least=LEAST_NATS)
                found[1, order] = np.maximum(found[1, order], now)
        return found

    def _extra(self, order: int, peaks: "Floats") -> float:
        """The higher of what the thinned copies and the whole windows say of it."""
        share = self._stages[order].share
        alpha = self._alpha * (1.0 - BESIDE) if share >= 1.0 else self._alpha
        is_thinned = share < self._history(share).share
        parts = (TAIL_THINNED, TAIL_WHOLE) if is_thinned else (TAIL_WHOLE,)
        return max(self._raise(order, peaks, part, alpha) for part in parts)

    def _lasting(self, order: int, peaks: "Floats") -> float:
        return self._raise(order, peaks, TAIL_WHOLE, self._alpha * BESIDE)

    def _raise(self, order: int, peaks: "Floats", part: float, alpha: float) -> float:
        """What a stage's threshold must be higher by, so that its part of `alpha` is reached no more often."""
        highest = reached(peaks, part, alpha * spending.part_of(order, len(self._stages)))
        return max(0.0, highest - math.log(1.0 / alpha))

    def _scrapes(
        self, runs: int, random: "Random", lockstep: Lockstep, *, times: float = 1.0
    ) -> Iterator[tuple[int, Scrape]]:
        """Order of the stage (-1 before the first) and scrape; `lockstep` begins each stage before its first."""
        yield from ((-1, scrape) for scrape in self._drawn(Stage(0.0, LEARN_SECONDS), runs, random, times))
        for order, stage in enumerate(self._stages):
            lockstep.begin_stage(of=len(self._stages), share=stage.share, stay_seconds=stage.stay_seconds)
            yield from ((order, scrape) for scrape in self._drawn(stage, runs, random, times))

    def _drawn(self, stage: Stage, runs: int, random: "Random", times: float) -> Iterator[Scrape]:
        """One stage of every run, from windows drawn with replacement."""
        history = self._history(stage.share)
        length, step = len(history.requests), history.step_seconds
        keep = _kept_parts(history, stage)
        for row in range(max(1, round(stage.stay_seconds / step))):
            if row % length == 0:
                chosen = random.integers(history.windows, size=runs)
            yield _thinned(history, row % length, chosen, (keep[chosen], times, stage.share >= 1.0), random)

    def _history(self, share: float) -> History:
        if share >= 1.0:
            return self._histories[0]
        enough = (history for history in self._histories if history.share >= share)
        return next(enough, self._histories[-1])


def _kept_parts(history: History, stage: Stage) -> "Floats":
    """Of each window's one arm, the part that leaves it with the stage's share; all where it has less."""
    import numpy as np

    requests, stable = history.requests.sum(axis=0), history.stable_requests.sum(axis=0)
    wanted = stable * stage.share / max(1.0 - stage.share, 1e-9)
    found: Floats = np.minimum(1.0, wanted / np.maximum(requests, 1.0))
    return found


def _whole(requests: "Floats", errors: "Floats", share: float, random: "Random") -> tuple["Floats", "Floats"]:
    """One version alone: the larger arm, and a part of it twice instead of what the other had.

    The arms' sum would not do: what only one version suffers at a time it would halve.
    """
    again = min(1.0, share / (1.0 - share))
    good, bad = (random.binomial(counts.astype(int), again) for counts in (requests - errors, errors))
    return requests + good + bad, errors + bad


def reached(peaks: "Floats", part: float, alpha: float) -> float:
    """What `alpha` of all peaks reach: over a high threshold their tail is about exponential (Pickands, 1975)."""
    import numpy as np

    start = max(float(np.quantile(peaks, 1.0 - max(part, 2.0 * alpha))), LEAST_NATS)
    over = peaks[peaks > start] - start
    if not len(over):
        return 0.0
    return start + float(over.mean()) * CAUTION * math.log(max(len(over) / len(peaks) / alpha, 1.0))


def _thinned(
    history: History, row: int, chosen: "NDArray[np.int64]", kept: tuple["Floats", float, bool], random: "Random"
) -> Scrape:
    """One scrape; every request of a window's one arm is kept with the same probability, errors and all."""
    keep, times, is_alone = kept
    rows = (history.requests, history.errors, history.stable_requests, history.stable_errors)
    requests, errors, stable, stable_errors = (counts[row, chosen] for counts in rows)
    if is_alone:
        zero = 0.0 * stable
        requests, errors, stable, stable_errors = *_whole(stable, stable_errors, history.share, random), zero, zero
    good = random.binomial((requests - errors).astype(int), keep)
    bad = random.binomial(errors.astype(int), keep) if times == 1.0 else random.poisson(errors * keep * times)
    return Scrape((good + bad).astype(float), bad.astype(float), stable, stable_errors, history.step_seconds)
