"""The store in memory, on virtual time. It passes the same contract suite as the real one."""

from collections.abc import Callable, Mapping, Sequence

from shipway.errors import JournalConflict, LeaseLost
from shipway.model.command import Command, Request
from shipway.model.event import Entry, Event
from shipway.model.revision import Revision, RevisionId
from shipway.ports.clock import Clock
from shipway.ports.leases import Lease
from shipway.ports.revisions import Kept


class MemoryLeases:
    """Leases on the clock that is passed in."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.leases: dict[str, Lease] = {}

    async def acquire(self, service: str, owner: str, *, seconds: float) -> Lease | None:
        """See `ports.leases`."""
        now, before = self.clock.now(), self.leases.get(service)
        is_live = before is not None and before.expires_at > now
        if before is not None and is_live and before.owner != owner:
            return None
        token = (before.token if before else 0) + (0 if is_live else 1)
        lease = Lease(service=service, owner=owner, token=token, expires_at=now + seconds)
        self.leases[service] = lease
        return lease

    async def renew_all(self, owner: str, *, seconds: float) -> tuple[Lease, ...]:
        """See `ports.leases`."""
        live = [name for name, lease in self.leases.items() if lease.owner == owner and await self.holder(name)]
        renewed = [await self.acquire(name, owner, seconds=seconds) for name in live]
        return tuple(lease for lease in renewed if lease is not None)

    async def release(self, lease: Lease) -> None:
        """See `ports.leases`."""
        held = self.leases.get(lease.service)
        if held and (held.owner, held.token) == (lease.owner, lease.token):
            self.leases[lease.service] = Lease(
                service=lease.service, owner=lease.owner, token=lease.token, expires_at=float("-inf")
            )

    async def release_all(self, owner: str) -> None:
        """See `ports.leases`."""
        for lease in [lease for lease in self.leases.values() if lease.owner == owner]:
            await self.release(lease)

    async def holder(self, service: str) -> Lease | None:
        """See `ports.leases`."""
        lease = self.leases.get(service)
        return lease if lease and lease.expires_at > self.clock.now() else None

    def token(self, service: str) -> int:
        """The newest token given out."""
        lease = self.leases.get(service)
        return lease.token if lease else 0


class MemoryJournal:
    """Journals, inboxes and checkpoints. `before_append` may raise, to kill the writer there."""

    def __init__(self, clock: Clock, leases: MemoryLeases) -> None:
        self.clock, self.leases = clock, leases
        self.entries: dict[str, list[Entry]] = {}
        """All that was ever written; `read` gives what a compacted journal still holds of it."""
        self._compacted: dict[str, Entry] = {}
        self._forgotten: set[int] = set()
        self.tokens: list[tuple[float, int]] = []
        """When something was written, and with which token."""
        self.requests: list[Request] = []
        self.checkpoints: dict[str, dict[str, bytes]] = {}
        self.before_append: Callable[[Sequence[Event]], None] = lambda _: None
        self.after_append: Callable[[Sequence[Event]], None] = lambda _: None
        self.before_compact: Callable[[], None] = lambda: None
        self.after_compact: Callable[[], None] = lambda: None
        self.rewrite: Callable[[Event], Event] = lambda event: event
        """For a scenario that adds to what is written."""

    async def services(self) -> tuple[str, ...]:
        """See `ports.journal`."""
        return tuple(sorted({*self.entries, *(request.service for request in self.requests)}))

    async def read(self, service: str, *, after: int = 0) -> tuple[Entry, ...]:
        """See `ports.journal`."""
        begin = self._compacted.get(service)
        if begin is None or begin.position <= after:
            return tuple(self.entries.get(service, ())[after:])
        return (begin, *self.entries[service][begin.position :])

    async def append(self, service: str, events: Sequence[Event], *, length: int, token: int) -> tuple[Entry, ...]:
        """See `ports.journal`."""
        self.before_append(events)
        if token < self.leases.token(service):
            raise LeaseLost(f"{service}: a newer owner writes")
        journal = self.entries.get(service, [])
        if len(journal) != length:
            raise JournalConflict(f"{service}: the journal holds {len(journal)} entries, not {length}")
        if not events:
            return ()
        self.entries[service] = journal
        now = self.clock.now()
        written = tuple(
            Entry(length + number, now, self.rewrite(event)) for number, event in enumerate(events, start=1)
        )
        journal.extend(written)
        self.tokens.append((now, token))
        self.after_append(tuple(entry.event for entry in written))
        return written

    async def compact(self, service: str, entry: Entry, *, read: int, token: int) -> None:
        """See `ports.journal`."""
        self.before_compact()
        if token < self.leases.token(service):
            raise LeaseLost(f"{service}: a newer owner writes")
        first = self._compacted[service].position if service in self._compacted else 1
        if not first <= entry.position <= len(self.entries.get(service, ())):
            raise JournalConflict(f"{service}: the journal holds no entry {entry.position}")
        self._compacted[service] = entry
        obeyed = {request.id for request in self.requests if request.service == service and request.id <= read}
        self._forgotten |= obeyed - {len(self.requests)}
        self.after_compact()

    async def submit(self, service: str, command: Command, *, by: str) -> int:
        """See `ports.journal`."""
        request = Request(id=len(self.requests) + 1, service=service, at=self.clock.now(), by=by, command=command)
        self.requests.append(request)
        return request.id

    async def inbox(self, *, after: int, service: str | None = None) -> tuple[Request, ...]:
        """See `ports.journal`."""
        waiting = (one for one in self.requests[after:] if one.id not in self._forgotten)
        return tuple(request for request in waiting if service in (None, request.service))

    async def newest(self) -> int:
        """See `ports.journal`."""
        return len(self.requests)

    async def keep(self, service: str, name: str, value: bytes, *, token: int | None = None) -> None:
        """See `ports.journal`."""
        if token is not None and token < self.leases.token(service):
            raise LeaseLost(f"{service}: a newer owner keeps its checkpoints")
        self.checkpoints.setdefault(service, {})[name] = value

    async def kept(self, service: str) -> Mapping[str, bytes]:
        """See `ports.journal`."""
        return dict(self.checkpoints.get(service, {}))


class MemoryRevisions:
    """Revisions by service."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._kept: dict[str, dict[RevisionId, Kept]] = {}

    async def put(self, revision: Revision, release: bytes) -> Kept:
        """See `ports.revisions`."""
        of_service = self._kept.setdefault(revision.service, {})
        before = of_service.get(revision.id)
        kept = Kept(
            number=before.number if before else max((k.number for k in of_service.values()), default=0) + 1,
            at=before.at if before else self.clock.now(),
            revision=revision,
            release=release,
        )
        of_service[revision.id] = kept
        return kept

    async def get(self, service: str, revision: RevisionId) -> Kept | None:
        """See `ports.revisions`."""
        return self._kept.get(service, {}).get(revision)

    async def all(self, service: str) -> tuple[Kept, ...]:
        """See `ports.revisions`."""
        return tuple(sorted(self._kept.get(service, {}).values(), key=lambda kept: kept.number))

    async def forget(self, service: str, revisions: Sequence[RevisionId]) -> None:
        """See `ports.revisions`."""
        newest = max((kept.number for kept in self._kept.get(service, {}).values()), default=0)
        for name in revisions:
            kept = self._kept.get(service, {}).get(name)
            if kept is not None and kept.number < newest:
                del self._kept[service][name]
