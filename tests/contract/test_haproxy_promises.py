"""What HAProxy promises beside the contract: no reload in a release, what one does, other hands, restarts."""

import asyncio
import functools
import os
import signal
import socket
from contextlib import closing, suppress

import pytest
from msgspec.structs import replace

from contract.backends import Client, ask_many
from contract.envoy_stand import answers, is_served_by, serving
from contract.haproxy_stand import HaproxyStand, OverHaproxy, needs_haproxy, open_haproxy
from contract.stored import in_loop
from contract.traffic import A, B, C, publish, route, split, until
from shipway.adapters.supervisor import Supervisor
from shipway.adapters.traffic._sockets import AddressTaken
from shipway.adapters.traffic.haproxy import HaproxyOptions
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL
from tests.real.ports import free_port

pytestmark = [pytest.mark.real, needs_haproxy]


def pids(stand: HaproxyStand) -> set[int]:
    return {worker.pid for worker in stand.traffic.master.workers().listed}


RELOADS = 12


async def _is_told(stand: HaproxyStand, address: str) -> bool:
    return (await stand.traffic.observe()).unhealthy == (address,)


async def ask_until_cancelled(address: str) -> list[int]:
    """What clients got who keep their connection for a while."""
    statuses: list[int] = []
    with suppress(asyncio.CancelledError):
        while True:
            client = Client(address)
            for _ in range(10):
                statuses.append((await client.ask()).status)
                await asyncio.sleep(0.005)
            client.close()
    return statuses


def tell(stand: HaproxyStand, command: str) -> str:
    """By other hands."""
    return stand.traffic.master.tell(stand.traffic.master.workers().listed[0], [command])


@in_loop
async def test_every_place_on_the_line_leads_to_a_version(tmp_path):
    async with open_haproxy(tmp_path / "home") as stand:
        await serving(stand, split(40))
        for place in (0, 1, 2, 39_999, 40_000, TOTAL - 2, TOTAL - 1):
            found = tell(stand, f"get map {stand.service.shares_name} {place}")
            assert A in found or B in found, f"{place}: {found}"
        assert "found=no" in tell(stand, f"get map {stand.service.shares_name} -1")


class TestReleases(OverHaproxy):
    @in_loop
    async def test_a_release_never_reloads(self, opened):
        async with opened() as stand:
            sticky = Sticky(kind="cookie", name="shipway")
            rules = (UserRule(kind="header", name="canary", value="true", revision=B),)
            await serving(stand, split(5, sticky=sticky, users=rules))
            before = pids(stand)
            for number, revision in enumerate((B, C, A, B, C), 3):
                new = await stand.backends.start(revision)
                await publish(stand, Endpoint(revision=revision, address=new.address), generation=number)
                await route(stand, Route(shares={revision: TOTAL}, preview=revision), generation=number)
                assert {answer.revision for answer in await ask_many(stand.address, 10)} == {revision}
            await route(stand, split(5, sticky=sticky, users=rules), generation=10)
            assert pids(stand) == before

    @in_loop
    async def test_many_chosen_users_fit(self, opened):
        async with opened() as stand:
            rules = tuple(
                UserRule(kind="header", name="x-user", value=f"user {n} ; é", revision=B) for n in range(400)
            )
            wanted = await serving(stand, split(0, users=rules))
            assert (await stand.traffic.observe()).confirmed == wanted
            assert (await ask_many(stand.address, 1, **{"x-user": "user 7 ; é"}))[0].revision == B
            assert (await ask_many(stand.address, 1, **{"x-user": "user 7"}))[0].revision == A

    @in_loop
    async def test_copies_are_refused_in_four_lines(self, opened):
        async with opened() as stand:
            with pytest.raises(PortError, match="does not copy requests") as refused:
                await stand.traffic.route(split(0, mirror=Mirror(revision=B, share=TOTAL)), generation=1)
            assert refused.value.where and refused.value.why and refused.value.fix


