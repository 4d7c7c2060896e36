"""From what the guard has seen of a run to lines of a recording: a release that went well is worth keeping too."""

from msgspec.structs import replace

from shipway.analysis.arms import Arm
from shipway.analysis.custom import Watch
from shipway.engine.guard import Evidence, watched_rows
from shipway.engine.state import Run
from shipway.model.metric import Metric
from shipway.model.plan import share_of
from shipway.model.recording import Measured, RecordedLook, RecordedStage, Recording, Total


def head(run: Run, evidence: Evidence, *, name: str) -> Recording:
    """The release without any look; the bounds are those that the source has now."""
    rows = [run.plan.stages[row] for row in watched_rows(run.plan)]
    stages = tuple(
        RecordedStage(
            name=row.name,
            share=share_of(run.plan, row, run.plan.candidate),
            stay=max(row.stay.bake, row.stay.minimum, run.plan.guard.interval),
        )
        for row in rows
    )
    bounds = max((sample.bounds_seconds for sample in evidence.before.values()), default=())
    return Recording(
        name=name,
        stages=stages,
        looks=(),
        bounds_seconds=bounds,
        noise=evidence.tally.compared.noise,
        latency_noise=evidence.tally.slowness.noise,
    )


def look(run: Run, evidence: Evidence) -> RecordedLook:
    """Both versions as the newest look left them."""
    tally, rows = evidence.tally, watched_rows(run.plan)
    spell = tally.spell
    return RecordedLook(
        at=round(evidence.at - run.started_at, 3),
        stage=-1 if spell is None else min(spell.index, len(rows) - 1),
        stable=_total(tally.stable, tally.stable) if run.plan.base else None,
        candidate=_total(tally.candidate, tally.stable),
        metrics={
            metric.name: _measured(metric, evidence.watches[metric.name])
            for metric in run.plan.guard.metrics
            if metric.name in evidence.watches
        },
    )


def beginning(run: Run, evidence: Evidence) -> RecordedLook:
    """The run's start: nothing was counted yet, and metrics stood where they stand at the first look."""
    metrics = look(run, evidence).metrics
    return RecordedLook(at=0.0, stage=-1, stable=Total() if run.plan.base else None, metrics=metrics)


def _total(arm: Arm, stable: Arm) -> Total:
    """Latency only while both versions are counted by the same bounds."""
    found = Total(requests=arm.requests, errors=arm.errors)
    is_timed = bool(arm.buckets) and arm.bounds_seconds == stable.bounds_seconds
    return replace(found, buckets=arm.buckets, timed=arm.timed) if is_timed else found


def _measured(metric: Metric, watch: Watch) -> dict[str, Measured]:
    """Cumulative since the run began, as a source would tell it; a level as it is."""
    return {
        arm: Measured(reading.value, reading.of)
        for arm, reading in watch.before.items()
        if arm not in watch.absent
    }
