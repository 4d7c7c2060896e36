"""What the clock and a look at the platform tell of jobs, as events: instants that are due, jobs that began or
ended, and whose schedule is in force. Pure.

An instant becomes a job, or is left out for a reason, and either is written down; the intent to start a job is
another entry, and its beginning and its end are seen before they are believed.
"""

from collections.abc import Iterator

from shipway.analysis.scheduled import judge
from shipway.engine.agenda import Agenda
from shipway.engine.instants import name_of, newest, number
from shipway.engine.state import Run, ServiceState
from shipway.engine.world import World
from shipway.errors import ShipwayError
from shipway.model.command import Request
from shipway.model.event import Event, JobDue, JobEnded, JobsFrom, JobsSkipped, JobStarted
from shipway.model.fleet import Preparation
from shipway.model.job import BAD, Cause, Job, JobsSeen, Outcome
from shipway.model.revision import RevisionId
from shipway.model.schedule import Overlap, Schedule
from shipway.model.service_kind import ServiceKind
from shipway.model.verdict import Verdict

CLOCK_SECONDS = 60.0
"""A clock that is so much before an instant that was dealt with already was put back."""
APART_SECONDS = 0.5
"""Less than lies between two instants of any schedule."""
OPEN_MAX = 20
"""Jobs side by side, where that is allowed at all."""


# What was seen


def seen(state: ServiceState, look: JobsSeen | None) -> Iterator[Event]:
    """Beginnings and ends; and jobs that can never begin any more."""
    if look is None:
        return
    known = {job.id: job for job in look.jobs}
    for job in state.agenda.open:
        there = known.get(job.id)
        if there is None:
            yield from _gone(job, look)
            continue
        if there.started_at is not None and job.started_at is None:
            yield JobStarted(job=job.id, revision=there.revision, at=there.started_at)
        if there.outcome is not None:
            yield JobEnded(
                job=job.id,
                outcome=there.outcome,
                at=there.ended_at or look.at,
                exit_code=there.exit_code,
                detail=there.detail,
            )


def _gone(job: Job, look: JobsSeen) -> Iterator[Event]:
    """One that ran and is unknown now is lost. One that was only asked for is asked for again, or is missed."""
    if job.started_at is not None:
        yield JobEnded(
            job=job.id, outcome=Outcome.LOST, at=look.at, detail="the platform does not know it any more"
        )


def missed(state: ServiceState, look: JobsSeen | None, *, now: float) -> Iterator[Event]:
    """Jobs that have not begun in time and never will: nobody asked for them, or what was asked is fenced off."""
    for job in state.agenda.open:
        schedule = schedule_of(state)
        limit = schedule.start_within if schedule else 0.0
        if job.started_at is not None or now - job.at <= limit:
            continue
        is_known = look is None or any(each.id == job.id for each in look.jobs)
        is_fenced = look is not None and look.generation >= job.generation
        if job.generation == 0 or (is_fenced and not is_known):
            yield JobEnded(job=job.id, outcome=Outcome.MISSED, at=now, detail=_why_missed(state, job))


def _why_missed(state: ServiceState, job: Job) -> str:
    if state.agenda.revision is None:
        return "no version is scheduled any more"
    error = state.failures.get("jobs")
    if error:
        return error.splitlines()[0]
    others = [other.id for other in state.agenda.open if other.id != job.id and other.generation]
    return f"{others[0]} did not end in time" if others else "it did not begin in time"


# What is due


def due(state: ServiceState, *, now: float) -> Iterator[Event]:
    """What the instants since the last look come to; all but the newest that is not too late are left out."""
    agenda, schedule = state.agenda, schedule_of(state)
    if agenda.revision is None or schedule is None:
        return
    if agenda.cursor - now > CLOCK_SECONDS:
        yield JobsFrom(revision=agenda.revision, since=now, reason="the clock was put back")
        return
    edge = max(agenda.cursor, now - schedule.start_within)
    yield from _left_out(schedule, agenda.cursor, edge, f"more than {schedule.start_within:.0f} s too late")
    last = newest(schedule, edge, now)
    if last is not None:
        yield from _left_out(schedule, edge, last - APART_SECONDS, "a newer instant had come")
        yield _begun(agenda, schedule, last)


def _left_out(schedule: Schedule, after: float, until: float, reason: str) -> Iterator[Event]:
    last = newest(schedule, after, until) if until > after else None
    if last is not None:
        count = number(schedule, after, until)
        yield JobsSkipped(job=name_of(last), at=last, count=count, reason=reason)


def _begun(agenda: Agenda, schedule: Schedule, instant: float) -> Event:
    name = name_of(instant)
    reason = f"{name} was dealt with before" if agenda.knows(name) else blocked(agenda, schedule)
    if reason:
        return JobsSkipped(job=name, at=instant, reason=reason)
    return JobDue(job=name, at=instant)


