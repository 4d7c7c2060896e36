"""What a real Prometheus gives while replicas come and go, for native histograms, and for custom metrics."""

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract.stored import in_loop
from contract.traffic import A, B, until
from real.exporting import TEXT, exporter, of_file
from real.native import TYPE, exposition
from real.prometheus import prometheus
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics.prometheus import Prometheus, PrometheusOptions
from shipway.adapters.metrics.prometheus.build import opened as adapter
from shipway.adapters.metrics.prometheus.past import recorded
from shipway.analysis.windows import window
from shipway.engine.analyze import analyze
from shipway.errors import PortError
from shipway.model.metric import Metric
from shipway.model.past_release import PastRelease, PastStage
from shipway.model.policy import Guard
from shipway.model.sample import Sample
from shipway.model.share import Share
from shipway.model.verdict import Kind

pytestmark = pytest.mark.real

REQUESTS = 'http_requests_total{version="{version}"}'
LATENCY = 'http_request_duration_seconds_bucket{version="{version}"}'
NATIVE = 'http_request_duration_seconds{revision="{revision}"}'


@dataclass
class Scraped:
    """A Prometheus that scrapes a few files, one for each replica."""

    source: Prometheus
    files: list[Path]

    def expose(self, replica: int, text: str | None) -> None:
        """What the replica says from now on; none: it is down."""
        if text is None:
            self.files[replica].unlink(missing_ok=True)
        else:
            self.files[replica].write_text(text)

    async def when(self, claim: Callable[[Sample], object]) -> Sample:
        """The first sample of A that is so."""
        seen = Sample(revision=A, at=0.0)

        async def is_so() -> object:
            nonlocal seen
            seen = (await self.source.sample([A]))[A]
            return claim(seen)

        await until(is_so)
        return seen

    async def is_up(self, replica: int) -> bool:
        found = await self.source.api.one("up == 1")
        return len(found) == len([file for file in self.files if file.exists()])


@asynccontextmanager
async def scraped(folder: Path, *, replicas: int = 1, kind: str = TEXT, **named: str) -> AsyncIterator[Scraped]:
    files = [folder / f"replica-{number}" for number in range(replicas)]
    folder.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        targets = [await stack.enter_async_context(exporter(of_file(file, kind))) for file in files]
        server = await stack.enter_async_context(prometheus(folder / "data", *targets))
        options = PrometheusOptions(url=server.url, **{"requests": REQUESTS, **named})  # type: ignore[arg-type]
        source = adapter(options, service="checkout", clock=WallClock())
        stack.push_async_callback(source.close)
        yield (found := Scraped(source, files))
        await found.source.close()


@pytest.fixture
def opened(tmp_path):
    return functools.partial(scraped, tmp_path / "scraped")


def requests(good: int, bad: int, *, version: str = "1.8.2") -> str:
    text = "# TYPE http_requests_total counter\n"
    for code, count in (("200", good), ("503", bad)):
        text += f'http_requests_total{{version="{version}",code="{code}"}} {count}\n'
    return text


def latencies(*counts: int, bounds: tuple[str, ...]) -> str:
    name = "http_request_duration_seconds"
    lines = [f'{name}_bucket{{version="1.8.2",le="{le}"}} {n}' for le, n in zip(bounds, counts, strict=True)]
    total = f'{name}_sum{{version="1.8.2"}} 1.5\n{name}_count{{version="1.8.2"}} {counts[-1]}\n'
    return f"# TYPE {name} histogram\n" + "\n".join(lines) + f"\n{total}"


def counted(sample: Sample) -> tuple[int, int]:
    counts = sample.series.values()
    return sum(one.requests for one in counts), sum(one.errors for one in counts)


