"""Bounds of latency, the same for every proxy, so that versions are compared alike behind each."""

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
