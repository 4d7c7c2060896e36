"""Points that come late, twice or in pieces are counted once."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.stored import in_loop
from contract.traffic import A, B
from shipway.adapters.metrics._intervals import (
    GAP_SECONDS_MAX,
    LATE_SECONDS,
    SILENT_SECONDS,
    Pace,
    Points,
    Total,
)
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics._points import PointSource, Wanted
from shipway.analysis.windows import window
from shipway.errors import PortError
from shipway.model.metric import Metric
from shipway.model.revision import RevisionId

PACE = Pace(interval_seconds=10.0, lateness_seconds=30.0)
START = 1_800_000_000.0


@given(st.lists(st.integers(0, 20), min_size=1, max_size=200), st.integers(0, 2**32))
def test_each_interval_counts_once_however_its_points_come(values: list[int], seed: int) -> None:
    """Each point is told at first in part, then whole, up to 15 minutes late, again and again."""
    chance = random.Random(seed)
    whole_at = [START + 10 * n + chance.choice((0, 20, 300, 800)) for n in range(len(values))]
    total, until, last = Total("all", origin=START), START, 0
    while until < START + 10 * len(values) + LATE_SECONDS:
        until += 10.0
        told = {
            START + 10 * n: float(value if until >= whole_at[n] else value // 2)
            for n, value in enumerate(values)
            if until - LATE_SECONDS <= START + 10 * n < until + 30
        }
        total.take(told, until=until)
        total.take(told, until=until)
        if chance.random() < 0.2:
            total = Total.of(total.kept())
        assert total.count >= last, "a counter only grows"
        last = total.count
    assert total.count == sum(values)


def test_an_interval_is_complete_once_its_lateness_is_over() -> None:
    assert PACE.complete_until(START + 39.0) == START
    assert PACE.complete_until(START + 40.0) == START + 10.0


class Service:
    """Has points, and counts how often it is asked."""

    name = "service"

    def __init__(self) -> None:
        self.values: dict[str, dict[float, float]] = {}
        self.asked, self.is_broken = 0, False
        self.seconds = START + 30.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def check(self) -> str:
        return "a service"

    async def close(self) -> None:
        pass

    async def points(self, queries: dict[str, str], *, start: float, end: float) -> dict[str, Points]:
        self.asked += 1
        if self.is_broken:
            raise PortError("it is broken")
        return {
            part: {at: value for at, value in self.values.get(query, {}).items() if start <= at < end}
            for part, query in queries.items()
        }


def opened(service: Service) -> PointSource:
    wanted = Wanted(requests="all {version}", errors="bad {version}", latency={0.5: "fast {version}"})
    return PointSource(service, wanted, PACE, service="checkout", clock=service)  # type: ignore[arg-type]


@in_loop
async def test_what_was_before_the_first_look_is_not_counted_and_later_points_are() -> None:
    service = Service()
    source = opened(service)
    service.values = {"all 1.8.2": {START - 10: 100.0, START: 7.0, START + 10: 5.0}, "bad 1.8.2": {START: 2.0}}
    assert (await source.sample([A, B]))[A].is_unseen
    service.seconds += 10.0
    seen = await source.sample([A, B])
    (counts,) = seen[A].series.values()
    assert (counts.requests, counts.errors, seen[A].at, seen[B].is_unseen) == (7, 2, START + 10, True)


@in_loop
async def test_between_two_intervals_nobody_is_asked_and_the_sample_is_the_same() -> None:
    service = Service()
    source = opened(service)
    await source.sample([A])
    service.seconds += 10.0
    first = await source.sample([A])
    service.seconds += 5.0
    assert (await source.sample([A]), service.asked) == (first, 1)


@in_loop
async def test_a_quiet_minute_is_no_requests_but_a_long_silence_is_unknown() -> None:
    service = Service()
    source = opened(service)
    await source.sample([A, B])
    service.values = {"all 1.8.2": {START: 7.0}, "all 1.9.0": {START + 10 * n: 1.0 for n in range(60)}}
    service.seconds += 70.0
    assert not (await source.sample([A, B]))[A].is_unseen
    service.seconds += SILENT_SECONDS
    assert (await source.sample([A, B]))[A].is_unseen
    service.seconds += LATE_SECONDS
    with pytest.raises(PortError) as caught:
        await source.sample([A, B])
    assert re.search(r"no new point up to \d\d:\d\d:\d\d UTC", caught.value.why), caught.value.why


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
@in_loop
async def test_what_is_no_count_is_an_error_that_names_the_query(value: float) -> None:
    service = Service()
    source = opened(service)
    await source.sample([A])
    service.values = {"all 1.8.2": {START: value}}
    service.seconds += 10.0
    with pytest.raises(QueryWrong) as caught:
        await source.sample([A])
    assert caught.value.where == "metrics.service.requests: all 1.8.2" and str(value) in caught.value.why


@in_loop
async def test_queries_are_asked_before_users_are_exposed() -> None:
    service = Service()
    service.values = {"all 1.8.2": {START - 60: 7.0}}
    source = opened(service)
    assert set(await source.doubts(A)) == {"latency.0.5s"}
    metric = Metric(name="declined", query="declined {version}")
    assert (await source.probe([metric], A))["declined"].is_empty


@in_loop
async def test_custom_metrics_are_sums_or_the_newest_level() -> None:
    service = Service()
    source = opened(service)
    total, level = Metric(name="sum", query="n {version}"), Metric(name="now", query="n {version}", is_gauge=True)
    assert await source.measure([total, level], [A]) == {"sum": {}, "now": {}}
    service.values = {"n 1.8.2": {START: 3.0, START + 10: 4.0}}
    service.seconds += 20.0
    seen = await source.measure([total, level], [A, B])
    assert (seen["sum"][A].value, seen["now"][A].value, B in seen["sum"]) == (7.0, 4.0, False)
    service.seconds += SILENT_SECONDS + 20.0
    seen = await source.measure([total, level], [A])
    assert (seen["sum"][A].value, seen["now"]) == (7.0, {}), "an old level is none"


@in_loop
async def test_a_failure_stands_for_ten_seconds_before_it_is_asked_again() -> None:
    service = Service()
    source = opened(service)
    await source.sample([A])
    service.is_broken, service.seconds = True, service.seconds + 10.0
    for _ in range(9):
        with pytest.raises(PortError):
            await source.sample([A])
        service.seconds += 1.0
    assert service.asked == 1
    service.is_broken, service.seconds = False, service.seconds + 1.0
    assert (await source.sample([A]))[A].is_unseen


@in_loop
async def test_another_adapter_counts_on_from_what_is_remembered() -> None:
    """Also what happened while nobody looked, and what comes late of the time before."""
    service = Service()
    source = opened(service)
    await source.sample([A])
    service.values = {"all 1.8.2": {START: 7.0}, "bad 1.8.2": {START: 2.0}}
    service.seconds += 10.0
    before = (await source.sample([A]))[A]
    service.values["all 1.8.2"] |= {START: 9.0, START + 10: 4.0, START + 1000: 5.0, START + 2700: 6.0}
    service.seconds += GAP_SECONDS_MAX - LATE_SECONDS
    another = opened(service)
    another.recall(source.memory())
    seen = window(before, (await another.sample([A]))[A])
    assert (seen.requests, seen.errors) == (17, 0)


@pytest.mark.parametrize("what", ["another question", "too long ago", "another version's", "nothing"])
@in_loop
async def test_what_cannot_be_counted_on_from_begins_anew(what: str) -> None:
    service = Service()
    source = opened(service)
    await source.sample([A])
    service.values = {"all 1.8.2": {START: 7.0}}
    service.seconds += 10.0
    before = (await source.sample([A]))[A]
    kept = {"another version's": b"\xff", "nothing": b""}.get(what, source.memory())
    if what == "too long ago":
        service.seconds += GAP_SECONDS_MAX + 100.0
    wanted = Wanted(requests="every {version}" if what == "another question" else "all {version}", errors="")
    another = PointSource(service, wanted, PACE, service="checkout", clock=service)  # type: ignore[arg-type]
    another.recall(kept)
    assert window(before, (await another.sample([A]))[A]).requests == 0


@in_loop
async def test_what_is_remembered_does_not_grow_with_releases_and_hours() -> None:
    """Two revisions at a time, for a day of 10 s intervals: the sums of those that are gone go too."""
    service = Service()
    source, sizes = opened(service), []
    for release in range(24):
        names = [RevisionId(f"1.{release + number}.0-x") for number in range(2)]
        for _ in range(12):
            service.values = {f"all {name[:-2]}": {service.seconds - 30.0: 3.0} for name in names}
            await source.sample(names)
            service.seconds += 300.0
        sizes.append(len(source.memory()))
    assert max(sizes) <= 2 * sizes[0]
