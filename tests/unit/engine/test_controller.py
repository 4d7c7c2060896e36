"""The controller's loop, over a store in memory and a clock that does not wait."""

import asyncio
from itertools import pairwise

import pytest
from pytest import MonkeyPatch

from contract.store_values import COMMANDS
from shipway.engine import controller as module
from shipway.engine.controller import RETRY_SECONDS, Controller
from shipway.engine.ports import Ports, Store
from shipway.engine.tick import Service
from shipway.errors import PortError, ShipwayError
from shipway.model.event import CommandRead
from shipway.simulation.store import MemoryJournal, MemoryLeases, MemoryRevisions

LONGEST = 30.0
READ = CommandRead(id=1, by="dev", command=COMMANDS[1])


class Clock:
    """Each sleep is over at once, and the time has passed."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 0.001)
        await asyncio.sleep(0)


@pytest.fixture
def store() -> Store:
    clock = Clock()
    leases = MemoryLeases(clock)
    return Store(MemoryJournal(clock, leases), leases, MemoryRevisions(clock), clock)


async def no_ports(service: str) -> Ports:
    return Ports(platform=None, traffic=None)  # type: ignore[arg-type]


def played(store: Store, controller: Controller) -> None:
    end = store.clock.now() + LONGEST
    asyncio.run(controller.run(is_over=lambda: store.clock.now() >= end))


@pytest.mark.parametrize("waits", (False, True))
def test_a_tick_that_fails_is_tried_again_after_a_pause_with_its_commands(
    store: Store, monkeypatch: MonkeyPatch, waits: bool
) -> None:
    seen: list[tuple[float, int]] = []

    async def tick(service: Service, inbox: list[object], *, now: float) -> float:
        seen.append((now, len(inbox)))
        raise PortError("the disk is full")

    monkeypatch.setattr(module, "tick", tick)
    asyncio.run(store.journal.submit("checkout", COMMANDS[1], by="dev"))
    if not waits:
        asyncio.run(
            store.journal.append("checkout", [CommandRead(id=1, by="dev", command=COMMANDS[1])], length=0, token=0)
        )
    played(store, Controller("one", store, no_ports))
    pauses = [later - sooner for (sooner, _), (later, _) in pairwise(seen)]
    assert len(seen) > 5 and min(pauses) >= 0.99 * RETRY_SECONDS
    assert {count for _, count in seen} == {int(waits)}


def test_commands_of_a_service_that_cannot_be_assembled_are_refused_at_once_with_the_reason(store: Store) -> None:
    async def unreadable(service: str) -> Ports:
        raise ShipwayError("How checkout was shipped cannot be read", fix="Deploy again.")

    number = asyncio.run(store.journal.submit("checkout", COMMANDS[1], by="dev"))
    played(store, Controller("one", store, unreadable))
    (entry,) = asyncio.run(store.journal.read("checkout"))
    assert isinstance(entry.event, CommandRead) and entry.event.id == number
    assert entry.event.refused == "How checkout was shipped cannot be read" and entry.event.fix == "Deploy again."
    assert asyncio.run(store.leases.holder("checkout")) is None


def test_what_does_not_answer_now_refuses_nothing(store: Store) -> None:
    async def silent(service: str) -> Ports:
        raise PortError("the store does not answer")

    asyncio.run(store.journal.submit("checkout", COMMANDS[1], by="dev"))
    played(store, Controller("one", store, silent))
    assert asyncio.run(store.journal.read("checkout")) == ()


def test_an_owner_whose_service_becomes_unreadable_refuses_what_comes_and_goes_on_guarding(
    store: Store, monkeypatch: MonkeyPatch
) -> None:
    ticks: list[int] = []
    is_readable = [True]

    async def assemble(service: str) -> Ports:
        if not is_readable[0]:
            raise ShipwayError("unreadable")
        return await no_ports(service)

    async def tick(service: Service, inbox: list[object], *, now: float) -> float:
        ticks.append(len(inbox))
        if len(ticks) == 2:
            is_readable[0] = False
            await store.journal.submit("checkout", COMMANDS[1], by="dev")
        return now + 1.0

    monkeypatch.setattr(module, "tick", tick)
    asyncio.run(
        store.journal.append("checkout", [CommandRead(id=0, by="dev", command=COMMANDS[1])], length=0, token=0)
    )
    played(store, Controller("one", store, assemble))
    refused = [one.event for one in asyncio.run(store.journal.read("checkout"))][1:]
    assert [event.refused for event in refused if isinstance(event, CommandRead)] == ["unreadable"]
    assert len(ticks) > 5 and set(ticks) == {0}
