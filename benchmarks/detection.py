"""How fast a bad candidate is recognised, and how often a good one is blamed: the guard beside two rules in use.

All three judge the same simulated streams (Poisson requests, independent errors, a constant regression from
the first second), so the figures compare rules, not products:

- Flagger-like: once a minute the candidate's success rate of that minute must be 99% or more; five failed
  checks take it back, one check later (fluxcd/flagger, pkg/controller/scheduler.go: failures are counted over
  the whole analysis, and a minute without requests fails).
- Argo-like: the same measurement as a success condition, failureLimit 3, so the fourth failure aborts
  (argoproj/argo-rollouts, analysis/analysis.go).

From the decision to the last bad answer it is a fraction of a second more: `take_back` measures both together
on the real stack.

FULL=1 runs ten times as many streams.
"""

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.evidence_peers import Minutes, argo, failed_checks, flagger
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from shipway.model.verdict import Kind, Severity

SEED = 20
STAGE_SECONDS = 1800
LEARN_SECONDS = 60
"""The stable version is watched this long before the candidate gets its first request."""
MINUTE = 60
TARGET_SECONDS = 10.0
RATIOS = (2.0, 5.0, 20.0)
TAKEN_BACK = (Severity.CRITICAL, Severity.HIGH)


class Service(Struct, frozen=True):
    """Requests per second, the candidate's share of them and the stable version's error rate."""

    pace: int
    share: float
    rate: float


SERVICES = (
    Service(10, 0.25, 0.001),
    Service(100, 0.05, 0.001),
    Service(100, 0.25, 0.001),
    Service(1000, 0.05, 0.001),
    Service(100, 0.05, 0.01),
)
CLAIM = Service(100, 0.05, 0.001)
CLAIM_FAILING = 0.5


class Stream(Struct, frozen=True):
    """Counts by second; the candidate has none in the first `LEARN_SECONDS`."""

    requests: NDArray[np.int64]
    errors: NDArray[np.int64]
    stable_requests: NDArray[np.int64]
    stable_errors: NDArray[np.int64]


Rule = Callable[[Stream, Service], float]


def stream(service: Service, *, failing: float, seed: int) -> Stream:
    """One stage, with a candidate failing this share of its requests."""
    random = np.random.default_rng(seed)
    share = np.repeat([0.0, service.share], [LEARN_SECONDS, STAGE_SECONDS])
    requests = random.poisson(service.pace * share)
    stable = random.poisson(service.pace * (1.0 - share))
    errors = random.binomial(requests, min(1.0, failing))
    return Stream(requests, errors, stable, random.binomial(stable, service.rate))


def shipway(step: int) -> Rule:
    """The guard with its defaults, a scrape every `step` seconds: when it wants the candidate taken back."""

    def decided(stream: Stream, service: Service) -> float:
        tally, guard = Tally(), Guard()
        for start in range(0, LEARN_SECONDS + STAGE_SECONDS, step):
            if start == LEARN_SECONDS:
                tally = begin_stage(tally, index=0, of=5, share=service.share, stay_seconds=STAGE_SECONDS)
            stable = window(stream.stable_requests, stream.stable_errors, start, step)
            candidate = window(stream.requests, stream.errors, start, step)
            tally = absorb(tally, stable=stable if stable.requests else None, candidate=candidate)
            if start >= LEARN_SECONDS and candidate.requests:
                verdict = judge(tally, guard, now=float(start + step))
                if verdict.kind == Kind.HARMFUL and verdict.severity in TAKEN_BACK:
                    return float(start + step - LEARN_SECONDS)
        return math.inf

    return decided


def window(requests: NDArray[np.int64], errors: NDArray[np.int64], start: int, step: int) -> Window:
    """One scrape of one version."""
    return Window(
        revision=RevisionId("any"),
        start=float(start),
        end=float(start + step),
        requests=int(requests[start : start + step].sum()),
        errors=int(errors[start : start + step].sum()),
    )


def flagger_like(stream: Stream, service: Service) -> float:
    """When the Flagger-like rule takes the candidate back."""
    return float(flagger(failed_checks(minutes(stream)))[0])


