"""Bounds of latency that hold exactly, from Envoy's histograms.

Envoy times requests in whole milliseconds, rounded down, and keeps them in bins of two significant digits
(circllhist, openhistogram.io): 107 ms lies in the bin from 100 to 110, and Envoy's bucket `le="100"` holds that
whole bin. So the bucket for "less than 130 ms" is the one of the bin before, `le="120"`.
"""

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
