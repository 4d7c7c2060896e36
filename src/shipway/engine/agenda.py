"""What the journal knows of a service's jobs: whose schedule is in force, what is open, what has ended. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.model import event
from shipway.model.action import Action, EndJob, StartJob
from shipway.model.job import Job, Outcome
from shipway.model.revision import RevisionId

PAST_JOBS_MAX = 100
"""Ended jobs that the fold keeps; the journal keeps all."""


class Agenda(Struct, frozen=True, kw_only=True):
    """Jobs of one service."""

    revision: RevisionId | None = None
    """Whose schedule is in force; none: no job is started."""
    cursor: float = 0.0
    """Instants up to this one are dealt with."""
    open: tuple[Job, ...] = ()
    """That are due or run, the oldest instant first."""
    past: tuple[Job, ...] = ()
    """The newest that have ended, in the order of their ends."""

    def job(self, name: str) -> Job | None:
        """An open one by its name."""
        return next((job for job in self.open if job.id == name), None)

    def knows(self, name: str) -> bool:
        """Whether there is, or lately was, a job of that name."""
        return any(job.id == name for job in (*self.open, *self.past))


Happened = event.JobsFrom | event.JobDue | event.JobsSkipped | event.JobStarted | event.JobEnded
"""What happens to jobs."""


def after(agenda: Agenda, happened: Happened, at: float) -> Agenda:
    """The agenda after one more event."""
    match happened:
        case event.JobsFrom():
            return in_force(agenda, happened)
        case event.JobDue():
            return due(agenda, happened)
        case event.JobsSkipped():
            return skipped(agenda, happened, at)
        case event.JobStarted():
            return started(agenda, happened)
        case event.JobEnded():
            return ended(agenda, happened)


def intended(agenda: Agenda, position: int, action: Action, *, at: float) -> Agenda:
    """The agenda after an intent, where that is about a job."""
    match action:
        case StartJob(revision, job):
            return asked(agenda, job, revision, generation=position, at=at)
        case EndJob(job, _):
            return ending(agenda, job, at=at)
        case _:
            return agenda


def in_force(agenda: Agenda, happened: event.JobsFrom) -> Agenda:
    """Another schedule counts from its own beginning."""
    return replace(agenda, revision=happened.revision, cursor=happened.since)


def due(agenda: Agenda, happened: event.JobDue) -> Agenda:
    """One more that is to be started; only the schedule's own move the cursor."""
    job = Job(id=happened.job, at=happened.at, cause=happened.cause, by=happened.by)
    jobs = tuple(sorted((*agenda.open, job), key=lambda each: (each.at, each.id)))
    is_scheduled = happened.cause == "schedule"
    return replace(agenda, open=jobs, cursor=max(agenda.cursor, happened.at) if is_scheduled else agenda.cursor)


def skipped(agenda: Agenda, happened: event.JobsSkipped, at: float) -> Agenda:
    """Several in a row for one reason are one line."""
    job = Job(
        id=happened.job,
        at=happened.at,
        ended_at=at,
        outcome=Outcome.SKIPPED,
        detail=happened.reason,
        count=happened.count,
    )
    before = agenda.past
    if before and before[-1].outcome == Outcome.SKIPPED and before[-1].detail == job.detail:
        job, before = replace(job, count=before[-1].count + job.count), before[:-1]
    return replace(agenda, past=(*before, job)[-PAST_JOBS_MAX:], cursor=max(agenda.cursor, happened.at))


def asked(agenda: Agenda, name: str, revision: RevisionId, *, generation: int, at: float) -> Agenda:
    """An intent to start it."""
    return _changed(agenda, name, revision=revision, generation=generation, asked_at=at)


def ending(agenda: Agenda, name: str, *, at: float) -> Agenda:
    """An intent to end it."""
    return _changed(agenda, name, ending_at=at)


def started(agenda: Agenda, happened: event.JobStarted) -> Agenda:
    """It runs."""
    return _changed(agenda, happened.job, revision=happened.revision, started_at=happened.at)


def ended(agenda: Agenda, happened: event.JobEnded) -> Agenda:
    """It is over."""
    job = agenda.job(happened.job)
    if job is None:
        return agenda
    over = replace(
        job,
        ended_at=happened.at,
        outcome=happened.outcome,
        exit_code=happened.exit_code,
        detail=happened.detail,
    )
    left = tuple(each for each in agenda.open if each.id != job.id)
    return replace(agenda, open=left, past=(*agenda.past, over)[-PAST_JOBS_MAX:])


def _changed(agenda: Agenda, name: str, **changes: object) -> Agenda:
    return replace(agenda, open=tuple(replace(job, **changes) if job.id == name else job for job in agenda.open))
