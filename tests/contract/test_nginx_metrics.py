"""What nginx tells of requests keeps the contract of metric sources."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Client, ask_many
from contract.envoy_stand import SERVICE
from contract.metric_source import MetricSourceContract, counted, sample, total
from contract.nginx_stand import NginxStand, needs_nginx, open_nginx
from contract.stored import in_loop
from contract.test_envoy_metrics import MeasuredEnvoy
from contract.traffic import A, B, route, until
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.nginx import NginxMetrics
from shipway.model.route import Endpoint, Mirror, Route
from shipway.model.share import TOTAL

pytestmark = [pytest.mark.real, needs_nginx]


class MeasuredNginx(MeasuredEnvoy):
    """nginx with the program that counts."""

    def __init__(self, stand: NginxStand) -> None:
        self.stand, self.address, self.backends = stand, stand.address, stand.backends
        self.source = self.fresh()
        self.generation = 0
        self.endpoints: tuple[Endpoint, ...] = ()

    def fresh(self) -> NginxMetrics:
        return NginxMetrics(service=SERVICE, home=self.stand.directory, clock=WallClock())

    async def stop(self) -> None:
        for name in tuple(self.stand.supervisor.started):
            await self.stand.supervisor.kill(name)


@asynccontextmanager
async def open_measured(directory: Path) -> AsyncIterator[MeasuredNginx]:
    async with open_nginx(directory) as stand:
        yield MeasuredNginx(stand)


class OverNginx:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_measured, tmp_path / "home")


class TestMetrics(OverNginx, MetricSourceContract):
    pass


class TestCounting(OverNginx):
    @in_loop
    async def test_a_revision_without_replicas_answers_with_errors_that_count(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            await route(measured.stand, Route(shares={B: TOTAL}), generation=9)
            await ask_many(measured.address, 10)
            assert (await counted(measured, 10, B)).errors == 10

    @in_loop
    async def test_copies_are_counted_apart_beside_users_answers_to_the_same_kind_of_request(self, opened):
        async with opened() as measured:
            await measured.serve(B, await measured.backends.start(B))
            mirror = Mirror(revision=B, share=TOTAL)
            await measured.serve(A, await measured.backends.start(A), mirror=mirror, preview=B)
            await ask_many(measured.stand.preview_address, 5, path="/fail")
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

    @in_loop
    async def test_a_request_that_its_client_gave_up_is_not_counted(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            _, writer = await asyncio.open_connection(*measured.address.split(":"))
            writer.write(b"GET /slow/5 HTTP/1.1\r\nhost: x\r\n\r\n")

            async def is_in_flight() -> bool:
                return (await sample(measured)).in_flight == 1

            await until(is_in_flight)
            writer.close()
            await ask_many(measured.address, 1)
            assert (await counted(measured, 1)).errors == 0

    @in_loop
    async def test_connections_that_are_only_kept_are_no_requests(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            client = Client(measured.address)
            for _ in range(5):
                await client.ask()

            async def rests() -> bool:
                return (await sample(measured)).in_flight == 0

            await until(rests)

    @in_loop
    async def test_the_check_names_the_version(self, opened):
        async with opened() as measured:
            await measured.serve(A, await measured.backends.start(A))
            assert (await measured.source.check()).startswith("nginx 1.")

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
            assert sum(one.errors for one in seen.values()) == 10
