"""A scheduled service over real processes: releases, a take-back with a job run again, and jobs by hand."""

from pathlib import Path

import pytest

from acceptance import scheduled
from acceptance.stand import Stand, on_a_stand
from shipway.errors import ShipwayError
from shipway.model.command import Down, RunJob
from shipway.model.event import JobEnded, WentBack
from shipway.model.job import Cause, Outcome

CRON = {"kind": "cron", "service": "report"}


async def _jobs(stand: Stand, count: int, *, version: str) -> None:
    """Wait until so many jobs of a version have begun."""

    async def have_begun() -> bool:
        return sum(one.version == version for one in scheduled.began(stand.folder)) >= count

    await stand.eventually(have_begun, f"{count} jobs of {version} have begun")


@on_a_stand(**CRON)
async def test_jobs_are_of_the_new_version_and_of_the_former_one_once_that_fails(stand: Stand) -> None:
    stand.wish = scheduled.wish(stand.folder, rerun=True)
    assert (await stand.deploy("1.0", strategy="canary")).outcome == "finished"
    await _jobs(stand, 2, version="1.0")
    assert (await stand.deploy("1.1", strategy="canary")).outcome == "finished"
    past = await stand.deploy("9.0", strategy="canary")
    assert past.outcome == "rolled-back" and "exit code 3" in past.reason
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "high"
    state = await stand.until(
        lambda state: any(job.cause == Cause.RERUN for job in state.agenda.past), "the instant is run again"
    )
    again = next(job for job in state.agenda.past if job.cause == Cause.RERUN)
    assert again.outcome == Outcome.OK and again.revision == past.base
    found = scheduled.began(stand.folder)
    assert not scheduled.twice(found) and not scheduled.side_by_side(found)
    assert [one.job for one in found if one.version == "9.0"] == [again.id.removesuffix("-again")]


@on_a_stand(**CRON)
async def test_one_by_hand_is_run_beside_the_schedule_and_going_down_ends_what_runs(stand: Stand) -> None:
    stand.wish = scheduled.wish(stand.folder, seconds=20.0, every="1h", overlap="skip")
    await stand.deploy("1.0", strategy="rolling")
    await stand.ask(RunJob())
    await _jobs(stand, 1, version="1.0")
    with pytest.raises(ShipwayError, match="No further job"):
        await stand.ask(RunJob())
    await stand.ask(Down())
    state = await stand.until(lambda state: bool(state.agenda.past), "the job is ended")
    assert [(job.outcome, job.cause) for job in state.agenda.past] == [(Outcome.STOPPED, Cause.HAND)]
    assert len(scheduled.began(stand.folder)) == 1


@on_a_stand(**CRON)
async def test_what_hangs_is_ended_and_counts_as_failed(stand: Stand) -> None:
    stand.wish = scheduled.wish(stand.folder, seconds=60.0, time_limit="1s", overlap="queue")
    await stand.deploy("1.0", strategy="rolling")
    ends = [
        event
        for event in await _until_two_ended(stand)
        if isinstance(event, JobEnded) and event.outcome != Outcome.MISSED
    ]
    assert {event.outcome for event in ends} == {Outcome.TIMED_OUT}
    found = scheduled.began(Path(stand.folder))
    assert not scheduled.twice(found)


async def _until_two_ended(stand: Stand) -> list[object]:
    await stand.until(lambda state: len(state.agenda.past) >= 2, "two jobs have ended")
    return list(await stand.events(JobEnded))
