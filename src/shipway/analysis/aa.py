"""From A/A windows of a service at rest to what a rollout's comparison of errors needs, and to a sentence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.analysis.calibration import (
    WINDOWS_MIN,
    Dispersion,
    History,
    Stage,
    calibrated_noise,
    dispersion,
)
from shipway.model.aa_window import HALF, ONE, REST, AAWindow
from shipway.model.noise import Noise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MINUTE_SECONDS = 60.0
LASTING_MINUTES = 5
"""An arm that is worse for so many minutes on end is broken, not noisy."""
BROKEN_TIMES, BROKEN_SURPRISE = 2.0, 4.6
"""Worse: twice as often as the other arm, which chance gives in one minute of a hundred."""
STAY_SECONDS_MAX = 7200.0
"""Longer stages are replayed for so long: scores are relative to the stage, and so change little beyond."""
DAY_SECONDS = 86_400.0

Arms = tuple[tuple[int, ...], tuple[int, ...]]
"""The groups of the one arm, and of the other."""


class Known(Struct, frozen=True, kw_only=True):
    """What a service's windows are good for."""

    histories: tuple[History, ...] = ()
    windows: int = 0
    days: float = 0.0
    """Since the first of them began."""
    broken: int = 0
    """Windows that are not used, because one arm was broken."""
    clustering: Dispersion = Dispersion(1.0, 0.0)
    """Of the history that shows the most of it."""

    @property
    def is_enough(self) -> bool:
        """Whether anything can be learnt."""
        return self.windows >= WINDOWS_MIN

    def sentence(self, *, lacks: str = "") -> str:
        """For people; `lacks` says why no more is known."""
        if not self.is_enough:
            why = f": {lacks}" if lacks else ""
            return f"not calibrated: {self.windows} of {WINDOWS_MIN} windows of the service at rest are known{why}"
        return (
            f"calibrated on {self.windows} windows of the last {_days(self.days)}: errors come {self._clustered}"
        )

    @property
    def _clustered(self) -> str:
        if not self.clustering.is_noisy:
            return "no more clustered than by chance"
        return f"{self.clustering.value:.1f} times as clustered as chance"


def _days(days: float) -> str:
    return "day" if days < 1.5 else f"{days:.0f} days"


def known(windows: Sequence[AAWindow], *, now: float) -> Known:
    """From windows in order of time; those in which one arm was broken are left out."""
    sound = [window for window in windows if not is_broken(window)]
    if len(sound) < WINDOWS_MIN:
        return Known(windows=len(sound), broken=len(windows) - len(sound))
    found = tuple(_histories(sound))
    return Known(
        histories=found,
        windows=len(sound),
        days=(now - sound[0].start) / DAY_SECONDS,
        broken=len(windows) - len(sound),
        clustering=max(map(dispersion, found), key=lambda one: (one.is_noisy, one.value)),
    )


def noise_of(known: Known, stages: Sequence[Stage], *, alpha: float) -> Noise:
    """What the comparison needs over these stages; seconds of one core."""
    replayed = [Stage(stage.share, min(stage.stay_seconds, STAY_SECONDS_MAX)) for stage in stages]
    return calibrated_noise(known.histories, replayed, alpha=alpha)


def is_broken(window: AAWindow) -> bool:
    """Whether one replica, or a half of them, was plainly worse than the others for minutes on end."""
    import numpy as np

    each = max(1, round(MINUTE_SECONDS / window.bin_seconds))
    counts = np.array([window.requests, window.errors], float)
    if not counts[1].any():
        return False
    minutes = counts[:, :, : counts.shape[2] // each * each].reshape(2, 3, -1, each).sum(axis=3)
    one, half, rest = (minutes[:, group] for group in (ONE, HALF, REST))
    pairs = ((one, half + rest), (one + half, rest))
    return any(is_lasting(is_worse(*pair)) or is_lasting(is_worse(*pair[::-1])) for pair in pairs)


def is_worse(arm: "Floats", other: "Floats", *, times: float = BROKEN_TIMES) -> "NDArray[np.bool_]":
    """By minute: at least `times` as often, and no chance. Arms are requests, and the bad ones of them."""
    import numpy as np

    from shipway.analysis import arrays

    (requests, errors), (others, other_errors) = arm, other
    both = errors + other_errors
    mean = both * requests / np.maximum(requests + others, 1.0)
    is_double = errors * others >= times * other_errors * requests
    worse = np.zeros(len(errors), bool)
    at = np.flatnonzero(is_double & (errors > mean) & (mean > 0.0))
    worse[at] = arrays.surprises(errors[at], both[at], mean[at]) >= BROKEN_SURPRISE
    return worse


def is_lasting(minutes: "NDArray[np.bool_]") -> bool:
    """Whether that is so for `LASTING_MINUTES` on end."""
    length = 0
    for is_worse in minutes:
        length = length + 1 if is_worse else 0
        if length >= LASTING_MINUTES:
            return True
    return False


def _histories(windows: Sequence[AAWindow]) -> list[History]:
    """One replica against the others, and a half against the other half where that is something else."""
    import numpy as np

    requests = np.array([window.requests for window in windows], float).transpose(1, 2, 0)
    errors = np.array([window.errors for window in windows], float).transpose(1, 2, 0)
    arms: list[Arms] = [((ONE,), (HALF, REST))]
    if requests[HALF].any():
        arms.append(((ONE, HALF), (REST,)))
    return [_history(requests, errors, arm, windows[0].bin_seconds) for arm in arms]


def _history(requests: "Floats", errors: "Floats", arms: Arms, step: float) -> History:
    one, other = (list(groups) for groups in arms)
    mine, theirs = requests[one].sum(axis=0), requests[other].sum(axis=0)
    return History(
        share=float(mine.sum() / (mine.sum() + theirs.sum())),
        step_seconds=step,
        requests=mine,
        errors=errors[one].sum(axis=0),
        stable_requests=theirs,
        stable_errors=errors[other].sum(axis=0),
    )
