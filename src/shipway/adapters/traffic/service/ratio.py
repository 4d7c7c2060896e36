"""Shares by the number of pods: which of them a Service is to send to. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL, Share

PODS_MAX = 40
"""Of one revision, among so many the best division is looked for."""


def chosen(shares: Mapping[RevisionId, Share], found: Sequence[Backend]) -> frozenset[str]:
    """Pods of each revision, in numbers that come nearest to the shares; as many as can be, and none drains.

    Those that were chosen before stay chosen: as a share grows, others join them.
    """
    there = {revision: _able(revision, found) for revision, share in shares.items() if share}
    there = {revision: able for revision, able in there.items() if able}
    if not there:
        return frozenset()
    counts = _best({revision: len(able) for revision, able in there.items()}, shares)
    return frozenset(backend.name for revision, able in there.items() for backend in able[: counts[revision]])


def _able(revision: RevisionId, found: Sequence[Backend]) -> list[Backend]:
    able = [one for one in found if one.revision == revision and one.takes_requests and one.is_ready]
    return sorted(able, key=lambda backend: not backend.has_share)[:PODS_MAX]


def _best(able: Mapping[RevisionId, int], shares: Mapping[RevisionId, Share]) -> dict[RevisionId, int]:
    """The least error, and then the most pods."""
    names = sorted(able)
    wanted = [shares[name] for name in names]
    candidates = _candidates([able[name] for name in names])
    best = min(candidates, key=lambda counts: (_error(counts, wanted), -sum(counts)))
    return dict(zip(names, best, strict=True))


def _candidates(able: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return product(*(range(1, count + 1) for count in able))


def _error(counts: Sequence[int], wanted: Sequence[int]) -> int:
    total = sum(counts)
    pairs = zip(counts, wanted, strict=True)
    return max(abs(count * TOTAL - share * total) // total for count, share in pairs)
