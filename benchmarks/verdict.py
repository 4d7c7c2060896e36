"""What one verdict costs, updated as scrapes come: 60 scrapes of two versions with 30 buckets each.

A scrape is two samples; they become windows, are summed, and everything is judged. FULL=1 takes more rounds.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from benchmarks.latencies import below
from benchmarks.picture import Bar, Picture
from benchmarks.reference import NOMINAL_SECONDS, Timed, timed
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.analysis.windows import window
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.verdict import Kind

SCRAPES = 60
BOUNDS = tuple(float(bound) for bound in np.geomspace(0.01, 10.0, 30))
GUARD = Guard(success_rate_min=0.9, latency_p99_max=2.0)
STABLE, CANDIDATE = RevisionId("stable"), RevisionId("candidate")
TARGET_MILLISECONDS = 1.0
ROUNDS, FULL_ROUNDS = 15, 61

Pair = tuple[Sample, Sample]


def scraped(*, fails: float, times: float) -> list[Pair]:
    """Cumulative samples of a stable version and a candidate at a twentieth of 1,000 requests a second."""
    random = np.random.default_rng(1)
    stable, candidate = Counted(STABLE, 0.01, 1.0), Counted(CANDIDATE, fails, times)
    return [
        (stable.next(float(at), int(random.poisson(950))), candidate.next(float(at), int(random.poisson(50))))
        for at in range(SCRAPES + 11)
    ]


class Counted:
    """One version's counters."""

    def __init__(self, name: RevisionId, fails: float, times: float) -> None:
        self.name, self.fails = name, fails
        self.parts = np.diff([0.0, *below(BOUNDS, times, 0.0), 1.0])
        self.random = np.random.default_rng(2)
        self.requests = self.errors = 0
        self.buckets = np.zeros(len(BOUNDS), int)

    def next(self, at: float, requests: int) -> Sample:
        """After so many requests more."""
        self.requests += requests
        self.errors += int(self.random.binomial(requests, self.fails))
        self.buckets = self.buckets + np.cumsum(self.random.multinomial(requests, self.parts))[:-1]
        buckets = tuple(int(count) for count in self.buckets)
        counts = Counts(requests=self.requests, errors=self.errors, buckets=buckets)
        return Sample(revision=self.name, at=at, series={"proxy": counts}, bounds_seconds=BOUNDS)


def judged(samples: Sequence[Pair]) -> tuple[Kind, Tally]:
    """Every scrape absorbed and judged, one after the other; the first ten know only the stable version."""
    tally, kind = Tally(), Kind.NOT_ENOUGH
    for number, (before, after) in enumerate(pairwise(samples)):
        if number == 10:
            tally = begin_stage(tally, index=0, of=5, share=0.05, stay_seconds=900.0)
        stable, candidate = (window(old, new) for old, new in zip(before, after, strict=True))
        tally = absorb(tally, stable=stable, candidate=candidate)
        kind = judge(tally, GUARD, now=after[1].at).kind
    return kind, tally


CASES: tuple[tuple[str, float, float, Kind], ...] = (
    ("an equal candidate", 0.01, 1.0, Kind.HEALTHY),
    ("five times the errors", 0.05, 1.0, Kind.HARMFUL),
    ("twice as slow", 0.01, 2.0, Kind.HARMFUL),
)


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    rounds = FULL_ROUNDS if is_full() else ROUNDS
    found = []
    for name, fails, times, kind in CASES:
        samples = scraped(fails=fails, times=times)
        assert judged(samples)[0] == kind, (name, judged(samples))
        found.append((name, timed(_work(samples), rounds=rounds)))
    return publish(_report(found))


def _work(samples: Sequence[Pair]) -> Callable[[], object]:
    return lambda: judged(samples)


def milliseconds(found: Timed) -> float:
    """Of one scrape, at nominal speed."""
    return found.nominal * 1000.0 / (SCRAPES + 10)


def _report(found: Sequence[tuple[str, Timed]]) -> Report:
    worst = max(milliseconds(each) for _, each in found)
    columns = ("candidate", "one scrape, judged", "reference", "ratio", "at nominal speed", "target")
    return Report(
        name="verdict",
        claim="A verdict over 60 scrapes of 30 buckets, updated as scrapes come, takes less than a millisecond, "
        "beside a reference operation.",
        figures=(Figure(value=worst, target=TARGET_MILLISECONDS, unit="ms", what="at worst"),),
        tables=(
            Table(
                title="CPU time of one scrape: windows, sums, verdict",
                columns=columns,
                rows=tuple(_row(name, each) for name, each in found),
            ),
        ),
        picture=Picture(
            title="Milliseconds for one scrape and its verdict, at nominal speed",
            unit="ms",
            bars=tuple(Bar(label=name, value=milliseconds(each), is_ours=True) for name, each in found),
            limit=TARGET_MILLISECONDS,
        ),
        notes=(
            "The reference operation turns a fixed document into JSON and back 200 times, right before and after "
            f"each round. Nominal speed is where it takes {NOMINAL_SECONDS * 1000:.0f} ms. Errors and latency are "
            "compared, and two absolute limits are judged. Where no counter moved nothing is computed at all.",
        ),
    )


def _row(name: str, found: Timed) -> tuple[str, ...]:
    scrapes = SCRAPES + 10
    return (
        name,
        f"{found.seconds * 1e6 / scrapes:.0f} us",
        f"{found.reference * 1e3:.1f} ms",
        f"{found.ratio / scrapes:.4f}x",
        f"{milliseconds(found):.2f} ms",
        f"< {TARGET_MILLISECONDS:g} ms",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
