"""How soon each rule takes back a candidate that is worse, in one stage of half an hour."""

import math
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from benchmarks.evidence_peers import RULES
from benchmarks.evidence_runs import PROMISE, Cell, Found, all_learned, all_measured
from benchmarks.evidence_streams import KINDS, STAY_SECONDS, STEP, Service
from benchmarks.picture import Bar
from benchmarks.report import Figure, Table
from shipway.analysis.calibration import TRIED
from shipway.model.noise import Noise

RATIOS = (2.0, 5.0, 20.0)
RUNS, FULL_RUNS = 600, 4000
HEALTHY_RUNS = 2000
"""Of services with bursts, to show that what finds them sooner keeps the promise."""
INDEPENDENT = tuple(
    Service(pace, rate, (share,))
    for rate, pace, share in product((0.001, 0.01), (10, 100, 1000), (0.01, 0.05, 0.25))
)
NOISY = tuple(
    Service(pace, rate, (0.05,), kind)
    for kind in KINDS
    if kind != "quiet"
    for rate, pace in ((0.001, 100), (0.001, 1000), (0.01, 100), (0.01, 1000))
)
CLAIMS = ((Service(100, 0.01, (0.05,)), 20.0), (Service(1000, 0.01, (0.05,)), 5.0))
CLAIM_SECONDS = 20.0
BURSTS = tuple(
    Service(1000, rate, (share,), "own bursts")
    for rate, share in ((0.001, 0.01), (0.001, 0.05), (0.01, 0.01), (0.01, 0.05), (0.01, 0.25))
)
"""Of medium density and more: a stage expects 18 candidate errors or more."""
BURST_RATIOS = (2.0, 5.0)
FOUND_MIN = 0.985
LONG_SCRAPES, WALD_TIMES, WALD_SCRAPES = 20, 1.5, 4.0
"""Against Wald's bound: this many times where detection takes 20 scrapes, else this many scrapes more."""


