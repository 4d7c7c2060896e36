"""Shares as weights of servers: whole numbers up to 256."""

from collections.abc import Mapping

from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL, Share

WEIGHT_MAX = 256
PARTS_MAX = 2000
"""Into how many parts a whole is divided at most. Half percents are met exactly by any multiple of 200."""


def divided(shares: Mapping[RevisionId, Share], counts: Mapping[RevisionId, int]) -> dict[RevisionId, list[int]]:
    """Weights of each revision's replicas. Their sums are as the shares are, as nearly as whole numbers can be; of
    those that are equally near the largest are taken, so that replicas of one revision hardly differ."""
    wanted = {name: share / TOTAL for name, share in shares.items() if share and counts.get(name)}
    if not wanted:
        return {name: [0] * count for name, count in counts.items()}
    whole = sum(wanted.values())
    parts = {name: part / whole for name, part in wanted.items()}
    most = min(PARTS_MAX, *(int(WEIGHT_MAX * counts[name] / part) for name, part in parts.items()))
    total = min(range(most, 0, -1), key=lambda total: (_missed(parts, total), -total))
    sums = _sums(parts, total)
    return {name: _spread(sums.get(name, 0), count) for name, count in counts.items()}


def _sums(parts: Mapping[RevisionId, float], total: int) -> dict[RevisionId, int]:
    return {name: max(1, round(part * total)) for name, part in parts.items()}


def _missed(parts: Mapping[RevisionId, float], total: int) -> float:
    """By how much the worst share is missed, to a millionth."""
    sums = _sums(parts, total)
    whole = sum(sums.values())
    return round(max(abs(sums[name] / whole - part) for name, part in parts.items()), 6)


def _spread(weight: int, count: int) -> list[int]:
    """As evenly as can be; a small one goes to a few replicas."""
    each, more = divmod(weight, count)
    return [min(WEIGHT_MAX, each + (place < more)) for place in range(count)]
