"""A scenario told of scheduled jobs. Its own numbers, so that the seeds of before stay what they were."""

from random import Random

from msgspec.structs import replace

from shipway.model.command import Deploy, Rollback, RunJob
from shipway.model.release import Canary, Release
from shipway.model.schedule import Overlap, Schedule
from shipway.model.service_kind import ServiceKind
from shipway.simulation.faults import Blackout
from shipway.simulation.scenario import Asked, Scenario


def of_cron(scenario: Scenario) -> Scenario:
    """The same story told of a command that is run again and again."""
    random = Random(scenario.seed + 0.25)
    schedules = {one.id: _schedule(random) for one in scenario.revisions}
    if random.random() < 0.5:
        schedules = dict.fromkeys(schedules, schedules[scenario.revisions[0].id])
    until = scenario.faults.until
    by_hand = [Asked(at=random.uniform(5.0, until), command=RunJob()) for _ in range(random.choice((0, 0, 1, 3)))]
    return replace(
        scenario,
        kind=ServiceKind.CRON,
        revisions=tuple(replace(one, schedule=schedules[one.id]) for one in scenario.revisions),
        asked=tuple(sorted((*map(_of_cron, scenario.asked), *by_hand), key=lambda each: each.at)),
        codes={
            name: replace(code, job_seconds=random.choice((1.0, 4.0, 12.0)), prepare=random.choice((0.0, 3.0)))
            for name, code in scenario.codes.items()
        },
        faults=replace(scenario.faults, blackouts=tuple(map(_of_jobs, scenario.faults.blackouts))),
    )


def _schedule(random: Random) -> Schedule:
    every = random.choice((4.0, 10.0, 15.0, None))
    return Schedule(
        every=every,
        cron="" if every else "* * * * *",
        overlap=random.choice(tuple(Overlap)),
        start_within=random.choice((8.0, 30.0, 120.0)),
        time_limit=random.choice((6.0, 20.0)),
        rerun=random.random() < 0.5,
    )


def _of_cron(asked: Asked) -> Asked:
    match asked.command:
        case Deploy(release=Release() as release) | Rollback(release=Release() as release):
            canary = replace(release.canary or Canary(shares=()), jobs=1 + int(release.deadline) % 3)
            release = replace(_of_one_version(release), kind=ServiceKind.CRON, replicas=1)
            release = replace(release, canary=canary, ramps=(), mirror=None)
            return replace(asked, command=replace(asked.command, release=release))
        case _:
            return asked


def _of_one_version(release: Release) -> Release:
    """Strategies that need two versions up side by side stand for others here."""
    instead = {"blue-green": "rolling", "experiment": "canary"}
    return replace(release, strategy=instead.get(release.strategy, release.strategy))


def _of_jobs(blackout: Blackout) -> Blackout:
    return replace(blackout, port="jobs") if blackout.port == "traffic" else blackout
