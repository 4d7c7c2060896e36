"""The files of a service's jobs: what each is to run, who has begun it, how it ended. Every method here blocks."""

import shlex
from pathlib import Path

import msgspec
from msgspec import Struct

from shipway.adapters.platforms.process import job_runner
from shipway.adapters.platforms.process.job_runner import WITHDRAWN, Claim, Directives, Result
from shipway.adapters.replicas.records import Records, plain
from shipway.adapters.supervisor import Bounds, Secrets, durable
from shipway.adapters.supervisor.account import numbers
from shipway.model.job import BAD, Outcome
from shipway.model.revision import RevisionId
from shipway.model.schedule import Schedule

ENVIRONMENT = dict[str, str]


class JobRecord(Struct, frozen=True, kw_only=True):
    """One job as it was asked for last. A newer attempt replaces one that never began."""

    id: str
    revision: RevisionId
    version: str
    generation: int
    command: str
    directory: str
    environment: ENVIRONMENT
    stop_grace: float
    schedule: Schedule
    created_at: float
    secrets: Secrets | None = None
    bounds: Bounds | None = None


class JobState(Struct, frozen=True, kw_only=True):
    """What its files say."""

    claim: Claim | None = None
    is_withdrawn: bool = False
    result: Result | None = None

    @property
    def outcome(self) -> Outcome | None:
        """None while it has not ended."""
        if self.is_withdrawn:
            return Outcome.WITHDRAWN
        return Outcome(self.result["outcome"]) if self.result else None


class JobRecords:
    """Below `services/<service>/scheduled`."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.directory = records.directory / "scheduled"

    def all(self) -> tuple[JobRecord, ...]:
        """In the order in which they were asked for."""
        found = (durable.read(path) for path in self.directory.glob("*.job"))
        jobs = (msgspec.json.decode(content, type=JobRecord) for content in found if content)
        return tuple(sorted(jobs, key=lambda job: job.generation))

    def one(self, job: str) -> JobRecord | None:
        """By its name."""
        found = durable.read(self.directory / f"{job}.job")
        return msgspec.json.decode(found, type=JobRecord) if found else None

    def keep(self, job: JobRecord) -> None:
        """Write what is to run, for us and for its runner."""
        durable.directory(self.directory)
        told = Directives(
            argv=shlex.split(job.command),
            directory=job.directory,
            claim=str(self._file(job, "claim")),
            result=str(self._file(job, "result")),
            time_limit=job.schedule.time_limit,
            stop_grace=job.stop_grace,
            account=numbers(job.bounds.account if job.bounds else None),
        )
        durable.replace(self.directives(job), msgspec.json.encode(told))
        durable.replace(self.directory / f"{job.id}.job", msgspec.json.encode(job))

    def directives(self, job: JobRecord) -> Path:
        """What its runner reads."""
        return self._file(job, "run")

    def _file(self, job: JobRecord, what: str) -> Path:
        """Each attempt has its own: a runner that comes late finds the claim of its own attempt."""
        return self.directory / f"{job.id}.g{job.generation}.{what}"

    def state(self, job: JobRecord) -> JobState:
        """Read the claim first: what was claimed and has a result by then has ended."""
        claim = durable.read(self._file(job, "claim"))
        if claim is None:
            return JobState()
        if claim == WITHDRAWN.encode():
            return JobState(is_withdrawn=True)
        result = durable.read(self._file(job, "result"))
        return JobState(
            claim=msgspec.json.decode(claim, type=Claim),
            result=msgspec.json.decode(result, type=Result) if result else None,
        )

    def withdraw(self, job: JobRecord) -> bool:
        """Whether it never began and never will; no if it has begun."""
        if job_runner.claim(str(self._file(job, "claim")), WITHDRAWN):
            return True
        return self.state(job).is_withdrawn

    def log_of(self, job: JobRecord) -> Path:
        """All that it printed."""
        return self.records.logs_directory / plain(job.revision) / f"{plain(self.records.service)}-{job.id}.log"

    def prune(self) -> None:
        """Forget ended jobs beyond what the newest job's schedule keeps, with their logs. Only while the records
        are locked. The newest stays, so that the fence refuses whatever still comes for a forgotten one."""
        jobs = self.all()
        if not jobs:
            return
        ended = [(job, outcome) for job in jobs[:-1] if (outcome := self.state(job).outcome) is not None]
        bad = [job for job, outcome in ended if outcome in BAD]
        others = [job for job, outcome in ended if outcome not in BAD]
        schedule = jobs[-1].schedule
        for job in (
            *bad[: max(0, len(bad) - schedule.keep_failed)],
            *others[: max(0, len(others) - schedule.keep_ok)],
        ):
            self._forget(job)

    def _forget(self, job: JobRecord) -> None:
        log = self.log_of(job)
        files = (*self.directory.glob(f"{job.id}.*"), *log.parent.glob(f"{log.name}*"))
        for path in files:
            path.unlink(missing_ok=True)
