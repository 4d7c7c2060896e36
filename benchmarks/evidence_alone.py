"""How soon harm is proven once the candidate is alone, and is compared with the stable version's history.

Five stages of half an hour with both versions come before, in which it is equal. It turns bad with the first
request that the stable version does not get, or ten minutes later.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from msgspec import Struct

from benchmarks.evidence_detection import name
from benchmarks.evidence_runs import WORKERS, Found, all_learned, ours
from benchmarks.evidence_streams import SHARES, WHOLE, Service, drawn
from benchmarks.report import Table
from shipway.model.noise import QUIET, Noise

RATIOS = (2.0, 5.0, 20.0)
LATE_SECONDS = (0.0, 600.0)
RUNS, FULL_RUNS = 200, 1000
SERVICES = tuple(Service(1000, 0.001, WHOLE, kind) for kind in ("quiet", "shared bursts", "own bursts"))


class Turn(Struct, frozen=True):
    """A candidate that is equal until it is alone, and for a while then."""

    service: Service
    ratio: float
    late: float
    noise: Noise
    runs: int


def proven(turn: Turn) -> Found:
    """When it is, seconds since it turned."""
    since = len(SHARES) * turn.service.stay + turn.late
    streams = drawn(turn.service, ratio=turn.ratio, runs=turn.runs, seed=11, since=since)
    return Found(ours(turn.service, streams, noise=turn.noise)[2] - since)


class Alone:
    """Measured once, shown as a table."""

    def __init__(self, *, is_full: bool) -> None:
        self.runs = FULL_RUNS if is_full else RUNS
        past = dict(zip(SERVICES, (noises[0] for noises in all_learned(SERVICES, pasts=1)), strict=True))
        keys = list(product(SERVICES, (True, False), RATIOS, LATE_SECONDS))
        turns = [
            Turn(service, ratio, late, past[service] if is_known else QUIET, self.runs)
            for service, is_known, ratio, late in keys
        ]
        with ProcessPoolExecutor(WORKERS) as pool:
            self.found = dict(zip(keys, pool.map(proven, turns), strict=True))

    def table(self) -> Table:
        """With a past and without."""
        return Table(
            title="Time to rollback at 100%, against history",
            columns=("service", "past", *(f"{ratio:g}x" for ratio in RATIOS)),
            rows=tuple(self._rows()),
            note="Seconds as above, where the candidate turns bad with the first request that it gets alone, and "
            f"ten minutes later. {self.runs:,} streams a cell. Without a past harm has to last.",
        )

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for service, is_known in product(SERVICES, (True, False)):
            cells = (
                ", ".join(self.found[service, is_known, ratio, late].cell for late in LATE_SECONDS)
                for ratio in RATIOS
            )
            yield name(service).rpartition(",")[0], "300 windows" if is_known else "none", *cells
