"""Kill or freeze the controller at journal writes and effects of a scheduled service: each instant has its
job or a reason why not, none has two, and the release ends as if nothing had happened."""

from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

from crash.points import die, steps
from crash.rollouts import NEXT_AT, V1, V2, V3, release
from shipway.model.command import Command, Deploy, Rollback, RunJob
from shipway.model.event import JobEnded
from shipway.model.job import Outcome as End
from shipway.model.release import Canary
from shipway.model.revision import Revision, RevisionId
from shipway.model.schedule import Overlap, Schedule
from shipway.model.service_kind import ServiceKind
from shipway.simulation.ending import judged
from shipway.simulation.faults import Code, Controllers, Faults
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Simulation

SCHEDULE = Schedule(every=5.0, start_within=60.0, time_limit=20.0, overlap=Overlap.QUEUE, rerun=True)
STRIDE = 4
"""Every step is tried in tests/platforms/machine."""
FREEZE_SECONDS = 25.0
"""Longer than a lease; shorter than `start_within`."""


def deploy(revision: RevisionId, strategy: str) -> Deploy:
    wish = release(revision, strategy)
    return Deploy(release=replace(wish, kind=ServiceKind.CRON, replicas=1, canary=Canary(shares=(), jobs=2)))


def scenario(*commands: tuple[float, Command]) -> Scenario:
    asked = ((0.0, deploy(V1, "rolling")), *commands)
    return Scenario(
        seed=7,
        kind=ServiceKind.CRON,
        revisions=tuple(
            Revision(id=name, service="checkout", version=name, platform={}, schedule=SCHEDULE)
            for name in (V1, V2, V3)
        ),
        asked=tuple(Asked(at=at, command=command) for at, command in asked),
        codes={
            V1: Code(job_seconds=1.0, error_rate=0.0),
            V2: Code(job_seconds=1.0, error_rate=0.0),
            V3: Code(crashes_at_start=True),
        },
        faults=Faults(until=NEXT_AT, controllers=Controllers(count=2, die=1e-9)),
        horizon=600.0,
        watch=2.0,
        quiet=35.0,
    )


ROLLOUTS: Mapping[str, Scenario] = {
    "canary": scenario((NEXT_AT, deploy(V2, "canary"))),
    "taken back": scenario((NEXT_AT, deploy(V3, "canary"))),
    "rolled back by hand": scenario((NEXT_AT, deploy(V2, "rolling")), (NEXT_AT + 3.0, Rollback())),
    "by hand": scenario((NEXT_AT + 1.0, RunJob())),
}
OUTCOMES = {
    "canary": ("finished", "finished"),
    "taken back": ("finished", "rolled-back"),
    "rolled back by hand": ("finished", "rolled-back"),
    "by hand": ("finished",),
}


def freeze(what: str) -> float:
    return FREEZE_SECONDS if what.startswith("effect") else 0.0


def played(name: str, *, at: int, happening: Callable[[str], float]) -> None:
    simulation, count = Simulation(ROLLOUTS[name]), iter(range(1_000_000))
    simulation.before_point = lambda what: happening(what) if next(count) == at else 0.0
    outcome, found = judged(simulation, simulation.play())
    where = f"{name}: at step {at}"
    assert not found, f"{where}: {found[0]}"
    assert tuple(past.outcome for past in outcome.state.past) == OUTCOMES[name], where
    ends = [entry.event.outcome for entry in outcome.entries if isinstance(entry.event, JobEnded)]
    bad = {End.MISSED, End.LOST, End.WITHDRAWN, End.INTERRUPTED}
    assert not bad & {*ends}, where
    assert ends.count(End.FAILED) == (name == "taken back"), where
    assert len(simulation.jobs_checker.begun) >= 10, where
    if name == "taken back":
        assert any(job.endswith("-again") for job in simulation.jobs.works), where


def die_at_each(name: str, *, stride: int = 1) -> None:
    """At every step, or at every so many."""
    for number, _ in list(enumerate(steps(ROLLOUTS[name])))[::stride]:
        played(name, at=number, happening=die)


def freeze_at_each(name: str, *, stride: int = 1) -> None:
    """Before every effect, or before every so many."""
    effects = [number for number, what in enumerate(steps(ROLLOUTS[name])) if what.startswith("effect")]
    for number in effects[::stride]:
        played(name, at=number, happening=freeze)


@pytest.mark.parametrize("name", ROLLOUTS)
def test_a_controller_that_dies_at_any_step_starts_no_job_twice_and_loses_none(name: str) -> None:
    die_at_each(name, stride=STRIDE)


@pytest.mark.parametrize("name", ("canary", "taken back"))
def test_one_that_sleeps_before_an_effect_and_wakes_after_another_took_over_does_neither(name: str) -> None:
    freeze_at_each(name, stride=STRIDE)


def test_the_rollouts_have_the_steps_that_they_are_meant_to_have() -> None:
    assert {"effect jobs", "done jobs", "effect prepare:v2", "journal before"} <= set(steps(ROLLOUTS["canary"]))
