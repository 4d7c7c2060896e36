"""A part of the traffic or of a flag's users, in integers of 100,000."""

from typing import NewType

Share = NewType("Share", int)
"""0 to 100,000; 1 is 0.001%. The total is constant so that hashed users keep their place as shares move."""

TOTAL = Share(100_000)
NONE = Share(0)


def percent(share: int) -> str:
    """The share as people write it: 5000 is `5%`, 250 is `0.25%`."""
    return f"{share / 1000:.3f}".rstrip("0").rstrip(".") + "%"


def from_percent(value: float) -> Share:
    """The share nearest to a percentage between 0 and 100."""
    return Share(round(value * 1000))


def of(part: int, whole: int) -> Share:
    """The share that `part` of `whole` is, rounded down; nothing of nothing is nothing."""
    return Share(part * TOTAL // whole) if whole else NONE
