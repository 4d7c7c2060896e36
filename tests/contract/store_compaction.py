"""What every store keeps to when a journal is compacted: `CompactionContract`."""

import pytest
from msgspec import Raw

from contract.store_values import COMMANDS, settled
from contract.stored import Store, Stored, in_loop, owned, taken_over
from shipway.errors import JournalConflict, LeaseLost
from shipway.model.event import Compacted, Entry


def standing_for(entry: Entry) -> Entry:
    return Entry(entry.position, entry.at, Compacted(state=Raw(b'{"service":"checkout"}')))


async def written(store: Store, count: int, *, length: int = 0) -> tuple[Entry, ...]:
    events = [settled(length + number) for number in range(1, count + 1)]
    return await store.journal.append("checkout", events, length=length, token=0)


class CompactionContract(Stored):
    """One entry stands for itself and all before it."""

    @in_loop
    async def test_it_stands_for_all_before_it_and_the_rest_stays(self, store: Store, other: Store) -> None:
        entries = await written(store, 5)
        begin = standing_for(entries[2])
        await store.journal.compact("checkout", begin, read=0, token=0)
        assert await other.journal.read("checkout") == (begin, *entries[3:])
        assert await other.journal.read("checkout", after=1) == (begin, *entries[3:])
        assert await other.journal.read("checkout", after=3) == entries[3:]

    @in_loop
    async def test_positions_go_on_and_the_length_that_is_compared_stays(self, store: Store) -> None:
        entries = await written(store, 3)
        await store.journal.compact("checkout", standing_for(entries[2]), read=0, token=0)
        with pytest.raises(JournalConflict):
            await written(store, 1, length=1)
        (added,) = await written(store, 1, length=3)
        assert added.position == 4

    @in_loop
    async def test_it_can_be_compacted_further_and_not_back(self, store: Store) -> None:
        entries = await written(store, 5)
        await store.journal.compact("checkout", standing_for(entries[1]), read=0, token=0)
        further = standing_for(entries[3])
        await store.journal.compact("checkout", further, read=0, token=0)
        await store.journal.compact("checkout", further, read=0, token=0)
        with pytest.raises(JournalConflict):
            await store.journal.compact("checkout", standing_for(entries[1]), read=0, token=0)
        assert await store.journal.read("checkout") == (further, entries[4])

    @in_loop
    async def test_what_is_not_there_cannot_stand_for_anything(self, store: Store) -> None:
        entries = await written(store, 2)
        unwritten = Entry(3, entries[1].at, settled(3))
        with pytest.raises(JournalConflict):
            await store.journal.compact("checkout", standing_for(unwritten), read=0, token=0)
        assert await store.journal.read("checkout") == entries

    @in_loop
    async def test_a_former_owner_compacts_nothing(self, store: Store, other: Store) -> None:
        entries = await written(store, 3)
        former = await owned(store)
        await taken_over(other, former, "b")
        with pytest.raises(LeaseLost):
            await store.journal.compact("checkout", standing_for(entries[1]), read=0, token=former.token)
        assert await store.journal.read("checkout") == entries

    @in_loop
    async def test_other_services_keep_theirs(self, store: Store) -> None:
        entries = await written(store, 2)
        theirs = await store.journal.append("search", [settled(1), settled(2)], length=0, token=0)
        waiting = await store.journal.submit("search", COMMANDS[0], by="dev")
        mine = await store.journal.submit("checkout", COMMANDS[0], by="dev")
        await store.journal.compact("checkout", standing_for(entries[1]), read=mine, token=0)
        assert await store.journal.read("search") == theirs
        assert waiting in [request.id for request in await store.journal.inbox(after=0)]

    @in_loop
    async def test_commands_that_were_read_are_forgotten_and_their_numbers_not_given_again(
        self, store: Store
    ) -> None:
        entries = await written(store, 2)
        numbers = [await store.journal.submit("checkout", command, by="dev") for command in COMMANDS[:4]]
        await store.journal.compact("checkout", standing_for(entries[1]), read=numbers[1], token=0)
        assert [request.id for request in await store.journal.inbox(after=0)] == numbers[2:]
        await store.journal.compact("checkout", standing_for(entries[1]), read=numbers[3], token=0)
        assert await store.journal.newest() == numbers[3]
        assert await store.journal.submit("checkout", COMMANDS[0], by="dev") > numbers[3]
