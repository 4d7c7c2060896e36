"""Instants of schedules: what crontabs mean, also where clocks are put forward or back."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.engine.instants import following, name_of, newest, number, upcoming
from shipway.model.schedule import Schedule

BERLIN = "Europe/Berlin"
"""Clocks go from 02:00 to 03:00 on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25."""


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def local(schedule: Schedule, after: str, count: int) -> list[str]:
    found = upcoming(schedule, at(after, BERLIN), count)
    return [datetime.fromtimestamp(one, ZoneInfo(BERLIN)).strftime("%m-%d %H:%M %Z") for one in found]


def test_a_job_of_the_hour_that_is_left_out_runs_when_the_clock_has_moved() -> None:
    nightly = Schedule(cron="30 2 * * *", timezone=BERLIN)
    expected = ["03-28 02:30 CET", "03-29 03:00 CEST", "03-30 02:30 CEST"]
    assert local(nightly, "2026-03-28 00:00", 3) == expected


def test_a_job_of_the_hour_that_comes_twice_runs_once() -> None:
    nightly = Schedule(cron="30 2 * * *", timezone=BERLIN)
    expected = ["10-24 02:30 CEST", "10-25 02:30 CEST", "10-26 02:30 CET"]
    assert local(nightly, "2026-10-24 00:00", 3) == expected
    second = at("2026-10-25 00:30") + 1800.0  # 02:00 CET, when that hour comes again
    found = following(nightly, second)
    assert found is not None and datetime.fromtimestamp(found, ZoneInfo(BERLIN)).day == 26


def test_each_hour_and_each_step_goes_by_elapsed_time_there() -> None:
    hourly = Schedule(cron="0 * * * *", timezone=BERLIN)
    found = upcoming(hourly, at("2026-10-25 00:00", BERLIN), 5)
    assert {b - a for a, b in pairwise(found)} == {3600.0}


def test_years_without_the_29th_of_february_are_passed_over() -> None:
    leap = Schedule(cron="0 0 29 2 *")
    assert following(leap, at("2026-01-01")) == at("2028-02-29")


def test_lengths_of_time_are_counted_from_the_epoch() -> None:
    assert upcoming(Schedule(every=600.0), 1_000.0, 3) == (1_200.0, 1_800.0, 2_400.0)
    assert following(Schedule(every=600.0), 1_200.0) == 1_800.0


SCHEDULES = st.one_of(
    st.sampled_from((1.0, 7.0, 60.0, 3600.0)).map(lambda every: Schedule(every=every)),
    st.sampled_from(("* * * * *", "*/7 3 * * *", "30 2 * * *", "5 4 * * SUN", "0 0 1,15 * *")).flatmap(
        lambda cron: st.sampled_from(("UTC", BERLIN, "America/New_York", "Australia/Lord_Howe")).map(
            lambda zone: Schedule(cron=cron, timezone=zone)
        )
    ),
)


@given(schedule=SCHEDULES, after=st.floats(at("2026-01-01"), at("2026-12-31")))
def test_instants_only_grow_and_have_names_of_their_own(schedule: Schedule, after: float) -> None:
    found = upcoming(schedule, after, 40)
    assert found[0] > after and all(b > a for a, b in pairwise(found))
    assert len({name_of(one) for one in found}) == 40


@given(schedule=SCHEDULES, after=st.floats(at("2026-03-20"), at("2026-11-05")), seconds=st.floats(0.0, 900.0))
def test_the_newest_is_the_last_of_those_that_are_counted(
    schedule: Schedule, after: float, seconds: float
) -> None:
    inside = [one for one in upcoming(schedule, after, 1_000) if one <= after + seconds]
    assert newest(schedule, after, after + seconds) == (inside[-1] if inside else None)
    assert number(schedule, after, after + seconds) == len(inside)


@pytest.mark.parametrize("years", [1, 30])
def test_an_outage_of_years_is_looked_through_from_its_end(years: int) -> None:
    now = at("2026-06-01 12:00")
    assert newest(Schedule(every=1.0), now - years * 3.2e7, now) == now
    assert newest(Schedule(cron="* * * * *"), now - years * 3.2e7, now) == now
    assert number(Schedule(cron="* * * * *"), now - years * 3.2e7, now) == 1_000


def test_a_name_is_the_instant_in_utc() -> None:
    assert name_of(datetime(2026, 3, 1, 2, 30, tzinfo=UTC).timestamp()) == "20260301T023000Z"
