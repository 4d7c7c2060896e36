"""Counts of one revision's requests. Cumulative, so that a lost scrape or controller loses nothing."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.revision import RevisionId


class Counts(Struct, frozen=True, kw_only=True):
    """Counters of one source (a proxy, an instance) since it started; a smaller value later means a restart."""

    requests: int = 0
    errors: int = 0
    """Answers of class 5xx and requests that got no answer."""
    latency_sum_seconds: float = 0.0
    buckets: tuple[int, ...] = ()
    """Cumulative by upper bound: `buckets[i]` requests took at most `Sample.bounds_seconds[i]`."""
    timed: int | None = None
    """Requests in the histogram, however slow; none: all. Some sources fill it later than the counters."""


class Sample(Struct, frozen=True, kw_only=True):
    """One revision at one instant."""

    revision: RevisionId
    at: float
    """Until when the counts are complete, on the source's clock: what happened later is not in them."""
    series: Mapping[str, Counts] = {}
    """By source; a source seen for the first time counts from zero."""
    bounds_seconds: tuple[float, ...] = ()
    """Finite and rising; `Counts.timed` stands for the infinite one."""
    in_flight: int = 0
    is_unseen: bool = False
    """The source shows no answer of it now and no request that waits: not scraped yet, nothing counted yet, or
    gone. What is here is what it knew last, and that is not zero."""
    is_prompt: bool = False
    """Whether counts are those of this very instant. One that is scraped from elsewhere may stand still for a
    minute, for one revision more than for another, and mean nothing by it."""


class Mirrored(Struct, frozen=True, kw_only=True):
    """Answers to requests that may be copied. Errors are comparable: both are to the same kind of request."""

    users: Sample
    """What users were answered."""
    copies: Sample
    """What the revision answered to copies, and nobody saw."""


class Window(Struct, frozen=True, kw_only=True):
    """What happened between two samples of one revision."""

    revision: RevisionId
    start: float
    end: float
    requests: int = 0
    errors: int = 0
    latency_sum_seconds: float = 0.0
    buckets: tuple[int, ...] = ()
    bounds_seconds: tuple[float, ...] = ()
    timed: int | None = None
    """Requests in the buckets' histogram; none: all."""