class TestReplicas:
    @in_loop
    async def test_one_that_is_not_scraped_for_a_while_is_not_counted_twice(self, opened):
        """Also where another controller has taken over meanwhile."""
        async with opened(replicas=2) as scraped:
            for replica in (0, 1):
                scraped.expose(replica, requests(1000, 10))
            before = await scraped.when(lambda seen: counted(seen) == (2020, 20))
            scraped.expose(1, None)
            await until(lambda: scraped.is_up(0))
            gone = (await scraped.source.sample([A]))[A]
            assert not gone.is_unseen
            assert (window(before, gone).requests, window(before, gone).errors) == (0, 0)
            another = adapter(scraped.source.options, service="checkout", clock=WallClock())
            another.recall(scraped.source.memory())
            await scraped.source.close()
            scraped.source = another
            scraped.expose(1, requests(1100, 13))
            after = await scraped.when(lambda seen: counted(seen) == (2123, 23))
            assert (window(gone, after).requests, window(gone, after).errors) == (103, 3)

    @in_loop
    async def test_a_version_whose_requests_only_wait_is_seen(self, opened):
        """Its counter does not exist before the first answer."""
        async with opened(in_flight='waiting{version="{version}"}') as scraped:
            scraped.expose(0, 'waiting{version="1.8.2"} 0\n')
            await until(lambda: scraped.is_up(0))
            assert (await scraped.source.sample([A]))[A].is_unseen
            scraped.expose(0, 'waiting{version="1.8.2"} 12\n')
            seen = await scraped.when(lambda seen: seen.in_flight == 12)
            assert not seen.is_unseen and counted(seen) == (0, 0)

    @in_loop
    async def test_each_is_counted_and_timed_by_itself(self, opened):
        """For windows at rest, from which the guard learns how equal replicas differ."""
        bounds = ("0.1", "0.5", "+Inf")
        async with opened(replicas=2, latency=LATENCY) as scraped:
            scraped.expose(0, requests(90, 10) + latencies(80, 95, 100, bounds=bounds))
            scraped.expose(1, requests(40, 0) + latencies(39, 40, 40, bounds=bounds))
            await scraped.when(lambda seen: counted(seen) == (140, 10))
            sample = await scraped.source.by_replica(A)
            assert sample.bounds_seconds == (0.1, 0.5)
            found = sorted((one.requests, one.errors, one.timed, one.buckets) for one in sample.series.values())
            assert found == [(40, 0, 40, (39, 40)), (100, 10, 100, (80, 95))]

    @in_loop
    async def test_one_that_began_anew_counts_from_nothing(self, opened):
        async with opened() as scraped:
            scraped.expose(0, requests(500, 5))
            before = await scraped.when(lambda seen: counted(seen) == (505, 5))
            scraped.expose(0, requests(30, 2))
            after = await scraped.when(lambda seen: counted(seen) == (32, 2))
            assert (window(before, after).requests, window(before, after).errors) == (32, 2)

    @in_loop
    async def test_one_that_overtook_its_former_counts_says_by_its_start_that_it_is_new(self, opened):
        started = "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {}\n"
        async with opened() as scraped:
            scraped.expose(0, requests(40, 0) + started.format(1_700_000_000.4))
            before = await scraped.when(lambda seen: counted(seen)[0] == 40)
            scraped.expose(0, requests(41, 0) + started.format(1_700_000_001.1))
            same = await scraped.when(lambda seen: counted(seen)[0] == 41)
            assert window(before, same).requests == 1, "a clock that was set is no restart"
            scraped.expose(0, requests(43, 0) + started.format(1_700_000_060.0))
            after = await scraped.when(lambda seen: counted(seen)[0] == 43)
            assert window(same, after).requests == 43

    @in_loop
    async def test_when_all_vanish_nothing_is_known(self, opened):
        async with opened() as scraped:
            scraped.expose(0, requests(500, 5))
            await scraped.when(lambda seen: counted(seen)[0] == 505)
            scraped.expose(0, None)

            async def is_an_error() -> bool:
                try:
                    await scraped.source.sample([A, B])
                except PortError as error:
                    return "no series of any version any more" in error.what
                return False

            await until(is_an_error)

    @in_loop
    async def test_a_changed_layout_of_buckets_is_compared_where_both_agree(self, opened):
        async with opened(latency=LATENCY) as scraped:
            scraped.expose(0, requests(10, 0) + latencies(2, 5, 10, bounds=("0.1", "0.5", "+Inf")))
            before = await scraped.when(lambda seen: seen.bounds_seconds == (0.1, 0.5))
            scraped.expose(0, requests(30, 0) + latencies(6, 9, 20, 30, bounds=("0.1", "0.25", "0.5", "+Inf")))
            after = await scraped.when(lambda seen: len(seen.bounds_seconds) == 3)
            seen = window(before, after)
            assert (seen.bounds_seconds, seen.buckets, seen.timed) == ((0.1, 0.5), (4, 15), 20)


