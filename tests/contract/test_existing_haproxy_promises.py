"""What an HAProxy that somebody else runs keeps beside the contract: its owner's reloads, other hands."""

import asyncio

import pytest

from contract.backends import Client, ask_many
from contract.envoy_stand import serving
from contract.existing_haproxy_stand import ExistingHaproxyStand, OverExistingHaproxy, open_existing
from contract.haproxy_stand import needs_haproxy
from contract.stored import in_loop
from contract.test_haproxy_promises import ask_until_cancelled
from contract.traffic import A, B, publish, route, split, until
from shipway.adapters.traffic.haproxy import presence
from shipway.adapters.traffic.haproxy.existing import steering
from shipway.errors import PortError
from shipway.model.route import Endpoint, Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL

pytestmark = [pytest.mark.real, needs_haproxy]
RELOADS = 8


class TestReloadsOfItsOwner(OverExistingHaproxy):
    @in_loop
    async def test_replicas_shares_and_drains_come_back_without_us_and_no_request_is_lost(self, opened):
        async with opened() as stand:
            wanted = await serving(stand, split(40))
            leaving = Endpoint(revision=A, address=(await stand.backends.start(A)).address, draining=True)
            seen = await stand.traffic.observe()
            await publish(stand, *(seen.endpoints or ()), leaving, generation=3)
            loads = [asyncio.ensure_future(ask_until_cancelled(stand.address)) for _ in range(2)]
            for _ in range(RELOADS):
                await stand.owner.reload()
            for load in loads:
                load.cancel()
            assert {status for load in loads for status in await load} == {200}
            again = await stand.again().observe()
            assert (again.confirmed, again.generation, again.endpoints_generation) == (wanted, 2, 3)
            answers = await ask_many(stand.address, 200)
            assert sum(answer.revision == B for answer in answers) in range(70, 91)
            assert leaving.address not in {answer.headers["x-replica"] for answer in answers}

    @in_loop
    async def test_what_is_not_kept_by_its_configuration_is_set_again_at_the_next_look(self, tmp_path):
        async with open_existing(tmp_path / "home", keeps=False) as stand:
            wanted = await serving(stand, split(40))
            await stand.owner.reload()
            assert (await Client(stand.address).ask()).status == 503
            lost = await stand.traffic.observe()
            assert (lost.confirmed, lost.endpoints_generation, lost.foreign) == (None, 0, ())
            await stand.again().tend()
            assert (await stand.traffic.observe()).confirmed == wanted
            assert {answer.status for answer in await ask_many(stand.address, 50)} == {200}

    @in_loop
    async def test_what_a_former_process_has_in_hand_is_in_flight_and_what_it_may_still_divide_counts(
        self, opened
    ):
        async with opened() as stand:
            await serving(stand)
            busy, kept = stand.backends.all[0], Client(stand.address)
            await kept.ask()
            reader, writer = await Client(stand.address).upgrade()
            await stand.owner.reload()
            await stand.traffic.tend()
            await stand.traffic.route(split(100), generation=3)
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.lowest[B], seen.highest[B]) == (None, 0, TOTAL)
            assert (await kept.ask()).headers["connection"] == "close", "its last one there"
            await route(stand, split(100), generation=3)
            await publish(stand, Endpoint(revision=B, address=stand.backends.all[1].address), generation=4)
            assert await stand.traffic.in_flight([busy.address]) == {busy.address: 1}
            writer.write(b"still there\n")
            assert await asyncio.wait_for(reader.readline(), 20) == b"still there\n"
            writer.close()

            async def is_over() -> bool:
                return not (await stand.traffic.in_flight([busy.address])).get(busy.address)

            await until(is_over)


class TestServers(OverExistingHaproxy):
    @in_loop
    async def test_a_server_in_use_is_given_to_nobody_else_and_a_free_one_counts_anew(self, tmp_path):
        async with open_existing(tmp_path / "home", servers=2) as stand:
            first, second = [await stand.backends.start(revision) for revision in (A, B)]
            await publish(stand, Endpoint(revision=A, address=first.address), generation=1)
            await route(stand, split(0), generation=2)
            slow = asyncio.ensure_future(Client(stand.address).ask("/held"))
            await until(lambda: first.seen)
            new = Endpoint(revision=B, address=second.address)
            await publish(stand, new, generation=3)
            third = Endpoint(revision=B, address=(await stand.backends.start(B)).address)
            with pytest.raises(PortError, match="too few servers"):
                await stand.traffic.publish([new, third], generation=4)
            first.answers_held.set()
            assert (await slow).status == 200
            await until(lambda: _is_idle(stand, first.address))
            await publish(stand, new, third, generation=5)


async def _is_idle(stand: ExistingHaproxyStand, address: str) -> bool:
    return not (await stand.traffic.in_flight([address])).get(address)


