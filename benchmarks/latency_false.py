"""How often equal candidates are taken for slower, over whole rollouts, by the comparison of latency alone.

The production comparison over arrays (`analysis/latency_lockstep.py`), which agrees with the guard's own to 1e-9,
before and after it is calibrated on a history of the same service: 300 windows of half an hour, recorded as the
engine records them, with bursts that are not those of the rollouts.
"""

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from msgspec import Struct
from scipy.stats import binomtest

from benchmarks.latency_streams import STEP, Floats, Service, histories, reached
from benchmarks.report import Figure, Table
from shipway.analysis.calibration import Stage
from shipway.analysis.latency_calibration import calibrated_latency
from shipway.analysis.promise import LATENCY
from shipway.model.latency_noise import CALM
from shipway.model.policy import Guard

RUNS, FULL_RUNS, PART_RUNS = 2000, 20_000, 1000
"""A history is drawn for each part."""
ALPHA = Guard().false_rollback * LATENCY
SEED = 1000
KINDS = ("quiet", "diurnal", "shared bursts", "own bursts")
SERVICES = tuple(Service(pace=pace, kind=kind) for kind in KINDS for pace in (100.0, 1000.0))


class Wrong(Struct, frozen=True):
    """Of one service's rollouts: called slower at all, by a quarter (held), by a half (taken back)."""

    service: Service
    runs: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    """Calibrated."""


def measured(runs: int) -> list[Wrong]:
    """Every service, on as many processes as this may use."""
    parts = range(max(1, runs // PART_RUNS))
    each = min(runs, PART_RUNS)
    found = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for service in SERVICES:
            counted = list(pool.map(_counted, [(service, each, part) for part in parts]))
            before, after = (np.sum([one[side] for one in counted], axis=0) for side in (0, 1))
            found.append(Wrong(service, each * len(parts), tuple(map(int, before)), tuple(map(int, after))))
    return found


def _counted(work: tuple[Service, int, int]) -> tuple[Floats, Floats]:
    service, runs, part = work
    stages = [Stage(share, service.stay) for share in service.shares]
    noise = calibrated_latency(histories(service, seed=SEED * part + 7), stages, alpha=ALPHA)
    before = _wrong(service, runs, part, noise=CALM)
    return before, _wrong(service, runs, part, noise=noise)


def _wrong(service: Service, runs: int, part: int, **named: object) -> Floats:
    found = reached(service, alpha=ALPHA, runs=runs, seed=SEED * part + 1, **named)  # type: ignore[arg-type]
    return np.asarray(np.isfinite(found).sum(axis=1))


def figures(found: Iterable[Wrong]) -> tuple[Figure, ...]:
    """What equal candidates are flagged and taken back at, calibrated, against the promise that latency has."""
    wrong = list(found)
    runs = sum(each.runs for each in wrong)
    return tuple(
        Figure(
            value=100.0 * sum(each.after[kind] for each in wrong) / runs,
            target=100.0 * ALPHA,
            unit="%",
            what=f"of equal ones {said}",
            or_equal=True,
        )
        for kind, said in ((0, "called slower"), (2, "taken back"))
    )


def table(found: Iterable[Wrong]) -> Table:
    """With what so many rollouts can say."""
    return Table(
        title="Equal candidates called slower, by rollout",
        columns=(
            "service",
            "rollouts",
            "called slower %",
            "held %",
            "taken back %",
            "calibrated: called slower %",
            "held %",
            "taken back %",
            "95% interval of the latter",
        ),
        rows=tuple(_row(each) for each in found),
        note=f"The comparison of latency alone, at its part of the promise, {100.0 * ALPHA:g}%: rollouts of 1, 5, "
        f"10, 25 and 50% for {SERVICES[0].stay / 60:g} minutes each, a scrape every {STEP:g} s. Bursts are twice "
        "as slow, every ten minutes: shared ones of 20 s in both versions, own ones of 15 s in each by itself. "
        "Calibrated is by 300 windows of the service at rest.",
    )


def _row(found: Wrong) -> tuple[str, ...]:
    interval = binomtest(found.after[-1], found.runs).proportion_ci()
    return (
        f"{found.service.pace:g}/s, {found.service.kind}",
        f"{found.runs:,}",
        *(f"{100 * count / found.runs:.3f}" for count in (*found.before, *found.after)),
        f"{100 * interval.low:.3f} to {100 * interval.high:.3f}",
    )
