"""Jobs: one that is due begins on the revision in force, once; none begins that nobody wants any more."""

from collections.abc import Iterator

from shipway.engine.world import World
from shipway.model.action import Action, EndJob, Prepare, StartJob
from shipway.model.fleet import Preparation
from shipway.model.job import Job
from shipway.model.schedule import Overlap, Schedule


def prepare(world: World) -> Iterator[Action]:
    """Every revision whose jobs are, or will be, started."""
    fleet = world.fleet
    if fleet is None or not world.has_jobs:
        return
    for revision in world.startable:
        is_pending = fleet.prepared.get(revision, Preparation.PENDING) == Preparation.PENDING
        if is_pending and world.fits(revision):
            yield Prepare(revision)


def step(world: World) -> Iterator[Action]:
    """At most one: what must not begin or go on comes first, then the oldest that is due."""
    if not world.has_jobs or world.observed.jobs is None:
        return
    for action in (*_endings(world), *_starts(world)):
        yield action
        return


def _endings(world: World) -> Iterator[Action]:
    schedule = world.schedule
    for job in world.agenda.open:
        if not job.generation or _is_recent(job.ending_at, world):
            continue
        if world.agenda.revision is None or schedule is None:
            yield EndJob(job.id, True)
        elif job.started_at is None and world.now - job.at > schedule.start_within:
            yield EndJob(job.id, False)
        elif job.started_at is not None and _is_replaced(world, job, schedule):
            yield EndJob(job.id, True)


def _is_replaced(world: World, job: Job, schedule: Schedule) -> bool:
    waits = any(not other.generation and other.id != job.id for other in world.agenda.open)
    return waits and schedule.overlap == Overlap.REPLACE


def _starts(world: World) -> Iterator[Action]:
    revision, schedule = world.agenda.revision, world.schedule
    if revision is None or schedule is None or not world.fits(revision):
        return
    for job in world.agenda.open:
        if job.started_at is None and _may_begin(world, job, schedule):
            yield StartJob(revision, job.id)


def _may_begin(world: World, job: Job, schedule: Schedule) -> bool:
    """What was asked for is asked for again, on the revision in force, until it is seen to have begun."""
    is_asked = _is_recent(job.asked_at, world) and job.revision == world.agenda.revision
    is_late = world.now - job.at > schedule.start_within
    return not (is_asked or is_late or job.ending_at is not None or _is_blocked(world, job, schedule))


def _is_blocked(world: World, job: Job, schedule: Schedule) -> bool:
    """Whether another one runs, or may: an intent that nobody saw carried out is a possible state too."""
    others = any(other.generation and other.id != job.id for other in world.agenda.open)
    return others and schedule.overlap != Overlap.ALLOW


def _is_recent(at: float | None, world: World) -> bool:
    return at is not None and world.now - at < world.limits.retry
