"""Latencies from Prometheus: classic histograms by `le`, and native ones."""

import math
from collections.abc import Iterable, Mapping

from msgspec import Struct

from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics.prometheus.api import Item, Native, name_of
from shipway.adapters.metrics.prometheus.numbers import whole

STEPS_MAX = 2
"""Native bounds are kept as fine as four to each doubling: 2^(1/4) is 1.19."""
LOWEST, HIGHEST = -10, 6
"""Native bounds are kept from 2^-10 s, a millisecond, to 2^6 s, a minute."""
NEAR = 1e-6

Labels = frozenset[tuple[str, str]]


class Timed(Struct, frozen=True):
    """One histogram; bounds are seconds, and rise."""

    buckets: Mapping[float, int]
    count: int
    sum_seconds: float = 0.0


def histograms(items: Iterable[Item], *, unit_seconds: float) -> dict[Labels, Timed]:
    """By labels without `le`. Raises `QueryWrong` for what is no histogram."""
    classic: dict[Labels, dict[float, int]] = {}
    found: dict[Labels, Timed] = {}
    for item in items:
        labels = frozenset((key, value) for key, value in item.metric.items() if key not in ("le", "__name__"))
        if item.histogram is not None:
            found[labels] = _native(item.histogram[1], item, unit_seconds)
        else:
            classic.setdefault(labels, {})[_bound(item)] = whole(item)
    return found | {labels: _classic(labels, buckets, unit_seconds) for labels, buckets in classic.items()}


def _bound(item: Item) -> float:
    try:
        return float(item.metric["le"])
    except (KeyError, ValueError):
        raise QueryWrong(
            "the latency's series have no `le`",
            where=f"latency: {name_of(item.metric)}",
            why="A classic histogram's buckets say their upper bound in the label `le`.",
            fix="Ask for the series whose name ends in _bucket, and keep `le` when you sum them.",
        ) from None


def _classic(labels: Labels, buckets: Mapping[float, int], unit_seconds: float) -> Timed:
    ordered = dict(sorted(buckets.items()))
    counts = list(ordered.values())
    if math.inf not in ordered or counts != sorted(counts):
        raise QueryWrong(
            "the latency's buckets are no whole histogram",
            where=f"latency: {name_of(dict(labels))}",
            why="The bucket +Inf is missing." if math.inf not in ordered else f"Counts fall: {counts}.",
            fix="Ask for all buckets of a histogram; sum only series that have the same ones.",
        )
    count = ordered.pop(math.inf)
    return Timed({bound * unit_seconds: number for bound, number in ordered.items()}, count)


def _native(found: Native, item: Item, unit_seconds: float) -> Timed:
    """On bounds that stay when buckets fill or the server merges them: those of a coarser schema are among a finer
    one's, and what lies between two bounds counts as slower."""
    buckets = [(float(low), float(high), float(count)) for _, low, high, count in found.buckets]
    schema = min([STEPS_MAX, *(_schema(high / low, item) for low, high, _ in buckets if low > 0.0)])
    steps = 2.0**schema
    bounds = [2.0 ** (step / steps) for step in range(int(LOWEST * steps), int(HIGHEST * steps) + 1)]
    return Timed(
        {bound: _at_most(buckets, bound / unit_seconds) for bound in bounds},
        round(float(found.count)),
        float(found.sum) * unit_seconds,
    )


def _schema(width: float, item: Item) -> int:
    """The exponential schema whose buckets grow by this factor, 2^(2^-schema)."""
    exact = -math.log2(math.log2(width)) if width > 1.0 else math.nan
    if math.isfinite(exact) and abs(exact - round(exact)) < 0.01:
        return round(exact)
    raise QueryWrong(
        "the native histogram has custom buckets",
        where=f"latency: {name_of(item.metric)}",
        why=f"A bucket is {width:g} times as wide as it starts; exponential ones grow by 2^(1/2^n).",
        fix="Let Prometheus keep the classic buckets too, and ask for the series that ends in _bucket.",
    )


def _at_most(buckets: list[tuple[float, float, float]], bound: float) -> int:
    return round(math.fsum(count for _, high, count in buckets if high <= bound * (1.0 + NEAR)))
