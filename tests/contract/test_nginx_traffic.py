"""nginx keeps the contract of data planes, and its own promises: reloads, restarts, other hands, refusals."""

import asyncio
import functools
import os
import signal

import pytest

from contract.backends import Client, ask_many
from contract.envoy_stand import answers, is_served_by, serving
from contract.mirrored import MirrorContract
from contract.nginx_stand import NginxStand, OverNginx, needs_nginx, open_nginx
from contract.requests import RequestsContract
from contract.stored import in_loop
from contract.traffic import A, B, TrafficContract, publish, route, split, until
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic.nginx import NginxOptions, processes, program
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.share import TOTAL
from tests.real.ports import free_port

pytestmark = [pytest.mark.real, needs_nginx]


class TestTraffic(OverNginx, TrafficContract):
    pass


class TestRequests(OverNginx, RequestsContract):
    @in_loop
    async def test_an_unhealthy_replica_is_told_and_gets_nothing_until_it_is_well(self, opened):
        """It has no checks of its own: the engine is told, and says of each replica whether it is ready."""
        async with opened() as stand:
            assert not (await stand.traffic.observe()).has_checks
            await serving(stand)
            assert not (await stand.traffic.observe()).has_checks


class TestMirror(OverNginx, MirrorContract):
    pass


class TestPromises(OverNginx):
    @in_loop
    async def test_a_killed_nginx_comes_back_with_its_last_configuration(self, opened):
        async with opened() as stand:
            await serving(stand, split(100))
            await stand.supervisor.kill()
            with pytest.raises(PortError):
                await stand.traffic.observe()
            stand.supervisor.start(program.program(stand.home))
            await until(functools.partial(answers, stand))
            assert (await stand.traffic.observe()).confirmed == split(100)
            assert {answer.revision for answer in await ask_many(stand.address, 20)} == {B}

    @in_loop
    async def test_the_next_route_starts_an_nginx_that_died(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.supervisor.kill()
            await route(stand, split(100), generation=3)
            assert {answer.revision for answer in await ask_many(stand.address, 20)} == {B}

    @in_loop
    async def test_a_file_that_others_changed_is_told_and_put_right(self, opened):
        async with opened() as stand:
            await serving(stand, split(10))
            text = stand.home.configuration.read_text()
            stand.home.configuration.write_text(text.replace("90.00%", "10.00%"))
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation) == (None, 0)
            assert (seen.lowest, seen.highest) == ({A: 0, B: 0}, {A: TOTAL, B: TOTAL})
            assert seen.foreign == ("nginx/nginx.conf was changed by other hands",)
            os.kill(processes.main_process(stand.home), signal.SIGHUP)
            assert (await stand.traffic.observe()).confirmed is None, "what it was told to read is not known"
            await route(stand, split(10), generation=3)
            assert (await stand.traffic.observe()).foreign == ()
            assert stand.home.configuration.read_text().count("90.00%") == 1

    @in_loop
    async def test_what_nginx_refuses_changes_nothing_and_is_said(self, opened):
        async with opened() as stand:
            await serving(stand, split(50))
            wrong = Endpoint(revision=B, address="not an address")
            with pytest.raises(PortError) as told:
                await stand.traffic.publish([wrong], generation=9)
            assert told.value.what == "nginx refuses its new configuration"
            assert "invalid parameter" in told.value.why
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.endpoints_generation, seen.foreign) == (split(50), 1, ())
            assert await is_served_by(stand.address, A, B)
            await route(stand, split(100), generation=10)

    @in_loop
    async def test_until_former_workers_finish_both_versions_may_be_met(self, opened, monkeypatch):
        async with opened() as stand:
            await serving(stand, split(10))
            looks = []
            seen_by = os.kill

            def tell_later(pid: int, number: int) -> None:
                looks.append(stand.traffic._observe())
                seen_by(pid, number)

            monkeypatch.setattr("shipway.adapters.traffic.nginx.reloading.os.kill", tell_later)
            await stand.traffic.route(split(60), generation=3)
            (seen,) = looks
            assert (seen.confirmed, seen.generation) == (None, 2)
            assert (seen.lowest[B], seen.highest[B]) == (10_000, 60_000)

    @in_loop
    async def test_clients_lose_nothing_while_the_configuration_changes(self, opened):
        async with opened() as stand:
            await serving(stand)
            stop, told = asyncio.Event(), []

            async def user() -> None:
                client = Client(stand.address)
                while not stop.is_set():
                    told.append((await client.ask("/pay", method="POST", content_length="0")).status)

            users = [asyncio.ensure_future(user()) for _ in range(8)]
            for number in range(8):
                await stand.traffic.route(split(10 * number), generation=3 + number)
            stop.set()
            await asyncio.gather(*users)
            assert set(told) == {200}
            assert len(told) > 100


