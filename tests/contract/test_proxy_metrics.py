"""What each proxy counts keeps the contract of metric sources, and that of proxies."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.backends import Client, ask_many
from contract.envoy_stand import SERVICE, open_envoy
from contract.existing_haproxy_stand import open_existing
from contract.haproxy_stand import needs_haproxy, open_haproxy
from contract.metric_source import CountsContract, MetricSourceContract, counted, sample, total
from contract.nginx_stand import needs_nginx, open_nginx
from contract.proxy_counts import (
    CopiesCountsContract,
    DecidingCountsContract,
    MeasuredProxy,
    ProxyCountsContract,
)
from contract.stored import in_loop
from contract.traffic import A, B, until
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.names import builder
from shipway.errors import PortError

pytestmark = pytest.mark.real
CLOCK = WallClock()


def source(name: str, directory: Path, **options: object):
    context = Context(service=SERVICE, home=directory, clock=CLOCK, health={})
    return functools.partial(builder("metrics", name), options, context)


@asynccontextmanager
async def measured_envoy(directory: Path) -> AsyncIterator[MeasuredProxy]:
    async with open_envoy(directory) as stand:
        yield MeasuredProxy(stand, source("envoy", directory))


@asynccontextmanager
async def measured_nginx(directory: Path) -> AsyncIterator[MeasuredProxy]:
    async with open_nginx(directory) as stand:
        yield MeasuredProxy(stand, source("nginx", directory))


class MeasuredHaproxy(MeasuredProxy):
    """Another program than HAProxy counts."""

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
async def measured_haproxy(directory: Path) -> AsyncIterator[MeasuredProxy]:
    async with open_haproxy(directory) as stand:
        yield MeasuredHaproxy(stand, source("haproxy", directory))


class MeasuredExisting(MeasuredProxy):
    """Its owner starts and stops it."""

    async def restart(self) -> None:
        await self.stop()
        await self.stand.owner.start()
        await self.stand.traffic.tend()

    async def stop(self) -> None:
        await self.stand.owner.stop()


@asynccontextmanager
async def measured_existing(directory: Path) -> AsyncIterator[MeasuredProxy]:
    async with open_existing(directory) as stand:
        yield MeasuredExisting(
            stand, source("haproxy", directory, socket=stand.options.socket, backend=stand.options.backend)
        )


class TestEnvoy(DecidingCountsContract, CopiesCountsContract, ProxyCountsContract, MetricSourceContract):
    version = "Envoy 1.40."

    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(measured_envoy, tmp_path / "home")


@needs_nginx
class TestNginx(DecidingCountsContract, CopiesCountsContract, ProxyCountsContract, MetricSourceContract):
    version = "nginx 1."
    sees_idle = False

    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(measured_nginx, tmp_path / "home")


@needs_haproxy
class TestExistingHaproxy(ProxyCountsContract, CountsContract):
    version = "HAProxy 2."

    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(measured_existing, tmp_path / "home")


@needs_haproxy
class TestHaproxy(DecidingCountsContract, ProxyCountsContract, MetricSourceContract):
    version = "HAProxy 2."

    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(measured_haproxy, tmp_path / "home")

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
