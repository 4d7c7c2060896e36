"""Three writers, each with what it believes, against the plainest model of a journal."""

import itertools

import pytest

from contract.store_values import settled
from contract.stored import Store, owned
from shipway.errors import JournalConflict, LeaseLost
from shipway.model.event import Event
from shipway.ports.leases import Lease

_numbers = itertools.count(1)


class Writers:
    """`walk` takes steps in any order and asserts after each what the journal must have answered."""

    def __init__(self, store: Store, other: Store) -> None:
        self.service = f"service-{next(_numbers)}"
        self.handles = (store, other, store)
        self.lengths, self.tokens = [0, 0, 0], [0, 0, 0]
        self.lease: Lease | None = None
        self.written: list[Event] = []

    async def walk(self, steps: list[tuple[str, int, int]]) -> None:
        for step, writer, count in steps:
            await getattr(self, step)(writer, count)
        entries = await self.handles[0].journal.read(self.service)
        assert [entry.event for entry in entries] == self.written
        assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))

    async def look(self, writer: int, count: int) -> None:
        self.lengths[writer] = len(await self.handles[writer].journal.read(self.service))

    async def seize(self, writer: int, count: int) -> None:
        if self.lease:
            await self.handles[writer].leases.release(self.lease)
        newest = self.lease.token if self.lease else 0
        self.lease = await owned(self.handles[writer], self.service, f"writer-{writer}")
        self.tokens[writer] = self.lease.token
        assert self.lease.token > newest

    async def append(self, writer: int, count: int) -> None:
        events = [settled(len(self.written) * 10 + index) for index in range(count)]
        length, token = self.lengths[writer], self.tokens[writer]
        attempt = self.handles[writer].journal.append(self.service, events, length=length, token=token)
        if refusal := self._refusal(length, token):
            with pytest.raises(refusal):
                await attempt
            return
        entries = await attempt
        assert [entry.position for entry in entries] == [length + 1 + index for index in range(count)]
        self.written += events
        self.lengths[writer] += count

    def _refusal(self, length: int, token: int) -> type[Exception] | None:
        if self.lease and token < self.lease.token:
            return LeaseLost
        return JournalConflict if length != len(self.written) else None
