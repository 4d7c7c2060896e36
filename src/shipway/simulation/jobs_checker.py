"""What users of a scheduled service would see if its rules were broken: a job that runs twice, or never; two side
by side; one of a version that was taken back; an end that is not told as it was.

Like `checker` it knows nothing of the engine's reasons. It reads the journal as a person would: for what it says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from shipway.engine.instants import following
from shipway.model.action import JOBS, StartJob
from shipway.model.event import (
    Event,
    Failed,
    Intended,
    JobDue,
    JobEnded,
    JobsFrom,
    JobsSkipped,
    JobStarted,
    Settled,
)
from shipway.model.job import Cause, Outcome
from shipway.model.revision import RevisionId
from shipway.model.schedule import Overlap, Schedule
from shipway.simulation.jobs import SimulatedJobs, Work
from shipway.simulation.timeline import Timeline

EXCUSE_SECONDS = 30.0
"""A start that was asked for before the schedule changed hands may land so late, and no later."""
LATE_SECONDS = 60.0
"""So long after the faults an instant or an end may still be untold: a lease, a look, and a retry."""
APART_SECONDS = 0.5
"""Less than lies between two instants."""
NEVER_BEGAN = (Outcome.MISSED, Outcome.WITHDRAWN)

Broke = Callable[[str, str], None]


class JobsChecker:
    """Hooked into the simulated jobs and the journal."""

    def __init__(self, timeline: Timeline, jobs: SimulatedJobs, broke: Broke) -> None:
        self.timeline, self.jobs, self.broke = timeline, jobs, broke
        self.revision: RevisionId | None = None
        """Whose schedule the journal says is in force."""
        self.turned_at = float("-inf")
        self.begun: set[str] = set()
        self.given_up: set[str] = set()
        """Of which it was said that they never begin."""
        self.instants: dict[str, float] = {}
        """Of jobs that the schedule made."""
        self._said: list[tuple[float, Event]] = []
        """What the journal said of jobs and when, whatever of it was compacted since."""
        jobs.before_begin = self.begins

    def begins(self, work: Work) -> None:
        """A job's process starts."""
        if work.id in self.begun or self._has_begun(self.instants.get(work.id)):
            self.broke("a job begins once", f"{work.id} begins again, on {work.revision}")
        if work.id in self.given_up:
            self.broke("an end is told as it was", f"{work.id} begins, and it was said that it never would")
        self.begun.add(work.id)
        others = self.jobs.running()
        if others and work.schedule.overlap != Overlap.ALLOW:
            self.broke("jobs overlap only where they may", f"{work.id} begins while {others[0].id} runs")
        if work.revision != self.revision and self.timeline.now() - self.turned_at > EXCUSE_SECONDS:
            self.broke("a job is of the version in force", f"{work.id} of {work.revision}, not {self.revision}")

    def _has_begun(self, instant: float | None) -> bool:
        return instant is not None and any(self.instants.get(name) == instant for name in self.begun)

    def journalled(self, events: Sequence[Event]) -> None:
        """An append happened."""
        for event in events:
            if is_of_jobs(event) or isinstance(event, JobsFrom):
                self._said.append((self.timeline.now(), event))
            match event:
                case JobsFrom(revision=revision):
                    self.revision, self.turned_at = revision, self.timeline.now()
                case JobDue(job=job, at=at, cause=Cause.SCHEDULE):
                    self.instants[job] = at
                case Intended(action=StartJob(revision, job)) if revision != self.revision:
                    self.broke("a job is of the version in force", f"{job} is asked for on {revision}")
                case JobEnded() as told:
                    self._told(told)
                case _:
                    continue

    def _told(self, told: JobEnded) -> None:
        work = self.jobs.works.get(told.job)
        true = work.outcome if work else None
        if told.outcome in NEVER_BEGAN:
            self.given_up.add(told.job)
        if told.outcome in NEVER_BEGAN and told.job in self.begun:
            self.broke("an end is told as it was", f"{told.job} is called {told.outcome}, and it began")
        elif told.outcome not in NEVER_BEGAN and told.outcome != true:
            self.broke("an end is told as it was", f"{told.job} is called {told.outcome}, and it is {true}")

    def lost(self, schedules: Mapping[RevisionId, Schedule], *, until: float) -> Iterator[str]:
        """Instants that nothing was said of, and jobs that were promised and not heard of again."""
        yield from self._unspoken(schedules, until=until)
        ended = {event.job for _, event in self._said if isinstance(event, JobEnded)}
        longest = max((each.time_limit + each.start_within for each in schedules.values()), default=0.0)
        for at, event in self._said:
            if isinstance(event, JobDue) and event.job not in ended and at + longest < until:
                yield f"nothing more was said of {event.job}"

    def _unspoken(self, schedules: Mapping[RevisionId, Schedule], *, until: float) -> Iterator[str]:
        schedule, cursor = None, 0.0
        for _, event in self._said:
            match event:
                case JobsFrom(revision=revision, since=since):
                    yield from _between(schedule, cursor, since)
                    schedule, cursor = schedules.get(revision) if revision else None, since
                case JobDue(at=at, cause=Cause.SCHEDULE):
                    yield from _between(schedule, cursor, at - APART_SECONDS)
                    cursor = at
                case JobsSkipped(at=at):
                    cursor = at
                case _:
                    continue
        yield from _between(schedule, cursor, until)


def _between(schedule: Schedule | None, after: float, until: float) -> Iterator[str]:
    """An instant that lies after the one and before the other."""
    found = following(schedule, after) if schedule else None
    if found is not None and found < until:
        yield f"nothing was said of {found:.1f} s"


def is_of_jobs(event: Event) -> bool:
    """Whether an event is part of the daily work."""
    keyed = isinstance(event, Intended | Settled | Failed) and event.key == JOBS
    return keyed or isinstance(event, JobDue | JobsSkipped | JobStarted | JobEnded)
