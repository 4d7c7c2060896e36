"""What every data plane keeps to: `TrafficContract`, about the values of the port; simulated ones keep to it too.

What happens to requests is in `contract.requests`. A test module names its data plane by overriding the
fixture `opened`:

    class OverNginx:
        @pytest.fixture
        def opened(self, tmp_path): return lambda: open_nginx(tmp_path)

    class TestTraffic(OverNginx, TrafficContract): ...
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from contract.stored import in_loop
from shipway.errors import StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share, from_percent
from shipway.ports.traffic import Traffic

A, B, C = RevisionId("1.8.2-0a1b2c3d"), RevisionId("1.9.0-7f3a91c2"), RevisionId("2.0.0-5d5d5d5d")
USERS = (
    UserRule(kind="header", name="canary", value="true", revision=B),
    UserRule(kind="cookie", name="beta", value="yes", revision=B),
)
WAIT_SECONDS = 20.0
LOOK_SECONDS = 0.02


class Ground(Protocol):
    """A data plane to test on."""

    traffic: Traffic

    def again(self) -> Traffic:
        """Another handle on the same data plane, as another process would have."""
        ...

    async def pass_time(self) -> None:
        """Let the data plane work for a moment."""
        ...


async def until(claim: Callable[[], object], ground: Ground | None = None) -> None:
    """Wait for something to become true; an exception is no."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            found = claim()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await (ground.pass_time() if ground else asyncio.sleep(LOOK_SECONDS))


async def route(ground: Ground, wanted: Route, *, generation: int) -> None:
    """Ask for a route and wait until it is confirmed."""
    await ground.traffic.route(wanted, generation=generation)

    async def confirmed() -> bool:
        seen = await ground.traffic.observe()
        return seen.confirmed == wanted and seen.generation >= generation

    await until(confirmed, ground)


async def publish(ground: Ground, *endpoints: Endpoint, generation: int) -> None:
    """Publish replicas and wait until they are known, and healthy."""
    await ground.traffic.publish(endpoints, generation=generation)

    async def known() -> bool:
        seen = await ground.traffic.observe()
        return seen.endpoints == tuple(sorted(endpoints)) and seen.endpoints_generation >= generation

    await until(known, ground)


async def healthy(ground: Ground) -> None:
    """Wait until the data plane's own checks have found every replica well."""

    async def found() -> bool:
        return not (await ground.traffic.observe()).unhealthy

    await until(found, ground)


def split(percent_of_b: float, **named: object) -> Route:
    """Some for B, the rest for A."""
    to_b = from_percent(percent_of_b)
    shares = {A: Share(TOTAL - to_b), B: to_b}
    return Route(shares={name: share for name, share in shares.items() if share}, **named)  # type: ignore[arg-type]


def endpoint(revision: RevisionId, port: int, *, draining: bool = False) -> Endpoint:
    return Endpoint(revision=revision, address=f"127.0.0.1:{port}", draining=draining)


