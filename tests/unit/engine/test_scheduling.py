"""From clock and look to events: outages, clocks that jump, overlapping jobs, and whose jobs are next."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from shipway.engine import scheduling
from shipway.engine.agenda import Agenda
from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.errors import ShipwayError
from shipway.model.command import Request, RunJob
from shipway.model.event import Entry, Event, JobDue, JobEnded, JobsFrom, JobsSkipped, JobStarted
from shipway.model.job import Cause, Job, JobSeen, JobsSeen, Outcome
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId
from shipway.model.schedule import Overlap, Schedule
from shipway.model.service_kind import ServiceKind

V1 = RevisionId("1.0-aaaa1111")
NOON = 1_780_056_000.0
"""2026-05-29 12:00:00 UTC."""
HOURLY = Schedule(every=3600.0, start_within=1800.0)


def state(schedule: Schedule = HOURLY, *, cursor: float = NOON - 3600.0, jobs: Iterable[Job] = ()) -> ServiceState:
    return ServiceState(
        service="report",
        limits=Limits(replicas=1, kind=ServiceKind.CRON),
        schedules={V1: schedule},
        agenda=Agenda(revision=V1, cursor=cursor, open=tuple(jobs)),
    )


def after(before: ServiceState, *events: Event) -> ServiceState:
    return fold(before, [Entry(before.position + n, NOON, event) for n, event in enumerate(events, start=1)])


def due(before: ServiceState, now: float) -> list[Event]:
    return list(scheduling.due(before, now=now))


def running(name: str = "20260529T110000Z") -> Job:
    return Job(
        id=name, at=NOON - 3600.0, revision=V1, generation=7, asked_at=NOON - 3600.0, started_at=NOON - 3599.0
    )


def test_an_instant_is_due_once() -> None:
    [event] = due(state(), NOON + 0.2)
    assert event == JobDue(job="20260529T120000Z", at=NOON)
    assert due(after(state(), event), NOON + 0.4) == []
    assert due(state(), NOON - 0.1) == []


def test_after_an_outage_the_newest_instant_runs_and_the_others_are_counted() -> None:
    skipped, event = due(state(cursor=NOON - 5 * 3600.0), NOON + 600.0)
    assert isinstance(skipped, JobsSkipped) and skipped.count == 4 and "too late" in skipped.reason
    assert event == JobDue(job="20260529T120000Z", at=NOON)


def test_what_is_older_than_its_time_is_left_out_altogether() -> None:
    [event] = due(state(cursor=NOON - 5 * 3600.0), NOON + 1900.0)
    assert isinstance(event, JobsSkipped) and event.count == 5 and event.at == NOON


def test_of_instants_that_came_faster_than_looks_the_newest_runs() -> None:
    often = Schedule(every=1.0, start_within=60.0)
    skipped, event = due(state(often, cursor=NOON - 4.0), NOON + 0.5)
    assert isinstance(skipped, JobsSkipped) and (skipped.count, skipped.at) == (3, NOON - 1.0)
    assert isinstance(event, JobDue) and event.at == NOON


def test_a_clock_that_is_put_back_gives_no_instant_a_second_job() -> None:
    ran = after(state(), JobDue(job="20260529T120000Z", at=NOON))
    ran = after(ran, JobEnded(job="20260529T120000Z", outcome=Outcome.OK, at=NOON + 5.0))
    [turned] = due(ran, NOON - 7000.0)
    assert isinstance(turned, JobsFrom) and turned.since == NOON - 7000.0 and "clock" in turned.reason
    again = after(ran, turned)
    [first] = due(again, NOON - 3600.0 + 1.0)
    assert first == JobDue(job="20260529T110000Z", at=NOON - 3600.0)
    again = after(again, first, JobEnded(job="20260529T110000Z", outcome=Outcome.OK, at=NOON - 3500.0))
    [event] = due(again, NOON + 1.0)
    assert isinstance(event, JobsSkipped) and "dealt with before" in event.reason


def test_a_clock_that_is_corrected_by_a_little_changes_nothing() -> None:
    [event] = due(state(), NOON + 0.2)
    assert due(after(state(), event), NOON - 20.0) == []


@pytest.mark.parametrize(
    ("overlap", "is_due"),
    [(Overlap.SKIP, False), (Overlap.QUEUE, True), (Overlap.REPLACE, True), (Overlap.ALLOW, True)],
)
def test_at_an_instant_while_another_job_runs(overlap: Overlap, is_due: bool) -> None:
    [event] = due(state(replace(HOURLY, overlap=overlap), jobs=[running()]), NOON + 0.2)
    assert isinstance(event, JobDue) == is_due
    if not is_due:
        assert isinstance(event, JobsSkipped) and event.reason == "20260529T110000Z was still running"


@pytest.mark.parametrize("overlap", [Overlap.QUEUE, Overlap.REPLACE])
def test_one_may_wait_and_no_more(overlap: Overlap) -> None:
    waiting = Job(id="20260529T113000Z-hand3", at=NOON - 1800.0, cause=Cause.HAND)
    [event] = due(state(replace(HOURLY, overlap=overlap), jobs=[running(), waiting]), NOON + 0.2)
    assert isinstance(event, JobsSkipped) and "waits already" in event.reason


def test_skips_in_a_row_for_one_reason_are_one_line() -> None:
    busy = state(jobs=[running()])
    for hour in range(3):
        busy = after(busy, *due(busy, NOON + 3600.0 * hour + 0.2))
    assert [(job.outcome, job.count) for job in busy.agenda.past] == [(Outcome.SKIPPED, 3)]


def look(*jobs: JobSeen, generation: int = 0) -> JobsSeen:
    return JobsSeen(at=NOON, generation=generation, jobs=jobs)


def test_a_job_that_began_and_ended_between_two_looks_is_told_in_order() -> None:
    asked = Job(id="a", at=NOON, revision=V1, generation=7, asked_at=NOON)
    seen = JobSeen(id="a", revision=V1, started_at=NOON + 1, ended_at=NOON + 2, outcome=Outcome.OK, exit_code=0)
    events = list(scheduling.seen(state(jobs=[asked]), look(seen, generation=7)))
    assert events == [
        JobStarted(job="a", revision=V1, at=NOON + 1),
        JobEnded(job="a", outcome=Outcome.OK, at=NOON + 2, exit_code=0),
    ]


def test_one_that_ran_and_is_unknown_now_is_lost_and_one_that_was_only_asked_for_is_not() -> None:
    asked = Job(id="a", at=NOON, revision=V1, generation=7, asked_at=NOON)
    [event] = scheduling.seen(state(jobs=[running(), asked]), look(generation=7))
    assert isinstance(event, JobEnded) and event.outcome == Outcome.LOST


@pytest.mark.parametrize(
    ("generation", "seen", "is_missed"),
    [
        (0, look(), True),
        (7, look(generation=7), True),
        (7, look(generation=6), False),
        (7, look(JobSeen(id="a", revision=V1), generation=7), False),
        (7, None, False),
    ],
)
def test_late_is_called_missed_only_where_it_can_never_begin(
    generation: int, seen: JobsSeen | None, is_missed: bool
) -> None:
    late = Job(id="a", at=NOON - 2000.0, generation=generation, asked_at=NOON - 1999.0 if generation else None)
    events = list(scheduling.missed(state(jobs=[late]), seen, now=NOON))
    assert [isinstance(event, JobEnded) and event.outcome for event in events] == [Outcome.MISSED] * is_missed


def ask(before: ServiceState) -> Event:
    return scheduling.by_hand(before, Request(id=4, service="report", at=NOON + 61.0, by="ana", command=RunJob()))


def test_a_job_by_hand_has_a_name_of_its_own_and_leaves_the_schedule_as_it_is() -> None:
    event = ask(state())
    assert event == JobDue(job="20260529T120101Z-hand4", at=NOON + 61.0, cause=Cause.HAND, by="ana")
    assert after(state(), event).agenda.cursor == state().agenda.cursor


def test_a_job_by_hand_is_refused_where_it_would_overlap_and_where_nothing_is_scheduled() -> None:
    with pytest.raises(ShipwayError, match="No further job"):
        ask(state(jobs=[running()]))
    with pytest.raises(ShipwayError, match="has no job to run"):
        ask(replace(state(), agenda=Agenda()))
    with pytest.raises(ShipwayError, match="has no job to run"):
        ask(ServiceState(service="shop"))
