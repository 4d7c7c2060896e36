"""How soon slower candidates are seen and taken back, and an equal one is proven: simulated lognormal latencies.

The p99 of such a service is four times its median. A candidate is slower as a whole, by the same factor
everywhere, or in its tail alone: the same median, and the p99 further off. Seeds are fixed.
FULL=1 takes more runs.
"""

import sys
from collections.abc import Callable, Sequence
from statistics import median

from msgspec import Struct

from benchmarks import latency_false
from benchmarks.latencies import Service, judged
from benchmarks.latency_bounds import every_latency, one_count
from benchmarks.latency_streams import Candidate
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.model.latency_noise import STEADY, LatencyNoise
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict

GUARD = Guard()
RUNS, FULL_RUNS = 15, 101
NEVER = float("inf")
BACK_SECONDS, FLAGGED_SECONDS, PROVEN_SECONDS = 90.0, 45.0, 60.0


class Case(Struct, frozen=True, kw_only=True):
    """One candidate, and what is waited for."""

    name: str
    service: Service
    seconds: int
    until: Callable[[Verdict], bool]
    target: float | None = None
    onset: int = 0
    """Until then it is like the stable version."""


def is_flagged(verdict: Verdict) -> bool:
    """Any harm is proven."""
    return verdict.kind == Kind.HARMFUL


def is_held(verdict: Verdict) -> bool:
    """It is not promoted any more."""
    return is_flagged(verdict) and verdict.severity != Severity.LOW


def is_back(verdict: Verdict) -> bool:
    """It is taken back at once."""
    return verdict.severity in (Severity.HIGH, Severity.CRITICAL)


def is_proven(verdict: Verdict) -> bool:
    """It may be promoted."""
    return verdict.is_proven


TWICE, HALF, QUARTER = (Service(times=times, rate=0.01) for times in (2.0, 1.5, 1.25))
TAIL, MANY = Service(tail=2.0, rate=0.01), Service(tail=2.0, rate=0.01, pace=160.0, share=0.5)
STEADY_TAIL = Service(tail=2.0, rate=0.01, noise=STEADY)
RASH_TAIL = Service(tail=2.0, rate=0.01, noise=LatencyNoise(sigmas=1e6, late_sigmas=1e6))
KNOWN, LATE = Service(times=2.0, rate=0.01, noise=STEADY), 600
EQUAL = Service(pace=1000.0, rate=0.01)
CASES = (
    Case(name="+100%: taken back", service=TWICE, seconds=240, until=is_back, target=BACK_SECONDS),
    Case(name="+50%: flagged", service=HALF, seconds=240, until=is_flagged, target=FLAGGED_SECONDS),
    Case(name="+50%: held", service=HALF, seconds=600, until=is_held),
    Case(name="+50%: taken back", service=HALF, seconds=600, until=is_back),
    Case(name="+25%: flagged", service=QUARTER, seconds=600, until=is_flagged),
    Case(name="+100%, from 10 minutes on: taken back", service=TWICE, seconds=900, until=is_back, onset=LATE),
    Case(name="the same, known to be steady: taken back", service=KNOWN, seconds=900, until=is_back, onset=LATE),
    Case(name="+50%, from 10 minutes on: flagged", service=HALF, seconds=900, until=is_flagged, onset=LATE),
    Case(name="+100% of the p99, same median: flagged", service=TAIL, seconds=600, until=is_flagged),
    Case(name="+100% of the p99, same median: held", service=TAIL, seconds=900, until=is_held),
    Case(name="the same, known to be steady: held", service=STEADY_TAIL, seconds=900, until=is_held),
    Case(name="the same, if all slow requests counted: held", service=RASH_TAIL, seconds=900, until=is_held),
    Case(name="+100% of the p99, same median: taken back", service=TAIL, seconds=900, until=is_back),
    Case(name="the same at 160/s, 50%: held", service=MANY, seconds=600, until=is_held),
    Case(name="the same at 160/s, 50%: taken back", service=MANY, seconds=600, until=is_back),
    Case(name="equal: flagged", service=Service(rate=0.01), seconds=600, until=is_flagged),
    Case(name="equal, 1,000/s: proven", service=EQUAL, seconds=240, until=is_proven, target=PROVEN_SECONDS),
)
POSSIBLE = (
    ("+100%: taken back", Candidate(times=2.0), 0.5),
    ("+50%: flagged", Candidate(times=1.5), 0.0),
    ("+50%: held", Candidate(times=1.5), 0.25),
    ("+100% of the p99, same median: flagged", Candidate(tail=2.0), 0.0),
    ("+100% of the p99, same median: held", Candidate(tail=2.0), 0.25),
    ("+100% of the p99, same median: taken back", Candidate(tail=2.0), 0.5),
)
"""Of the cases above: the candidate, and by how much it is to be proven slower."""


