"""Runs a guard over a recorded release: the looks, the judge and the severities are those of a real run.

Only the metric source is a recording. What a verdict leads to is the ladder's: critical and high go back at once,
medium is held and goes back when it lasts.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.tally import Tally, calibrated
from shipway.engine import guard, measuring
from shipway.engine.guard import Evidence
from shipway.engine.state import Run
from shipway.model.doubt import Doubt
from shipway.model.metric import Metric, Reading
from shipway.model.plan import Plan, Stage, Stay
from shipway.model.policy import Guard, Limits
from shipway.model.recording import BAD, GOOD, RecordedLook, Recording, Total
from shipway.model.revision import RevisionId
from shipway.model.route import Route, UserRule
from shipway.model.sample import Counts, Sample
from shipway.model.share import TOTAL, Share
from shipway.model.verdict import Kind, Severity, Verdict

STABLE, CANDIDATE = RevisionId("stable"), RevisionId("candidate")
CHOSEN = (UserRule(kind="header", name="chosen", value="true", revision=CANDIDATE),)


class Replayed(Struct, frozen=True, kw_only=True):
    """What the guard would have done with one release. Times are seconds since it began."""

    name: str
    was: str
    seconds: float
    """How long the recording is."""
    back_at: float | None = None
    """When it would have been taken back."""
    held_at: float | None = None
    """When it would first have been held for medium harm."""
    verdict: Verdict = guard.UNKNOWN
    """The one that took it back, or the last one."""
    requests: int = 0
    """The candidate's until then."""
    errors: int = 0

    @property
    def is_false_alarm(self) -> bool:
        """Taken back, though it was good."""
        return self.back_at is not None and self.was == GOOD

    @property
    def is_missed(self) -> bool:
        """Not taken back, though it was bad."""
        return self.back_at is None and self.was == BAD


class _Recorded:
    """The metric source and the measures of a recording, at one of its looks."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.seen = RecordedLook(at=0.0)

    async def check(self) -> str:
        """What it is."""
        return f"the recording {self.recording.name}"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """Both versions' counts so far."""
        stable = self.seen.stable or Total()
        return {name: self._sample(name, {STABLE: stable}.get(name, self.seen.candidate)) for name in revisions}

    def _sample(self, name: RevisionId, total: Total) -> Sample:
        counts = Counts(requests=total.requests, errors=total.errors, buckets=total.buckets, timed=total.timed)
        bounds = self.recording.bounds_seconds if total.buckets else ()
        return Sample(revision=name, at=self.seen.at, series={"recording": counts}, bounds_seconds=bounds)

    async def probe(self, metrics: Sequence[Metric], revision: RevisionId) -> Mapping[str, Doubt]:
        """Nothing to find out."""
        return {}

    async def measure(
        self, metrics: Sequence[Metric], revisions: Sequence[RevisionId]
    ) -> Mapping[str, Mapping[RevisionId, Reading]]:
        """Metrics by their names; one that was not recorded has no value."""
        return {metric.name: self._readings(metric.name) for metric in metrics}

    def _readings(self, name: str) -> dict[RevisionId, Reading]:
        found = self.seen.metrics.get(name, {})
        return {
            RevisionId(arm): Reading(at=self.seen.at, value=measured.value, of=measured.of)
            for arm, measured in found.items()
        }


async def replay(recording: Recording, policy: Guard) -> Replayed:
    """The release under this guard, until it is taken back or the recording ends."""
    found = Replayed(name=recording.name, was=recording.was, seconds=recording.looks[-1].at)
    medium_since: float | None = None
    async for seen, evidence in looked(recording, policy):
        medium_since = _medium_since(medium_since, evidence.verdict, seen.at)
        found = _noted(found, evidence.verdict, seen, is_medium=medium_since is not None)
        if _goes_back(evidence.verdict, medium_since, policy, seen.at):
            return replace(found, back_at=seen.at)
    return found


async def watch(recording: Recording, policy: Guard) -> Evidence:
    """What the guard knows at the recording's end, whatever it would have done before."""
    found = Evidence()
    async for _, evidence in looked(recording, policy):
        found = evidence
    return found


async def looked(recording: Recording, policy: Guard) -> AsyncIterator[tuple[RecordedLook, Evidence]]:
    """Each look of the recording, with what the guard knows after it."""
    source = _Recorded(recording)
    sources = {measuring.QUERIES: source, measuring.RESOURCES: source}
    run = _run(recording, policy)
    evidence = Evidence(run=run.id, tally=calibrated(Tally(), recording.noise, recording.latency_noise))
    for seen in recording.looks:
        source.seen = seen
        evidence = await guard.look(evidence, replace(run, row=seen.stage + 1), source, now=seen.at)
        evidence = await measuring.look(evidence, run, sources, now=seen.at)
        yield seen, evidence


def _medium_since(since: float | None, verdict: Verdict, at: float) -> float | None:
    is_medium = verdict.kind == Kind.HARMFUL and verdict.severity == Severity.MEDIUM
    return (at if since is None else since) if is_medium else None


def _noted(found: Replayed, verdict: Verdict, seen: RecordedLook, *, is_medium: bool) -> Replayed:
    return replace(
        found,
        verdict=verdict,
        held_at=seen.at if is_medium and found.held_at is None else found.held_at,
        requests=seen.candidate.requests,
        errors=seen.candidate.errors,
    )


def _goes_back(verdict: Verdict, medium_since: float | None, policy: Guard, at: float) -> bool:
    if verdict.kind != Kind.HARMFUL:
        return False
    if verdict.severity in (Severity.CRITICAL, Severity.HIGH):
        return True
    return medium_since is not None and at - medium_since >= policy.medium_patience


def _run(recording: Recording, policy: Guard) -> Run:
    """A run over the recording's stages; row 0 is before them."""
    rows = (_row("now", Share(0), 0.0), *(_row(stage.name, stage.share, stage.stay) for stage in recording.stages))
    plan = Plan(
        service=recording.name,
        strategy="canary",
        base=STABLE,
        candidate=CANDIDATE,
        stages=rows,
        promoted=len(rows) - 1,
        limits=Limits(replicas=1),
        guard=policy,
    )
    return Run(id=1, plan=plan, by="replay", started_at=0.0)


def _row(name: str, share: Share, stay: float) -> Stage:
    """Without a share it is a stage of chosen users, whoever they were."""
    shares = {STABLE: Share(TOTAL - share), CANDIDATE: share}
    return Stage(
        name=name,
        route=Route(
            shares={revision: part for revision, part in shares.items() if part}, users=() if share else CHOSEN
        ),
        stay=Stay(bake=stay),
    )