class TestReloads(OverHaproxy):
    @in_loop
    async def test_another_service_takes_nothing_from_requests_in_hand(self, opened):
        async with opened() as stand:
            await serving(stand)
            kept = Client(stand.address)
            assert (await kept.ask()).status == 200
            slow = asyncio.ensure_future(Client(stand.address).ask("/slow/4.0"))
            reader, writer = await Client(stand.address).upgrade()
            await until(lambda: "/slow/4.0" in stand.backends.all[0].seen)
            before = pids(stand)

            options = HaproxyOptions(listen=f"127.0.0.1:{free_port()}", health=stand.options.health, threads=1)
            other = stand.again("cart", options)
            cart, revision = await stand.backends.start("1.0.0-cart"), RevisionId("1.0.0-cart")
            await other.publish([Endpoint(revision=revision, address=cart.address)], generation=1)
            await other.route(Route(shares={revision: TOTAL}), generation=2)
            await until(functools.partial(is_served_by, options.listen, revision))
            assert len(pids(stand)) == 2 and before < pids(stand)

            busy = stand.backends.all[0].address
            assert await stand.traffic.in_flight([busy]) == {busy: 2}, "what a former process holds counts"
            assert (await stand.traffic.observe()).confirmed == split(0)
            await route(stand, split(100), generation=3)
            assert (await kept.ask()).revision == B, "a former process goes by the newest route"
            assert {answer.revision for answer in await ask_many(stand.address, 20)} == {B}
            assert (await slow).status == 200
            writer.write(b"still there\n")
            assert await asyncio.wait_for(reader.readline(), 20) == b"still there\n"
            writer.close()
            assert len(stand.supervisor.started) == 2, "one HAProxy, and one program that counts"

    @in_loop
    async def test_a_process_that_finishes_holds_up_no_release_and_sends_on_what_clients_still_ask_it(
        self, opened
    ):
        async with opened() as stand:
            sticky = Sticky(kind="cookie", name="shipway")
            await serving(stand, split(50, sticky=sticky))
            kept = [Client(stand.address) for _ in range(6)]
            for client in kept:
                await client.ask()
            reader, writer = await Client(stand.address).upgrade()
            before = pids(stand)
            stand.traffic = stand.again(options=replace(stand.options, attempts_max=4))
            new = await stand.backends.start(C)
            await publish(
                stand,
                *(
                    Endpoint(revision=RevisionId(o.revision), address=o.address, draining=True)
                    for o in stand.backends.all[:2]
                ),
                Endpoint(revision=C, address=new.address),
                generation=3,
            )
            await route(stand, Route(shares={C: TOTAL}, sticky=sticky), generation=4)
            await publish(stand, Endpoint(revision=C, address=new.address), generation=5)
            assert before < pids(stand), "the former process is still there"
            for client in kept:
                answer = await client.ask()
                assert (answer.status, answer.revision, answer.headers["x-shipway-revision"]) == (200, C, C)
            writer.write(b"still there\n")
            assert await asyncio.wait_for(reader.readline(), 20) == b"still there\n"
            writer.close()

    @in_loop
    async def test_health_is_handed_over_so_that_no_reload_under_load_costs_an_answer(self, opened):
        async with opened() as stand:
            await serving(stand)
            well, ill = stand.backends.all[0], await stand.backends.start(A, healthy=False)
            listed = [Endpoint(revision=A, address=one.address) for one in (well, ill)]
            await stand.traffic.publish(listed, generation=3)
            await until(functools.partial(_is_told, stand, ill.address))
            ill.seen.clear()
            loads = [asyncio.ensure_future(ask_until_cancelled(stand.address)) for _ in range(2)]
            for number in range(RELOADS):
                before = pids(stand)
                options = replace(stand.options, attempts_max=4 + number % 2)
                stand.traffic = stand.again(options=options)
                await stand.traffic.route(split(0), generation=4 + number)
                assert pids(stand) - before, "it was not reloaded"
                well.checks_lost = 1
                await until(lambda: not well.checks_lost)
            for load in loads:
                load.cancel()
            statuses = {status for load in loads for status in await load}
            assert (statuses, ill.seen) == ({200}, [])
            assert (await stand.traffic.observe()).unhealthy == (ill.address,)

    @in_loop
    async def test_a_service_that_goes_leaves_its_address_and_takes_haproxy_along_if_it_is_the_last(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.traffic.publish((), generation=3)
            await stand.traffic.route(Route(), generation=4)
            assert not stand.supervisor.started
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation, seen.endpoints) == (Route(), 4, ())
            with closing(socket.create_server(("127.0.0.1", int(stand.address.rpartition(":")[2])))):
                pass

    @in_loop
    async def test_a_port_of_another_program_is_told_and_changes_nothing(self, opened):
        async with opened() as stand:
            with closing(socket.create_server(("127.0.0.1", int(stand.address.rpartition(":")[2])))):
                with pytest.raises(AddressTaken, match="cannot be used"):
                    await stand.traffic.route(split(0), generation=1)
                assert not stand.supervisor.started
            await route(stand, split(0), generation=1)


