"""What is counted of HAProxy's log keeps the contract of metric sources."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Backend, Client, ask_many
from contract.haproxy_stand import SERVICE, HaproxyStand, needs_haproxy, open_haproxy
from contract.metric_source import MetricSourceContract, counted, sample, total
from contract.stored import in_loop
from contract.traffic import A, B, healthy, publish, route, until
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.metrics.haproxy import build
from shipway.engine import guard
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL
from shipway.ports.metric_source import MetricSource

pytestmark = [pytest.mark.real, needs_haproxy]


class MeasuredHaproxy:
    """HAProxy with what counts its log."""

    def __init__(self, stand: HaproxyStand) -> None:
        self.stand, self.address, self.backends = stand, stand.address, stand.backends
        self.source = self.fresh()
        self.generation = 0
        self.endpoints: tuple[Endpoint, ...] = ()

    def fresh(self) -> MetricSource:
        context = Context(service=SERVICE, home=self.stand.directory, clock=WallClock(), health={})
        return build({}, context)

    @asynccontextmanager
    async def another(self) -> AsyncIterator[MetricSource]:
        source = self.fresh()
        guard.recall(guard.remembered(guard.Evidence(), self.source), source)
        yield source

    async def serve(self, revision: RevisionId, *replicas: Backend, **named: object) -> None:
        self.generation += 1
        new = tuple(Endpoint(revision=revision, address=one.address) for one in replicas)
        self.endpoints = (*self.endpoints, *new)
        await publish(self.stand, *self.endpoints, generation=self.generation)
        await healthy(self.stand)
        await route(self.stand, Route(shares={revision: TOTAL}, **named), generation=self.generation)  # type: ignore[arg-type]

    async def restart(self) -> None:
        await self.stop()
        await self.count_again()

    async def count_again(self) -> None:
        await self.stand.supervisor.put(*self.stand.programs)

        async def answers() -> bool:
            try:
                return bool(await self.source.sample([A]))
            except PortError:
                return False

        await until(answers)

    async def stop(self) -> None:
        await self.stand.supervisor.kill("haproxy-counting")


@asynccontextmanager
async def open_measured(directory: Path) -> AsyncIterator[MeasuredHaproxy]:
    async with open_haproxy(directory) as stand:
        yield MeasuredHaproxy(stand)


class OverHaproxy:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_measured, tmp_path / "home")


class TestMetrics(OverHaproxy, MetricSourceContract):
    pass


class TestCounting(OverHaproxy):
    @in_loop
    async def test_a_revision_without_replicas_answers_with_errors_that_count(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await route(measured.stand, Route(shares={B: TOTAL}), generation=9)
            await ask_many(measured.address, 10)
            assert (await counted(measured, 10, B)).errors == 10

    @in_loop
    async def test_previewed_requests_are_not_users_requests(self, opened):
        async with opened() as measured:
            await measured.serve(B, await measured.backends.start(B))
            await measured.serve(A, await measured.backends.start(A), preview=B)
            await ask_many(measured.stand.preview_address, 5, path="/fail")
            await ask_many(measured.address, 20)
            await counted(measured, 20)
            assert total(await sample(measured, B)).requests == 0

    @in_loop
    async def test_a_request_that_its_client_gave_up_is_no_error(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            _, writer = await asyncio.open_connection(*measured.address.split(":"))
            writer.write(b"GET /slow/5 HTTP/1.1\r\nhost: x\r\n\r\n")

            async def is_in_flight() -> bool:
                return (await sample(measured)).in_flight == 1

            await until(is_in_flight)
            writer.close()

            async def is_over() -> bool:
                return (await sample(measured)).in_flight == 0

            await until(is_over)
            assert total(await sample(measured)).errors == 0

    @in_loop
    async def test_an_upgraded_connection_is_in_flight_and_one_request(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            _, writer = await Client(measured.address).upgrade()
            assert (await sample(measured)).in_flight == 1
            writer.close()
            assert (await counted(measured, 1)).errors == 0

    @in_loop
    async def test_replicas_are_told_apart_with_their_latencies(self, opened):
        async with opened() as measured:
            replicas = [await measured.backends.start(A) for _ in range(2)]
            await measured.serve(A, *replicas)
            await ask_many(measured.address, 40)
            await counted(measured, 40)
            seen = (await measured.source.by_replica(A)).series
            assert set(seen) == {one.address for one in replicas}
            assert sum(one.requests for one in seen.values()) == 40
            assert all(one.buckets[-1] == one.requests for one in seen.values())

    @in_loop
    async def test_a_request_cut_off_on_a_connection_that_served_before_is_an_error_though_it_has_no_line(
        self, opened
    ):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await measured.serve(B, await measured.backends.start(B))
            for revision in (A, B):
                await measured.serve(revision)
                client = Client(measured.address)
                assert (await client.ask()).status == 200
                with pytest.raises(asyncio.IncompleteReadError):
                    await client.ask("/cut")
                assert (await counted(measured, 2, revision)).errors == 1

    @in_loop
    async def test_what_ends_while_nobody_counts_is_counted_after(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await measured.stop()
            await ask_many(measured.address, 20)
            await measured.count_again()

            async def is_counted() -> bool:
                return total(await sample(measured)).requests == 20

            await until(is_counted)
