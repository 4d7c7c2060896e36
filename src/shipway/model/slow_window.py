"""How many requests were slow in a while of the stable version alone, by arms that are equal."""

from msgspec import Struct

from shipway.model.revision import RevisionId


class SlowLevel(Struct, frozen=True, array_like=True):
    """A bound for the stable version with those for a candidate, as places in `SlowWindow.bounds_seconds`."""

    target: float
    """The share of requests that is slower, as it was looked for."""
    share: float
    """As it was before the window."""
    stable: int
    worse: tuple[int | None, ...]
    """For each size that is looked for; none where no bound is so high."""


class SlowWindow(Struct, frozen=True, kw_only=True):
    """Beside an `AAWindow`, with the same groups of replicas in the same bins."""

    start: float
    """Epoch seconds."""
    revision: RevisionId
    bin_seconds: float
    bounds_seconds: tuple[float, ...]
    levels: tuple[SlowLevel, ...]
    timed: tuple[tuple[int, ...], ...]
    """By group and bin."""
    slow: tuple[tuple[tuple[int, ...], ...], ...]
    """Slower than each bound, by bound, group and bin."""
