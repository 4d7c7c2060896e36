"""The store in memory, on virtual time, keeps the contract of real ones."""

from collections.abc import Awaitable, Callable

import pytest

from contract.store import JournalContract, LeasesContract, RenewAllContract, RevisionsContract
from contract.store_compaction import CompactionContract
from shipway.engine.ports import Store
from shipway.simulation.store import MemoryJournal, MemoryLeases, MemoryRevisions
from shipway.simulation.timeline import Timeline


class OverMemory:
    @pytest.fixture
    def timeline(self) -> Timeline:
        timeline = Timeline()
        timeline.run(1_000.0)
        return timeline

    @pytest.fixture
    def store(self, timeline: Timeline) -> Store:
        leases = MemoryLeases(timeline)
        return Store(MemoryJournal(timeline, leases), leases, MemoryRevisions(timeline), timeline)

    @pytest.fixture
    def advance(self, timeline: Timeline) -> Callable[[float], Awaitable[None]]:
        async def let_pass(seconds: float) -> None:
            timeline.run(timeline.now() + seconds)

        return let_pass


class TestJournal(OverMemory, JournalContract):
    pass


class TestCompaction(OverMemory, CompactionContract):
    pass


class TestLeases(OverMemory, LeasesContract):
    pass


class TestRenewAll(OverMemory, RenewAllContract):
    pass


class TestRevisions(OverMemory, RevisionsContract):
    pass
