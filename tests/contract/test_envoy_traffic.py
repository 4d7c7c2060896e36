"""Envoy keeps the contract of data planes, and its own promises: restarts, other hands, refusals."""

import asyncio
import functools
import os
import signal

import pytest

from contract.backends import Client, ask_many
from contract.envoy_stand import (
    EnvoyStand,
    OverEnvoy,
    answers,
    is_served_by,
    open_envoy,
    serving,
)
from contract.mirrored import MirrorContract
from contract.requests import RequestsContract
from contract.stored import in_loop
from contract.traffic import A, B, TrafficContract, publish, route, split, until
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.envoy import EnvoyOptions
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL
from tests.real.ports import free_port

pytestmark = pytest.mark.real


class TestTraffic(OverEnvoy, TrafficContract):
    pass


class TestRequests(OverEnvoy, RequestsContract):
    pass


class TestCopies(OverEnvoy, MirrorContract):
    pass


class TestRestarts(OverEnvoy):
    @in_loop
    async def test_envoy_comes_back_with_its_last_configuration_and_without_us(self, opened):
        async with opened() as stand:
            wanted = await serving(stand, split(40))
            program = stand.supervisor.started["envoy"].args
            await stand.supervisor.kill()
            with pytest.raises(PortError):
                await stand.traffic.observe()
            assert "envoy" not in stand.supervisor.started, "looking has started something"
            process = await asyncio.create_subprocess_exec(*program, stderr=asyncio.subprocess.DEVNULL)
            try:
                await until(functools.partial(answers, stand))
                seen = await stand.again().observe()
                assert (seen.confirmed, seen.generation, seen.endpoints_generation) == (wanted, 2, 1)
                assert {answer.status for answer in await ask_many(stand.address, 100)} == {200}
            finally:
                process.terminate()
                await process.wait()

    @in_loop
    async def test_the_next_route_starts_an_envoy_that_died_with_the_new_route(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.supervisor.kill()
            await route(stand, split(100), generation=3)
            assert {answer.revision for answer in await ask_many(stand.address, 20)} == {B}

    @in_loop
    async def test_the_next_list_of_replicas_starts_an_envoy_that_died(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.supervisor.kill()
            await publish(stand, generation=3)
            assert (await stand.traffic.observe()).confirmed == split(0)


class TestSupervised:
    """Under supervisord: neither death of the two is noticed by users for longer than a start takes."""

    @in_loop
    async def test_envoy_is_started_again_and_adopted_again(self, tmp_path):
        async with open_envoy(tmp_path / "home") as stand:
            supervisor = Supervisor(stand.directory)
            stand.supervisor.put = supervisor.put
            try:
                await serving(stand, split(40))
                first = await _pid(supervisor)
                os.kill(first, signal.SIGKILL)
                await until(functools.partial(_is_another, supervisor, first))
                await until(functools.partial(answers, stand))
                assert await is_served_by(stand.address, A, B)

                second = await _pid(supervisor)
                os.kill(int(supervisor.places.pid_file.read_text()), signal.SIGKILL)
                assert await is_served_by(stand.address, A, B), "Envoy did not outlive its supervisor"
                await route(stand, split(30), generation=3)
                await supervisor.ensure()
                assert await _pid(supervisor) == second
                assert await is_served_by(stand.address, A, B)

                os.kill(second, signal.SIGKILL)
                await until(functools.partial(_is_another, supervisor, second))
                await until(functools.partial(answers, stand))
                assert (await stand.traffic.observe()).confirmed == split(30)
            finally:
                await supervisor.shutdown()


async def _pid(supervisor: Supervisor) -> int:
    (process,) = await supervisor.processes()
    return process.pid or 0


async def _is_another(supervisor: Supervisor, pid: int) -> bool:
    return await _pid(supervisor) not in (0, pid)


class TestSharing(OverEnvoy):
    @in_loop
    async def test_services_share_one_envoy_and_nothing_else(self, opened):
        async with opened() as stand:
            await serving(stand)
            port = free_port()
            options = EnvoyOptions(listen=f"127.0.0.1:{port}", health=stand.options.health)
            other = stand.again("cart", options)
            cart = await stand.backends.start("1.0.0-cart")
            revision = RevisionId("1.0.0-cart")
            await other.publish([Endpoint(revision=revision, address=cart.address)], generation=1)
            await other.route(Route(shares={revision: TOTAL}), generation=2)
            await until(functools.partial(is_served_by, options.listen, revision))
            assert await is_served_by(stand.address, A)
            seen = await other.observe()
            assert [endpoint.revision for endpoint in seen.endpoints or ()] == [revision]
            assert len(stand.supervisor.started) == 1
            await other.route(Route(), generation=3)
            assert await is_served_by(stand.address, A)

    @in_loop
    async def test_a_new_address_takes_effect_with_the_next_route(self, opened):
        async with opened() as stand:
            await serving(stand)
            address = f"127.0.0.1:{free_port()}"
            moved = stand.again(options=EnvoyOptions(listen=address, health=stand.options.health))
            await moved.route(split(100), generation=3)
            await until(functools.partial(is_served_by, address, B))
            assert (await moved.observe()).confirmed == split(100)

    @in_loop
    async def test_a_service_that_withdraws_leaves_the_others_and_the_last_one_ends_envoy(self, opened):
        async with opened() as stand:
            await serving(stand)
            options = EnvoyOptions(listen=f"127.0.0.1:{free_port()}")
            other = stand.again("cart", options)
            await other.route(Route(preview=A), generation=1)
            await stand.traffic.withdraw()
            await until(functools.partial(_is_free, stand.address))
            seen = await stand.traffic.observe()
            assert (seen.highest, seen.endpoints, seen.generation, seen.foreign) == ({}, (), 2, ())
            assert (await Client(options.listen).ask()).status == 503
            with pytest.raises(StaleGeneration):
                await stand.traffic.route(split(0), generation=1)
            await other.withdraw()
            await stand.again().withdraw()
            assert stand.supervisor.started == {}
            await serving_again(stand)

    @in_loop
    async def test_a_service_without_traffic_and_replicas_gives_its_address_up(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.traffic.route(Route(), generation=8)
            assert not await _is_free(stand.address)
            await stand.traffic.publish((), generation=9)
            await until(functools.partial(_is_free, stand.address))
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation, seen.endpoints_generation) == (Route(), 8, 9)

    @in_loop
    async def test_withdrawing_what_never_served_does_nothing(self, opened):
        async with opened() as stand:
            await stand.traffic.withdraw()
            assert (await stand.traffic.observe()).endpoints == ()


async def serving_again(stand: EnvoyStand) -> None:
    backend = await stand.backends.start(A)
    await publish(stand, Endpoint(revision=A, address=backend.address), generation=3)
    await route(stand, split(0), generation=4)
    await until(functools.partial(is_served_by, stand.address, A))


async def _is_free(address: str) -> bool:
    try:
        _, writer = await asyncio.open_connection(*address.split(":"))
        writer.close()
    except ConnectionRefusedError:
        return True
    return False
