"""What Envoy counts keeps the contract of metric sources."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Backend, Client, ask_many
from contract.envoy_stand import SERVICE, EnvoyStand, open_envoy
from contract.metric_source import MetricSourceContract, counted, sample, total
from contract.stored import in_loop
from contract.traffic import A, B, healthy, publish, route, until
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.engine import guard
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route
from shipway.model.share import TOTAL
from shipway.ports.metric_source import MetricSource

pytestmark = pytest.mark.real


class MeasuredEnvoy:
    """Envoy with its own counters."""

    def __init__(self, stand: EnvoyStand) -> None:
        self.stand, self.address, self.backends = stand, stand.address, stand.backends
        self.source = EnvoyMetrics(service=SERVICE, home=stand.directory, clock=WallClock())
        self.generation = 0
        self.endpoints: tuple[Endpoint, ...] = ()

    def fresh(self) -> MetricSource:
        """A source of the same counts that was asked nothing yet."""
        return EnvoyMetrics(service=SERVICE, home=self.stand.directory, clock=WallClock())

    @asynccontextmanager
    async def another(self) -> AsyncIterator[MetricSource]:
        source = self.fresh()
        guard.recall(guard.remembered(guard.Evidence(), self.source), source)
        try:
            yield source
        finally:
            if hasattr(source, "close"):
                await source.close()

    async def serve(self, revision: RevisionId, *replicas: Backend, **named: object) -> None:
        self.generation += 1
        new = tuple(Endpoint(revision=revision, address=one.address) for one in replicas)
        self.endpoints = (*self.endpoints, *new)
        await publish(self.stand, *self.endpoints, generation=self.generation)
        await healthy(self.stand)
        await route(self.stand, Route(shares={revision: TOTAL}, **named), generation=self.generation)  # type: ignore[arg-type]

    async def restart(self) -> None:
        await self.stop()
        await self.restart_from_nothing()

    async def restart_from_nothing(self) -> None:
        """A new Envoy in the place of one that is gone."""
        await publish(self.stand, *self.endpoints, generation=self.generation)

    async def stop(self) -> None:
        await self.stand.supervisor.kill()


@asynccontextmanager
async def open_measured(directory: Path) -> AsyncIterator[MeasuredEnvoy]:
    async with open_envoy(directory) as stand:
        yield MeasuredEnvoy(stand)


class OverEnvoy:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_measured, tmp_path / "home")


class TestMetrics(OverEnvoy, MetricSourceContract):
    pass


class TestCounting(OverEnvoy):
    @in_loop
    async def test_a_revision_without_replicas_answers_with_errors_that_count(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await route(measured.stand, Route(shares={B: TOTAL}), generation=9)
            await ask_many(measured.address, 10)
            assert (await counted(measured, 10, B)).errors == 10

    @in_loop
    async def test_previewed_and_mirrored_requests_are_not_users_requests(self, opened):
        async with opened() as measured:
            await measured.serve(B, await measured.backends.start(B))
            mirror = Mirror(revision=B, share=TOTAL)
            await measured.serve(A, await measured.backends.start(A), mirror=mirror, preview=B)
            await ask_many(measured.stand.preview_address, 5, path="/fail")
            await ask_many(measured.address, 20)
            await counted(measured, 20)
            assert total(await sample(measured, B)).requests == 0

    @in_loop
    async def test_copies_are_counted_beside_users_answers_to_the_same_kind_of_request(self, opened):
        async with opened() as measured:
            await measured.serve(B, await measured.backends.start(B))
            mirror = Mirror(revision=B, share=TOTAL)
            await measured.serve(A, await measured.backends.start(A), mirror=mirror)
            await ask_many(measured.address, 20)
            await ask_many(measured.address, 5, path="/fail")

            async def all_copies() -> bool:
                return total((await measured.source.mirrored(B)).copies).requests == 25

            await until(all_copies)
            seen = await measured.source.mirrored(B)
            assert (total(seen.users).requests, total(seen.users).errors) == (25, 5)
            assert (total(seen.copies).requests, total(seen.copies).errors) == (25, 5)
            assert total(await sample(measured, B)).requests == 0

    @in_loop
    async def test_a_request_that_its_client_gave_up_is_no_error(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            _, writer = await asyncio.open_connection(*measured.address.split(":"))
            writer.write(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")

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
    async def test_the_check_names_the_version(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            assert (await measured.source.check()).startswith("Envoy 1.40.")


class TestReplicas(OverEnvoy):
    @in_loop
    async def test_replicas_are_told_apart(self, opened):
        async with opened() as measured:
            both = [await measured.backends.start(A) for _ in range(2)]
            await measured.serve(A, *both)
            await ask_many(measured.address, 40)
            await ask_many(measured.address, 10, path="/fail")
            await counted(measured, 50)
            seen = (await measured.source.by_replica(A)).series
            assert set(seen) == {one.address for one in both}
            assert all(one.requests > 0 for one in seen.values())
            assert sum(one.requests for one in seen.values()) == 50
            assert sum(one.errors for one in seen.values()) == 10

    @in_loop
    async def test_an_attempt_that_was_broken_off_is_its_replicas_error(self, opened):
        async with opened() as measured:
            backend = await measured.backends.start(A)
            await measured.serve(A, backend)
            await ask_many(measured.address, 5, path="/cut", at_once=1)
            await counted(measured, 5)
            seen = (await measured.source.by_replica(A)).series
            assert seen[backend.address].errors >= 5

    @in_loop
    async def test_a_revision_that_envoy_does_not_know_has_no_replicas(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            assert not (await measured.source.by_replica(B)).series