class TestSupervised:
    """Under supervisord: neither death of the two is noticed by users for longer than a start takes."""

    @in_loop
    async def test_nginx_is_started_again_and_adopted_again(self, tmp_path):
        async with open_nginx(tmp_path / "home") as stand:
            supervisor = Supervisor(stand.directory)
            stand.supervisor.put = supervisor.put
            try:
                await serving(stand, split(40))
                first = processes.main_process(stand.home)
                os.kill(first, signal.SIGKILL)
                await until(functools.partial(_is_another, stand, first))
                await until(functools.partial(answers, stand))
                assert await is_served_by(stand.address, A, B)

                second = processes.main_process(stand.home)
                os.kill(int(supervisor.places.pid_file.read_text()), signal.SIGKILL)
                assert await is_served_by(stand.address, A, B), "nginx did not outlive its supervisor"
                await route(stand, split(30), generation=3)
                await supervisor.ensure()
                assert processes.main_process(stand.home) == second
                assert await is_served_by(stand.address, A, B)
            finally:
                await supervisor.shutdown()


def _is_another(stand: NginxStand, pid: int) -> bool:
    return processes.main_process(stand.home) not in (None, pid)


class TestSharing(OverNginx):
    @in_loop
    async def test_services_share_one_nginx_and_nothing_else(self, opened):
        async with opened() as stand:
            await serving(stand)
            options = NginxOptions(listen=f"127.0.0.1:{free_port()}", concurrency=2)
            other = stand.again("cart", options)
            cart = await stand.backends.start("1.0.0-cart")
            revision = RevisionId("1.0.0-cart")
            await other.publish([Endpoint(revision=revision, address=cart.address)], generation=1)
            await other.route(Route(shares={revision: TOTAL}), generation=2)
            assert await is_served_by(options.listen, revision)
            assert await is_served_by(stand.address, A)
            seen = await other.observe()
            assert [endpoint.revision for endpoint in seen.endpoints or ()] == [revision]
            await other.route(Route(), generation=3)
            await other.publish((), generation=4)
            assert await _is_free(options.listen)
            assert await is_served_by(stand.address, A)

    @in_loop
    async def test_a_port_is_one_services_alone(self, opened):
        async with opened() as stand:
            await serving(stand)
            with pytest.raises(PortError) as told:
                await stand.again("cart").route(split(0), generation=1)
            assert "the service checkout's alone" in told.value.what
            assert await is_served_by(stand.address, A)

    @in_loop
    async def test_a_new_address_takes_effect_with_the_next_route(self, opened):
        async with opened() as stand:
            await serving(stand)
            address = f"127.0.0.1:{free_port()}"
            moved = stand.again(options=NginxOptions(listen=address))
            await moved.route(split(100), generation=3)
            assert await is_served_by(address, B)
            assert await _is_free(stand.address)

    @in_loop
    async def test_a_service_without_traffic_and_replicas_gives_its_address_up_and_the_last_one_ends_nginx(
        self, opened
    ):
        async with opened() as stand:
            await serving(stand)
            await stand.traffic.route(Route(), generation=8)
            assert not await _is_free(stand.address)
            await stand.traffic.publish((), generation=9)
            assert await _is_free(stand.address)
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation, seen.endpoints_generation) == (Route(), 8, 9)
            assert stand.supervisor.started == {}
            with pytest.raises(StaleGeneration):
                await stand.traffic.route(split(0), generation=1)
            backend = await stand.backends.start(A)
            await publish(stand, Endpoint(revision=A, address=backend.address), generation=10)
            await route(stand, split(0), generation=11)
            assert await is_served_by(stand.address, A)


async def _is_free(address: str) -> bool:
    try:
        _, writer = await asyncio.open_connection(*address.split(":"))
        writer.close()
    except ConnectionRefusedError:
        return True
    return False
