"""Controllers and supervisors of a scheduled service are killed again and again, in releases: no job begins twice,
none is lost, no two run side by side, and every instant is spoken of."""

import os
import signal

from acceptance import scheduled
from acceptance.stand import Stand, on_a_stand
from shipway.engine.instants import number
from shipway.model.event import JobDue, JobEnded, JobsFrom, JobsSkipped
from shipway.model.job import Outcome
from shipway.model.schedule import Schedule

EVERY = Schedule(every=1.0)


@on_a_stand(controlled=False, kind="cron", service="report")
async def test_no_job_runs_twice_or_is_lost_whoever_is_killed(stand: Stand) -> None:
    stand.wish = scheduled.wish(stand.folder, seconds=0.6, overlap="skip")
    first = await stand.serve()
    await stand.submit("1.0", strategy="canary")
    await stand.ended()
    for round_, version in enumerate(("1.1", "1.2", "1.3", "1.4")):
        await stand.submit(version, strategy="canary")
        await _jobs_of(stand, version)
        first.kill()
        if round_ % 2:
            os.kill(stand.supervisor_pid(), signal.SIGKILL)
        first = await stand.serve()
        assert (await stand.ended()).outcome == "finished"
    await _jobs_of(stand, "1.4", count=4)
    await _told(stand)


async def _jobs_of(stand: Stand, version: str, *, count: int = 1) -> None:
    async def have_begun() -> bool:
        return sum(one.version == version for one in scheduled.began(stand.folder)) >= count

    await stand.eventually(have_begun, f"{count} jobs of {version} have begun")


async def _told(stand: Stand) -> None:
    found, entries = scheduled.began(stand.folder), await stand.journal()
    assert not scheduled.twice(found) and not scheduled.side_by_side(found)
    ended = {e.event.job: e.event.outcome for e in entries if isinstance(e.event, JobEnded)}
    begun = {one.job for one in found}
    assert (
        not {job for job, end in ended.items() if end in (Outcome.LOST, Outcome.WITHDRAWN, Outcome.MISSED)} & begun
    )
    for one in found:
        if one.until is not None and one.job in ended:
            assert ended[one.job] == Outcome.OK, one
    spoken, begin, last = 0, 0.0, 0.0
    for entry in entries:
        match entry.event:
            case JobsFrom(since=since) if not begin:
                begin = since
            case JobDue(at=at):
                spoken, last = spoken + 1, at
            case JobsSkipped(at=at, count=count):
                spoken, last = spoken + count, at
    assert spoken == number(EVERY, begin, last), "an instant was passed over"
