"""What every store keeps to: `JournalContract`, `LeasesContract`, `RenewAllContract` and `RevisionsContract`.

A test module names its store by overriding the fixtures of `contract.stored.Stored`:

    class OverMemory:
        @pytest.fixture
        def store(self): return MemoryStore()
        @pytest.fixture
        def advance(self, store): return store.clock.sleep

    class TestJournal(OverMemory, JournalContract): ...
"""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.store_values import COMMANDS, EVENTS, revision, settled
from contract.store_writers import Writers
from contract.stored import LONG, SHORT, Advance, Store, Stored, in_loop, owned, taken_over
from shipway.errors import JournalConflict, LeaseLost
from shipway.model.event import Entry, Event


class JournalContract(Stored):
    """One append-only journal and one inbox per service."""

    @in_loop
    async def test_a_service_nobody_knows_has_an_empty_journal(self, store: Store) -> None:
        assert await store.journal.read("checkout") == ()
        assert await store.journal.services() == ()
        assert await store.journal.inbox(after=0) == ()
        assert await store.journal.kept("checkout") == {}

    @in_loop
    async def test_entries_are_numbered_from_one_without_gaps(self, store: Store) -> None:
        first = await store.journal.append("checkout", [settled(1)], length=0, token=0)
        rest = await store.journal.append("checkout", [settled(2), settled(3)], length=1, token=0)
        assert [entry.position for entry in (*first, *rest)] == [1, 2, 3]
        assert await store.journal.read("checkout") == (*first, *rest)

    @in_loop
    async def test_reading_after_a_position_leaves_out_what_came_before(self, store: Store) -> None:
        written = await store.journal.append("checkout", [settled(n) for n in range(5)], length=0, token=0)
        assert await store.journal.read("checkout", after=3) == written[3:]
        assert await store.journal.read("checkout", after=5) == ()

    @in_loop
    async def test_another_handle_reads_what_was_written(self, store: Store, other: Store) -> None:
        written = await store.journal.append("checkout", [settled(1)], length=0, token=0)
        assert await other.journal.read("checkout") == written

    @in_loop
    async def test_events_of_one_append_have_one_time(self, store: Store) -> None:
        entries = await store.journal.append("checkout", [settled(n) for n in range(9)], length=0, token=0)
        assert len({entry.at for entry in entries}) == 1

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
    @in_loop
    async def test_every_kind_of_event_comes_back_as_it_was_written(self, store: Store, event: Event) -> None:
        await store.journal.append("checkout", [event], length=0, token=0)
        (entry,) = await store.journal.read("checkout")
        assert entry.event == event and type(entry.event) is type(event)

    @pytest.mark.parametrize("believed", [0, 1, 3, 100])
    @in_loop
    async def test_an_append_with_a_wrong_length_writes_nothing(self, store: Store, believed: int) -> None:
        written = await store.journal.append("checkout", [settled(1), settled(2)], length=0, token=0)
        with pytest.raises(JournalConflict):
            await store.journal.append("checkout", [settled(3), settled(4)], length=believed, token=0)
        assert await store.journal.read("checkout") == written

    @in_loop
    async def test_an_append_of_nothing_writes_nothing_but_still_compares(self, store: Store) -> None:
        assert await store.journal.append("checkout", [], length=0, token=0) == ()
        with pytest.raises(JournalConflict):
            await store.journal.append("checkout", [], length=1, token=0)
        assert await store.journal.services() == ()

    @in_loop
    async def test_a_writer_with_an_old_token_writes_nothing(self, store: Store, other: Store) -> None:
        former = await owned(store, owner="former")
        present = await taken_over(other, former, "present")
        with pytest.raises(LeaseLost):
            await store.journal.append("checkout", [settled(1)], length=0, token=former.token)
        assert await store.journal.read("checkout") == ()
        assert await other.journal.append("checkout", [settled(1)], length=0, token=present.token)

    @in_loop
    async def test_an_old_token_is_told_before_a_wrong_length(self, store: Store) -> None:
        former = await owned(store, owner="former")
        await taken_over(store, former, "present")
        with pytest.raises(LeaseLost):
            await store.journal.append("checkout", [settled(1)], length=7, token=former.token)

    @in_loop
    async def test_a_lease_given_up_and_taken_by_nobody_still_writes(self, store: Store) -> None:
        lease = await owned(store)
        await store.leases.release(lease)
        assert await store.journal.append("checkout", [settled(1)], length=0, token=lease.token)

    @in_loop
    async def test_services_do_not_share_lengths_or_tokens(self, store: Store) -> None:
        former = await owned(store, "checkout")
        await taken_over(store, former, "b")
        await store.journal.append("search", [settled(1)], length=0, token=0)
        assert len(await store.journal.read("search")) == 1
        assert await store.journal.read("checkout") == ()

    @in_loop
    async def test_of_many_writers_at_once_one_succeeds(self, store: Store, other: Store) -> None:
        async def attempt(number: int) -> tuple[Entry, ...]:
            journal = (store, other)[number % 2].journal
            return await journal.append("checkout", [settled(number)] * 2, length=0, token=0)

        results = await asyncio.gather(*(attempt(n) for n in range(12)), return_exceptions=True)
        won = [result for result in results if not isinstance(result, BaseException)]
        assert len(won) == 1 and await store.journal.read("checkout") == won[0]
        assert sum(isinstance(result, JournalConflict) for result in results) == 11

    @in_loop
    async def test_commands_are_numbered_over_all_services(self, store: Store, other: Store) -> None:
        numbers = []
        for index, command in enumerate(COMMANDS):
            handle = (store, other)[index % 2]
            numbers.append(await handle.journal.submit(("checkout", "search")[index % 2], command, by="dev"))
        assert numbers == sorted(set(numbers)) and numbers[0] > 0
        found = await store.journal.inbox(after=0)
        assert [request.id for request in found] == numbers
        assert [request.command for request in found] == list(COMMANDS)
        assert {(request.service, request.by) for request in found} == {("checkout", "dev"), ("search", "dev")}

    @in_loop
    async def test_the_inbox_leaves_out_what_was_read_and_forgets_nothing(self, store: Store) -> None:
        numbers = [await store.journal.submit("checkout", command, by="dev") for command in COMMANDS]
        assert [request.id for request in await store.journal.inbox(after=numbers[1])] == numbers[2:]
        assert [request.id for request in await store.journal.inbox(after=0)] == numbers

    @in_loop
    async def test_the_inbox_of_one_service_leaves_out_the_others(self, store: Store) -> None:
        assert await store.journal.newest() == 0
        mine = await store.journal.submit("shop", COMMANDS[0], by="dev")
        theirs = await store.journal.submit("till", COMMANDS[0], by="dev")
        assert [request.id for request in await store.journal.inbox(after=0, service="shop")] == [mine]
        assert await store.journal.inbox(after=mine, service="shop") == ()
        assert await store.journal.newest() == theirs

    @in_loop
    async def test_a_service_is_listed_once_a_command_waits_or_an_entry_is_written(self, store: Store) -> None:
        await store.journal.submit("search", COMMANDS[0], by="dev")
        await store.journal.append("checkout", [settled(1)], length=0, token=0)
        await store.journal.append("search", [settled(1)], length=0, token=0)
        assert sorted(await store.journal.services()) == ["checkout", "search"]

    @in_loop
    async def test_a_checkpoint_is_replaced_and_belongs_to_its_service(self, store: Store, other: Store) -> None:
        await store.journal.keep("checkout", "sums", b"\x00first")
        await store.journal.keep("search", "sums", b"theirs")
        await store.journal.keep("checkout", "sums", b"second")
        await store.journal.keep("checkout", "other", b"")
        assert await other.journal.kept("checkout") == {"sums": b"second", "other": b""}

    @in_loop
    async def test_a_former_owner_keeps_nothing(self, store: Store, other: Store) -> None:
        former = await owned(store)
        await store.journal.keep("checkout", "sums", b"former", token=former.token)
        newer = await taken_over(other, former, "b")
        await other.journal.keep("checkout", "sums", b"newer", token=newer.token)
        with pytest.raises(LeaseLost):
            await store.journal.keep("checkout", "sums", b"late", token=former.token)
        assert await store.journal.kept("checkout") == {"sums": b"newer"}

    @settings(
        max_examples=40,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(("look", "append", "seize")), st.integers(0, 2), st.integers(1, 3)),
            max_size=25,
        )
    )
    def test_whatever_order_writers_come_in_only_the_one_who_knows_all_writes(
        self, store: Store, other: Store, steps: list[tuple[str, int, int]]
    ) -> None:
        asyncio.run(Writers(store, other).walk(steps))