def argo_like(stream: Stream, service: Service) -> float:
    """When the Argo-like rule aborts."""
    return float(argo(failed_checks(minutes(stream)))[0])


def minutes(stream: Stream) -> Minutes:
    """What both rules see of the stage."""
    arms = (stream.requests, stream.errors, stream.stable_requests, stream.stable_errors)
    return Minutes(
        *(counts[LEARN_SECONDS:].reshape(-1, MINUTE).sum(axis=1)[:, None].astype(float) for counts in arms)
    )


RULES: dict[str, Rule] = {"shipway": shipway(5), "flagger-like": flagger_like, "argo-like": argo_like}


def times(rule: Rule, service: Service, *, failing: float, runs: int) -> list[float]:
    """When a rule decides, by run; all rules get the same streams."""
    return [rule(stream(service, failing=failing, seed=SEED + run), service) for run in range(runs)]


def spread(found: Sequence[float]) -> str:
    """`median/95th` seconds, or the share that was found where that is less than 95%."""
    share = sum(map(math.isfinite, found)) / len(found)
    if share < 0.95:
        return f"{share:.0%}"
    ordered = sorted(found)
    return f"{median(ordered):.0f}/{ordered[math.ceil(0.95 * len(ordered)) - 1]:.0f}"


def rates(runs: int) -> Table:
    """Every rule on every service."""
    rows = [_rates(service, name, runs) for service in SERVICES for name in RULES]
    return Table(
        title=f"One stage of {STAGE_SECONDS // 60} minutes",
        columns=("service", "rule", "equal taken back", *(f"{ratio:g}x the errors" for ratio in RATIOS)),
        rows=tuple(rows),
        note=(
            f"Median/95th seconds until the candidate is to be taken back, or the share of {runs} streams where "
            f"that came in time; {4 * runs} streams of equal candidates. Shipway scrapes every 5 s here, and only "
            "holds what it estimates below 2x."
        ),
    )


def _rates(service: Service, name: str, runs: int) -> tuple[str, ...]:
    rule = RULES[name]
    wrong = sum(map(math.isfinite, times(rule, service, failing=service.rate, runs=4 * runs)))
    found = [spread(times(rule, service, failing=service.rate * ratio, runs=runs)) for ratio in RATIOS]
    title = f"{service.pace}/s, {service.share:.0%}, base {service.rate:.1%}"
    return (title, name, f"{wrong / (4 * runs):.1%}", *found)


def claim(runs: int) -> dict[str, list[float]]:
    """Decisions on a candidate that fails half of its requests, scraped every second as by default."""
    rules = {**RULES, "shipway": shipway(1)}
    return {name: times(rule, CLAIM, failing=CLAIM_FAILING, runs=runs) for name, rule in rules.items()}


def report(found: Mapping[str, Sequence[float]], table: Table) -> Report:
    """For people."""
    asked = f"{CLAIM.pace} requests/s, {CLAIM.share:.0%} canary, failing {CLAIM_FAILING:.0%}"
    rows = tuple((name, *(f"{part} s" for part in spread(seconds).split("/"))) for name, seconds in found.items())
    return Report(
        name="detection",
        claim=f"With {asked}, the guard decides less than {TARGET_SECONDS:g} s after the first bad response.",
        figures=(Figure(value=median(found["shipway"]), target=TARGET_SECONDS, unit="s"),),
        tables=(Table(title=asked, columns=("rule", "median", "95th"), rows=rows), table),
        picture=Picture(
            title="From the first bad response to the decision, median",
            unit="s",
            limit=TARGET_SECONDS,
            bars=tuple(
                Bar(label=name, value=median(seconds), is_ours=name == "shipway")
                for name, seconds in found.items()
            ),
        ),
        notes=((__doc__ or "").strip(),),
    )


def main(argv: Sequence[str] = ()) -> int:
    """Judge the streams; 1 when the claim falls short."""
    scale = 10 if is_full() else 1
    return publish(report(claim(200 * scale), rates(50 * scale)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