class TestNativeHistograms:
    @in_loop
    async def test_buckets_are_read_on_bounds_that_stay_when_they_are_merged(self, opened):
        async with opened(latency=NATIVE, requests='absent_total{version="{version}"}', kind=TYPE) as scraped:
            labels = {"revision": A}
            values = [0.02] * 5 + [0.3] * 3
            scraped.files[0].write_bytes(exposition("http_request_duration_seconds", labels, values, schema=3))
            before = await scraped.when(lambda seen: seen.bounds_seconds)
            assert 0.5 in before.bounds_seconds and 0.25 in before.bounds_seconds
            (one,) = before.series.values()
            at = dict(zip(before.bounds_seconds, one.buckets, strict=True))
            assert (at[2.0**-6], at[2.0**-5], at[0.25], at[0.5], one.timed) == (0, 5, 5, 8, 8)
            assert one.latency_sum_seconds == pytest.approx(1.0)
            values += [0.7] * 4
            scraped.files[0].write_bytes(exposition("http_request_duration_seconds", labels, values, schema=0))
            after = await scraped.when(lambda seen: sum(one.timed or 0 for one in seen.series.values()) == 12)
            seen = window(before, after)
            at = dict(zip(seen.bounds_seconds, seen.buckets, strict=True))
            assert (at[0.5], at[1.0], seen.timed) == (0, 4, 4)


class TestCustomMetrics:
    @in_loop
    async def test_each_is_one_number_per_revision(self, opened):
        async with opened(replicas=2) as scraped:
            scraped.expose(0, requests(100, 1))
            scraped.expose(1, requests(50, 4, version="1.9.0"))
            bad = 'sum(http_requests_total{version="{version}",code="503"})'
            failed = Metric(name="failed", query=bad, of=f"sum({REQUESTS})")
            never = Metric(name="never", query='sum(nothing_total{version="{version}"})')
            empty = Metric(name="empty", query='sum(0 * http_requests_total{version="{version}"}) / 0')
            fixed = Metric(name="fixed", query="scalar(vector(3))")

            async def is_there() -> bool:
                seen = await scraped.source.measure([failed], [A, B])
                return len(seen["failed"]) == 2

            await until(is_there)
            seen = await scraped.source.measure([failed, never, empty, fixed], [A, B])
            assert [(one.value, one.of) for one in seen["failed"].values()] == [(1, 101), (4, 54)]
            assert (seen["never"], seen["empty"]) == ({}, {})
            assert [one.value for one in seen["fixed"].values()] == [3, 3]

    @in_loop
    async def test_what_is_no_number_names_the_metric_and_shows_what_came_back(self, opened):
        async with opened() as scraped:
            scraped.expose(0, requests(100, 1))
            await scraped.when(lambda seen: counted(seen)[0] == 101)
            wrong = {
                "many": ("http_requests_total", 'code="200"'),
                "text": ('"four"', "four"),
                "range": ("http_requests_total[5m]", "matrix"),
                "broken": ("sum(http_requests_total", "unclosed left parenthesis"),
                "endless": ("sum(http_requests_total) / 0", "+Inf"),
                "nothing": ("sum(nothing_total)", "Nothing came back now for sum(nothing_total)"),
            }
            metrics = [Metric(name=name, query=query) for name, (query, _) in wrong.items()]
            found = await scraped.source.probe(metrics, A)
            assert found.keys() == wrong.keys()
            for name, (_, shown) in wrong.items():
                assert shown in f"{found[name].what} {found[name].why}", found[name]
                if name != "nothing":
                    with pytest.raises(QueryWrong) as caught:
                        await scraped.source.measure([Metric(name=name, query=wrong[name][0])], [A])
                    assert len(str(caught.value).splitlines()) == 4
                    assert name in str(caught.value)


