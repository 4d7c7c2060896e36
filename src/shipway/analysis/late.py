"""Starts inside a stage, so that a candidate which turns bad late need not outweigh its good past.

Besides the score that runs from the beginning there are a few younger ones. Each has its own small part of the
promise, fixed before it starts, so all together keep it.
"""

from msgspec import Struct

WATCHED_MIN = 10.0
"""A stage that expects no more candidate errors has no late starts: nothing is gained by forgetting any."""
LATE = 0.15
"""The part of a stage's promise for late starts."""
REST = 0.6
"""The part for the score from the beginning once another has started. Before that it has all: about half of its
false alarms come by then, so that both parts together stay below one."""
DURING = 0.75
"""The part of that for starts within the planned stay; the rest is for those after it."""
KEPT = 3
"""So many of the latest starts are watched."""
PERIODS_PER_STAY = 6
PERIOD_SECONDS_MIN, PERIOD_SECONDS_MAX = 10.0, 300.0


class Start(Struct, frozen=True, kw_only=True, array_like=True):
    """The sums of a run at one instant of a stage; what came after it is judged apart."""

    at: float
    seconds: float
    """Into the stage."""
    promise: float
    bad_scrapes: int
    requests: int
    errors: int
    """The candidate's in the comparison that the stage makes: side by side, or alone."""
    stable_requests: int = 0
    stable_errors: int = 0
    left_out: int = 0
    mean: float = 0.0
    """These four side by side only."""


def is_watched(planned: float) -> bool:
    """Whether a stage with so many forecast errors has late starts."""
    return planned > WATCHED_MIN


def from_beginning(promise: float, *, has_started: bool) -> float:
    """What of a stage's promise the score from the beginning has, before and after the first late start."""
    return promise * REST if has_started else promise


def period_seconds(stay_seconds: float) -> float:
    """Between two starts."""
    return min(PERIOD_SECONDS_MAX, max(PERIOD_SECONDS_MIN, stay_seconds / PERIODS_PER_STAY))


def part_of(seconds: float, stay_seconds: float) -> float:
    """The part of a stage's promise for a start so far into it; all of a stage sum to `LATE` or less."""
    period = period_seconds(stay_seconds)
    if seconds < stay_seconds:
        return LATE * DURING * min(1.0, period / stay_seconds)
    over = (seconds + period) / stay_seconds
    return LATE * (1.0 - DURING) * period / stay_seconds / (over * over)


def life(stay_seconds: float) -> float:
    """How long a start is watched, as a part of the stage's stay."""
    return KEPT * period_seconds(stay_seconds) / stay_seconds