class TestOtherHands(OverHaproxy):
    @in_loop
    async def test_a_share_that_others_changed_is_told_and_confirms_nothing(self, opened):
        async with opened() as stand:
            await serving(stand, split(40))
            assert (await stand.traffic.observe()).foreign == ()
            tell(stand, f"set map {stand.service.shares_name} 0:59999 2/{B}")
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation, seen.highest[B]) == (None, 0, TOTAL)
            assert seen.foreign == ("HAProxy's map of shares was changed by other hands",)
            await route(stand, split(40), generation=3)
            assert (await stand.traffic.observe()).foreign == ()

    @in_loop
    async def test_a_replica_that_others_drained_or_took_away_is_told(self, opened):
        async with opened() as stand:
            await serving(stand)
            replica = stand.backends.all[0].address
            for state, word in (("drain", "drained"), ("maint", "taken away")):
                tell(stand, f"set server checkout:1/{A}:{replica} state {state}")
                seen = await stand.traffic.observe()
                assert seen.foreign == (f"HAProxy's server {replica} was {word} by other hands",)
                assert seen.endpoints_generation == 0
            listed = [
                Endpoint(revision=r, address=one.address)
                for r, one in zip((A, B), stand.backends.all, strict=True)
            ]
            await publish(stand, *listed, generation=3)
            assert (await stand.traffic.observe()).foreign == ()

    @in_loop
    async def test_a_file_that_others_wrote_counts_with_what_it_would_bring(self, opened):
        async with opened() as stand:
            await serving(stand)
            stand.service.shares.write_text(f"{TOTAL} 2-0123\n0:99999 2/{B}\n")
            seen = await stand.traffic.observe()
            assert (seen.highest[B], seen.lowest[A], seen.confirmed) == (TOTAL, 0, None)
            assert seen.foreign == ("haproxy/services/checkout/shares.map was changed by other hands",)


class TestRestarts(OverHaproxy):
    @in_loop
    async def test_haproxy_comes_back_with_its_last_configuration_and_without_us(self, opened):
        async with opened() as stand:
            wanted = await serving(stand, split(40))
            leaving = Endpoint(revision=A, address=(await stand.backends.start(A)).address, draining=True)
            seen = await stand.traffic.observe()
            await publish(stand, *(seen.endpoints or ()), leaving, generation=3)
            words = stand.supervisor.started["haproxy"].args
            await stand.supervisor.kill("haproxy")
            await until(functools.partial(_is_away, stand))
            with pytest.raises(PortError):
                await stand.traffic.observe()
            process = await asyncio.create_subprocess_exec(
                *words, cwd=stand.home.directory, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                await until(functools.partial(answers, stand))
                again = await stand.again().observe()
                assert (again.confirmed, again.generation, again.endpoints_generation) == (wanted, 2, 3)
                found = await ask_many(stand.address, 200)
                assert {answer.status for answer in found} == {200}
                assert leaving.address not in {answer.headers["x-replica"] for answer in found}
            finally:
                process.terminate()
                await process.wait()

    @in_loop
    async def test_the_next_intent_starts_a_haproxy_that_died(self, opened):
        async with opened() as stand:
            await serving(stand)
            await stand.supervisor.kill("haproxy")
            await until(functools.partial(_is_away, stand))
            await route(stand, split(100), generation=3)
            assert {answer.revision for answer in await ask_many(stand.address, 20)} == {B}


async def _is_away(stand: HaproxyStand) -> bool:
    return not await is_served_by(stand.address, A, B)


@in_loop
async def test_under_supervisord_a_killed_process_is_started_again(tmp_path):
    async with open_haproxy(tmp_path / "home") as stand:
        supervisor = Supervisor(stand.directory)
        stand.supervisor.put = supervisor.put
        try:
            await serving(stand, split(40))
            (worker,) = pids(stand)
            os.kill(worker, signal.SIGKILL)

            async def is_another() -> bool:
                try:
                    return worker not in pids(stand) and await answers(stand)
                except PortError:
                    return False

            await until(is_another)
            assert (await stand.traffic.observe()).confirmed == split(40)
            assert await is_served_by(stand.address, A, B)
        finally:
            await supervisor.shutdown()


@in_loop
async def test_a_new_replica_gets_few_requests_at_first(tmp_path):
    async with open_haproxy(tmp_path / "home") as stand:
        stand.options = replace(stand.options, slow_start=3600.0)
        stand.traffic = stand.again()
        await serving(stand)
        new = await stand.backends.start(A)
        old = Endpoint(revision=A, address=stand.backends.all[0].address)
        await publish(stand, old, Endpoint(revision=A, address=new.address), generation=3)
        found = await ask_many(stand.address, 400)
        to_new = sum(answer.headers["x-replica"] == new.address for answer in found)
        assert to_new < 100, f"{to_new} of 400 went to a replica that was to begin slowly"
