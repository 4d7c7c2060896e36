"""A past release as it was counted: enough to judge it again. Times are seconds since it began."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET, Noise
from shipway.model.share import Share

GOOD, BAD = "good", "bad"


class Total(Struct, frozen=True, kw_only=True):
    """One version's counts since the recording began."""

    requests: int = 0
    errors: int = 0
    timed: int | None = None
    """Requests in the buckets' histogram; none: all."""
    buckets: tuple[int, ...] = ()
    """Cumulative by the recording's bounds."""


class Measured(Struct, frozen=True, array_like=True):
    """A metric's value, and what it is a part of where that is no count of requests."""

    value: float
    of: float | None = None


class RecordedLook(Struct, frozen=True, kw_only=True):
    """Both versions at one instant."""

    at: float
    stage: int = 0
    """From 0, of the stages in which the candidate had users; before the first, -1."""
    stable: Total | None = None
    candidate: Total = Total()
    metrics: Mapping[str, Mapping[str, Measured]] = {}
    """By name and `stable` or `candidate`."""


class RecordedStage(Struct, frozen=True, kw_only=True):
    """One stage in which the candidate had users."""

    name: str
    share: Share
    stay: float = 900.0


class Recording(Struct, frozen=True, kw_only=True):
    """One release."""

    name: str
    stages: tuple[RecordedStage, ...]
    looks: tuple[RecordedLook, ...]
    bounds_seconds: tuple[float, ...] = ()
    was: str = ""
    """`good` or `bad`, as people know by now; empty where nobody said."""
    outcome: str = ""
    """How it ended then."""
    noise: Noise = QUIET
    latency_noise: LatencyNoise = CALM
    """What its guard knew of how the service's errors cluster."""
