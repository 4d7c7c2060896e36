"""The score and its threshold over arrays: the formulas of `tail` and `spending`, one place for each run."""

import math
from typing import TYPE_CHECKING

from shipway.analysis import spending
from shipway.analysis.noise import Noise
from shipway.analysis.tail import UNDERFLOW

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


def steepness(planned: "Floats") -> "Floats":
    """`spending.steepness` of each."""
    import numpy as np

    return np.where(planned <= spending.SPARSE, 2.0, np.where(planned <= spending.MIDDLING, 1.0, 0.5))


def released(means: "Floats", planned_ends: "Floats", steep: "Floats") -> "Floats":
    """`spending.released` of each."""
    import numpy as np

    with np.errstate(divide="ignore"):
        done = np.log(means / planned_ends)
    return steep * np.minimum(0.0, done) - 2.0 * np.maximum(0.0, done)


def thresholds(alpha: float, planned_ends: "Floats", steep: "Floats") -> "Floats":
    """`spending.threshold` of each."""
    import numpy as np

    less = np.where(steep == 2.0, spending.LESS[2.0], np.where(steep == 1.0, spending.LESS[1.0], 0.0))
    looks = np.clip(1.17 + 0.24 * np.log(planned_ends), 0.45, 2.6)
    return math.log(1.0 / alpha) + looks - less


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
