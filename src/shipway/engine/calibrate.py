"""Teaches a run's guard how the service's own errors cluster, once, before the candidate has users."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.aa import Known, known, noise_of
from shipway.analysis.aa_latency import KnownLatency, known_latency, latency_noise_of
from shipway.analysis.calibration import Stage
from shipway.analysis.promise import ERRORS, LATENCY
from shipway.analysis.tally import SHARE_MIN, calibrated
from shipway.engine import resting, resting_latency
from shipway.engine.guard import Evidence, guard_of_users, is_exposed, watched_rows
from shipway.engine.state import Run
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import INDEPENDENT, QUIET, Noise
from shipway.model.past import Past
from shipway.model.plan import Plan, share_of
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL
from shipway.ports.journal import Journal

WAIT_SECONDS = 30.0
"""Once the candidate has users, the guard begins uncalibrated after so long."""
UNTOLD = "not calibrated: the metric source does not tell replicas apart"
TOO_LATE = f"not calibrated: its past was not learnt within {WAIT_SECONDS:.0f} s of the first users"
ALONE = "the service has a single replica, which has no equal to be compared with"
SUMMED = "the metric source told of one replica at most"
LASTS = "at 100% harm has to last some minutes to be proven, or break a limit"
"""What a short past means for users."""
RETURNS = "back"
"""The strategy of a run that returns to an earlier revision."""


Noises = tuple[Noise, LatencyNoise]


class Kept(Struct, frozen=True):
    """The windows of a service that the journal keeps."""

    errors: Mapping[str, bytes] = {}
    latency: Mapping[str, bytes] = {}
    is_told: bool = True
    """Whether the source told replicas apart when it was asked last."""


class Knowledge(Struct, frozen=True):
    """What they say."""

    errors: Known
    latency: KnownLatency
    is_told: bool = True

    def is_worth_replaying(self, stages: Sequence[Stage]) -> bool:
        """Whether anything in these stages would be judged otherwise."""
        is_alone = any(stage.share >= 1.0 for stage in stages)
        errors = self.errors.is_enough and (self.errors.clustering.is_noisy or is_alone)
        return errors or self.latency.is_noisy


class Lesson(Struct, frozen=True, kw_only=True):
    """What a run's guard begins with."""

    run: int
    sentence: str
    noise: Noises | Future[Noises] = (QUIET, CALM)
    """Of errors and of latency; under way elsewhere, where either clusters or the candidate will be alone."""


async def kept_of(journal: Journal, service: str, *, is_told: bool = True) -> Kept:
    """All that there is."""
    latency = await journal.kept(resting_latency.key_of(service))
    return Kept(await journal.kept(resting.key_of(service)), latency, is_told)


def lesson_of(kept: Kept, run: Run, past: Sequence[Past], executor: Executor | None, *, now: float) -> Lesson:
    """From the windows that are kept. Without an executor everything is computed at once."""
    found = known_of(kept, past, now=now)
    sentence = said(found, run.plan)
    stages, promise = stages_of(run.plan), guard_of_users(run.plan).false_rollback
    if executor is None or not found.is_worth_replaying(stages):
        return Lesson(run=run.id, sentence=sentence, noise=_noises(found, stages, promise))
    return Lesson(run=run.id, sentence=sentence, noise=executor.submit(_noises, found, stages, promise))


def _noises(found: Knowledge, stages: Sequence[Stage], promise: float) -> Noises:
    """Seconds of one core, where anything is worth replaying."""
    return (
        _errors(found.errors, stages, alpha=ERRORS * promise),
        latency_noise_of(found.latency, stages, alpha=LATENCY * promise) if found.latency.is_enough else CALM,
    )


def _errors(found: Known, stages: Sequence[Stage], *, alpha: float) -> Noise:
    if not found.is_enough:
        return QUIET
    is_alone = any(stage.share >= 1.0 for stage in stages)
    return noise_of(found, stages, alpha=alpha) if found.clustering.is_noisy or is_alone else INDEPENDENT


def said(found: Knowledge, plan: Plan) -> str:
    """The sentence for people."""
    lacks = ALONE if plan.limits.replicas < 2 else "" if found.is_told else SUMMED
    sentence = found.errors.sentence(lacks=lacks)
    return f"{sentence}; {found.latency.sentence}" if found.errors.is_enough else untaught(sentence, plan)


def untaught(sentence: str, plan: Plan) -> str:
    """A sentence that says why nothing was learnt, with what follows for a candidate that will be alone."""
    is_alone = plan.base is not None and any(stage.share >= 1.0 for stage in stages_of(plan))
    return f"{sentence}; {LASTS}" if is_alone else sentence


def known_of(kept: Kept, past: Sequence[Past], *, now: float) -> Knowledge:
    """What the windows say; without those of revisions that were taken back or left by a return."""
    bad = mistrusted(past)
    windows = [window for window in resting.decoded(kept.errors, now=now) if window.revision not in bad]
    slow = resting_latency.decoded(kept.latency, now=now, age_seconds=resting.AGE_SECONDS_MAX)
    latency = known_latency([window for window in slow if window.revision not in bad])
    return Knowledge(known(windows, now=now), latency, kept.is_told)


def mistrusted(past: Sequence[Past]) -> frozenset[RevisionId]:
    """Revisions that were taken back, or left by a return, and have not finished a release since."""
    found: set[RevisionId] = set()
    for ended in past:
        if ended.outcome != "finished":
            found |= {ended.candidate} if ended.turned_at is not None else set()
            continue
        found.discard(ended.candidate)
        if ended.strategy == RETURNS and ended.base is not None:
            found.add(ended.base)
    return frozenset(found)


def stages_of(plan: Plan) -> tuple[Stage, ...]:
    """Those in which the candidate has users, as its guard watches them."""
    return tuple(
        Stage(
            share_of(plan, plan.stages[row], plan.candidate) / TOTAL or SHARE_MIN,
            max(plan.stages[row].stay.bake, plan.stages[row].stay.minimum, plan.guard.interval),
        )
        for row in watched_rows(plan)
    )


def begin(lesson: Lesson, run: Run, before: Evidence, *, now: float) -> Evidence | None:
    """The evidence that the run's guard begins with; none while it should still wait for its lesson.

    `before` is that of the former run: of it only what the source remembers goes on.
    """
    noise, sentence = lesson.noise, lesson.sentence
    if isinstance(noise, Future):
        is_late = is_exposed(run.plan, run.row) and now - run.entered_at > WAIT_SECONDS
        if not noise.done() and not is_late:
            return None
        is_learnt, untold = noise.done(), untaught(TOO_LATE, run.plan)
        noise, sentence = (noise.result(), sentence) if is_learnt else ((QUIET, CALM), untold)
    evidence = Evidence(run=run.id, calibration=sentence, source=before.source)
    return replace(evidence, tally=calibrated(evidence.tally, *noise))