class Detection:
    """Measured once, shown as tables, as figures and in the picture."""

    def __init__(self, *, is_full: bool) -> None:
        self.runs = FULL_RUNS if is_full else RUNS
        pairs = list(product((*INDEPENDENT, *NOISY), RATIOS))
        noises = dict(zip(NOISY, all_learned(NOISY, pasts=1), strict=True))
        cells = [
            Cell(service=service, ratio=ratio, runs=self.runs, noises=noises.get(service, (Noise(),)))
            for service, ratio in pairs
        ]
        self.found = dict(zip(pairs, all_measured(cells), strict=True))
        self.bursts = self._bursts()

    def _bursts(self) -> dict[tuple[Service, float, bool], Found]:
        """By service, ratio and whether bursts are left out."""
        noises = {
            is_left_out: dict(zip(BURSTS, all_learned(BURSTS, pasts=1, tried=tried), strict=True))
            for is_left_out, tried in ((False, TRIED[:1]), (True, TRIED))
        }
        keys = list(product(BURSTS, (1.0, *BURST_RATIOS), (False, True)))
        cells = [
            Cell(
                service=service,
                ratio=ratio,
                runs=HEALTHY_RUNS if ratio == 1.0 else self.runs,
                rules=("shipway",),
                noises=noises[is_out][service],
            )
            for service, ratio, is_out in keys
        ]
        return {key: found["shipway"] for key, found in zip(keys, all_measured(cells), strict=True)}

    def tables(self) -> tuple[Table, ...]:
        """Quiet services, noisy ones, and the distance to what is possible."""
        note = (
            f"Median/95th seconds until the candidate is proven worse, or the share found in half an hour where "
            f"that is below 94.5%; the rest is missed. {self.runs:,} streams a cell, the regression from "
            "the first second. "
            "Order: " + ", ".join(RULES) + "."
        )
        return (
            self._times("Time to rollback, independent errors", INDEPENDENT, note),
            self._times("Time to rollback, other errors", NOISY, note),
            Table(
                title="Bursts of the candidate alone, streams of medium density",
                columns=("service", *(f"{each}: all counted, ours" for each in ("false %", "2x", "5x"))),
                rows=tuple(self._burst_rows()),
                note="Both keep the promise by thresholds learned from 300 windows of the past. Ours leaves out "
                "of a block what is far beyond the stable version's errors, so a burst counts for little.",
            ),
            Table(
                title="Against Wald's bound",
                columns=("service", "worse", "mean s", "bound s", "times", "scrapes more"),
                rows=tuple(self._wald_rows()),
                note="The bound is the expected time of the test that knows the true ratio: log(1000) nats at "
                "the rate at which errors, given their total, tell both ratios apart (Wald, Sequential Analysis, "
                "1947). "
                "Cells where 98.5% are found.",
            ),
        )

    def figures(self) -> tuple[Figure, ...]:
        """The two claims in seconds, and Wald's bound."""
        claims = [
            Figure(
                value=self.found[service, ratio]["shipway"].median,
                target=CLAIM_SECONDS,
                unit="s",
                what=f"for {ratio:g}x at {service.pace:g}/s",
                or_equal=True,
            )
            for service, ratio in CLAIMS
        ]
        long, short = self._worst()
        return (
            *claims,
            Figure(
                value=self._burst_times(),
                target=1.0,
                unit="x",
                what="the time of counting all in bursts",
                or_equal=True,
            ),
            Figure(value=long, target=WALD_TIMES, unit="x", what="Wald's bound", or_equal=True),
            Figure(value=short, target=WALD_SCRAPES, unit="scrapes", what="over it where quick", or_equal=True),
        )

    def bars(self) -> tuple[Bar, ...]:
        """Seconds until 20 times the errors are taken back at 100 requests/s."""
        found = self.found[CLAIMS[0]]
        return tuple(Bar(label=rule, value=found[rule].median, is_ours=rule == "shipway") for rule in RULES)

    def _times(self, title: str, services: Sequence[Service], note: str) -> Table:
        rows = (
            (name(service), *(" ".join(self._cells(service, ratio)) for ratio in RATIOS)) for service in services
        )
        return Table(
            title=title, columns=("service", *(f"{ratio:g}x" for ratio in RATIOS)), rows=tuple(rows), note=note
        )

    def _cells(self, service: Service, ratio: float) -> Iterator[str]:
        found = self.found[service, ratio]
        return (found[rule].cell for rule in RULES)

    def _against_wald(self) -> Iterator[tuple[Service, float, float, float]]:
        for (service, ratio), found in self.found.items():
            if service.kind == "quiet" and found["shipway"].share >= FOUND_MIN:
                yield service, ratio, mean(found["shipway"]), bound(service, ratio)

    def _burst_rows(self) -> Iterator[tuple[str, ...]]:
        for service in BURSTS:
            cells = (
                ", ".join(self.bursts[service, ratio, is_out].cell for is_out in (False, True))
                for ratio in BURST_RATIOS
            )
            wrong = (100 * self.bursts[service, 1.0, is_out].share for is_out in (False, True))
            yield name(service), ", ".join(f"{share:.3f}" for share in wrong), *cells

    def _burst_times(self) -> float:
        """Our median time for five times the errors over that of the same rule which counts every error."""
        return max(
            self.bursts[service, 5.0, True].median / self.bursts[service, 5.0, False].median for service in BURSTS
        )

    def _worst(self) -> tuple[float, float]:
        found = list(self._against_wald())
        long = [seconds / least for _, _, seconds, least in found if seconds >= LONG_SCRAPES * STEP]
        short = [(seconds - least) / STEP for _, _, seconds, least in found if seconds < LONG_SCRAPES * STEP]
        return max(long), max(short)

    def _wald_rows(self) -> Iterator[tuple[str, ...]]:
        for service, ratio, seconds, least in self._against_wald():
            more = f"{(seconds - least) / STEP:.1f}"
            yield name(service), f"{ratio:g}x", f"{seconds:.0f}", f"{least:.1f}", f"{seconds / least:.2f}", more


def mean(found: Found) -> float:
    """Mean seconds; what is not found counts as the whole stage."""
    return float(np.minimum(found.when, STAY_SECONDS).mean())


def bound(service: Service, ratio: float) -> float:
    """The least expected seconds of a test that is wrong once in a thousand, given both versions' errors."""
    share = service.shares[0]
    both = share * ratio + 1.0 - share
    nats = service.pace * service.rate * (share * ratio * math.log(ratio) - both * math.log(both))
    return math.log(1.0 / PROMISE) / nats


def name(service: Service) -> str:
    """`quiet, 100/s at 1.0%, 5% share`."""
    return f"{service.kind}, {service.pace:g}/s at {service.rate:.1%}, {service.shares[0]:.0%} share"
