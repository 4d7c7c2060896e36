"""How the promised rate of false take-backs is spent over a run: by stage, and by evidence inside a stage.

Looking often costs false alarms unless each look has its part of the promise. A stage gets a fixed part;
inside it the part is released as errors are gathered, measured against what was forecast before it began.
"""

import math

FIRST_STAGES = (0.5, 0.2)
"""Half of the promise goes to the first stage, where errors are fewest; the rest is divided evenly."""
SPARSE, MIDDLING = 3.0, 30.0
"""Forecast candidate errors of a stage up to which the promise is spent late, or evenly."""
LESS = {2.0: 0.9, 1.0: 0.35, 0.5: 0.0}
"""By how much, in nats, the threshold is lower where the promise is spent late."""
PLANNED_MIN = 0.5
"""A stage is planned for at least this many candidate errors, so that the first one is no over-run."""


def part_of(order: int, of: int) -> float:
    """The part of the promise for stage `order` (from 0) of `of`; all parts sum to 1 or less."""
    if of <= 1:
        return 1.0
    if of == 2:
        return (0.7, 0.3)[min(order, 1)]
    return FIRST_STAGES[order] if order < len(FIRST_STAGES) else 0.3 / (of - 2)


def steepness(planned: float) -> float:
    """How fast the promise is released as errors are gathered: the larger, the later in the stage."""
    if planned <= SPARSE:
        return 2.0
    return 1.0 if planned <= MIDDLING else 0.5


def released(mean: float, planned_end: float, steep: float) -> float:
    """What a look adds to the score, at most 0, in nats.

    `mean` is what an equal candidate should have gathered by now, `planned_end` what it should have at
    the end of the stage. Beyond the plan every look costs more, so that a wrong forecast stays safe.
    """
    if mean <= 0.0:
        return -math.inf
    done = math.log(mean / planned_end)
    return steep * min(0.0, done) - 2.0 * max(0.0, done)


def threshold(alpha: float, planned_end: float, steep: float) -> float:
    """The score at which an equal candidate ends with probability `alpha` or less, in nats.

    Fitted to exact recursions of one stage with a look every 5 seconds; above them by up to 0.7.
    """
    looks = min(2.6, max(0.45, 1.17 + 0.24 * math.log(planned_end)))
    return math.log(1.0 / alpha) + looks - LESS[steep]
