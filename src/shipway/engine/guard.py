"""Looks at the metrics and at the replicas, and remembers what it needs between two looks."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.custom import Watch
from shipway.analysis.judge import blind, judge
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.analysis.windows import window
from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample, Window
from shipway.model.share import NONE, TOTAL
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.ports.metric_source import MetricSource

CRASH_LOOP_RESTARTS = 3
"""A replica that was started again this often and still does not answer is a crash loop."""
CHECKPOINT = "evidence"
UNKNOWN = Verdict(kind=Kind.NOT_ENOUGH, sentence="nothing was measured yet")


class Evidence(Struct, frozen=True, kw_only=True):
    """What the guard knows of one run; a checkpoint of the journal, so that a new controller goes on from it."""

    run: int = 0
    row: int = -1
    at: float = 0.0
    before: dict[RevisionId, Sample] = {}
    tally: Tally = Tally()
    windows: dict[RevisionId, Window] = {}
    """What happened since the look before, for people."""
    watches: dict[str, Watch] = {}
    """By metric of `guard.metrics`."""
    custom: dict[str, Verdict] = {}
    """What each of them says."""
    verdict: Verdict = UNKNOWN


def load(kept: bytes | None) -> Evidence:
    """The checkpoint, or nothing known; one that an older version wrote is forgotten."""
    if kept is None:
        return Evidence()
    try:
        return msgspec.json.decode(kept, type=Evidence)
    except msgspec.DecodeError:
        return Evidence()


def dump(evidence: Evidence) -> bytes:
    """The checkpoint's bytes."""
    return msgspec.json.encode(evidence)


def is_due(evidence: Evidence, run: Run, now: float) -> bool:
    """Whether the metrics should be looked at again."""
    return evidence.run != run.id or now - evidence.at >= run.plan.guard.interval * 0.999


async def look(evidence: Evidence, run: Run, source: MetricSource, *, now: float) -> Evidence:
    """One look: samples, what happened since the last one, and what that says."""
    evidence = _of_this_stage(evidence, run)
    names = [name for name in (run.plan.base, run.plan.candidate) if name is not None]
    try:
        samples = await source.sample(names)
    except PortError as error:
        return replace(evidence, at=now, verdict=blind(error.what), windows={})
    windows = {
        name: window(evidence.before[name], sample) for name, sample in samples.items() if name in evidence.before
    }
    tally = _absorbed(evidence.tally, run, windows)
    verdict = judge(tally, run.plan.guard, now=now)
    return replace(evidence, at=now, before=dict(samples), tally=tally, windows=windows, verdict=verdict)


def _of_this_stage(evidence: Evidence, run: Run) -> Evidence:
    """Sums run through the whole rollout; a new stage only adds to what is planned."""
    if evidence.run != run.id:
        evidence = Evidence(run=run.id)
    if evidence.row == run.row or run.back is not None:
        return evidence
    watched = [number for number, stage in enumerate(run.plan.stages) if number > 0 and _is_exposed(run, number)]
    tally = evidence.tally
    if run.row in watched:
        stage = run.stage
        share = stage.route.shares.get(run.plan.candidate, NONE) / TOTAL
        seconds = max(stage.stay.bake, stage.stay.minimum, run.plan.guard.interval)
        index = watched.index(run.row)
        tally = begin_stage(tally, index=index, of=len(watched), share=share, stay_seconds=seconds)
    return replace(evidence, row=run.row, tally=tally)


def _is_exposed(run: Run, row: int) -> bool:
    return run.plan.stages[row].route.shares.get(run.plan.candidate, NONE) > NONE


def _absorbed(tally: Tally, run: Run, windows: dict[RevisionId, Window]) -> Tally:
    candidate = windows.get(run.plan.candidate)
    if candidate is None:
        return tally
    stable = windows.get(run.plan.base) if run.plan.base else None
    return absorb(tally, stable=stable if stable and stable.requests else None, candidate=candidate)


def with_replicas(verdict: Verdict, run: Run, world: World) -> Verdict:
    """The verdict of the metrics, or a worse one that the candidate's replicas show."""
    loop = [
        replica
        for replica in world.replicas(run.plan.candidate)
        if replica.restarts >= CRASH_LOOP_RESTARTS and not replica.ready
    ]
    if not loop:
        return verdict
    worst = max(loop, key=lambda replica: replica.restarts)
    sentence = (
        f"{len(loop)} of {len(world.replicas(run.plan.candidate))} candidate replicas keep crashing: "
        f"{worst.id} was started again {worst.restarts} times" + (f" ({worst.detail})" if worst.detail else "")
    )
    return Verdict(
        kind=Kind.HARMFUL, severity=Severity.CRITICAL, sentence=sentence, first_bad_at=verdict.first_bad_at
    )
