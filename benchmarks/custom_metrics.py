"""How often equal versions are called harmful by a metric of one's own, and how soon a bad one is.

The metric is events of requests with a margin of a fifth, such as declined payments. The judge is the guard's own,
one look in five seconds; beside it the same score on all events of a stage, as if none were left out of a block.
Rates and bursts are those of `evidence_streams`. FULL=1 takes ten times as many rollouts.
"""

import math
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from msgspec import Struct
from scipy.stats import binomtest

from benchmarks.evidence_streams import KINDS, LEARN_SECONDS, SHARES, STEP, Service, Streams, drawn
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.analysis import counts as counting
from shipway.analysis.custom import CANDIDATE, STABLE, Look, Watch, absorb, judge
from shipway.analysis.promise import divided
from shipway.analysis.tally import Spell
from shipway.model.metric import Metric, Reading
from shipway.model.policy import Guard
from shipway.model.verdict import Kind

RUNS, FULL_RUNS, FOUND_RUNS, PART_RUNS = 200, 2000, 40, 100
STAY_SECONDS, FOUND_STAY_SECONDS = 600.0, 1800.0
METRIC = Metric(name="declined", query="{version}", worse_by=0.2)
PROMISE = Guard().false_rollback
ALPHA = divided(PROMISE, has_latency=True, others=1).each
STREAMS = ((100.0, 0.001), (100.0, 0.01), (1000.0, 0.01))
"""Requests a second, and the part of them that are events."""
RATIOS = (2.0, 5.0, 20.0)
TARGET_SECONDS = 120.0
NEVER = math.inf


class Work(Struct, frozen=True, kw_only=True):
    """Some rollouts of one service."""

    service: Service
    runs: int
    ratio: float = 1.0
    seed: int = 1


Times = tuple[float, float]
"""Of one rollout: when the guard first called it harmful, and when all events at once did; seconds."""


def found(work: Work) -> list[Times]:
    """Every rollout of it."""
    streams = drawn(work.service, ratio=work.ratio, runs=work.runs, seed=work.seed)
    return [_found(work.service, streams, run) for run in range(work.runs)]


def _found(service: Service, streams: Streams, run: int) -> Times:
    ours = plain = NEVER
    for at, watch in _watched(service, streams, run):
        if math.isinf(plain) and _is_bad_at_once(watch):
            plain = at
        if math.isinf(ours) and judge(watch, METRIC, alpha=ALPHA, now=at).kind == Kind.HARMFUL:
            ours = at
            break  # what counts less is never proven sooner
    return ours, min(plain, ours)


def _watched(service: Service, streams: Streams, run: int) -> Iterator[tuple[float, Watch]]:
    """After each look in which the candidate had an event; seconds since it has users."""
    watch = Watch(before={arm: Reading(at=0.0, value=0.0) for arm in (CANDIDATE, STABLE)})
    learning, each = round(LEARN_SECONDS / STEP), round(service.stay / STEP)
    totals = [0.0, 0.0]
    for number, row in enumerate(zip(*_columns(streams, run), strict=True)):
        requests, events, stable, stable_events = row
        totals = [totals[0] + events, totals[1] + stable_events]
        at, index = (number + 1) * STEP, (number - learning) // each
        share = service.shares[max(index, 0)]
        spell = Spell(index=index, of=len(service.shares), share=share, stay_seconds=service.stay, promise=1.0)
        readings = {
            arm: Reading(at=at, value=total) for arm, total in zip((CANDIDATE, STABLE), totals, strict=True)
        }
        seen = Look(at=at, readings=readings, requests={CANDIDATE: requests, STABLE: stable})
        watch = absorb(watch, METRIC, spell if index >= 0 else None, seen)
        if index >= 0 and events:
            yield at - LEARN_SECONDS, watch


def _columns(streams: Streams, run: int) -> Iterator[list[float]]:
    for counts in (streams.requests, streams.errors, streams.stable_requests, streams.stable_errors):
        yield counts[:, run].tolist()


def _is_bad_at_once(watch: Watch) -> bool:
    """By the same score, of all events."""
    seen = counting.compared(watch.counts, METRIC)
    if seen is None or watch.counts.bad_looks < counting.BAD_LOOKS_MIN:
        return False
    return counting.would_be_proof(watch.counts, seen, ALPHA)


class Cell(Struct, frozen=True, kw_only=True):
    """What became of one kind of rollouts."""

    service: Service
    ratio: float
    times: tuple[Times, ...]

    @property
    def wrong(self) -> tuple[int, int]:
        """How many were ever called harmful, by both rules."""
        ours, plain = (sum(map(math.isfinite, side)) for side in zip(*self.times, strict=True))
        return ours, plain

    @property
    def medians(self) -> Times:
        """Of all rollouts, infinite where fewer than half were found."""
        ours, plain = (median(side) for side in zip(*self.times, strict=True))
        return ours, plain


