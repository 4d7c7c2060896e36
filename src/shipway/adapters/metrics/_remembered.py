"""Series that a source showed once, kept while it does not show them.

A replica that is not scraped for a while vanishes and comes back with all that it ever counted. Kept as they
were, its counts grow by what happened, and not by their whole value. A series is replaced by one with the same
`identity`: that is the same thing, started anew.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample

SERIES_MAX = 10_000


class Series(Struct, frozen=True, kw_only=True):
    """One counter, or one histogram with its own bounds."""

    identity: str
    source: str
    """The identity with when it started, where that is known."""
    requests: int = 0
    errors: int = 0
    latency_sum_seconds: float = 0.0
    buckets: Mapping[float, int] | None = None
    """Cumulative, by upper bound in seconds; none: it times nothing."""
    timed: int = 0


class Remembered:
    """What was seen of each revision."""

    def __init__(self) -> None:
        self._known: dict[RevisionId, dict[str, Series]] = {}

    def knows(self, revision: RevisionId) -> bool:
        """Whether it was ever seen."""
        return bool(self._known.get(revision))

    def with_(self, revision: RevisionId, seen: Mapping[str, Series]) -> tuple[Series, ...]:
        """All series of a revision by identity: those seen now, and those that were seen before."""
        known = self._known.setdefault(revision, {})
        for identity, series in seen.items():
            known.pop(identity, None)
            known[identity] = series
        for identity in list(known)[: max(0, len(known) - SERIES_MAX)]:
            del known[identity]
        return tuple(_comparable(known, seen))

    def kept(self) -> dict[RevisionId, tuple[Series, ...]]:
        """All of it; at most `SERIES_MAX` of each revision."""
        return {revision: tuple(known.values()) for revision, known in self._known.items()}

    def recall(self, kept: Mapping[RevisionId, tuple[Series, ...]]) -> None:
        """What another one kept."""
        self._known = {revision: {one.identity: one for one in series} for revision, series in kept.items()}

    def forget_others(self, revisions: Mapping[RevisionId, object]) -> None:
        """Keep only these."""
        for revision in self._known.keys() - revisions.keys():
            del self._known[revision]


def _comparable(known: dict[str, Series], seen: Mapping[str, Series]) -> list[Series]:
    """Without histograms that are gone and have other bounds: nothing can be said by both."""
    bounds = bounds_of(seen.values())
    for identity, series in list(known.items()):
        if identity not in seen and series.buckets is not None and not set(bounds) <= set(series.buckets):
            del known[identity]
    return list(known.values())


def bounds_of(series: Iterable[Series]) -> tuple[float, ...]:
    """The bounds that all histograms have."""
    listed = [set(one.buckets) for one in series if one.buckets is not None]
    return tuple(sorted(set.intersection(*listed))) if listed else ()


def sample_of(
    revision: RevisionId, series: tuple[Series, ...], *, at: float, in_flight: int = 0, is_unseen: bool = False
) -> Sample:
    """As the guard wants it. A series of requests times none, so it has empty buckets beside the histograms."""
    bounds = bounds_of(series)
    return Sample(
        revision=revision,
        at=at,
        series={one.source: _counts(one, bounds) for one in series},
        bounds_seconds=bounds,
        in_flight=in_flight,
        is_unseen=is_unseen,
    )


def _counts(series: Series, bounds: tuple[float, ...]) -> Counts:
    found = series.buckets
    return Counts(
        requests=series.requests,
        errors=series.errors,
        latency_sum_seconds=series.latency_sum_seconds,
        buckets=tuple(found[bound] if found is not None else 0 for bound in bounds),
        timed=series.timed,
    )
