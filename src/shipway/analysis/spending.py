"""How the promised rate of false take-backs is spent over a run: by stage, and by evidence inside a stage.

Looking often costs false alarms unless each look has its part of the promise. A stage gets a fixed part;
inside it the part is released as requests come, measured against what was forecast before it began: mostly
towards the end where a stage expects few errors, from the beginning where it expects many.
"""

import math

FIRST_STAGES = (0.5, 0.2)
"""Half of the promise goes to the first stage, where errors are fewest; the rest is divided evenly."""
SPARSE, MIDDLING = 3.0, 30.0
"""Forecast candidate errors up to which a stage is called so; beyond it is dense."""
EARLY = {"sparse": 0.05, "middling": 0.5, "dense": 1.0}
"""The part of the promise that is released early in a stage; the rest comes towards its end, where few errors say
the most together."""
LOOKS = {0.05: (0.05, 0.42), 0.5: (0.64, 0.33), 1.0: (1.57, 0.18)}
"""What looking often adds to the threshold, in nats, by that part: a constant, and a slope by log errors."""
LOOKS_MAX = 3.0
PLANNED_MIN = 0.5
"""A stage is planned for at least this many candidate errors, so that the first one is no over-run."""


def part_of(order: int, of: int) -> float:
    """The part of the promise for stage `order` (from 0) of `of`; all parts sum to 1 or less."""
    if of <= 1:
        return 1.0
    if of == 2:
        return (0.7, 0.3)[min(order, 1)]
    return FIRST_STAGES[order] if order < len(FIRST_STAGES) else 0.3 / (of - 2)


def early(planned: float) -> float:
    """Which part of the promise is released early in a stage that expects so many candidate errors."""
    if planned <= SPARSE:
        return EARLY["sparse"]
    return EARLY["middling"] if planned <= MIDDLING else EARLY["dense"]


def released(gathered: float, planned_end: float, early: float) -> float:
    """What a look adds to the score, at most 0, in nats.

    `gathered` is the candidate's exposure so far, `planned_end` what it should be at the end of the stage, in the
    same unit: requests, or errors of an equal candidate. Beyond the plan every look costs more, so that a wrong
    forecast stays safe.
    """
    if gathered <= 0.0:
        return -math.inf
    done = gathered / planned_end
    part = min(1.0, done)
    return math.log(early * math.cbrt(part) + (1.0 - early) * part * part) - 2.0 * math.log(max(1.0, done))


def threshold(alpha: float, mean: float, early: float) -> float:
    """The score at which an equal candidate ends with probability `alpha` or less, in nats.

    `mean` is how many errors it should have at the end of the stage. Fitted from above to exact recursions of a
    stage that is watched every second, for independent errors and a known base rate; not knowing that costs less.
    """
    base, slope = LOOKS[early]
    looks = min(LOOKS_MAX, max(0.0, base + slope * math.log(mean)))
    return math.log(1.0 / alpha) + looks
