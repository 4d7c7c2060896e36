"""What every proxy's counts keep to beside `contract.metric_source`, and what they are measured on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from contract.backends import Backend, Client, ask_many
from contract.metric_source import counted, sample, total
from contract.requests import Carrier
from contract.stored import in_loop
from contract.traffic import A, B, healthy, publish, route, until
from shipway.engine import guard
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route
from shipway.model.share import TOTAL
from shipway.ports.metric_source import MetricSource


class MeasuredProxy:
    """A data plane with what counts its requests."""

    def __init__(self, stand: Carrier, fresh: Callable[[], MetricSource]) -> None:
        self.stand, self.address, self.backends, self.fresh = stand, stand.address, stand.backends, fresh
        self.source = fresh()
        self.generation = 0
        self.endpoints: tuple[Endpoint, ...] = ()

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
        """A new data plane in the place of the one that is gone."""
        await self.stop()
        await self.start_again()

    async def start_again(self) -> None:
        """The next intent does."""
        await publish(self.stand, *self.endpoints, generation=self.generation)

    async def stop(self) -> None:
        for name in tuple(self.stand.supervisor.started):  # type: ignore[attr-defined]
            await self.stand.supervisor.kill(name)  # type: ignore[attr-defined]


class ProxyCountsContract:
    """Whose requests count, and what of them."""

    version = ""
    """What its check begins with."""
    sees_idle = True
    """Whether an upgraded connection on which nothing is said is in flight."""

    @pytest.fixture
    def opened(self) -> Callable[[], AbstractAsyncContextManager[MeasuredProxy]]:
        raise NotImplementedError("override it in the class that names the data plane")

    @in_loop
    async def test_a_request_that_its_client_gave_up_is_no_error(self, opened):
        async with opened() as measured:
            backend = await measured.backends.start(A)
            await measured.serve(A, backend)
            _, writer = await asyncio.open_connection(*measured.address.split(":"))
            writer.write(b"GET /held HTTP/1.1\r\nhost: x\r\n\r\n")
            await until(lambda: _are_in_flight(measured, 1))
            writer.close()
            await writer.wait_closed()
            backend.answers_held.set()
            await until(lambda: _are_in_flight(measured, 0))
            assert total(await sample(measured)).errors == 0

    @in_loop
    async def test_an_upgraded_connection_is_in_flight_and_one_request(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            _, writer = await Client(measured.address).upgrade()
            assert (await sample(measured)).in_flight == self.sees_idle
            writer.close()
            assert (await counted(measured, 1)).errors == 0

    @in_loop
    async def test_connections_that_are_only_kept_are_no_requests(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            client = Client(measured.address)
            for _ in range(5):
                await client.ask()
            await until(lambda: _are_in_flight(measured, 0))

    @in_loop
    async def test_the_check_names_the_version(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            assert (await measured.source.check()).startswith(self.version)

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
            assert not (await measured.source.by_replica(B)).series

    @in_loop
    async def test_an_attempt_that_was_broken_off_is_its_replicas_error(self, opened):
        async with opened() as measured:
            backend = await measured.backends.start(A)
            await measured.serve(A, backend)
            for _ in range(5):
                await Client(measured.address).ask("/cut")
            await counted(measured, 5)
            seen = (await measured.source.by_replica(A)).series
            assert seen[backend.address].errors >= 5


class DecidingCountsContract:
    """Of a data plane that looks at each request."""

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


class CopiesCountsContract:
    """Of a data plane that makes copies."""

    @in_loop
    async def test_copies_are_counted_apart_beside_users_answers_to_the_same_kind_of_request(self, opened):
        async with opened() as measured:
            await measured.serve(B, await measured.backends.start(B))
            await measured.serve(A, await measured.backends.start(A), mirror=Mirror(revision=B, share=TOTAL))
            await ask_many(measured.address, 20)
            await ask_many(measured.address, 5, path="/fail")
            await Client(measured.address).ask("/pay", method="POST", content_length="0")

            async def all_copies() -> bool:
                return total((await measured.source.mirrored(B)).copies).requests == 25

            await until(all_copies)
            seen = await measured.source.mirrored(B)
            assert (total(seen.users).requests, total(seen.users).errors) == (25, 5)
            assert (total(seen.copies).requests, total(seen.copies).errors) == (25, 5)
            assert total(await sample(measured, B)).requests == 0
            assert (await counted(measured, 26)).errors == 5


async def _are_in_flight(measured: MeasuredProxy, count: int) -> bool:
    return (await sample(measured)).in_flight == count
