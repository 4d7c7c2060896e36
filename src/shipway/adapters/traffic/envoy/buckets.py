"""Bounds of latency that hold exactly, from Envoy's histograms.

Envoy times requests in whole milliseconds, rounded down, and keeps them in bins of two significant digits
(circllhist, openhistogram.io): 107 ms lies in the bin from 100 to 110, and Envoy's bucket `le="100"` holds that
whole bin. So the bucket for "less than 130 ms" is the one of the bin before, `le="120"`.
"""

STEPS = (
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    18,
    20,
    22,
    24,
    25,
    27,
    30,
    32,
    36,
    40,
    45,
    48,
    50,
    54,
    60,
    64,
    72,
    75,
    80,
    90,
)
"""A decade: at most an eighth apart, and with 1.25 and 1.5 times most bounds among them, because latency is
compared at those distances."""
BOUNDS_MILLISECONDS = (
    *range(1, 10),
    *STEPS,
    *(10 * step for step in STEPS),
    *(100 * step for step in STEPS),
    *(10_000, 13_000, 16_000, 20_000, 25_000, 32_000, 40_000, 50_000, 60_000),
)
"""A quantile is known to the distance of two of these."""
BELOW_ONE = 0.5
"""Stands for the bin of 0 ms, as a bucket has to be more than 0."""


def bucket_of(bound_milliseconds: int) -> float:
    """The bucket that Envoy is to have for this bound: the start of the last bin below it."""
    below = bound_milliseconds - 1
    return bound_milliseconds - _width(below) if below else BELOW_ONE


def bound_of(bucket: float) -> float:
    """The bound in milliseconds that requests in this bucket of Envoy's were below."""
    return bucket + _width(int(bucket)) if bucket >= 1 else 1.0


def _width(milliseconds: int) -> int:
    """Of the bin that holds this value: 10 for 107."""
    return int(10 ** max(0, len(str(milliseconds)) - 2))
