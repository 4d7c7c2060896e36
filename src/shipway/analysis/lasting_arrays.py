"""`lasting` over arrays, with one place for each run."""

from typing import TYPE_CHECKING

from shipway.analysis import arrays
from shipway.analysis.lasting import (
    BAD,
    BLOCK_SECONDS,
    BROKEN,
    BROKEN_SHARE,
    EVEN_NATS,
    EXPECTED_MIN,
    GOOD,
    RISE,
    WORTH,
    stake_of,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from shipway.analysis.arrays import Flags, Floats


class LastingRuns:
    """Every run's open block, and its stakes."""

    def __init__(self, runs: int) -> None:
        import numpy as np

        self._requests, self._errors, self._seconds = np.zeros((3, runs))
        self._blocks = np.zeros(runs, int)
        self._wealths = np.full((len(WORTH), runs), -np.inf)

    def absorb(
        self, requests: "Floats", errors: "Floats", seconds: "Floats", history: tuple["Floats", "Floats"]
    ) -> None:
        """One scrape more of each; see `lasting.lasted`."""

        self._requests, self._errors = self._requests + requests, self._errors + errors
        self._seconds = self._seconds + seconds
        stable, stable_errors = history
        expected = self._requests * (stable_errors + 0.5) / (stable + 1.0)
        full = (self._seconds >= BLOCK_SECONDS) & ((self._errors > 0) | (expected >= EXPECTED_MIN))
        if not full.any():
            return
        self._judge(full, self._kinds(stable, stable_errors))
        for counts in (self._requests, self._errors, self._seconds):
            counts[full] = 0.0

    def nats(self) -> "Floats":
        """`Lasting.nats` of each."""
        import numpy as np

        found: Floats = np.logaddexp.reduce(self._wealths, axis=0) - np.log(len(WORTH))
        return found

    def _kinds(self, stable: "Floats", stable_errors: "Floats") -> "NDArray[np.int64]":
        import numpy as np

        weight, total = self._requests * RISE, self._errors + stable_errors
        mean = total * weight / np.maximum(weight + stable, 1.0)
        is_bad = arrays.surprises(self._errors, total, mean) >= EVEN_NATS
        is_broken = self._errors >= BROKEN_SHARE * self._requests
        return np.where(is_bad, np.where(is_broken, BROKEN, BAD), GOOD)

    def _judge(self, full: "Flags", kinds: "NDArray[np.int64]") -> None:
        import numpy as np

        stakes = np.log([stake_of(number) for number in self._blocks[full]])
        worths = np.log(np.array(WORTH))[:, kinds[full]]
        self._wealths[:, full] = np.logaddexp(self._wealths[:, full], stakes) + worths
        self._blocks[full] += 1
