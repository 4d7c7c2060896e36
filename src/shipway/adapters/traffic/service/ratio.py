"""Shares by the number of pods: which of them a Service is to send to. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from shipway.adapters.traffic._kubernetes.backends import Backend
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.model.share import TOTAL, Share

Bounds = Mapping[RevisionId, range]
"""How many pods each revision may have here."""


def chosen(
    shares: Mapping[RevisionId, Share], found: Sequence[Backend], published: Sequence[Endpoint] = ()
) -> frozenset[str]:
    """Pods of each revision, in numbers that come nearest to the shares; as many as can be, and none drains.

    A revision keeps pods for its share of those that were published of it, whatever others have: where another
    one lost its pods, exact shares would crowd all users on the few that match it. Those that were chosen before
    stay chosen: as a share grows, others join them.
    """
    there = {revision: _able(revision, found) for revision, share in shares.items() if share}
    there = {revision: able for revision, able in there.items() if able}
    if not there:
        return frozenset()
    stays = Counter(one.revision for one in published if not one.draining)
    bounds = {name: _bounds(shares[name], stays[name], len(able)) for name, able in there.items()}
    counts = _best(bounds, shares)
    return frozenset(backend.name for revision, able in there.items() for backend in able[: counts[revision]])


def _able(revision: RevisionId, found: Sequence[Backend]) -> list[Backend]:
    able = [one for one in found if one.revision == revision and one.takes_requests and one.is_ready]
    return sorted(able, key=lambda backend: not backend.has_share)


def _bounds(share: Share, published: int, able: int) -> range:
    """A share is a whole number, so it may be one too many: two thirds of three pods are two."""
    needed = -(-(share - 1) * published // TOTAL)
    return range(max(1, min(needed, able)), able + 1)


def _best(bounds: Bounds, shares: Mapping[RevisionId, Share]) -> dict[RevisionId, int]:
    """The least error, and then the most pods."""
    names = sorted(bounds)
    wanted = [shares[name] for name in names]
    candidates = _candidates([bounds[name] for name in names], wanted)
    best = min(candidates, key=lambda counts: (_error(counts, wanted), -sum(counts)))
    return dict(zip(names, best, strict=True))


def _candidates(bounds: Sequence[range], wanted: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """For every count of one revision, those of the others on both sides of what matches it."""
    for known, (bound, share) in enumerate(zip(bounds, wanted, strict=True)):
        for count in bound:
            sides = [
                (count,) if other == known else _sides(count * wanted[other], share, bounds[other])
                for other in range(len(bounds))
            ]
            yield from product(*sides)


def _sides(pods: int, share: int, bound: range) -> tuple[int, int]:
    below, above = pods // share, -(-pods // share)
    return min(max(below, bound[0]), bound[-1]), min(max(above, bound[0]), bound[-1])


def _error(counts: Sequence[int], wanted: Sequence[int]) -> int:
    total = sum(counts)
    pairs = zip(counts, wanted, strict=True)
    return max(abs(count * TOTAL - share * total) // total for count, share in pairs)