def measured(runs: int) -> tuple[list[Cell], list[Cell]]:
    """Equal candidates of every kind, and bad ones where it is quiet."""
    equal = [
        (Service(*stream, shares=SHARES, kind=kind, stay=STAY_SECONDS), 1.0)
        for kind in KINDS
        for stream in STREAMS
    ]
    bad = [
        (Service(*stream, shares=(0.05,), stay=FOUND_STAY_SECONDS), ratio)
        for ratio in RATIOS
        for stream in STREAMS
    ]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        wrong = [_cell(pool, *each, runs) for each in equal]
        return wrong, [_cell(pool, *each, FOUND_RUNS) for each in bad]


def _cell(pool: ProcessPoolExecutor, service: Service, ratio: float, runs: int) -> Cell:
    each = min(runs, PART_RUNS)
    works = [
        Work(service=service, runs=each, ratio=ratio, seed=100 * part + 3) for part in range(max(1, runs // each))
    ]
    return Cell(service=service, ratio=ratio, times=tuple(one for part in pool.map(found, works) for one in part))


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    wrong, bad = measured(FULL_RUNS if is_full() else RUNS)
    claim = next(cell for cell in bad if cell.ratio == 5.0 and cell.service.pace == 1000.0)
    runs = sum(len(cell.times) for cell in wrong)
    false = 100.0 * sum(cell.wrong[0] for cell in wrong) / runs
    return publish(
        Report(
            name="custom_metrics",
            claim="A metric of one's own calls at most the promised rate of equal versions harmful, also where "
            "its events come in bursts; five times the events at 1,000 requests a second, a share of 5% and 1% "
            "events are found within two minutes.",
            figures=(
                Figure(value=false, target=100.0 * PROMISE, unit="%", what="of equal ones harmful", or_equal=True),
                Figure(value=claim.medians[0], target=TARGET_SECONDS, unit="s", what="5 times", or_equal=True),
            ),
            tables=(_false_table(wrong), _found_table(bad)),
            picture=Picture(
                title="Equal versions called harmful at 1,000 requests/s, %",
                unit="%",
                bars=tuple(bar for cell in wrong if cell.service.pace == 1000.0 for bar in _bars(cell)),
            ),
            notes=(
                "Simulated streams; their kinds and lengths are in `benchmarks/evidence_streams.py`: five stages "
                f"of 1, 5, 10, 25 and 50% for {STAY_SECONDS / 60:g} minutes each. The metric has its part of the "
                f"promise beside errors, latency and nothing else, {100.0 * ALPHA:g}%.",
            ),
        )
    )


def _bars(cell: Cell) -> tuple[Bar, ...]:
    ours, plain = (100.0 * count / len(cell.times) for count in cell.wrong)
    kind = cell.service.kind
    return Bar(label=kind, value=ours, is_ours=True), Bar(label=f"{kind}, all events at once", value=plain)


def _false_table(cells: Sequence[Cell]) -> Table:
    return Table(
        title="Equal versions called harmful, by rollout",
        columns=("service", "events", "rollouts", "ours %", "95% interval", "all events at once %"),
        rows=tuple(_false_row(cell) for cell in cells),
    )


def _false_row(cell: Cell) -> tuple[str, ...]:
    ours, plain = cell.wrong
    runs = len(cell.times)
    interval = binomtest(ours, runs).proportion_ci()
    return (
        f"{cell.service.pace:g}/s, {cell.service.kind}",
        f"{100 * cell.service.rate:g}%",
        f"{runs:,}",
        f"{100 * ours / runs:.2f}",
        f"{100 * interval.low:.2f} to {100 * interval.high:.2f}",
        f"{100 * plain / runs:.2f}",
    )


def _found_table(cells: Sequence[Cell]) -> Table:
    return Table(
        title="Bad versions at a share of 5%, quiet: median seconds until harm is proven, of half an hour",
        columns=("times the events", "service", "events", "rollouts", "found", "ours", "all events at once"),
        rows=tuple(
            (
                f"{cell.ratio:g}",
                f"{cell.service.pace:g}/s",
                f"{100 * cell.service.rate:g}%",
                f"{len(cell.times)}",
                f"{cell.wrong[0]}",
                *(f"{each:.0f}" if math.isfinite(each) else "-" for each in cell.medians),
            )
            for cell in cells
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