class TestBeforeUsersAreExposed:
    @in_loop
    async def test_queries_that_give_nothing_or_no_counts_are_found(self, opened):
        async with opened(
            latency='http_missing_bucket{version="{version}"}',
            errors='http_requests_total{version="{version}"} / 3',
        ) as scraped:
            scraped.expose(0, requests(100, 1))
            await until(lambda: scraped.is_up(0))
            found = await scraped.source.doubts(A)
            assert found["latency"].what == "returns nothing for 1.8.2-0a1b2c3d" and found["latency"].is_empty
            assert "no count" in found["errors"].what and "33.3" in found["errors"].why
            assert "requests" not in found


def two_versions(good: int, bad: int) -> str:
    """The stable version ten times as busy, and without an error."""
    stable, candidate = requests(10 * good, 0), requests(good, bad, version="1.9.0")
    return stable + candidate.removeprefix("# TYPE http_requests_total counter\n")


class TestThePast:
    @in_loop
    async def test_a_release_is_read_as_it_was_then(self, opened):
        async with opened() as scraped:
            scraped.expose(0, two_versions(1000, 7))
            start = await scraped.when(lambda seen: counted(seen)[0] == 10_000)
            for number in range(1, 5):
                scraped.expose(0, two_versions(1000 + 50 * number, 7 + 10 * number))
                end = await scraped.when(lambda seen, n=number: counted(seen)[0] == 10_000 + 500 * n)
            release = PastRelease(name="1.9.0", stable="1.8.2", candidate="1.9.0", start=start.at, end=end.at)
            metric = Metric(name="all", query=f"sum({REQUESTS})", worse_by=0.1)
            recording = await recorded(scraped.source, release, [metric])
            last = recording.looks[-1]
            assert (last.stable.requests, last.stable.errors) == (2000, 0)
            assert (last.candidate.requests, last.candidate.errors) == (240, 40)
            assert last.metrics["all"]["candidate"].value == 1247
            assert len(recording.looks) >= 8
            found = await analyze(recording, Guard())
            assert found.verdict.kind == Kind.HARMFUL

    @in_loop
    async def test_stages_and_what_replicas_used_are_read_as_they_were_then(self, opened):
        async with opened(replicas=2) as scraped:
            start = 0.0
            for number, seconds in enumerate((3.0, 5.0, 1.0, 2.0)):
                scraped.expose(0, requests(1000 + 100 * number, 0) + used(memory=5e7, cpu=10.0 + number))
                scraped.expose(1, requests(10 * number, 0, version="1.9.0") + used(memory=9e7, cpu=seconds))
                seen = await scraped.when(lambda seen, n=number: counted(seen)[0] == 1000 + 100 * n)
                start = start or seen.at
            begun = {"5%": 0.5, "25%": 1.5}
            stages = tuple(PastStage(at=at, name=name, share=Share(5000)) for name, at in begun.items())
            release = PastRelease(
                name="x", stable="1.8.2", candidate="1.9.0", start=start, end=seen.at + 1.0, stages=stages
            )
            metrics = [Metric(name=name, resource=name, worse_by=0.5) for name in ("memory", "cpu", "restarts")]
            recording = await recorded(scraped.source, release, metrics)
            assert [stage.name for stage in recording.stages] == ["5%", "25%"]
            assert recording.looks[0].stage == -1 and recording.looks[-1].stage == 1
            last = recording.looks[-1].metrics
            assert (last["memory"]["stable"].value, last["memory"]["candidate"].value) == (5e7, 9e7)
            assert last["cpu"]["stable"].value == pytest.approx(3.0, abs=1.0)
            assert 1.0 <= last["cpu"]["candidate"].value <= 4.0, "a counter that began anew is no fall"
            assert "restarts" not in last


def used(*, memory: float, cpu: float) -> str:
    """What a client library tells of its process."""
    return f"process_resident_memory_bytes {memory}\nprocess_cpu_seconds_total {cpu}\n"
