"""Looks at the metrics and at the replicas, and remembers what it needs between two looks."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.copies import Copies, of_users
from shipway.analysis.custom import Watch
from shipway.analysis.division import Division, divided
from shipway.analysis.division import Look as DivisionLook
from shipway.analysis.division_verdict import verdict_of_division
from shipway.analysis.judge import blind, judge
from shipway.analysis.strain import Strain
from shipway.analysis.tally import Tally, absorb, begin_stage
from shipway.analysis.windows import is_newer, window
from shipway.analysis.words import of_jobs
from shipway.engine import hooks
from shipway.engine.ramped import Ramped
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.plan import Plan, compared_with, has_users, share_of
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Sample, Window
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL
from shipway.model.verdict import Kind, Verdict
from shipway.ports.metric_source import MetricSource
from shipway.ports.remembers import Remembers

STALE_SECONDS, STALE_INTERVALS = 90.0, 5.0
"""A source that repeats itself for longer is no source; the slowest ones have a point a minute."""
CHECKPOINT = "evidence"
UNKNOWN = Verdict(kind=Kind.NOT_ENOUGH, sentence="nothing was measured yet")


class Evidence(Struct, frozen=True, kw_only=True):
    """What the guard knows of one run; a checkpoint of the journal, so that a new controller goes on from it."""

    run: int = 0
    calibration: str = ""
    """What the guard knew of the service's errors when the run began, as a sentence."""
    row: int = -1
    at: float = 0.0
    whole_at: float | None = None
    """When every version last had a newer sample."""
    before: dict[RevisionId, Sample] = {}
    tally: Tally = Tally()
    windows: dict[RevisionId, Window] = {}
    """What happened since the look before, for people."""
    division: Division = Division()
    judged_row: int = -1
    """The row of `requests`."""
    requests: Verdict = UNKNOWN
    """What requests say, without metrics that people defined."""
    watches: dict[str, Watch] = {}
    """By metric of `guard.metrics`."""
    custom: dict[str, Verdict] = {}
    """What each of them says."""
    copies: Copies = Copies()
    """What the candidate answered to copied requests, in the stage that copies them."""
    verdict: Verdict = UNKNOWN
    ramped: Ramped = Ramped()
    """The flag that the stage ramps."""
    ahead: float = 0.0
    """How far the source's clock was seen to be before ours, at most, in seconds."""
    strain: Strain | None = None
    """Whether users suffer while rows are filled; none while none are."""
    source: bytes = b""
    """What the source of the requests remembers."""


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


def recall(evidence: Evidence, source: MetricSource) -> None:
    """A source that another controller asked before goes on from what it knew then."""
    if evidence.source and isinstance(source, Remembers):
        source.recall(evidence.source)


def remembered(evidence: Evidence, source: MetricSource) -> Evidence:
    """The evidence with what its source remembers: both are kept in one write."""
    return replace(evidence, source=source.memory()) if isinstance(source, Remembers) else evidence


def on_our_clock(verdict: Verdict, evidence: Evidence, run: Run, *, now: float) -> Verdict:
    """The verdict with the time of its first bad response by our clock, inside of the run.

    A source whose clock is ahead tells of the future, which shows by how much. One that is behind looks like one
    that tells late: its times stay.
    """
    if verdict.first_bad_at is None:
        return verdict
    at = max(run.started_at, min(verdict.first_bad_at - evidence.ahead, now))
    return verdict if at == verdict.first_bad_at else replace(verdict, first_bad_at=at)


def is_due(evidence: Evidence, run: Run, now: float) -> bool:
    """Whether the metrics should be looked at again."""
    return evidence.run != run.id or now - evidence.at >= run.plan.guard.interval * 0.999


async def look(evidence: Evidence, run: Run, source: MetricSource, *, now: float) -> Evidence:
    """One look: samples, what happened since the last one, and what that says."""
    evidence = _of_this_stage(evidence, run)
    names = [name for name in (compared_with(run.plan), run.plan.candidate) if name is not None]
    try:
        samples = await source.sample(names)
    except PortError as error:
        return replace(evidence, at=now, verdict=blind(error.what), windows={})
    candidate = samples.get(run.plan.candidate)
    has_share = share_of(run.plan, run.stage, run.plan.candidate) > NONE  # chosen users may stay away
    if candidate is not None and candidate.is_unseen and has_share:
        unseen = f"the metric source shows nothing of {run.plan.candidate}"
        return replace(evidence, at=now, verdict=blind(unseen), windows={})
    if not _is_whole(evidence.before, samples, names):
        return _waiting(evidence, run, samples, now)
    windows = {
        name: window(evidence.before[name], sample) for name, sample in samples.items() if name in evidence.before
    }
    windows = _of_users(windows, run)
    evidence = replace(
        evidence,
        at=now,
        whole_at=now,
        before=dict(samples),
        ahead=max(evidence.ahead, *(sample.at - now for sample in samples.values())),
        tally=_absorbed(evidence.tally, run, windows),
        division=_divided(evidence.division, run, windows, samples),
        windows=windows,
    )
    verdict = _judged(evidence, run, windows, samples)
    return replace(evidence, judged_row=run.row, requests=verdict, verdict=verdict)