def blocked(agenda: Agenda, schedule: Schedule) -> str:
    """Why there is to be no further job now; empty where there may be one."""
    waiting = [job for job in agenda.open if not job.generation]
    match schedule.overlap:
        case Overlap.SKIP if agenda.open:
            return (
                f"{agenda.open[0].id} was still running" if agenda.open[0].generation else f"{waiting[0].id} waits"
            )
        case Overlap.QUEUE | Overlap.REPLACE if waiting:
            return f"{waiting[0].id} waits already"
        case Overlap.ALLOW if len(agenda.open) >= OPEN_MAX:
            return f"{OPEN_MAX} jobs run already"
        case _:
            return ""


def by_hand(state: ServiceState, request: Request) -> Event:
    """A job beside the schedule. Raises `ShipwayError` where none can be started now."""
    schedule = schedule_of(state)
    if state.limits.kind != ServiceKind.CRON or schedule is None:
        raise ShipwayError(
            f"{state.service} has no job to run.",
            why="No version of it is scheduled now."
            if state.limits.kind == ServiceKind.CRON
            else f"Its kind is {state.limits.kind}: nothing of it is started at instants.",
            fix="Deploy a version of a service whose `kind` is cron.",
        )
    reason = blocked(state.agenda, schedule)
    if reason:
        raise ShipwayError(
            f"No further job of {state.service} is started now.",
            where=f"schedule.overlap: {schedule.overlap}",
            why=f"{reason[0].upper()}{reason[1:]}.",
            fix="Wait for its end: `shipway jobs` shows it.",
        )
    name = f"{name_of(request.at)}-hand{request.id}"
    return JobDue(job=name, at=request.at, cause=Cause.HAND, by=request.by)


# Whose schedule


def schedule_of(state: ServiceState) -> Schedule | None:
    """The one in force."""
    return state.schedules.get(state.agenda.revision) if state.agenda.revision else None


def turned(state: ServiceState, world: World, *, now: float) -> Iterator[Event]:
    """Another schedule comes into force once its revision can be started; what was due before is dealt with."""
    agenda, wanted = state.agenda, wanted_of(state)
    if wanted == agenda.revision or (wanted is not None and world.fleet is None):
        return
    found = wanted if wanted is None or is_startable(world, wanted) else _meanwhile(state)
    if found == agenda.revision:
        return
    yield JobsFrom(revision=found, since=now, reason=_why(state.run, found))
    yield from _again(state, found, now=now)


def wanted_of(state: ServiceState) -> RevisionId | None:
    """The revision that the row, or the resting state, wants jobs to be of."""
    stage = state.run.stage if state.run else state.rest
    return next((revision for revision, count in stage.capacity.items() if count), None)


def is_startable(world: World, revision: RevisionId) -> bool:
    """Whether a job of it could begin now."""
    fleet = world.fleet
    return fleet is not None and fleet.prepared.get(revision) == Preparation.DONE and world.fits(revision)


def _meanwhile(state: ServiceState) -> RevisionId | None:
    """Until the wanted revision can be started: the one that is in force, if this run knows it, or its base."""
    plan = state.run.plan if state.run else None
    if plan is None or state.agenda.revision in (plan.base, plan.candidate):
        return state.agenda.revision
    return plan.base


def _why(run: Run | None, revision: RevisionId | None) -> str:
    if revision is None:
        return "no job is wanted"
    if run is not None and run.back is not None:
        return run.back.reason
    return f"stage {run.stage.name}" if run is not None else ""


def _again(state: ServiceState, revision: RevisionId | None, *, now: float) -> Iterator[Event]:
    """After a take-back: the instant whose job failed, on the former revision, where its schedule says so. It goes
    before what waits; where newer jobs take the place of older ones, it is not worth its place."""
    run, schedule = state.run, state.schedules.get(revision) if revision else None
    if run is None or run.back is None or schedule is None or not schedule.rerun:
        return
    mine = jobs_of(state.agenda, run)
    if not mine or mine[-1].outcome not in BAD or now - mine[-1].at > schedule.start_within:
        return
    name = f"{mine[-1].id}-again"
    is_replaced = schedule.overlap == Overlap.REPLACE and blocked(state.agenda, schedule)
    if not state.agenda.knows(name) and not is_replaced:
        yield JobDue(job=name, at=mine[-1].at, cause=Cause.RERUN)


# How they do


def verdict(agenda: Agenda, run: Run) -> Verdict:
    """What the run's jobs say of the candidate, beside the stable version's newest."""
    stable = [job for job in agenda.past if run.plan.base and job.revision == run.plan.base]
    return judge(jobs_of(agenda, run), stable, run.plan.guard)


def jobs_of(agenda: Agenda, run: Run) -> tuple[Job, ...]:
    """The candidate's ended jobs of this run."""
    return tuple(job for job in agenda.past if job.generation > run.id and job.revision == run.plan.candidate)
