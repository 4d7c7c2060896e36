"""What every `Platform` must do. Subclass `PlatformContract` and give it a fixture `stand`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import pytest

from shipway.errors import Refused, StaleGeneration
from shipway.model.fleet import Fleet, Preparation, Replica
from shipway.model.log import LogLine, LogQuery
from shipway.model.revision import Revision
from shipway.ports.platform import Platform

Result = TypeVar("Result")
Claim = Callable[[Fleet], bool]

LOOKS_MAX = 1200


class Stand(Protocol):
    """A world with one service in it."""

    tells_output: bool
    """Whether replicas print `listening on …` as they start."""

    def platform(self) -> Platform:
        """A new adapter object over the same state, as a new controller would make it."""
        ...

    def revision(self, version: str, *, behaviour: str = "well", prepare: str = "none") -> Revision:
        """A revision whose replicas behave `well`, are `never-ready`, or `exits` at once.

        `prepare` is `none`, `works` (and leaves its mark, see `prepared_times`) or `fails`.
        """
        ...

    def prepared_times(self, revision: Revision) -> int:
        """How often its preparation ran."""
        ...

    async def kill(self, replica: Replica) -> None:
        """The replica dies without warning."""
        ...

    async def let_time_pass(self) -> None:
        """A short while: 50 ms of real time, or the next event of a virtual one."""
        ...

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        """Play a scenario to its end."""
        ...


async def until(stand: Stand, platform: Platform, claim: Claim) -> Fleet:
    """Look until the claim holds."""
    for _ in range(LOOKS_MAX):
        fleet = await platform.observe()
        if claim(fleet):
            return fleet
        await stand.let_time_pass()
    raise AssertionError(f"it never came true; last seen: {fleet}")


async def output(platform: Platform, query: LogQuery) -> list[LogLine]:
    """All that was printed so far."""
    return [line async for batch in platform.logs(query) for line in batch]


def ready(count: int) -> Claim:
    """So many replicas are ready."""
    return lambda fleet: sum(replica.ready for replica in fleet.replicas) == count


def serving(revision: Revision) -> Claim:
    """One of its replicas is ready."""
    return lambda fleet: any(one.ready and one.revision == revision.id for one in fleet.replicas)


def ids(fleet: Fleet) -> list[str]:
    """Of all replicas."""
    return [replica.id for replica in fleet.replicas]


def draining(fleet: Fleet) -> set[str]:
    """Ids of those that drain."""
    return {replica.id for replica in fleet.replicas if replica.draining_since is not None}


def lasting(replica: Replica) -> tuple[object, ...]:
    """What two observers must agree on."""
    return (
        replica.id,
        replica.address,
        replica.ready,
        replica.draining_since,
        replica.generation,
        replica.restarts,
    )


class Scenes:
    """Shared beginnings."""

    @staticmethod
    async def started(stand: Stand, count: int, *, version: str = "1.0") -> tuple[Platform, Revision, Fleet]:
        """A prepared revision with ready replicas; generations 1 and 2 are used."""
        platform, revision = stand.platform(), stand.revision(version)
        await platform.prepare(revision, generation=1)
        await until(stand, platform, lambda fleet: fleet.prepared[revision.id] is Preparation.DONE)
        await platform.scale(revision, count, generation=2)
        return platform, revision, await until(stand, platform, ready(count))


class PlatformContract(Scenes):
    """Tests are sentences about any platform."""

    @pytest.fixture
    def stand(self) -> Stand:
        raise NotImplementedError

    def test_a_new_service_has_an_empty_fleet(self, stand: Stand) -> None:
        fleet = stand.run(stand.platform().observe())
        assert fleet.replicas == () and dict(fleet.prepared) == {} and dict(fleet.generations) == {}

    def test_scaling_up_starts_replicas_that_become_ready_at_addresses_of_their_own(self, stand: Stand) -> None:
        async def scenario() -> None:
            _, revision, fleet = await self.started(stand, 3)
            assert len({replica.address for replica in fleet.replicas}) == 3
            for replica in fleet.replicas:
                assert replica.revision == revision.id and replica.alive and replica.restarts == 0
                assert replica.ready_since is not None and replica.ready_since >= replica.started_at > 0
                assert replica.generation == 2 and not replica.stale and replica.detail == ""
            assert fleet.generations == {f"prepare:{revision.id}": 1, f"capacity:{revision.id}": 2}
            assert fleet.foreign == ()

        stand.run(scenario())

    def test_scaling_twice_equals_scaling_once(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 2)
            await platform.scale(revision, 2, generation=2)
            await platform.scale(revision, 2, generation=3)
            assert [lasting(r) for r in (await platform.observe()).replicas] == [
                lasting(r) for r in before.replicas
            ]

        stand.run(scenario())

    def test_scaling_is_absolute_and_stops_none(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 2)
            await platform.scale(revision, 1, generation=3)
            assert ids(await platform.observe()) == ids(before)
            await platform.scale(revision, 3, generation=4)
            grown = await until(stand, platform, ready(3))
            assert set(ids(before)) < set(ids(grown))

        stand.run(scenario())

    def test_draining_marks_exactly_those_named_and_they_go_on_working(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 3)
            named = ids(before)[:2]
            await platform.drain(revision.id, [*named, "gone-long-ago"], generation=3)
            fleet = await platform.observe()
            assert draining(fleet) == set(named)
            assert all(replica.ready and replica.alive for replica in fleet.replicas)
            since = {replica.id: replica.draining_since for replica in fleet.replicas}
            await platform.drain(revision.id, named, generation=4)
            assert {r.id: r.draining_since for r in (await platform.observe()).replicas} == since

        stand.run(scenario())

    def test_scaling_takes_draining_replicas_back_before_it_starts_new_ones(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 3)
            await platform.drain(revision.id, ids(before)[:2], generation=3)
            await platform.scale(revision, 2, generation=4)
            fleet = await platform.observe()
            assert ids(fleet) == ids(before) and len(draining(fleet)) == 1
            await platform.scale(revision, 4, generation=5)
            fleet = await until(stand, platform, ready(4))
            assert set(ids(before)) < set(ids(fleet)) and draining(fleet) == set()

        stand.run(scenario())

    def test_a_replica_that_does_not_drain_is_not_stopped_nor_are_those_named_with_it(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 2)
            await platform.drain(revision.id, ids(before)[:1], generation=3)
            with pytest.raises(Refused):
                await platform.stop(revision.id, ids(before), generation=4)
            await stand.let_time_pass()
            fleet = await platform.observe()
            assert ids(fleet) == ids(before) and all(replica.ready for replica in fleet.replicas)

        stand.run(scenario())

    def test_a_stopped_replica_leaves_the_fleet_and_the_others_stay(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 3)
            named = ids(before)[:2]
            await platform.drain(revision.id, named, generation=3)
            await platform.stop(revision.id, named, generation=4)
            await platform.stop(revision.id, [*named, "gone-long-ago"], generation=4)
            fleet = await until(stand, platform, lambda fleet: len(fleet.replicas) == 1)
            assert lasting(fleet.replicas[0]) == lasting(before.replicas[2])
            await platform.stop(revision.id, named, generation=5)
            assert ids(await platform.observe()) == ids(before)[2:]

        stand.run(scenario())

    def test_a_replica_that_was_told_to_stop_is_not_taken_back(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 1)
            await platform.drain(revision.id, ids(before), generation=3)
            await platform.stop(revision.id, ids(before), generation=4)
            await platform.scale(revision, 1, generation=5)
            fleet = await until(stand, platform, lambda fleet: ready(1)(fleet) and len(fleet.replicas) == 1)
            assert ids(fleet) != ids(before)

        stand.run(scenario())

    def test_an_older_generation_changes_nothing(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 2)
            named = ids(before)[:1]
            await platform.drain(revision.id, named, generation=10)
            for attempt in (
                lambda: platform.scale(revision, 5, generation=9),
                lambda: platform.drain(revision.id, ids(before), generation=9),
                lambda: platform.stop(revision.id, named, generation=9),
                lambda: stand.platform().scale(revision, 5, generation=9),
            ):
                with pytest.raises(StaleGeneration):
                    await attempt()
            await stand.let_time_pass()
            fleet = await platform.observe()
            assert ids(fleet) == ids(before) and draining(fleet) == set(named)
            assert fleet.generations[f"capacity:{revision.id}"] == 10

        stand.run(scenario())

    def test_each_revision_has_a_fence_of_its_own(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 1)
            await platform.scale(revision, 1, generation=10)
            other = stand.revision("2.0")
            await platform.prepare(other, generation=3)
            await platform.scale(other, 1, generation=4)
            fleet = await until(stand, platform, ready(2))
            assert {replica.revision for replica in fleet.replicas} == {revision.id, other.id}
            assert set(ids(before)) < set(ids(fleet))

        stand.run(scenario())

    def test_a_new_controller_sees_the_same_at_its_first_look(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision, before = await self.started(stand, 2)
            await platform.drain(revision.id, ids(before)[:1], generation=3)
            mine, its = await platform.observe(), await stand.platform().observe()
            assert [lasting(r) for r in its.replicas] == [lasting(r) for r in mine.replicas]
            assert its.prepared == mine.prepared and its.generations == mine.generations
            assert all(replica.ready_since is not None for replica in its.replicas)

        stand.run(scenario())

    def test_a_killed_replica_comes_back_at_the_same_address_and_is_counted(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, _, before = await self.started(stand, 2)
            victim = before.replicas[0]
            await stand.kill(victim)
            fleet = await until(stand, platform, lambda f: f.replicas[0].restarts == 1 and ready(2)(f))
            assert ids(fleet) == ids(before)
            assert fleet.replicas[0].address == victim.address
            assert fleet.replicas[0].started_at > victim.started_at
            assert fleet.replicas[1].restarts == 0

        stand.run(scenario())

    def test_a_replica_that_is_never_ready_says_why(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", behaviour="never-ready")
            await platform.prepare(revision, generation=1)
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, lambda f: any("503" in one.detail for one in f.replicas))
            assert fleet.replicas[0].alive and not fleet.replicas[0].ready
            assert fleet.replicas[0].ready_since is None

        stand.run(scenario())

    def test_a_crash_loop_is_visible(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", behaviour="exits")
            await platform.prepare(revision, generation=1)
            await platform.scale(revision, 1, generation=2)
            fleet = await until(stand, platform, lambda f: any(one.restarts >= 2 for one in f.replicas))
            assert not fleet.replicas[0].ready
            assert "3" in fleet.replicas[0].detail

        stand.run(scenario())

    def test_what_needs_no_preparation_is_prepared_at_once(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0")
            await platform.prepare(revision, generation=1)
            assert (await platform.observe()).prepared == {revision.id: Preparation.DONE}

        stand.run(scenario())

    def test_a_preparation_runs_once_whoever_asks(self, stand: Stand) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", prepare="works")
            others = [stand.platform() for _ in range(3)]
            await asyncio.gather(*(p.prepare(revision, generation=1) for p in (platform, *others)))
            await until(stand, platform, lambda fleet: fleet.prepared[revision.id] is Preparation.DONE)
            await platform.prepare(revision, generation=2)
            assert (await others[0].observe()).prepared == {revision.id: Preparation.DONE}
            assert stand.prepared_times(revision) == 1

        stand.run(scenario())

    def test_a_failed_preparation_says_why_and_is_begun_again_by_a_newer_generation_only(
        self, stand: Stand
    ) -> None:
        async def scenario() -> None:
            platform, revision = stand.platform(), stand.revision("1.0", prepare="fails")
            await platform.prepare(revision, generation=1)
            fleet = await until(stand, platform, lambda fleet: fleet.prepared[revision.id] is Preparation.FAILED)
            assert "no-such-package" in fleet.details[revision.id]
            await platform.prepare(revision, generation=1)
            assert (await platform.observe()).prepared == {revision.id: Preparation.FAILED}
            assert stand.prepared_times(revision) == 1
            await platform.prepare(revision, generation=2)
            await until(stand, platform, lambda fleet: fleet.prepared[revision.id] is Preparation.FAILED)
            assert stand.prepared_times(revision) == 2
            with pytest.raises(StaleGeneration):
                await platform.prepare(revision, generation=1)

        stand.run(scenario())

    def test_a_revision_that_was_forgotten_comes_again_and_one_that_has_replicas_is_not_forgotten(
        self, stand: Stand
    ) -> None:
        async def scenario() -> None:
            platform, kept, fleet = await self.started(stand, 1)
            other = stand.revision("2.0")
            await platform.prepare(other, generation=3)
            await until(stand, platform, lambda fleet: fleet.prepared[other.id] is Preparation.DONE)
            for revisions in [kept], []:
                await platform.forget_others(revisions)
                assert ids(await platform.observe()) == ids(fleet)
            await platform.prepare(other, generation=4)
            await until(stand, platform, lambda fleet: fleet.prepared.get(other.id) is Preparation.DONE)
            await platform.scale(other, 1, generation=5)
            await until(stand, platform, serving(other))

        stand.run(scenario())

    def test_output_lines_come_in_the_order_of_time_with_their_replica(self, stand: Stand) -> None:
        if not stand.tells_output:
            pytest.skip("its replicas print nothing")

        async def scenario() -> None:
            platform, revision, fleet = await self.started(stand, 2)
            lines = await output(platform, LogQuery(revision=revision.id, pattern="listening on"))
            assert sorted(line.replica for line in lines) == sorted(ids(fleet))
            assert [line.at for line in lines] == sorted(line.at for line in lines)
            assert {line.revision for line in lines} == {revision.id}
            first = ids(fleet)[0]
            assert {line.replica for line in await output(platform, LogQuery(replica=first))} == {first}
            assert await output(platform, LogQuery(tail=0)) == []
            assert await output(platform, LogQuery(until=min(line.at for line in lines) - 1)) == []

        stand.run(scenario())
