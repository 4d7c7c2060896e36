"""From windows of a service at rest to what a rollout's comparison of latency needs, and to words for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.analysis.aa import is_lasting, is_worse
from shipway.analysis.bounds import TARGETS
from shipway.analysis.calibration import WINDOWS_MIN, Dispersion, Stage
from shipway.analysis.latency_calibration import (
    SlowHistory,
    calibrated_latency,
    is_clustered,
    most_dispersed,
)
from shipway.analysis.latency_lockstep import CELLS
from shipway.model.aa_window import HALF, ONE, REST
from shipway.model.latency_noise import LatencyNoise
from shipway.model.slow_window import SlowLevel, SlowWindow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STAY_SECONDS_MAX = 1800.0
"""Longer stages are replayed for so long, as long as a window is: ten seconds of one core for five of them."""
MINUTE_SECONDS = 60.0
BROKEN_KIND = 1
"""An arm that is slower by a quarter for minutes on end is broken, not noisy."""
ARMS = (((ONE,), (HALF, REST)), ((ONE, HALF), (REST,)))


class KnownLatency(Struct, frozen=True, kw_only=True):
    """What a service's windows say of its latency."""

    histories: tuple[SlowHistory, ...] = ()
    windows: int = 0
    clustering: Dispersion = Dispersion(1.0, 0.0)

    @property
    def is_enough(self) -> bool:
        """Whether anything can be learnt."""
        return bool(self.histories)

    @property
    def is_noisy(self) -> bool:
        """Whether slow requests cluster more than by chance."""
        return is_clustered(self.clustering)

    @property
    def sentence(self) -> str:
        """For people, after what is said of errors."""
        if not self.windows:
            return "latency not calibrated: the metrics do not time each replica by itself"
        if not self.is_enough:
            return f"latency not calibrated: {self.windows} of {WINDOWS_MIN} windows have it"
        if not self.is_noisy:
            return "slow requests come no more clustered than by chance"
        return f"slow requests {self.clustering.value:.1f} times as clustered as chance"


def known_latency(windows: Sequence[SlowWindow]) -> KnownLatency:
    """From windows in order of time; those in which one arm was plainly slower for minutes are left out."""
    sound = [window for window in windows if not is_broken(window)]
    targets = _targets(sound)
    if len(sound) < WINDOWS_MIN or not targets:
        return KnownLatency(windows=len(sound))
    found = tuple(_history(sound, targets, arms) for arms in ARMS if _has_other_half(sound) or arms == ARMS[0])
    dispersed = [most_dispersed(history) for history in found]
    clustering = max(dispersed, key=lambda one: (is_clustered(one), one.value))
    return KnownLatency(histories=found, windows=len(sound), clustering=clustering)


def latency_noise_of(known: KnownLatency, stages: Sequence[Stage], *, alpha: float) -> LatencyNoise:
    """What the comparison needs over these stages; seconds of one core."""
    replayed = [Stage(stage.share, min(stage.stay_seconds, STAY_SECONDS_MAX)) for stage in stages]
    return calibrated_latency(known.histories, replayed, alpha=alpha)


def _has_other_half(windows: Sequence[SlowWindow]) -> bool:
    return any(any(window.timed[HALF]) for window in windows)


def _targets(windows: Sequence[SlowWindow]) -> list[float]:
    """Those levels that enough windows have; a window without one of them has nothing slow there."""
    times = {target: sum(_at(window, target) is not None for window in windows) for target in TARGETS}
    return [target for target in TARGETS if times[target] >= WINDOWS_MIN]


def _at(window: SlowWindow, target: float) -> SlowLevel | None:
    return next((level for level in window.levels if level.target == target), None)


def _history(
    windows: Sequence[SlowWindow], targets: Sequence[float], arms: tuple[tuple[int, ...], tuple[int, ...]]
) -> SlowHistory:
    import numpy as np

    one, other = (list(groups) for groups in arms)
    timed = np.array([window.timed for window in windows], float).transpose(1, 2, 0)
    mine, theirs = timed[one].sum(axis=0), timed[other].sum(axis=0)
    slow = np.stack([_slow(window, targets, one) for window in windows], axis=-1)
    stable = np.stack([_slow(window, targets, other)[::CELLS] for window in windows], axis=-1)
    return SlowHistory(
        share=float(mine.sum() / (mine.sum() + theirs.sum())),
        step_seconds=windows[0].bin_seconds,
        shares=np.maximum((slow[::CELLS] + stable).sum(axis=(1, 2)) / timed.sum(), 1e-6),
        requests=mine,
        slow=slow,
        stable_requests=theirs,
        stable_slow=stable,
    )


def _slow(window: SlowWindow, targets: Sequence[float], groups: Sequence[int]) -> "Floats":
    """Of some groups together, by cell and bin."""
    import numpy as np

    counts = np.array(window.slow, float)[:, groups].sum(axis=1)
    nothing = np.zeros(counts.shape[1])
    places = [place for target in targets for place in _places(window, target)]
    return np.stack([nothing if place is None else counts[place] for place in places])


def _places(window: SlowWindow, target: float) -> tuple[int | None, ...]:
    level = _at(window, target)
    return (None,) * CELLS if level is None else level.worse


def is_broken(window: SlowWindow) -> bool:
    """Whether one replica, or a half of them, was plainly slower than the others for minutes on end."""
    import numpy as np

    each = max(1, round(MINUTE_SECONDS / window.bin_seconds))
    counts = np.array([window.timed, *window.slow], float)
    minutes = counts[:, :, : counts.shape[2] // each * each].reshape(*counts.shape[:2], -1, each).sum(axis=3)
    timed, slow = minutes[0], minutes[1:]
    return any(
        is_lasting(is_worse(_arm(timed, slow[worse], a), _arm(timed, slow[level.stable], b), times=1.0))
        for level in window.levels
        if (worse := level.worse[BROKEN_KIND]) is not None
        for arms in ARMS
        for a, b in _both_ways(arms)
    )


def _arm(timed: "Floats", slow: "Floats", groups: list[int]) -> "Floats":
    import numpy as np

    return np.stack((timed[groups].sum(axis=0), slow[groups].sum(axis=0)))


def _both_ways(arms: tuple[tuple[int, ...], tuple[int, ...]]) -> list[tuple[list[int], list[int]]]:
    one, other = (list(groups) for groups in arms)
    return [(one, other), (other, one)]
