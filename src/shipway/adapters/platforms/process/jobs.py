"""The jobs port over supervisord: each job is a program that runs once, under a runner that claims it."""

import asyncio
import shlex
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from msgspec.structs import replace

from shipway.adapters.platforms.process import job_runner
from shipway.adapters.platforms.process.bounding import bounds_of
from shipway.adapters.platforms.process.job_records import JobRecord, JobRecords, JobState
from shipway.adapters.platforms.process.options import options_of
from shipway.adapters.platforms.process.starting import directory_of, make_room, secrets_of
from shipway.adapters.replicas.logs import last_line
from shipway.adapters.replicas.records import Mark, Records, plain
from shipway.adapters.supervisor import Bounds, Process, Program, Supervisor
from shipway.adapters.supervisor.account import variables
from shipway.errors import PortError
from shipway.model.action import JOBS
from shipway.model.job import BAD, JobSeen, JobsSeen, Outcome
from shipway.model.revision import Revision
from shipway.ports.clock import Clock

GRACE_MARGIN_SECONDS = 2.0
"""The runner kills a command that does not end this long before the supervisor would kill the runner."""
ENDED = ("EXITED", "STOPPED", "FATAL")
TOLD = (*BAD, Outcome.WITHDRAWN)
"""Ends whose last words are told: they may say why."""
Decided = TypeVar("Decided")


