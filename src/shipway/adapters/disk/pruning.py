"""Forgets revisions beyond the wanted number, and removes what they left on the disk."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import structlog
from msgspec import Struct

from shipway.adapters.disk.leftovers import Leftover, leftovers, remove, size_of
from shipway.adapters.replicas.records import plain
from shipway.adapters.supervisor import durable
from shipway.engine.fold import fold
from shipway.engine.keeping import needed, standing
from shipway.engine.ports import Store
from shipway.engine.state import ServiceState
from shipway.home import Home
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.ports.revisions import Kept

log = structlog.get_logger()


class RevisionOnDisk(Struct, frozen=True, kw_only=True):
    """One kept revision, and whether it goes."""

    number: int
    revision: RevisionId
    version: str
    bytes: int
    goes: bool
    why: str


class Pruned(Struct, frozen=True, kw_only=True):
    """What went, or would go."""

    service: str
    revisions: tuple[RevisionOnDisk, ...]
    """Oldest first."""
    leftovers: tuple[Leftover, ...]
    bytes: int
    """Of all that goes."""
    bytes_left: int
    """Of what the service has below SHIPWAY_HOME then."""


class Pruning:
    """Of one service. A deploy and a prune wait for each other."""

    def __init__(self, home: Home, store: Store, service: str) -> None:
        self.home, self.store, self.service = home, store, service

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nothing is pruned while a command that needs a revision is on its way, and the other way round."""
        lock = durable.locked_directory(self.home.path)
        await asyncio.to_thread(lock.__enter__)
        try:
            yield
        finally:
            await asyncio.to_thread(lock.__exit__, None, None, None)

    async def look(self, *, keep: int | None = None) -> Pruned:
        """What would go; `keep` is what the newest release asks for, unless it is given."""
        revisions = await self.store.revisions.all(self.service)
        stay = await self._standing(revisions, keep)
        return await asyncio.to_thread(self._found, revisions, stay)

    async def prune(self, *, keep: int | None = None) -> Pruned:
        """Remove it."""
        async with self.alone():
            found = await self.look(keep=keep)
            gone = [one.revision for one in found.revisions if one.goes]
            if gone:
                await self.store.revisions.forget(self.service, gone)
            await asyncio.to_thread(remove, found.leftovers, said=self._said)
        return found

    def _said(self, sentence: str) -> None:
        log.warning("not everything could be pruned", service=self.service, error=sentence)

    async def _standing(self, revisions: Sequence[Kept], keep: int | None) -> dict[RevisionId, str]:
        journal = self.store.journal
        state = fold(ServiceState(service=self.service), await journal.read(self.service))
        waiting = await journal.inbox(after=state.read, service=self.service)
        needs = needed(state, (request.command for request in waiting))
        names = [kept.revision.id for kept in revisions]
        return dict(standing(names, keep=keep or _wanted(revisions), needed=needs))

    def _found(self, revisions: Sequence[Kept], stay: dict[RevisionId, str]) -> Pruned:
        found = leftovers(self.home, self.service, stay)
        freed = sum(leftover.bytes for leftover in found)
        return Pruned(
            service=self.service,
            revisions=tuple(self._line(kept, stay.get(kept.revision.id)) for kept in revisions),
            leftovers=found,
            bytes=freed,
            bytes_left=size_of(self.home.service(self.service)) - freed,
        )

    def _line(self, kept: Kept, why: str | None) -> RevisionOnDisk:
        name, home = kept.revision.id, self.home.service(self.service)
        places = [self.home.files(self.service) / name, home / "logs" / plain(name), home / "jobs" / plain(name)]
        return RevisionOnDisk(
            number=kept.number,
            revision=name,
            version=kept.revision.version,
            bytes=sum(map(size_of, places)),
            goes=why is None,
            why=why or "older than what `keep` asks for",
        )


def _wanted(revisions: Sequence[Kept]) -> int:
    """What the newest revision was shipped with."""
    return msgspec.json.decode(revisions[-1].release, type=Release).keep if revisions else Release.keep
