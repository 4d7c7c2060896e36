"""Replicas that speak HTTP/2 and gRPC: reached, checked, counted and drained."""

from contextlib import asynccontextmanager

import grpc
import pytest
from msgspec.structs import replace

from contract.envoy_stand import HEALTH, OverEnvoy, open_envoy
from contract.grpc_backend import STREAM, call, grpc_backends
from contract.stored import in_loop
from contract.traffic import A, B, TrafficContract, healthy, publish, route, split, until
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.model.sample import Counts

pytestmark = pytest.mark.real


def endpoint(backend, *, draining: bool = False) -> Endpoint:
    return Endpoint(revision=RevisionId(backend.revision), address=backend.address, draining=draining)


@asynccontextmanager
async def over_grpc(tmp_path, service: str = ""):
    async with open_envoy(tmp_path / "home") as stand, grpc_backends(A, B) as listed:
        stand.options = replace(stand.options, protocol="grpc", health=replace(HEALTH, service=service))
        stand.traffic = stand.again()
        await publish(stand, *map(endpoint, listed), generation=1)
        await healthy(stand)
        await route(stand, split(0), generation=2)
        async with grpc.aio.insecure_channel(stand.address) as channel:
            yield stand, listed, channel


class TestTraffic(OverEnvoy, TrafficContract):
    """With gRPC behind it the values of the port are as with HTTP/1.1."""

    @pytest.fixture
    def opened(self, tmp_path):
        @asynccontextmanager
        async def open_grpc():
            async with open_envoy(tmp_path / "home") as stand:
                stand.options = replace(stand.options, protocol="grpc")
                stand.traffic = stand.again()
                yield stand

        return open_grpc


@in_loop
async def test_the_guard_counts_a_grpc_status_that_is_the_servers_fault(tmp_path):
    async with over_grpc(tmp_path) as (stand, _, channel):
        metrics = EnvoyMetrics(service="checkout", home=stand.directory, clock=WallClock())
        assert await call(channel) == A
        for code in (2, 4, 5, 7, 13, 14):  # NOT_FOUND and PERMISSION_DENIED are the client's own
            with pytest.raises(grpc.aio.AioRpcError):
                await call(channel, f"fail {code}")

        async def counted() -> bool:
            counts = await _counts(metrics)
            return (counts.requests, counts.errors) == (7, 4)

        await until(counted)


async def _counts(metrics: EnvoyMetrics) -> Counts:
    return next(iter((await metrics.sample([A]))[A].series.values()), Counts())


@in_loop
async def test_what_envoy_answers_itself_is_one_error(tmp_path):
    async with over_grpc(tmp_path) as (stand, listed, channel):
        metrics = EnvoyMetrics(service="checkout", home=stand.directory, clock=WallClock())
        await listed[0].stop()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

        async def counted() -> bool:
            counts = await _counts(metrics)
            return counts.errors == counts.requests == 1

        await until(counted)


@in_loop
@pytest.mark.parametrize("service", ["", "shop.Shop"])
async def test_health_is_that_of_grpc(tmp_path, service):
    async with over_grpc(tmp_path, service) as (stand, listed, channel):
        await listed[0].say(serving=False)

        async def is_unhealthy() -> bool:
            return (await stand.traffic.observe()).unhealthy == (listed[0].address,)

        await until(is_unhealthy)
        await listed[0].say(serving=True)
        await healthy(stand)
        assert await call(channel) == A


@in_loop
async def test_a_stream_is_in_flight_until_it_ends_and_outlives_route_and_drain(tmp_path):
    async with over_grpc(tmp_path) as (stand, (old, new), channel):
        stream = channel.unary_stream(STREAM)(b"3")
        assert await stream.read() == A.encode()
        await route(stand, split(100), generation=3)
        await publish(stand, endpoint(old, draining=True), endpoint(new), generation=4)
        assert await call(channel) == B
        assert await stand.traffic.in_flight([old.address]) == {old.address: 1}
        rest = [message async for message in _messages(stream)]
        assert len(rest) == 29

        async def is_drained() -> bool:
            return await stand.traffic.in_flight([old.address]) == {old.address: 0}

        await until(is_drained)


async def _messages(stream):
    while (message := await stream.read()) is not grpc.aio.EOF:
        yield message