def reached(case: Case, seed: int) -> float:
    """Seconds of the slow candidate's traffic until the verdict; infinity if it never comes."""
    said = judged(case.service, case.seconds, seed, GUARD, onset=case.onset)
    return next((at - case.onset for at, verdict, _ in said if at > case.onset and case.until(verdict)), NEVER)


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    runs = FULL_RUNS if is_full() else RUNS
    wrong = latency_false.measured(latency_false.FULL_RUNS if is_full() else latency_false.RUNS)
    found = [(case, sorted(reached(case, seed) for seed in range(runs))) for case in CASES]
    return publish(_report(found, wrong))


def _report(found: Sequence[tuple[Case, list[float]]], wrong: list[latency_false.Wrong]) -> Report:
    judged_by = [(case, times) for case, times in found if case.target is not None]
    return Report(
        name="latency",
        claim="At 100 requests/s and a share of 5% a candidate that is twice as slow is taken back within 90 s, "
        "and one that is slower by half is flagged within 45 s; at 1,000 requests/s an equal one is proven within "
        "60 s.",
        figures=(
            *(
                Figure(value=median(times), target=case.target or 0.0, unit="s", what=case.name, or_equal=True)
                for case, times in judged_by
            ),
            *latency_false.figures(wrong),
        ),
        tables=(
            Table(
                title="Seconds of the slow candidate's traffic until the verdict",
                columns=("candidate and verdict", "runs", "ever", "median", "slowest", "target"),
                rows=tuple(_row(case, times) for case, times in found),
            ),
            _possible(found),
            latency_false.table(wrong),
        ),
        picture=Picture(
            title="Median seconds until the verdict",
            unit="s",
            bars=tuple(Bar(label=case.name, value=median(times), is_ours=True) for case, times in judged_by),
        ),
        notes=(
            "Simulated: lognormal latencies with a median of 100 ms and a p99 of 404 ms, 1% of requests fail "
            "on both sides, a scrape each second, Envoy's buckets, a promise of 0.1% for the whole run. "
            "Flagged is any proven harm; held is proven to be slower by more than a quarter; taken back is "
            "by more than half, so a candidate that is slower by just half must not be. Proven means errors, "
            "and latency at each level. A tail that is twice as slow with the same median is slower by more than "
            "half only beyond about the 95th percentile. At 5 candidate requests/s a few of them a minute show "
            "it, so it is held long before it is taken back.",
        ),
    )


def _possible(found: Sequence[tuple[Case, list[float]]]) -> Table:
    """What stands between a verdict and the soonest that there could be."""
    ours = {case.name: median(times) for case, times in found}
    rows = []
    for name, candidate, worse_by in POSSIBLE:
        seconds, equal, worse = one_count(candidate, worse_by, pace=5.0, alpha=latency_false.ALPHA)
        every = every_latency(candidate, worse_by, pace=5.0, alpha=latency_false.ALPHA)
        rows.append((name, _seconds(ours[name]), f"{seconds}", f"{equal:.1f}", f"{worse:.1f}", f"{every}"))
    return Table(
        title="Seconds in which half of such candidates can be proven slower, at 100 requests/s and a share of 5%",
        columns=(
            *("candidate and verdict", "ours", "one look at one count", "over its bound: equal", "this one"),
            "every latency, known how it is slower",
        ),
        rows=tuple(rows),
        note=f"At {100.0 * latency_false.ALPHA:g}%, with the stable version's latency known, requests "
        "independent, and a single look at the best instant (`benchmarks/latency_bounds.py`). The last column is "
        "below what anybody can do.",
    )


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value < NEVER else "-"


def _row(case: Case, times: list[float]) -> tuple[str, ...]:
    ever = sum(each < NEVER for each in times)
    middle, last = _seconds(median(times)), _seconds(times[-1])
    return case.name, f"{len(times)}", f"{ever}", middle, last, f"<= {case.target:g}" if case.target else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
