"""Recordings of releases that were never made: drawn, cumulative, looked at every five seconds."""

import numpy as np

from shipway.model.recording import BAD, GOOD, Measured, RecordedLook, RecordedStage, Recording, Total
from shipway.model.share import Share

STAGES = tuple(
    RecordedStage(name=f"{share / 1000:g}%", share=Share(share), stay=300.0) for share in (5_000, 25_000, 100_000)
)
BOUNDS = (0.1, 0.5)


def drawn(name: str, *, rate: float = 0.01, ratio: float = 1.0, seed: int = 0, pace: float = 100.0) -> Recording:
    """A release whose candidate fails `ratio` times as often; a bad one has twice the memory."""
    random = np.random.default_rng(seed)
    stable = candidate = Total(buckets=(0, 0))
    looks = [RecordedLook(at=0.0, stage=-1, stable=stable, candidate=candidate)]
    for number in range(12 + 60 * len(STAGES)):
        stage = (number - 12) // 60 if number >= 12 else -1
        share = STAGES[stage].share / 100_000 if stage >= 0 else 0.0
        counts = random.poisson([5 * pace * (1 - share), 5 * pace * share])
        errors = random.binomial(counts, [rate, min(1.0, rate * ratio)])
        stable, candidate = (
            _more(total, int(counts[arm]), int(errors[arm])) for arm, total in enumerate((stable, candidate))
        )
        memory = {"stable": Measured(100.0), "candidate": Measured(100.0 if ratio == 1.0 else 200.0)}
        looks.append(
            RecordedLook(
                at=5.0 * (number + 1), stage=stage, stable=stable, candidate=candidate, metrics={"memory": memory}
            )
        )
    return Recording(
        name=name, stages=STAGES, looks=tuple(looks), bounds_seconds=BOUNDS, was=GOOD if ratio == 1.0 else BAD
    )


def _more(total: Total, requests: int, errors: int) -> Total:
    count = total.requests + requests
    return Total(requests=count, errors=total.errors + errors, timed=count, buckets=(count * 9 // 10, count))
