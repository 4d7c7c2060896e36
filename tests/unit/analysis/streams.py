"""Short ways to say what a scrape saw."""

from collections.abc import Iterable

from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.model.revision import RevisionId
from shipway.model.sample import Window

BOUNDS = (0.1, 0.25, 0.5, 1.0)


def seen(number: int, requests: int, errors: int = 0, *, slow: int | None = None, seconds: float = 5.0) -> Window:
    """A scrape of one version; with `slow`, that many requests took over half a second, the others under 0.1 s."""
    quick = requests - (slow or 0)
    return Window(
        revision=RevisionId("any"),
        start=number * seconds,
        end=(number + 1) * seconds,
        requests=requests,
        errors=errors,
        buckets=(quick, quick, quick, requests) if slow is not None else (),
        bounds_seconds=BOUNDS if slow is not None else (),
    )


def staged(tally: Tally | None = None, *, share: float = 0.05, index: int = 0, of: int = 5) -> Tally:
    """A stage of a quarter of an hour has begun."""
    return begin_stage(tally or Tally(), index=index, of=of, share=share, stay_seconds=900.0)


def absorbed(tally: Tally, scrapes: Iterable[tuple[Window | None, Window]]) -> Tally:
    """Scrapes as (stable, candidate), one after the other."""
    for stable, candidate in scrapes:
        tally = absorb(tally, stable=stable, candidate=candidate)
    return tally