class LeasesContract(Stored):
    """At most one live lease per service."""

    @in_loop
    async def test_a_lease_is_held_by_one_owner(self, store: Store, other: Store) -> None:
        lease = await owned(store, owner="a")
        assert await other.leases.acquire("checkout", "b", seconds=LONG) is None
        assert await other.leases.holder("checkout") == lease

    @in_loop
    async def test_of_many_owners_at_once_one_gets_the_lease(self, store: Store, other: Store) -> None:
        attempts = [
            (store, other)[number % 2].leases.acquire("checkout", f"owner-{number}", seconds=LONG)
            for number in range(12)
        ]
        got = [lease for lease in await asyncio.gather(*attempts) if lease]
        assert len(got) == 1 and await store.leases.holder("checkout") == got[0]

    @in_loop
    async def test_its_owner_renews_it_with_the_same_token(self, store: Store) -> None:
        first = await owned(store, seconds=LONG)
        second = await owned(store, seconds=2 * LONG)
        assert second.token == first.token and second.expires_at > first.expires_at
        assert await store.leases.holder("checkout") == second

    @in_loop
    async def test_one_that_ran_out_is_taken_with_a_larger_token(
        self, store: Store, other: Store, advance: Advance
    ) -> None:
        former = await owned(store, owner="a", seconds=SHORT)
        await advance(2 * SHORT)
        assert await store.leases.holder("checkout") is None
        assert (await owned(other, owner="b")).token > former.token

    @in_loop
    async def test_its_own_owner_too_gets_a_larger_token_after_it_ran_out(
        self, store: Store, advance: Advance
    ) -> None:
        former = await owned(store, seconds=SHORT)
        await advance(2 * SHORT)
        assert (await owned(store)).token > former.token

    @in_loop
    async def test_one_that_was_released_is_free_and_its_token_is_not_used_again(
        self, store: Store, other: Store
    ) -> None:
        former = await owned(store, owner="a")
        present = await taken_over(other, former, "b")
        assert present.token > former.token and present.owner == "b"
        assert (await taken_over(store, present, "a")).token > present.token

    @in_loop
    async def test_releasing_what_is_not_ours_any_more_changes_nothing(self, store: Store) -> None:
        former = await owned(store, owner="a")
        present = await taken_over(store, former, "b")
        await store.leases.release(former)
        assert await store.leases.holder("checkout") == present

    @in_loop
    async def test_releasing_an_older_lease_of_the_same_owner_changes_nothing(self, store: Store) -> None:
        former = await owned(store, owner="a")
        present = await taken_over(store, former, "a")
        await store.leases.release(former)
        assert await store.leases.holder("checkout") == present

    @in_loop
    async def test_services_have_leases_of_their_own(self, store: Store) -> None:
        await owned(store, "checkout", "a")
        assert (await owned(store, "search", "b")).owner == "b"
        assert await store.leases.holder("unknown") is None


