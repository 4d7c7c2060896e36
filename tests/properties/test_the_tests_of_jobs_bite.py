"""Each rule of scheduled jobs switched off in turn: the simulation must then report what breaks."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count

import pytest
from msgspec.structs import replace
from pytest import MonkeyPatch

from properties import test_the_tests_bite as bite
from shipway.engine import agenda, scheduling
from shipway.engine.converge import jobs
from shipway.engine.state import ServiceState
from shipway.engine.world import World
from shipway.model.action import Action, StartJob
from shipway.model.event import Event, JobEnded
from shipway.model.job import JobsSeen, Outcome
from shipway.model.revision import Revision
from shipway.simulation.ending import violations_of
from shipway.simulation.jobs import SimulatedJobs
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.random_schedules import of_cron

Switch = Callable[[MonkeyPatch], None]


def _jobs_do_not_look_at_each_other(patch: MonkeyPatch) -> None:
    patch.setattr(jobs, "_is_blocked", lambda *_: False)


def _the_platform_forgets_what_began(patch: MonkeyPatch) -> None:
    usual = SimulatedJobs._accept

    def accept(platform: SimulatedJobs, revision: Revision, job: str) -> None:
        platform.works.pop(job, None)
        usual(platform, revision, job)

    patch.setattr(SimulatedJobs, "_accept", accept)


def _an_instant_is_forgotten_once_its_job_ended(patch: MonkeyPatch) -> None:
    usual, number = agenda.ended, count()
    patch.setattr(agenda, "ended", lambda known, event: replace(usual(known, event), cursor=event.at - 20.0))
    patch.setattr(scheduling, "name_of", lambda instant: f"{instant}-{next(number)}")


def _a_job_stays_with_the_version_that_it_was_first_of(patch: MonkeyPatch) -> None:
    usual = jobs._starts

    def starts(world: World) -> Iterator[Action]:
        first = {job.id: job.revision for job in world.agenda.open}
        for action in usual(world):
            yield (
                StartJob(first[action.job] or action.revision, action.job)
                if isinstance(action, StartJob)
                else action
            )

    patch.setattr(jobs, "_starts", starts)


def _what_is_left_out_is_not_written_down(patch: MonkeyPatch) -> None:
    patch.setattr(scheduling, "_left_out", lambda *_: iter(()))


def _a_job_that_cannot_begin_is_forgotten(patch: MonkeyPatch) -> None:
    patch.setattr(scheduling, "missed", lambda *_, **__: iter(()))


def _late_is_called_missed_unseen(patch: MonkeyPatch) -> None:
    def missed(state: ServiceState, look: JobsSeen | None, *, now: float) -> Iterator[Event]:
        for job in state.agenda.open:
            if job.started_at is None and job.generation:
                yield JobEnded(job=job.id, outcome=Outcome.MISSED, at=now)

    patch.setattr(scheduling, "missed", missed)


OF_CRON: Mapping[str, tuple[Switch, ...]] = {
    "a job begins once": (_the_platform_forgets_what_began, _an_instant_is_forgotten_once_its_job_ended),
    "jobs overlap only where they may": (_jobs_do_not_look_at_each_other,),
    "a job is of the version in force": (_a_job_stays_with_the_version_that_it_was_first_of,),
    "no job is lost": (_what_is_left_out_is_not_written_down, _a_job_that_cannot_begin_is_forgotten),
    "an end is told as it was": (_late_is_called_missed_unseen,),
    "nothing is believed until observed": (bite._stages_settle_unseen,),
    "nothing waits forever": (bite._there_are_no_deadlines,),
    "never forward while harmful": (bite._harm_is_not_looked_at,),
}
"""What users of scheduled jobs would see."""


@pytest.mark.parametrize(
    ("rule", "switch"),
    [pytest.param(rule, one, id=one.__name__.strip("_")) for rule, ones in OF_CRON.items() for one in ones],
)
def test_the_simulation_of_scheduled_jobs_notices_when(
    rule: str, switch: Switch, monkeypatch: MonkeyPatch
) -> None:
    switch(monkeypatch)
    for seed in range(bite.SEEDS_MAX):
        _, found = violations_of(of_cron(scenario_of(seed)))
        if any(violation.rule == rule for violation in found):
            print(f"noticed by of_cron(scenario_of({seed}))")
            return
    pytest.fail(f"{bite.SEEDS_MAX} seeds ran without {rule!r} being broken")
