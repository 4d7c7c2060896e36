"""One environment in memory: what holds, compiled, and how it changes."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from shipway.adapters.flag_store.entries import SqlEntries
from shipway.adapters.flag_store.values import Author, Environment, Key, Loaded, Superseded
from shipway.flags.evaluate import Evaluator, compile_file
from shipway.flags.meaning import USER
from shipway.flags.schedule import as_of, next_change
from shipway.flags.state import KINDS, Change, State
from shipway.server.flags.feed import Feed

TRIES_MAX = 5
JUST_SECONDS = 60.0
"""Between an evaluation and the stream that its answer names lies less, unless a page sleeps."""

Make = Callable[[Loaded], Sequence[Change]]
"""From what holds to what shall be changed; raises where it cannot be."""
Told = Callable[[Loaded, Sequence[Change], Author], None]


class Quick:
    """A flag whose written answers are found by the decision alone: those of flags without variants."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator, self.decide = evaluator, evaluator.decide
        self.is_plain = not evaluator.flag.variants and evaluator.flag.rollout.by == USER
        self.answers: dict[int, bytes] = {}


class Live:
    """Flags that are asked and changed. Readers never wait; writers wait for each other."""

    def __init__(self, loaded: Loaded, entries: SqlEntries, *, store: str) -> None:
        self.store = store
        self.told: list[Told] = []
        self._entries = entries
        self._writing = asyncio.Lock()
        self.changes = Feed(loaded.environment.revision)
        """For SDKs: each event is what was changed."""
        self.refetches = Feed(0)
        """For OFREP: each event says that answers may have changed."""
        self.generation = 0
        self._full: bytes | None = None
        self._take(loaded)

    @property
    def environment(self) -> Environment:
        """As it is now."""
        return self.loaded.environment

    @property
    def tag(self) -> str:
        """Names the configuration, scheduled changes included: another one after each change."""
        return f"{self.store}-{self.environment.revision}-{self._due}"

    async def change(self, make: Make, author: Author) -> Loaded:
        """Change something durably, then everywhere. Raises what `make` raises, `InputErrors` and `Superseded`."""
        async with self._writing:
            for _ in range(TRIES_MAX):
                before = self.loaded
                changes = [change for change in make(before) if _differs(before, change)]
                if not changes:
                    return before
                state = before.state.changed(changes)
                try:
                    revision = await self._entries.append(before, changes, author)
                except Superseded:
                    await self._reload()
                    continue
                self._publish(_after(before, revision, changes, state), changes)
                for tell in self.told:
                    tell(self.loaded, changes, author)
                return self.loaded
        raise Superseded(
            "these flags change faster than this change could be made",
            where=self.environment.name,
            why=f"{TRIES_MAX} times somebody else was first; nothing was written.",
            fix="Repeat the change.",
        )

    async def refresh(self, stored: Environment) -> None:
        """Take what another process has written, and scheduled changes whose time has come."""
        if stored != self.environment:
            async with self._writing:
                await self._reload()
        if self._next_change is not None and time.time() >= self._next_change:
            self._take(self.loaded)
            self._say_refetch()

    async def _reload(self) -> None:
        found = await self._entries.load(self.environment.name)
        if found is None or found.environment == self.environment:
            return
        changes = list(_between(self.loaded, found))
        if changes:
            self._publish(found, changes)
        else:
            self._take(found)

    def _publish(self, loaded: Loaded, changes: Sequence[Change]) -> None:
        self._take(loaded)
        revision = loaded.environment.revision
        self.changes.publish(revision, event("change", self.event_id, change_data(revision, changes)))
        self._say_refetch()

    def _say_refetch(self) -> None:
        self.generation += 1
        self.refetches.publish(self.generation, self._refetch())

    def _refetch(self) -> bytes:
        data = {"type": "refetchEvaluation", "etag": self.tag, "lastModified": int(time.time())}
        return event("message", self.tag, msgspec.json.encode(data))

    def greeting(self, last: str | None, now: float) -> list[bytes]:
        """What a reader of the refetches gets first: where it stands, which it says when it comes again, and a
        refetch where it may have missed one. `last` is its `Last-Event-ID`; a new one has asked just before."""
        has_missed = last != self.tag if last is not None else now - self._taken_at < JUST_SECONDS
        stands = b"id: %s\n\n" % self.tag.encode()
        return [b": welcome\n\n", stands, *([self._refetch()] if has_missed else [])]

    @property
    def event_id(self) -> str:
        """Where a reader of the SDK's stream stands."""
        return f"{self.store}-{self.environment.revision}"

    def full(self) -> bytes:
        """The whole state as one event, made once for each revision."""
        if self._full is None:
            revision = self.environment.revision
            data = {"environment": self.environment.name, "revision": revision, **self.loaded.state.document}
            self._full = event("state", self.event_id, msgspec.json.encode(data))
        return self._full

    def _take(self, loaded: Loaded) -> None:
        now = self._taken_at = time.time()
        self.loaded = loaded
        self.evaluators: Mapping[str, Evaluator] = compile_file(as_of(loaded.state.file, now))
        self.quick = {name: Quick(evaluator) for name, evaluator in self.evaluators.items()}
        self._next_change = next_change(loaded.state.file, now)
        self._due = sum(one.at <= now for flag in loaded.state.file.features.values() for one in flag.schedule)
        self._full = None
        self.answers: dict[tuple[str, int, str | None], bytes] = {}
        """Written answers of these evaluators, kept for the next one who gets the same."""


def event(kind: str, id: str, data: bytes) -> bytes:
    """One event of an event stream (html.spec.whatwg.org, section 9.2); the data is one line."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (id.encode(), kind.encode(), data)


def change_data(revision: int, changes: Sequence[Change]) -> bytes:
    """What an SDK applies to the revision before."""
    said = [{"kind": change.kind, "name": change.name, "body": change.body} for change in changes]
    return msgspec.json.encode({"revision": revision, "changes": said})


def _differs(loaded: Loaded, change: Change) -> bool:
    before = loaded.state.document[change.kind].get(change.name)
    return before != change.body or msgspec.json.encode(before) != msgspec.json.encode(change.body)


def _after(before: Loaded, revision: int, changes: Sequence[Change], state: State) -> Loaded:
    versions: dict[Key, int] = dict(before.versions)
    for change in changes:
        versions.pop((change.kind, change.name), None)
        if change.body is not None:
            versions[change.kind, change.name] = revision
    environment = msgspec.structs.replace(before.environment, revision=revision)
    return Loaded(environment=environment, state=state, versions=versions)


def _between(before: Loaded, after: Loaded) -> list[Change]:
    """What another process must have changed."""
    made = []
    for kind in KINDS:
        old, new = before.state.document[kind], after.state.document[kind]
        made += [Change(kind=kind, name=name, body=None) for name in old if name not in new]
        made += [
            Change(kind=kind, name=name, body=body)
            for name, body in new.items()
            if before.versions.get((kind, name)) != after.versions[kind, name]
        ]
    return made
