"""What happens to requests in every data plane: `RequestsContract`. See `contract.traffic` for how it is used."""

import asyncio
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from contract.backends import Answer, Backend, Backends, Client, ask_many
from contract.stored import in_loop
from contract.traffic import WAIT_SECONDS, A, B, Ground, healthy, publish, route, split, until
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route, Sticky, UserRule

SIGMAS = 5.0
"""A right data plane fails a share's test once in two million runs."""


class Carrier(Ground, Protocol):
    """A data plane that carries requests."""

    address: str
    preview_address: str
    backends: Backends


async def two(carrier: Carrier, *, each: int = 1) -> tuple[list[Backend], list[Backend]]:
    """Replicas of A and B, published and healthy."""
    stable = [await carrier.backends.start(A) for _ in range(each)]
    candidate = [await carrier.backends.start(B) for _ in range(each)]
    listed = [Endpoint(revision=RevisionId(one.revision), address=one.address) for one in (*stable, *candidate)]
    await publish(carrier, *listed, generation=1)
    await healthy(carrier)
    return stable, candidate


async def _where(carrier: Carrier, users: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """By user: the revision that answered each of two requests with these headers; both must be the same."""
    client, found = Client(carrier.address), {}
    for user, headers in users.items():
        first, second = [await client.ask(**headers) for _ in range(2)]
        assert first.status == second.status == 200
        assert first.revision == second.revision, f"{user} changed between two requests"
        found[user] = first.revision
    client.close()
    return found


class CarryingContract:
    """What happens to requests, however they are divided."""

    @pytest.fixture
    def opened(self) -> Callable[[], AbstractAsyncContextManager[Carrier]]:
        raise NotImplementedError("override it in the class that names the data plane")

    @pytest.mark.parametrize("percent", [0.0, 5.0, 37.0])
    @in_loop
    async def test_requests_are_divided_as_the_shares_say(self, opened, percent):
        count = 2000
        async with opened() as carrier:
            await two(carrier)
            await route(carrier, split(percent), generation=2)
            answers = await ask_many(carrier.address, count)
            assert {answer.status for answer in answers} == {200}
            hits = sum(answer.revision == B for answer in answers)
            expected = count * percent / 100
            tolerance = SIGMAS * math.sqrt(expected * (1 - percent / 100))
            assert abs(hits - expected) <= tolerance, f"{hits} of {count}, expected {expected} ± {tolerance:.0f}"

    @in_loop
    async def test_a_draining_replica_keeps_what_it_has_and_gets_nothing_new(self, opened):
        async with opened() as carrier:
            (leaving, staying), _ = await two(carrier, each=2)
            await route(carrier, split(0), generation=2)
            slow, count = await _occupy(carrier, leaving)
            drained = Endpoint(revision=A, address=leaving.address, draining=True)
            await publish(carrier, drained, Endpoint(revision=A, address=staying.address), generation=3)
            assert await carrier.traffic.in_flight([leaving.address]) == {leaving.address: count}
            answers = await ask_many(carrier.address, 100)
            assert {answer.headers["x-replica"] for answer in answers} == {staying.address}
            assert {answer.status for answer in await asyncio.gather(*slow)} == {200}

            async def is_idle() -> bool:
                return await carrier.traffic.in_flight([leaving.address]) == {leaving.address: 0}

            await until(is_idle)

    @in_loop
    async def test_streams_and_upgraded_connections_survive_every_change(self, opened):
        async with opened() as carrier:
            (stable,), (candidate,) = await two(carrier)
            await route(carrier, split(0), generation=2)
            stream = asyncio.ensure_future(Client(carrier.address).ask("/stream/20"))
            reader, writer = await Client(carrier.address).upgrade()
            await until(lambda: len(stable.seen) == 2)
            await route(carrier, split(50), generation=3)
            await publish(carrier, Endpoint(revision=B, address=candidate.address), generation=4)
            await route(carrier, split(100), generation=5)
            writer.write(b"still there\n")
            assert await asyncio.wait_for(reader.readline(), WAIT_SECONDS) == b"still there\n"
            assert (await stream).body == "." * 20
            writer.close()

    @in_loop
    async def test_a_replica_that_dies_takes_only_its_own_requests_with_it(self, opened):
        async with opened() as carrier:
            (dying, staying), _ = await two(carrier, each=2)
            await route(carrier, split(0), generation=2)
            await dying.stop()
            answers = await ask_many(carrier.address, 200)
            assert {answer.status for answer in answers} == {200}
            assert {answer.headers["x-replica"] for answer in answers} == {staying.address}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @in_loop
    async def test_a_request_that_a_replica_has_seen_is_never_sent_again(self, opened, method):
        async with opened() as carrier:
            stable, _ = await two(carrier, each=2)
            await route(carrier, split(0), generation=2)
            answer = await Client(carrier.address).ask("/cut", method=method, content_length="0")
            assert answer.status in (502, 503)
            assert sum(backend.seen.count("/cut") for backend in stable) == 1

    @in_loop
    async def test_an_unhealthy_replica_is_told_and_gets_nothing_until_it_is_well(self, opened):
        async with opened() as carrier:
            (ill, well), _ = await two(carrier, each=2)
            await route(carrier, split(0), generation=2)
            ill.healthy = False

            async def is_told() -> bool:
                return (await carrier.traffic.observe()).unhealthy == (ill.address,)

            await until(is_told)
            answers = await ask_many(carrier.address, 50)
            assert {answer.headers["x-replica"] for answer in answers} == {well.address}
            ill.healthy = True
            await healthy(carrier)


class DecidingContract:
    """What a data plane does that looks at each request before it chooses a revision."""

    @in_loop
    async def test_chosen_users_go_to_their_revision_whatever_the_shares(self, opened):
        users = (
            UserRule(kind="header", name="canary", value="true", revision=B),
            UserRule(kind="cookie", name="beta", value="yes", revision=B),
        )
        async with opened() as carrier:
            await two(carrier)
            await route(carrier, split(0, users=users), generation=2)
            chosen = await ask_many(carrier.address, 20, canary="true")
            chosen += await ask_many(carrier.address, 20, cookie="a=b; beta=yes")
            others = await ask_many(carrier.address, 20, canary="false")
            others += await ask_many(carrier.address, 20, cookie="beta=yesterday")
            assert {answer.revision for answer in chosen} == {B}
            assert {answer.revision for answer in others} == {A}

    @in_loop
    async def test_users_known_by_a_header_only_ever_move_towards_the_growing_revision(self, opened):
        users = {f"u{number}": {"x_user": f"u{number}"} for number in range(100)}
        async with opened() as carrier:
            await two(carrier)
            await _grow(carrier, users, Sticky(kind="header", name="x-user"))

    @in_loop
    async def test_users_known_by_a_cookie_only_ever_move_towards_the_growing_revision(self, opened):
        sticky = Sticky(kind="cookie", name="shipway")
        async with opened() as carrier:
            await two(carrier)
            await route(carrier, split(30, sticky=sticky), generation=2)
            answers = await ask_many(carrier.address, 100)
            assert all(answer.cookie.startswith("shipway=") for answer in answers)
            users = {answer.cookie: {"cookie": f"other=1; {answer.cookie}"} for answer in answers}
            assert len(users) == len(answers), "two users were given the same cookie"
            returned = await _where(carrier, users)
            assert returned == {answer.cookie: answer.revision for answer in answers}
            again = await ask_many(carrier.address, 1, cookie=answers[0].cookie)
            assert "set-cookie" not in again[0].headers, "a user's cookie was replaced"
            await _grow(carrier, users, sticky)

    @in_loop
    async def test_the_preview_answers_with_the_revision_in_preview_and_nothing_else(self, opened):
        async with opened() as carrier:
            await two(carrier)
            await route(carrier, split(0), generation=2)
            none = (await ask_many(carrier.preview_address, 1))[0]
            assert (none.status, none.revision) == (503, "")
            assert "preview" in none.body
            await route(carrier, split(0, preview=B), generation=3)
            assert {one.revision for one in await ask_many(carrier.preview_address, 20)} == {B}
            assert {one.revision for one in await ask_many(carrier.address, 20)} == {A}

    @in_loop
    async def test_without_a_route_a_request_is_told_that_nothing_is_deployed(self, opened):
        async with opened() as carrier:
            await route(carrier, Route(preview=A), generation=1)
            answer = await Client(carrier.address).ask()
            assert (answer.status, answer.body) == (503, "shipway: nothing is deployed yet\n")

    @in_loop
    async def test_a_share_without_replicas_is_refused_and_the_others_are_served(self, opened):
        async with opened() as carrier:
            stable = await carrier.backends.start(A)
            await publish(carrier, Endpoint(revision=A, address=stable.address), generation=1)
            await healthy(carrier)
            await route(carrier, split(50), generation=2)
            answers = await ask_many(carrier.address, 100)
            assert {(answer.status, answer.revision) for answer in answers} == {(200, A), (503, "")}


class RequestsContract(DecidingContract, CarryingContract):
    """Both."""


async def _grow(carrier: Carrier, users: Mapping[str, Mapping[str, str]], sticky: Sticky) -> None:
    """B grows, then shrinks: users go one way only, each time, and end where they began."""
    before: set[str] = set()
    for number, percent in enumerate((0, 5, 30, 60, 100)):
        await route(carrier, split(percent, sticky=sticky), generation=10 + number)
        on_b = {user for user, revision in (await _where(carrier, users)).items() if revision == B}
        assert before <= on_b, f"{len(before - on_b)} moved back at {percent}%"
        before = on_b
    assert len(before) == len(users)
    await route(carrier, split(30, sticky=sticky), generation=20)
    at_30 = {user for user, revision in (await _where(carrier, users)).items() if revision == B}
    await route(carrier, split(0, sticky=sticky), generation=21)
    assert set((await _where(carrier, users)).values()) == {A}
    assert 0 < len(at_30) < len(users)


async def _occupy(carrier: Carrier, replica: Backend) -> tuple[list["asyncio.Task[Answer]"], int]:
    """Eight requests that take three seconds, and how many of them are at the replica."""
    clients = [Client(carrier.address) for _ in range(8)]
    tasks = [asyncio.ensure_future(client.ask("/slow/3.0")) for client in clients]
    await until(lambda: sum(backend.seen.count("/slow/3.0") for backend in carrier.backends.all) == len(tasks))
    assert replica.seen, "none of eight requests went to one of two replicas"
    return tasks, replica.seen.count("/slow/3.0")
