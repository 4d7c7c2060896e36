"""The score and its threshold over arrays: the formulas of `tail` and `spending`, one place for each run."""

import math
from typing import TYPE_CHECKING

from shipway.analysis import spending
from shipway.analysis.tail import UNDERFLOW
from shipway.model.noise import Noise

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def surprises(errors: "Floats", totals: "Floats", means: "Floats") -> "Floats":
    """`tail.surprise` of each."""
    import numpy as np
    from scipy.special import betainc

    found = np.zeros(len(errors))
    at = np.flatnonzero((errors > means) & (errors > 0))
    some, total, mean = errors[at], totals[at], means[at]
    tails = betainc(some, total - some + 1, mean / total)
    deep = tails <= UNDERFLOW
    found[at] = -np.log(np.where(deep, 1.0, tails))
    found[at[deep]] = divergences(some[deep], total[deep], mean[deep])
    return found


def divergences(errors: "Floats", totals: "Floats", means: "Floats") -> "Floats":
    """Chernoff's bound of each surprise from below, for more errors than expected."""
    import numpy as np
    from scipy.special import xlogy

    seen, expected = errors / totals, means / totals
    return np.asarray(xlogy(errors, seen / expected) + xlogy(totals - errors, (1.0 - seen) / (1.0 - expected)))


def surprises_at_most(errors: "Floats", totals: "Floats", means: "Floats") -> "Floats":
    """A bound of each surprise from above, for more errors than expected; much cheaper than the figure itself.

    The tail is at least its first term, and that at least exp(-divergence) / sqrt(8 n q (1 - q)) for q n of
    n (Ash, "Information Theory", 1965, lemma 4.7.1).
    """
    import numpy as np

    spread = np.maximum(8.0 * errors * (1.0 - errors / totals), 1.0)
    return divergences(errors, totals, means) + 0.5 * np.log(spread)


def early(planned: "Floats") -> "Floats":
    """`spending.early` of each."""
    return _by_density(planned, *spending.EARLY.values())


def _by_density(planned: "Floats", sparse: float, middling: float, dense: float) -> "Floats":
    import numpy as np

    is_sparse, is_middling = planned <= spending.SPARSE, planned <= spending.MIDDLING
    return np.where(is_sparse, sparse, np.where(is_middling, middling, dense))


def released(gathered: "Floats", planned_ends: "Floats", early: "Floats") -> "Floats":
    """`spending.released` of each."""
    import numpy as np

    done = gathered / planned_ends
    part = np.minimum(1.0, done)
    with np.errstate(divide="ignore"):
        spent = np.log(early * np.cbrt(part) + (1.0 - early) * part * part)
    return np.asarray(spent - 2.0 * np.log(np.maximum(1.0, done)))


def thresholds(alpha: float, means: "Floats", planned: "Floats") -> "Floats":
    """`spending.threshold` of each, in stages that expect `planned` errors."""
    import numpy as np

    fits = [spending.LOOKS[part] for part in spending.EARLY.values()]
    base, slope = (_by_density(planned, *numbers) for numbers in zip(*fits, strict=True))
    return math.log(1.0 / alpha) + np.clip(base + slope * np.log(means), 0.0, spending.LOOKS_MAX)


def capped(noise: Noise, blocks: "Floats") -> "Floats":
    """The candidate errors that each block counts; see `Noise.cap`. Rows are those of `Scrape`."""
    import numpy as np

    requests, errors, stable, stable_errors = (np.asarray(row) for row in blocks)
    if noise.sigmas is None:
        return errors
    odds = requests / np.maximum(stable, 1.0)
    likely = (stable_errors + 0.5) * odds
    most: Floats = np.floor(1.0 + likely + noise.sigmas * np.sqrt(likely * (1.0 + odds)))
    counted: Floats = np.minimum(errors, most)
    return counted