class TrafficContract:
    """The values of the port."""

    copies = True
    """Whether it copies requests; where it does, `contract.mirrored` is for it too."""
    tells_users_apart = True
    """Whether it looks at requests at all."""
    keeps_users = True
    """Whether a user who has a cookie stays on one revision."""
    endpoint = staticmethod(endpoint)
    """A replica of a revision with a number of its own."""

    @pytest.fixture
    def opened(self) -> Callable[[], AbstractAsyncContextManager[Ground]]:
        raise NotImplementedError("override it in the class that names the data plane")

    @in_loop
    async def test_before_the_first_intent_nothing_is_confirmed(self, opened):
        async with opened() as ground:
            seen = await ground.traffic.observe()
            assert (seen.lowest, seen.highest, seen.confirmed, seen.generation) == ({}, {}, None, 0)
            assert (seen.endpoints, seen.endpoints_generation) == ((), 0)

    @in_loop
    async def test_a_route_is_confirmed_with_everything_that_was_asked(self, opened):
        wanted = split(
            12.345,
            users=USERS if self.tells_users_apart else (),
            sticky=Sticky(kind="cookie", name="shipway") if self.keeps_users else None,
            mirror=Mirror(revision=B, share=from_percent(1)) if self.copies else None,
            preview=B,
        )
        async with opened() as ground:
            await route(ground, wanted, generation=7)
            seen = await ground.traffic.observe()
            assert seen.lowest == seen.highest == wanted.shares
            assert seen.generation == 7
            assert seen.foreign == ()

    @in_loop
    async def test_a_route_to_nothing_is_a_route_too(self, opened):
        async with opened() as ground:
            await route(ground, split(50), generation=1)
            await route(ground, Route(), generation=2)
            seen = await ground.traffic.observe()
            assert not any(seen.highest.values())
            assert seen.generation == 2

    @in_loop
    async def test_replicas_are_confirmed_as_published(self, opened):
        first = (self.endpoint(A, 21001), self.endpoint(A, 21002, draining=True), self.endpoint(B, 21003))
        async with opened() as ground:
            await publish(ground, *first, generation=3)
            await publish(ground, self.endpoint(B, 21003), generation=4)
            await publish(ground, generation=5)

    @in_loop
    async def test_an_older_route_changes_nothing_from_any_handle(self, opened):
        async with opened() as ground:
            await route(ground, split(0), generation=9)
            for traffic in (ground.traffic, ground.again()):
                with pytest.raises(StaleGeneration):
                    await traffic.route(split(100), generation=8)
            await ground.pass_time()
            seen = await ground.again().observe()
            assert seen.confirmed == split(0) and seen.generation == 9

    @in_loop
    async def test_of_many_handles_at_once_the_newest_wins(self, opened):
        async with opened() as ground:
            handles = [ground.again() for _ in range(4)]
            wishes = [handle.route(split(10 * n), generation=n) for n, handle in enumerate(handles, 5)]
            ended = await asyncio.gather(*wishes, return_exceptions=True)
            assert {type(one) for one in ended} <= {type(None), StaleGeneration}

            async def newest() -> bool:
                """Whoever looks tends first: an older one may have been in the middle of its work."""
                await ground.traffic.tend()
                seen = await ground.traffic.observe()
                return seen.generation == 8 and seen.confirmed == split(80)

            await until(newest, ground)

    @in_loop
    async def test_an_older_list_of_replicas_changes_nothing_from_any_handle(self, opened):
        async with opened() as ground:
            await publish(ground, self.endpoint(A, 21001), generation=9)
            for traffic in (ground.traffic, ground.again()):
                with pytest.raises(StaleGeneration):
                    await traffic.publish((), generation=8)
            await ground.pass_time()
            seen = await ground.again().observe()
            assert seen.endpoints == (self.endpoint(A, 21001),) and seen.endpoints_generation == 9

    @in_loop
    async def test_routes_and_replicas_have_generations_of_their_own(self, opened):
        async with opened() as ground:
            await route(ground, split(0), generation=9)
            await publish(ground, self.endpoint(A, 21001), generation=2)
            assert (await ground.traffic.observe()).generation == 9

    @in_loop
    async def test_asking_twice_equals_asking_once(self, opened):
        async with opened() as ground:
            for _ in range(2):
                await route(ground, split(25), generation=4)
                await publish(ground, self.endpoint(A, 21001), self.endpoint(B, 21002), generation=5)
            seen = await ground.traffic.observe()
            assert (seen.generation, seen.endpoints_generation) == (4, 5)

    @in_loop
    async def test_the_same_wish_with_a_newer_generation_is_confirmed_with_it(self, opened):
        async with opened() as ground:
            for generation in (4, 6):
                await route(ground, split(25), generation=generation)
                await publish(ground, self.endpoint(A, 21001), generation=generation + 1)
            seen = await ground.traffic.observe()
            assert (seen.generation, seen.endpoints_generation) == (6, 7)

    @in_loop
    async def test_tending_changes_nothing_that_was_asked(self, opened):
        async with opened() as ground:
            await ground.traffic.tend()
            await route(ground, split(25), generation=4)
            await publish(ground, self.endpoint(A, 21001), generation=5)
            before = await ground.traffic.observe()
            for traffic in (ground.traffic, ground.again()):
                await traffic.tend()
            after = await ground.again().observe()
            assert (after.confirmed, after.generation) == (before.confirmed, 4)
            assert (after.endpoints, after.endpoints_generation) == (before.endpoints, 5)

    @in_loop
    async def test_requests_in_flight_are_none_at_known_replicas_that_rest(self, opened):
        async with opened() as ground:
            await route(ground, split(0), generation=1)
            there = self.endpoint(A, 21001)
            await publish(ground, there, generation=2)
            assert await ground.traffic.in_flight([there.address]) == {there.address: 0}