class TestOtherHands(OverExistingHaproxy):
    @in_loop
    async def test_what_others_change_is_told_and_the_next_intent_sets_it_again(self, opened):
        async with opened() as stand:
            await serving(stand, split(40))
            name = next(name for name, one in _held(stand).items() if one == stand.backends.all[0].address)
            for command, word in (
                ("weight 7", "given another weight"),
                ("state drain", "drained"),
                ("state maint", "taken away"),
                ("addr 127.0.0.1 port 9", "taken away"),
            ):
                stand.tell(f"set server shop/{name} {command}")
                seen = await stand.traffic.observe()
                assert (seen.confirmed, seen.generation) == (None, 0)
                assert seen.foreign == (f"HAProxy's server shop/{name} was {word} by other hands",)
            await route(stand, split(40), generation=3)
            assert (await stand.traffic.observe()).foreign == ()

    @in_loop
    async def test_servers_of_others_are_told_and_confirm_nothing_until_they_are_out(self, tmp_path):
        async with open_existing(tmp_path / "home", more="server web1 127.0.0.1:9 weight 100") as stand:
            replica = await stand.backends.start(A)
            endpoint = Endpoint(revision=A, address=replica.address)
            await publish(stand, endpoint, generation=1)
            await route(stand, Route(preview=A), generation=1)
            await stand.traffic.route(split(0), generation=2)
            seen = await stand.traffic.observe()
            assert (seen.confirmed, seen.foreign) == (None, ())
            assert seen.problems == ("requests also go to servers of HAProxy's that are not Shipway's: shop/web1",)
            assert seen.lowest[A] < TOTAL == seen.highest[A]
            stand.tell("set server shop/web1 state maint")
            await until(lambda: _confirms(stand))


async def _confirms(stand: ExistingHaproxyStand) -> bool:
    seen = await stand.traffic.observe()
    return seen.confirmed == split(0) and not seen.problems


def _held(stand: ExistingHaproxyStand) -> dict[str, str]:
    from shipway.adapters.traffic.haproxy.existing.state import load

    state = load(stand.place.state)
    assert state is not None
    return {name: one.address for name, one in state.held.items()}


class TestWhatItCannotDo:
    @in_loop
    async def test_what_haproxy_answers_to_a_command_that_it_refuses_is_told(self, tmp_path, monkeypatch):
        async with open_existing(tmp_path / "home") as stand:
            await serving(stand, split(40))
            real = steering.commands
            monkeypatch.setattr(
                steering, "commands", lambda *asked: (*real(*asked), "set server shop/gone weight 1")
            )
            with pytest.raises(PortError) as refused:
                await route(stand, split(50), generation=3)
            assert "No such server." in refused.value.why and len(str(refused.value).splitlines()) == 4

    @pytest.mark.parametrize(
        ("named", "why"),
        [({"balance": "leastconn"}, "leastconn"), ({"servers": 1, "more": ""}, "too few servers")],
    )
    @in_loop
    async def test_an_unfit_backend_is_refused_in_four_lines(self, tmp_path, named, why):
        async with open_existing(tmp_path / "home", **named) as stand:
            listed = [Endpoint(revision=A, address=f"127.0.0.1:{port}") for port in (21001, 21002)]
            with pytest.raises(PortError) as refused:
                await stand.traffic.publish(listed, generation=1)
            said = refused.value
            assert why in f"{said.what} {said.why}" and said.where and said.fix

    @pytest.mark.parametrize(
        "asked",
        [
            {"users": (UserRule(kind="header", name="a", value="b", revision=B),)},
            {"sticky": Sticky(kind="cookie", name="shipway")},
            {"mirror": Mirror(revision=B, share=TOTAL)},
        ],
    )
    @in_loop
    async def test_what_weights_cannot_say_is_refused_in_four_lines(self, tmp_path, asked):
        async with open_existing(tmp_path / "home") as stand:
            with pytest.raises(PortError, match="a backend of servers cannot do") as refused:
                await stand.traffic.route(Route(shares={A: TOTAL}, **asked), generation=1)
            assert refused.value.where and refused.value.why and refused.value.fix

    @in_loop
    async def test_a_check_says_what_is_there_and_what_is_in_the_way(self, tmp_path):
        more = "server web1 127.0.0.1:9"
        async with open_existing(tmp_path / "home", more=more, statistics=True) as stand:
            asked = {"socket": stand.options.socket, "backend": "shop"}
            with pytest.raises(PortError, match="shop/web1") as told:
                await asyncio.to_thread(presence.steered, asked)
            assert "set server shop/web1 state maint" in told.value.fix
            stand.tell("set server shop/web1 state maint")
            said = await asyncio.to_thread(presence.steered, asked)
            assert said.startswith("HAProxy 2.") and said.endswith("backend shop, 12 servers")
            for path, what in (("stats.sock", "tells of no processes"), ("nobody.sock", "does not answer")):
                with pytest.raises(PortError, match=what) as told:
                    socket = str(stand.directory / path)
                    await asyncio.to_thread(presence.steered, {"socket": socket, "backend": "shop"})
                assert "-W -S" in told.value.fix