def _of_users(windows: dict[RevisionId, Window], run: Run) -> dict[RevisionId, Window]:
    """What a stage copies to the candidate is no user's request, even where the source of metrics counts it."""
    mirror = run.stage.route.mirror
    if mirror is None or mirror.revision not in windows:
        return windows
    counted = windows[mirror.revision]
    return {**windows, mirror.revision: Window(revision=mirror.revision, start=counted.start, end=counted.end)}


def _is_whole(
    before: Mapping[RevisionId, Sample], samples: Mapping[RevisionId, Sample], names: Sequence[RevisionId]
) -> bool:
    """Whether every version has a sample that is newer than its last: one that is late or told twice waits.

    Counters are cumulative, so the next whole look has what this one would have had, of both versions.
    """
    return all(name in samples and is_newer(before.get(name), samples[name]) for name in names)


def _waiting(evidence: Evidence, run: Run, samples: Mapping[RevisionId, Sample], now: float) -> Evidence:
    """Nothing new: the last verdict holds for a while, then the guard is blind."""
    patience = max(STALE_SECONDS, STALE_INTERVALS * run.plan.guard.interval)
    waited = now - (now if evidence.whole_at is None else evidence.whole_at)
    known = (compared_with(run.plan), run.plan.candidate)
    missing = [name for name in known if name is not None and name not in samples]
    if missing:
        verdict = blind(f"the source has no counts of {missing[0]}")
    elif waited > patience:
        verdict = blind(f"the source has told nothing new for {waited:.0f} s")
    else:
        verdict = evidence.requests
    return replace(evidence, at=now, verdict=verdict, windows={})


def _judged(
    evidence: Evidence,
    run: Run,
    windows: Mapping[RevisionId, Window],
    samples: Mapping[RevisionId, Sample],
) -> Verdict:
    """A new verdict, by the source's own clock; the last one where no counter moved and nothing waits for it."""
    now = samples[run.plan.candidate].at
    division = verdict_of_division(evidence.division, now=now)
    moved = any(seen.requests or seen.timed for seen in windows.values())
    is_same = evidence.judged_row == run.row and evidence.requests.kind != Kind.BLIND
    if not moved and division is None and is_same:
        return evidence.requests
    others = [division] if division else []
    verdict = judge(evidence.tally, guard_of_users(run.plan), now=now, others=others)
    return verdict if run.plan.limits.kind == ServiceKind.HTTP else of_jobs(verdict)


def guard_of_users(plan: Plan) -> Guard:
    """The policy for users' requests: copies take their part of the promise."""
    return of_users(plan.guard, has_copies=any(stage.route.mirror for stage in plan.stages))


def _divided(
    division: Division,
    run: Run,
    windows: Mapping[RevisionId, Window],
    samples: Mapping[RevisionId, Sample],
) -> Division:
    """Counted by windows that begin after the stage was reached: before, its shares need not hold yet, and a
    source tells of that later."""
    base, candidate = compared_with(run.plan), run.plan.candidate
    share = share_of(run.plan, run.stage, candidate) / TOTAL
    if base is None or run.settled_at is None or run.back is not None or not 0.0 < share < 1.0:
        return Division()
    if run.plan.limits.kind != ServiceKind.HTTP:
        return Division()  # jobs are fetched by who is free, not divided by a share
    if division.row != run.row:
        is_exact = not run.stage.route.users and run.stage.route.sticky is None
        return Division(row=run.row, share=share, is_exact=is_exact)
    if base not in windows or candidate not in windows:
        return division
    if min(windows[base].start, windows[candidate].start) < run.settled_at:
        return division
    seen = DivisionLook(
        stable=windows[base],
        candidate=windows[candidate],
        waiting=samples[candidate].in_flight,
        stable_waiting=samples[base].in_flight,
        is_prompt=samples[base].is_prompt and samples[candidate].is_prompt,
    )
    return divided(division, seen)


def _of_this_stage(evidence: Evidence, run: Run) -> Evidence:
    """Sums run through the whole rollout; a new stage only adds to what is planned. While something has to agree
    before it, users are divided as they were."""
    if evidence.run != run.id:
        evidence = Evidence(run=run.id, source=evidence.source)
    if evidence.row == run.row or run.back is not None or hooks.first_ones(run):
        return evidence
    watched = watched_rows(run.plan)
    tally = evidence.tally
    if run.row in watched:
        stage = run.stage
        share = share_of(run.plan, stage, run.plan.candidate) / TOTAL
        seconds = max(stage.stay.bake, stage.stay.minimum, run.plan.guard.interval)
        index = watched.index(run.row)
        tally = begin_stage(tally, index=index, of=len(watched), share=share, stay_seconds=seconds)
    return replace(evidence, row=run.row, tally=tally)


def watched_rows(plan: Plan) -> list[int]:
    """The rows in which the candidate has users."""
    return [number for number in range(1, len(plan.stages)) if is_exposed(plan, number)]


def is_exposed(plan: Plan, row: int) -> bool:
    """Whether the candidate has users in this row."""
    return has_users(plan, plan.stages[row], plan.candidate)


def _absorbed(tally: Tally, run: Run, windows: dict[RevisionId, Window]) -> Tally:
    candidate = windows.get(run.plan.candidate)
    if candidate is None:
        return tally
    base = compared_with(run.plan)
    stable = windows.get(base) if base else None
    return absorb(tally, stable=stable if stable and stable.requests else None, candidate=candidate)