class RenewAllContract(Stored):
    """Leases that can be renewed in one call."""

    @in_loop
    async def test_all_live_leases_of_an_owner_are_renewed_and_no_other(
        self, store: Store, advance: Advance
    ) -> None:
        kept = [await owned(store, service, "a") for service in ("checkout", "search")]
        await owned(store, "lost", "a", seconds=SHORT)
        theirs = await owned(store, "theirs", "b")
        await advance(2 * SHORT)
        renewed = await store.leases.renew_all("a", seconds=2 * LONG)  # type: ignore[attr-defined]
        assert [(lease.service, lease.token) for lease in renewed] == [(one.service, one.token) for one in kept]
        assert all(lease.expires_at > before.expires_at for lease, before in zip(renewed, kept, strict=True))
        assert await store.leases.holder("lost") is None
        assert await store.leases.holder("theirs") == theirs

    @in_loop
    async def test_all_leases_of_an_owner_are_given_up_at_once_and_no_other(self, store: Store) -> None:
        for service in ("checkout", "search"):
            await owned(store, service, "a")
        theirs = await owned(store, "theirs", "b")
        await store.leases.release_all("a")
        assert await store.leases.holder("checkout") is None and await store.leases.holder("search") is None
        assert await store.leases.holder("theirs") == theirs
        again = await owned(store, "checkout", "b")
        assert again.token == 2


class RevisionsContract(Stored):
    """Append-only, numbered per service."""

    @in_loop
    async def test_revisions_are_numbered_per_service_in_the_order_they_came(self, store: Store) -> None:
        put = [await store.revisions.put(revision(version), b"{}") for version in ("2", "1", "3")]
        theirs = await store.revisions.put(revision("1", service="search"), b"{}")
        assert [kept.number for kept in put] == [1, 2, 3] and theirs.number == 1
        assert await store.revisions.all("checkout") == tuple(put)

    @in_loop
    async def test_the_same_revision_keeps_its_number_and_gets_the_new_release(
        self, store: Store, other: Store
    ) -> None:
        first = await store.revisions.put(revision("1"), b"before")
        await store.revisions.put(revision("2"), b"{}")
        again = await other.revisions.put(revision("1"), b"after")
        assert (again.number, again.at, again.release) == (first.number, first.at, b"after")
        assert [kept.number for kept in await store.revisions.all("checkout")] == [1, 2]

    @in_loop
    async def test_a_revision_is_found_by_its_id_in_its_service(self, store: Store) -> None:
        kept = await store.revisions.put(revision("1"), b"\x00\xff")
        assert await store.revisions.get("checkout", kept.revision.id) == kept
        assert kept.revision == revision("1") and kept.release == b"\x00\xff"
        assert await store.revisions.get("search", kept.revision.id) is None
        assert await store.revisions.all("search") == ()

    @in_loop
    async def test_revisions_put_at_once_get_different_numbers(self, store: Store, other: Store) -> None:
        puts = ((store, other)[n % 2].revisions.put(revision(str(n)), b"{}") for n in range(10))
        assert sorted(kept.number for kept in await asyncio.gather(*puts)) == list(range(1, 11))

    @in_loop
    async def test_forgotten_revisions_are_gone_and_their_numbers_are_not_given_again(self, store: Store) -> None:
        made = [await store.revisions.put(revision(version=f"1.{n}"), b"{}") for n in range(3)]
        names = [kept.revision.id for kept in made]
        service = made[0].revision.service
        await store.revisions.forget(service, [names[0], names[2], names[0]])
        assert [kept.revision.id for kept in await store.revisions.all(service)] == names[1:]
        again = await store.revisions.put(made[0].revision, b"{}")
        assert again.number == made[2].number + 1
