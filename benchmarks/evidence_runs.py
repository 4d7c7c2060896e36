"""Our rule and its peers over the same streams, and what is counted of them. Work is spread over two processes."""

import math
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks import evidence_peers
from benchmarks.evidence_streams import LEARN_SECONDS, STEP, Service, Streams, drawn, histories
from shipway.analysis.calibration import TRIED, Stage, calibrated_noise
from shipway.analysis.lockstep import Lockstep
from shipway.model.noise import QUIET, Noise

Floats = NDArray[np.float64]

PROMISE = 0.001
CHUNK_RUNS = 1000
"""So many are drawn and judged at once; more would not fit the processor's cache."""
KAYENTA_RUNS = 100
"""Kayenta's roots are found one run at a time; it gets the first so many of a cell."""
WORKERS = 2
HALF = "at half"
"""Our rule with half of the promise, which is what errors have where latency and limits are judged too."""
UNCALIBRATED = "uncalibrated"
"""Our rule without a past, over the first so many runs of a cell as are drawn at once."""
ALONE = "100%, no past yet"
"""Of those, where the candidate is alone: whatever the rule would have done while both versions had users."""


class Cell(Struct, frozen=True, kw_only=True):
    """One kind of candidate on one service."""

    service: Service
    ratio: float
    runs: int
    rules: tuple[str, ...] = evidence_peers.RULES
    alpha: float = PROMISE
    since: float = 0.0
    seed: int = 1
    noises: tuple[Noise, ...] = (QUIET,)
    """What independent histories taught; the runs are divided between them."""

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Seed and runs of each chunk; a seed depends on all that the streams depend on."""
        kind = zlib.crc32(repr((self.service, self.ratio, self.since, self.seed)).encode())
        for start in range(0, self.runs, CHUNK_RUNS):
            yield kind + start, min(CHUNK_RUNS, self.runs - start)


class Found(Struct, frozen=True):
    """When a rule took each run back, seconds since the candidate's first request; infinity if never."""

    when: Floats

    @property
    def share(self) -> float:
        """The part that was taken back at all."""
        return float(np.isfinite(self.when).mean())

    @property
    def count(self) -> int:
        """How many were."""
        return int(np.isfinite(self.when).sum())

    @property
    def median(self) -> float:
        """Half of all runs were taken back by then."""
        return float(np.quantile(self.when, 0.5, method="inverted_cdf"))

    @property
    def cell(self) -> str:
        """`median/95th` seconds, or the share where less than 94.5% were taken back."""
        if self.share < 0.945:
            return f"{self.share:.0%}"
        last = np.quantile(self.when, 0.95, method="inverted_cdf")
        return f"{self.median:.0f}/{last:.0f}" if math.isfinite(last) else f"{self.median:.0f}/-"


def ours(
    service: Service, streams: Streams, *, alpha: float = PROMISE, noise: Noise = QUIET
) -> tuple[Floats, Floats, Floats]:
    """When the production rule first proves each candidate worse: at the whole promise, at half, and alone."""
    runs = streams.requests.shape[1]
    lockstep, when, share = Lockstep(runs, noise), np.full((3, runs), np.inf), 0.0
    bars = np.array([[0.0], [math.log(2.0)], [0.0]])
    for number, scrape in enumerate(streams.scrapes()):
        seconds = number * STEP - LEARN_SECONDS
        if seconds >= 0 and seconds % service.stay == 0:
            share = service.shares[round(seconds / service.stay)]
            lockstep.begin_stage(of=len(service.shares), share=share, stay_seconds=service.stay)
        lockstep.absorb(scrape)
        if seconds >= 0:
            proven = lockstep.excesses(alpha, least=0.0) >= bars
            proven[2] &= share >= 1.0
            when[proven & np.isinf(when)] = seconds + STEP
    return when[0], when[1], when[2]


def measured(cell: Cell) -> dict[str, Found]:
    """Every rule of a cell on the same streams; what comes of itself, `HALF`, is there too."""
    parts: dict[str, list[Floats]] = {}
    for place, (seed, runs) in enumerate(cell.chunks()):
        streams = drawn(cell.service, ratio=cell.ratio, runs=runs, seed=seed, since=cell.since)
        for rule in cell.rules:
            for name, when in _judged(cell, rule, streams, place):
                parts.setdefault(name, []).append(when)
    return {name: Found(np.concatenate(found)) for name, found in parts.items()}


def _judged(cell: Cell, rule: str, streams: Streams, place: int) -> Iterator[tuple[str, Floats]]:
    """One rule on one chunk; slow ones see the first chunk only."""
    if rule == "shipway":
        noise = cell.noises[place % len(cell.noises)]
        whole, half, _ = ours(cell.service, streams, alpha=cell.alpha, noise=noise)
        yield from ((rule, whole), (HALF, half))
    elif rule == UNCALIBRATED and place == 0:
        whole, _, alone = ours(cell.service, streams, alpha=cell.alpha)
        yield from ((rule, whole), (ALONE, alone))
    elif rule == "Kayenta" and place == 0:
        yield rule, evidence_peers.decided(rule, cell.service, _first(streams))
    elif rule in ("Flagger", "Argo"):
        yield rule, evidence_peers.decided(rule, cell.service, streams)


def learned(service: Service, *, pasts: int, tried: Sequence[Noise] = TRIED) -> tuple[Noise, ...]:
    """What so many independent histories teach of a service."""
    stages = [Stage(share, service.stay) for share in service.shares]
    return tuple(
        calibrated_noise(histories(service, seed=1000 + 10 * past), stages, alpha=PROMISE, tried=tried)
        for past in range(pasts)
    )


def all_learned(
    services: Sequence[Service], *, pasts: int, tried: Sequence[Noise] = TRIED
) -> list[tuple[Noise, ...]]:
    """Of each service, in order."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return list(pool.map(partial(learned, pasts=pasts, tried=tried), services))


def _first(streams: Streams) -> Streams:
    arrays = (streams.requests, streams.errors, streams.stable_requests, streams.stable_errors)
    return Streams(*(counts[:, :KAYENTA_RUNS] for counts in arrays))


def all_measured(cells: Sequence[Cell]) -> list[dict[str, Found]]:
    """The cells in order, on as many processes as this may use."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return list(pool.map(measured, cells, chunksize=1))
