"""Whether latencies are read in the unit that they are counted in: by the query's name, and by its buckets."""

import math
import re
from collections.abc import Sequence

from shipway.adapters.metrics.prometheus.api import Item
from shipway.model.doubt import Doubt

NAMED = {"ms": re.compile(r"_(ms|milliseconds)_bucket\b"), "s": re.compile(r"_seconds_bucket\b")}
WORDS = {"s": "seconds", "ms": "milliseconds"}
LONGEST_SECONDS, SHORTEST_SECONDS = 1000.0, 1.0
"""Nobody counts requests in buckets that are all so long, …"""
LONGEST_MILLISECONDS, SHORTEST_MILLISECONDS = 60.0, 0.1
"""… or all so short."""
FIX = {"s": "Write `latency_unit: ms` beside it.", "ms": "Leave `latency_unit` out, or write `latency_unit: s`."}
WHY = {"s": "Every answer would be a thousand times as slow as it is.", "ms": "Limits would never be broken."}


def unit_doubt(query: str, items: Sequence[Item], *, unit: str) -> Doubt | None:
    """What is odd about reading this query's buckets in `unit`, `s` or `ms`."""
    other = "ms" if unit == "s" else "s"
    if NAMED[other].search(query):
        what = f"counts {WORDS[other]} by its name, and is read as {WORDS[unit]}"
        return Doubt(what=what, why=WHY[unit], fix=FIX[unit])
    bounds = sorted(bound for item in items if (bound := _bound(item)) is not None)
    if not bounds or not _is_odd(bounds[0], bounds[-1], unit):
        return None
    least, greatest = (f"{bound:,.10g} {unit}" for bound in (bounds[0], bounds[-1]))
    what = f"has buckets from {least} to {greatest}, which looks like {WORDS[other]}"
    return Doubt(what=what, why=WHY[unit], fix=FIX[unit])


def _is_odd(least: float, greatest: float, unit: str) -> bool:
    if unit == "s":
        return least >= SHORTEST_SECONDS and greatest >= LONGEST_SECONDS
    return least < SHORTEST_MILLISECONDS and greatest <= LONGEST_MILLISECONDS


def _bound(item: Item) -> float | None:
    """A classic bucket's, where it is one."""
    try:
        bound = float(item.metric.get("le", "inf"))
    except ValueError:
        return None
    return bound if 0.0 < bound < math.inf else None
