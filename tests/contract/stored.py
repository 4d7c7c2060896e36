"""What the tests of stores start from: the fixtures, and a lease at hand."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import pytest

from shipway.ports.journal import Journal
from shipway.ports.leases import Lease, Leases
from shipway.ports.revisions import Revisions

Advance = Callable[[float], Awaitable[object]]
LONG, SHORT = 600.0, 0.05
"""Seconds of a lease that lives through a test, and of one that is waited for to end."""


class Store(Protocol):
    """The three ports of one store."""

    @property
    def journal(self) -> Journal: ...
    @property
    def leases(self) -> Leases: ...
    @property
    def revisions(self) -> Revisions: ...


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **named: Any) -> None:
        asyncio.run(test(*args, **named))

    return run


class Stored:
    """The fixtures: override them in the class that names the store."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError("name the store")

    @pytest.fixture
    def other(self, store: Store) -> Store:
        """A second handle on the same store, as another process has it."""
        return store

    @pytest.fixture
    def advance(self) -> Advance:
        """Lets time pass on the store's clock; here it is the real one."""
        return asyncio.sleep


async def owned(store: Store, service: str = "checkout", owner: str = "a", *, seconds: float = LONG) -> Lease:
    lease = await store.leases.acquire(service, owner, seconds=seconds)
    assert lease is not None
    return lease


async def taken_over(store: Store, lease: Lease, owner: str) -> Lease:
    await store.leases.release(lease)
    return await owned(store, lease.service, owner)
