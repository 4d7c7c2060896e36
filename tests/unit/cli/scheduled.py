"""A scheduled service as a controller would show it: at rest, and while a new version is tried."""

from typing import Any

from msgspec.structs import replace

from shipway.engine.instants import name_of
from shipway.model.job import Cause, Job, Outcome
from shipway.model.plan import Plan, Stage, Stay
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.schedule import Schedule
from shipway.model.service_kind import ServiceKind
from shipway.model.verdict import Kind, Verdict
from shipway.model.view import JobsView, RevisionView, RunView, View

NOW = 1_778_328_202.0
"""As in `views`."""
STABLE, CANDIDATE = RevisionId("1.8.2-a1b2c3d4"), RevisionId("1.9.0-7f3a91c2")

SCHEDULE = Schedule(cron="30 2 * * *", timezone="Europe/Berlin")
NIGHTLY = Plan(
    service="nightly-report",
    strategy="canary",
    base=STABLE,
    candidate=CANDIDATE,
    stages=(
        Stage(name="now", capacity={STABLE: 1}),
        Stage(name="trial", capacity={CANDIDATE: 1}, stay=Stay(needs_evidence=True, jobs=3)),
        Stage(name="window", capacity={CANDIDATE: 1}, stay=Stay(minimum=3600.0)),
        Stage(name="done", capacity={CANDIDATE: 1}),
    ),
    promoted=1,
    limits=Limits(replicas=1, kind=ServiceKind.CRON),
    schedules={STABLE: SCHEDULE, CANDIDATE: SCHEDULE},
)


def _job(days: int, outcome: Outcome | None, **more: Any) -> Job:
    at = NOW - 41_602.0 - 86_400.0 * days
    fields = {"revision": STABLE, "started_at": at + 0.4, "ended_at": at + 312.0, "generation": 40} | more
    return Job(id=name_of(at), at=at, outcome=outcome, **fields)


JOBS = JobsView(
    revision=STABLE,
    schedule=SCHEDULE,
    next=(NOW + 44_798.0, NOW + 131_198.0),
    past=(
        _job(4, Outcome.OK, exit_code=0),
        _job(3, Outcome.SKIPPED, revision=None, started_at=None, detail="20260505T003000Z was still running"),
        _job(2, Outcome.MISSED, revision=None, started_at=None, detail="no version is scheduled any more"),
        _job(1, Outcome.FAILED, revision=CANDIDATE, exit_code=3, detail="psycopg.OperationalError: no such table"),
        _job(1, Outcome.OK, exit_code=0, cause=Cause.RERUN, ended_at=NOW - 126_000.0),
    ),
    open=(_job(0, None, ended_at=None),),
)
SCHEDULED = View(
    service="nightly-report",
    kind=ServiceKind.CRON,
    at=NOW,
    position=80,
    proven=STABLE,
    former=None,
    replicas=1,
    is_down=False,
    revisions=(RevisionView(id=STABLE, version="1.8.2", role="stable", ready=1, running=1, wanted=1),),
    jobs=JOBS,
)
TRIED = replace(
    SCHEDULED,
    jobs=replace(JOBS, revision=CANDIDATE),
    run=RunView(
        id=70,
        plan=NIGHTLY,
        row=1,
        by="ana@build-7",
        started_at=NOW - 100_000.0,
        entered_at=NOW - 100_000.0,
        settled_at=NOW - 99_990.0,
        stays_until=None,
        deadline_at=None,
        rule="jobs",
        reason="1 of 3 jobs of this stage have ended",
        verdict=Verdict(kind=Kind.HEALTHY, sentence="1 job ended well"),
    ),
)