class ProcessJobs:
    """The jobs of one service. Several objects, in several processes too, may speak for the same one."""

    def __init__(self, records: Records, supervisor: Supervisor, clock: Clock) -> None:
        self.records, self.supervisor, self.clock = records, supervisor, clock
        self.jobs = JobRecords(records)

    async def observe(self) -> JobsSeen:
        """Fence, claims, processes, ends, in this order: so none of them says of a job that runs that it does not.

        A job was interrupted if its claim was there, then no process of it, and after that no end.
        """
        generation = await asyncio.to_thread(lambda: self.records.marks().get(JOBS, Mark()).applied)
        jobs = await asyncio.to_thread(self.jobs.all)
        before = await asyncio.to_thread(self._states, jobs)
        processes = await self.supervisor.by_name(is_needed=any(state.outcome is None for state in before))
        states = await asyncio.to_thread(self._states, jobs)
        for job, state in zip(jobs, states, strict=True):
            if state.outcome is not None and self.program_name(job) in processes:
                await self.supervisor.remove(self.program_name(job), wait=False)
        claimed = [state.claim is not None for state in before]
        seen = [
            self._seen(job, state, was_claimed=was_claimed, process=processes.get(self.program_name(job)))
            for job, state, was_claimed in zip(jobs, states, claimed, strict=True)
        ]
        return JobsSeen(at=self.clock.now(), generation=generation, jobs=tuple(seen))

    def _states(self, jobs: tuple[JobRecord, ...]) -> list[JobState]:
        return [self.jobs.state(job) for job in jobs]

    def _seen(self, job: JobRecord, state: JobState, *, was_claimed: bool, process: Process | None) -> JobSeen:
        outcome, is_running = state.outcome, process is not None and process.is_running
        if was_claimed and outcome is None and not is_running:
            outcome = Outcome.INTERRUPTED
        ended_at = state.result["at"] if state.result else self.clock.now() if outcome else None
        return JobSeen(
            id=job.id,
            revision=job.revision,
            started_at=state.claim["at"] if state.claim else None,
            ended_at=ended_at,
            outcome=outcome,
            exit_code=state.result["exit_code"] if state.result else None,
            detail=last_line(self.jobs.log_of(job)) if outcome in TOLD else "",
        )

    async def start(self, revision: Revision, job: str, *, generation: int) -> None:
        """Put its program, unless the job has begun."""
        await self.supervisor.ensure()
        wanted, former = await self._alone(generation, lambda: self._decide(revision, job, generation))
        if former is not None:
            await self.supervisor.remove(self.program_name(former), wait=False)
        if wanted is not None:
            await self._run(wanted)
        await asyncio.to_thread(self.records.applied, JOBS, generation)

    async def _run(self, job: JobRecord) -> None:
        """Put its program; one that ended before it could claim the job, as on a full disk, is started again."""
        await self.supervisor.put(self._program(job))
        process = (await self.supervisor.by_name(is_needed=True)).get(self.program_name(job))
        if process is not None and process.state in ENDED:
            await self.supervisor.start(process.name)

    def _decide(self, revision: Revision, name: str, generation: int) -> tuple[JobRecord | None, JobRecord | None]:
        """The attempt that is to run, and one that was taken back for it."""
        known = self.jobs.one(name)
        if known is None:
            self.jobs.prune()
            return self._new(revision, name, generation), None
        state = self.jobs.state(known)
        if state.claim is not None:
            return None, None
        if known.revision == revision.id and not state.is_withdrawn:
            self.jobs.keep(known)
            return known, None
        return (self._new(revision, name, generation), known) if self.jobs.withdraw(known) else (None, None)

    def _new(self, revision: Revision, name: str, generation: int) -> JobRecord:
        options = options_of(revision)
        if revision.schedule is None:
            raise PortError(
                f"{revision.id} has no schedule", why="It is not of a scheduled service.", fix="Deploy it again."
            )
        bounds = bounds_of(options)
        identity = {
            "SHIPWAY_SERVICE": revision.service,
            "SHIPWAY_REVISION": revision.id,
            "SHIPWAY_VERSION": revision.version,
            "SHIPWAY_JOB": name,
            "SHIPWAY_JOB_AT": _instant(name),
        }
        record = JobRecord(
            id=name,
            revision=revision.id,
            version=revision.version,
            generation=generation,
            command=options.command,
            directory=str(directory_of(options)),
            environment={**_home(bounds), "PYTHONUNBUFFERED": "1", **options.env, **identity},
            stop_grace=options.stop_grace,
            schedule=revision.schedule,
            created_at=self.clock.now(),
            secrets=secrets_of(options, self.records),
            bounds=bounds,
        )
        make_room(revision, self.records)
        self.records.name_logs(revision.id)
        self.jobs.keep(record)
        return record

    async def end(self, job: str, *, running: bool, generation: int) -> None:
        """Claim it, so that nobody else can; if somebody has, have the supervisor end it."""
        known = await self._alone(generation, lambda: self._withdrawn(job))
        if known is not None and (running or known[1]):
            await self.supervisor.remove(self.program_name(known[0]), wait=False)
        await asyncio.to_thread(self.records.applied, JOBS, generation)

    def _withdrawn(self, name: str) -> tuple[JobRecord, bool] | None:
        known = self.jobs.one(name)
        return None if known is None else (known, self.jobs.withdraw(known))

    async def _alone(self, generation: int, decide: Callable[[], Decided]) -> Decided:
        return await asyncio.to_thread(self.records.decided, JOBS, generation, decide)

    def program_name(self, job: JobRecord) -> str:
        """In the supervisor."""
        return f"{plain(self.records.service)}-{job.id}-g{job.generation}"

    def _program(self, job: JobRecord) -> Program:
        words = [sys.executable, "-I", "-S", job_runner.__file__, str(self.jobs.directives(job))]
        return Program(
            name=self.program_name(job),
            command=shlex.join(words),
            directory=str(self.records.directory),
            environment=job.environment,
            log=str(self.jobs.log_of(job)),
            stop_seconds=job.stop_grace + GRACE_MARGIN_SECONDS,
            once=True,
            secrets=job.secrets,
            bounds=replace(job.bounds, account=None) if job.bounds else None,
        )


def _home(bounds: Bounds | None) -> Mapping[str, str]:
    return variables(bounds.account if bounds else None)


def _instant(name: str) -> str:
    """Of a job's name, as ISO 8601."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
