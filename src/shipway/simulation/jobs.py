"""Simulated jobs: accepted, begun a little later, and ended by themselves; well, badly, by force, or never."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from shipway.model.action import JOBS
from shipway.model.job import JobSeen, JobsSeen, Outcome
from shipway.model.revision import Revision, RevisionId
from shipway.model.schedule import Schedule
from shipway.simulation.faults import Code, Faults
from shipway.simulation.timeline import Timeline
from shipway.simulation.wire import Wire

BEGIN_SECONDS = 0.3
TERMINATION_SECONDS = 1.5
KEPT = 20
"""Ended jobs that the platform still tells of."""


@dataclass
class Work:
    """One job as it truly is."""

    id: str
    revision: RevisionId
    schedule: Schedule
    attempt: int = 0
    """Grows when it is moved to another revision, so that what was under way for the former one is void."""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    exit_code: int | None = None

    def is_kept(self, revision: RevisionId) -> bool:
        """Whether asking for it on a revision changes nothing: it has begun, or is about to begin there."""
        is_there = self.started_at is not None or self.revision == revision
        return is_there and self.outcome != Outcome.WITHDRAWN

    @property
    def is_running(self) -> bool:
        """Whether its process exists."""
        return self.started_at is not None and self.ended_at is None


class SimulatedJobs:
    """A `Jobs` over virtual time. `before_begin` lets others look."""

    def __init__(
        self, timeline: Timeline, wire: Wire, faults: Faults, codes: Mapping[RevisionId, Code], random: Random
    ) -> None:
        self.timeline, self.wire, self.faults, self.codes, self.random = timeline, wire, faults, codes, random
        self.works: dict[str, Work] = {}
        self.before_begin: Callable[[Work], None] = lambda _: None

    # The port

    async def observe(self) -> JobsSeen:
        """What runs, and the newest that ended."""
        self.wire.look("jobs")
        ended = [work for work in self.works.values() if work.outcome is not None]
        old = {work.id for work in sorted(ended, key=lambda work: work.ended_at or 0.0)[:-KEPT]}
        return JobsSeen(
            at=self.timeline.now(),
            generation=self.wire.applied.get(JOBS, 0),
            jobs=tuple(_as_seen(work) for work in self.works.values() if work.id not in old),
        )

    async def start(self, revision: Revision, job: str, *, generation: int) -> None:
        """Accepted when it arrives; begins a little later."""
        await self.wire.send(JOBS, generation, lambda: self._accept(revision, job))

    async def end(self, job: str, *, running: bool, generation: int) -> None:
        """Taken back, or ended, when it arrives."""
        await self.wire.send(JOBS, generation, lambda: self._end(job, running=running))

    # The world

    def running(self) -> list[Work]:
        """Jobs whose processes exist."""
        return [work for work in self.works.values() if work.is_running]

    def _accept(self, revision: Revision, job: str) -> None:
        work = self.works.get(job)
        if work is not None and work.is_kept(revision.id):
            return
        schedule = revision.schedule or Schedule()
        attempt = work.attempt + 1 if work else 1
        work = self.works[job] = Work(job, revision.id, schedule, attempt)
        self.timeline.after(BEGIN_SECONDS * self.random.random(), lambda: self._begin(work, attempt))

    def _begin(self, work: Work, attempt: int) -> None:
        if self.works.get(work.id) is not work or work.attempt != attempt or work.outcome is not None:
            return
        self.before_begin(work)
        work.started_at = self.timeline.now()
        code = self.codes.get(work.revision, Code())
        seconds = code.job_seconds * (0.5 + self.random.random())
        outcome = Outcome.FAILED if self.random.random() < code.error_rate else Outcome.OK
        if code.crashes_at_start:
            seconds, outcome = 0.1, Outcome.FAILED
        if code.never_ready or seconds > work.schedule.time_limit:
            seconds, outcome = work.schedule.time_limit, Outcome.TIMED_OUT
        if self.timeline.now() < self.faults.until and self.random.random() < self.faults.crash * 10:
            seconds, outcome = seconds / 2, Outcome.INTERRUPTED
        self.timeline.after(seconds, lambda: self._ended(work, outcome))

    def _ended(self, work: Work, outcome: Outcome) -> None:
        if work.outcome is None:
            work.ended_at, work.outcome = self.timeline.now(), outcome
            work.exit_code = {Outcome.OK: 0, Outcome.FAILED: 1}.get(outcome)

    def _end(self, job: str, *, running: bool) -> None:
        work = self.works.get(job)
        if work is None or work.outcome is not None:
            return
        if work.started_at is None:
            self._ended(work, Outcome.WITHDRAWN)
        elif running:
            self.timeline.after(TERMINATION_SECONDS, lambda: self._ended(work, Outcome.STOPPED))


def _as_seen(work: Work) -> JobSeen:
    return JobSeen(
        id=work.id,
        revision=work.revision,
        started_at=work.started_at,
        ended_at=work.ended_at,
        outcome=work.outcome,
        exit_code=work.exit_code,
    )
