"""What every source of metrics keeps to. A test module names its source by overriding the fixture `opened`:

class OverPrometheus:
    @pytest.fixture
    def opened(self, tmp_path): return lambda: open_prometheus(tmp_path)

class TestMetrics(OverPrometheus, MetricSourceContract): ...
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from typing import Protocol

import pytest

from contract.backends import Backend, Backends, Client, ask_many
from contract.stored import in_loop
from contract.traffic import WAIT_SECONDS, A, B, C, until
from shipway.analysis.windows import window
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.ports.metric_source import MetricSource


class Measured(Protocol):
    """Traffic with a source that watches it."""

    source: MetricSource
    address: str
    backends: Backends

    async def serve(self, revision: RevisionId, *replicas: Backend) -> None:
        """All users' requests go to these replicas of a revision from now on."""
        ...

    async def restart(self) -> None:
        """What counts begins anew; traffic goes on as it was."""
        ...

    async def stop(self) -> None:
        """What counts is gone."""
        ...

    def another(self) -> AbstractAsyncContextManager[MetricSource]:
        """The source of another controller, with what this one's remembers."""
        ...


async def sample(measured: Measured, revision: RevisionId = A) -> Sample:
    return (await measured.source.sample([revision]))[revision]


def total(seen: Sample) -> Counts:
    """All series of a fresh source together; zeros where there is none."""
    found = seen.series.values()
    return Counts(
        requests=sum(one.requests for one in found),
        errors=sum(one.errors for one in found),
        latency_sum_seconds=sum(one.latency_sum_seconds for one in found),
        buckets=tuple(map(sum, zip(*(one.buckets for one in found if one.buckets), strict=True))),
        timed=sum(one.requests if one.timed is None else one.timed for one in found),
    )


async def counted(measured: Measured, requests: int, revision: RevisionId = A) -> Counts:
    """Wait until that many requests were counted with their latencies; more fail the test."""
    seen = Counts()

    async def is_counted() -> bool:
        nonlocal seen
        seen = total(await sample(measured, revision))
        assert seen.requests <= requests, f"{seen.requests} counted, {requests} sent"
        return seen.requests == requests

    await until(is_counted)
    return seen


class CountsContract:
    """Counts of requests."""

    @pytest.fixture
    def opened(self) -> Callable[[], AbstractAsyncContextManager[Measured]]:
        raise NotImplementedError("override it in the class that names the source")

    @in_loop
    async def test_a_check_says_what_answered(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            said = await measured.source.check()
            assert said and "\n" not in said

    @in_loop
    async def test_a_revision_without_requests_has_none_and_no_errors(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            seen = await measured.source.sample([A, C])
            assert set(seen) == {A, C}
            for revision, one in seen.items():
                assert one.revision == revision
                assert (total(one).requests, total(one).errors, one.in_flight) == (0, 0, 0)

    @in_loop
    async def test_good_and_bad_answers_are_counted_once_each(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 50)
            await ask_many(measured.address, 10, path="/fail")
            assert (await counted(measured, 60)).errors == 10

    @in_loop
    async def test_requests_that_got_no_answer_are_errors(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 20)
            for _ in range(5):
                await Client(measured.address).ask("/cut")
            assert (await counted(measured, 25)).errors == 5

    @in_loop
    async def test_requests_to_a_dead_revision_are_its_errors(self, opened):
        async with opened() as measured:
            backend = await measured.backends.start(A)
            await measured.serve(A, backend)
            await backend.stop()
            await ask_many(measured.address, 30)
            assert (await counted(measured, 30)).errors == 30

    @in_loop
    async def test_a_request_that_another_replica_answered_is_no_error_and_counts_once(self, opened):
        async with opened() as measured:
            dying, staying = [await measured.backends.start(A) for _ in range(2)]
            await measured.serve(A, dying, staying)
            await dying.stop()
            await ask_many(measured.address, 100)
            assert (await counted(measured, 100)).errors == 0

    @in_loop
    async def test_revisions_are_counted_apart(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 7)
            await measured.serve(B, await measured.backends.start(B))
            await ask_many(measured.address, 3, path="/fail")
            assert (await counted(measured, 7)).errors == 0
            assert (await counted(measured, 3, B)).errors == 3

    @in_loop
    async def test_requests_not_yet_answered_are_in_flight(self, opened):
        async with opened() as measured:
            backend = await measured.backends.start(A)
            await measured.serve(A, backend)
            held = asyncio.ensure_future(Client(measured.address).ask("/held"))

            async def is_in_flight() -> bool:
                return (await sample(measured)).in_flight == 1

            await until(is_in_flight)
            backend.answers_held.set()
            await held

            async def is_over() -> bool:
                return (await sample(measured)).in_flight == 0

            await until(is_over)

    @in_loop
    async def test_a_source_that_began_anew_says_so(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 40)
            await counted(measured, 40)
            before = after = await sample(measured)
            await measured.restart()
            await ask_many(measured.address, 41)

            async def is_counted() -> bool:
                nonlocal after
                after = await sample(measured)
                return window(before, after).requests >= 41

            await until(is_counted)
            assert window(before, after).requests == 41

    @in_loop
    async def test_another_controller_counts_on_from_where_the_former_one_was(self, opened):
        """What happened between their looks is counted once, and so is what the former one had counted."""
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 40)
            await counted(measured, 40)
            before = await sample(measured)
            await ask_many(measured.address, 20)
            await ask_many(measured.address, 3, path="/fail")
            async with measured.another() as source:
                after = (await source.sample([A]))[A]

                async def is_counted() -> bool:
                    nonlocal after
                    after = (await source.sample([A]))[A]
                    return window(before, after).requests >= 23

                await until(is_counted)
                seen = window(before, after)
                assert (seen.requests, seen.errors) == (23, 3)

    @in_loop
    async def test_a_source_that_is_gone_is_an_error_and_not_zero(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await measured.stop()

            async def fails() -> bool:
                try:
                    await measured.source.sample([A])
                except PortError:
                    return True
                return False

            await until(fails)
            with pytest.raises(PortError):
                await measured.source.check()


class MetricSourceContract(CountsContract):
    """Counts, and how long requests took."""

    sums_latencies = True
    """Some sources know how many took how long, and no sum."""

    @in_loop
    async def test_latencies_are_counted_by_upper_bound(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await ask_many(measured.address, 8, path="/slow/0.3105")
            await counted(measured, 8)

            seen = Sample(revision=A, at=0.0)

            async def all_are_timed() -> bool:
                nonlocal seen
                seen = await sample(measured)
                return max(total(seen).buckets, default=0) == 8

            await until(all_are_timed)
            bounds, counts = seen.bounds_seconds, total(seen)
            assert list(bounds) == sorted(bounds) and len(bounds) == len(counts.buckets)
            assert list(counts.buckets) == sorted(counts.buckets)
            assert bounds[0] <= 0.005 and bounds[-1] >= 30.0
            assert max(after / before for before, after in pairwise(bounds[8:])) < 1.5
            faster = max(count for bound, count in zip(bounds, counts.buckets, strict=True) if bound < 0.3105)
            assert faster == 0, "counted as faster than they were"
            if self.sums_latencies:
                assert 8 * 0.3105 * 0.95 <= counts.latency_sum_seconds < 8 * WAIT_SECONDS
