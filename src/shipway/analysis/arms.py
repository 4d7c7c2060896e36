"""What one version answered since the run began, and the instants from which the absolute limits are tested."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.model.sample import Window

RESTARTS_PER_STAY = 16
RESTART_SECONDS_MIN, RESTART_SECONDS_MAX = 30.0, 300.0
"""How often a test of the absolute limits starts anew, so that a late breach need not outweigh a good past."""


class Arm(Struct, frozen=True, kw_only=True, array_like=True):
    """One version's requests since the run began."""

    requests: int = 0
    errors: int = 0
    timed: int = 0
    """Requests in the latency histogram, which may lag behind the counters."""
    buckets: tuple[int, ...] = ()
    """Cumulative by upper bound."""
    bounds_seconds: tuple[float, ...] = ()
    layouts: int = 0
    """How often the bounds changed; latency before a change is not comparable and is left out."""


class Epoch(Struct, frozen=True, kw_only=True, array_like=True):
    """An instant of the run, with both versions as they were."""

    at: float
    seconds: float
    """Into its stage."""
    wealth: float
    """Its part of the promise; those of a run sum to 1 or less."""
    candidate: Arm
    stable: Arm
    """Both without bounds, which the present arms have; the same `layouts` means the same bounds."""


class Epochs(Struct, frozen=True, kw_only=True):
    """The few starting points that are kept; letting one go only forgets."""

    run: Epoch | None = None
    stage: Epoch | None = None
    rolling: tuple[Epoch, ...] = ()

    def all(self) -> tuple[Epoch, ...]:
        """Every one, oldest first."""
        return tuple(epoch for epoch in (self.run, self.stage, *self.rolling) if epoch is not None)


def grown(arm: Arm, window: Window | None) -> Arm:
    """The arm with one more scrape in it."""
    if window is None:
        return arm
    if not window.bounds_seconds:
        return replace(arm, requests=arm.requests + window.requests, errors=arm.errors + window.errors)
    is_same = window.bounds_seconds == arm.bounds_seconds
    timed = window.requests if window.timed is None else window.timed
    return Arm(
        requests=arm.requests + window.requests,
        errors=arm.errors + window.errors,
        timed=timed + (arm.timed if is_same else 0),
        buckets=tuple(map(int.__add__, arm.buckets, window.buckets)) if is_same else window.buckets,
        bounds_seconds=window.bounds_seconds,
        layouts=arm.layouts if is_same else arm.layouts + 1,
    )


def without_bounds(arm: Arm) -> Arm:
    """The arm as epochs keep it."""
    return replace(arm, bounds_seconds=())


def entered(epochs: Epochs, epoch: Epoch) -> Epochs:
    """A stage begins: half of its promise starts here."""
    return Epochs(run=epochs.run or epoch, stage=epoch if epochs.run else None)


def restarted(epochs: Epochs, epoch: Epoch) -> Epochs:
    """One more start inside a stage; two of them are kept, so that one always has some past."""
    return replace(epochs, rolling=(*epochs.rolling[-1:], epoch))


def restart_seconds(stay_seconds: float) -> float:
    """Between two starts inside a stage."""
    return min(RESTART_SECONDS_MAX, max(RESTART_SECONDS_MIN, stay_seconds / RESTARTS_PER_STAY))


def restart_wealth(seconds: float, stay_seconds: float, promise: float) -> float:
    """What a start so far into a stage gets: a quarter of the promise over the stay, a quarter after it."""
    over = max(1.0, seconds / stay_seconds)
    return 0.25 * promise * min(1.0, restart_seconds(stay_seconds) / stay_seconds) / (over * over)
