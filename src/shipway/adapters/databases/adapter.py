"""A `Database` in any dialect. It is looked at in the background, and a look that hangs delays one tick, once."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, convert

from shipway.adapters.context import Context
from shipway.adapters.databases.asking import Asking
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.opening import dial, opened
from shipway.adapters.databases.work import Work
from shipway.adapters.web.credentials import Credentials
from shipway.errors import PortError, ShipwayError
from shipway.model.observed import Filling, SchemaState
from shipway.model.phase import Phase
from shipway.ports.clock import Clock
from shipway.schema.change_file import parse_change

if TYPE_CHECKING:
    from shipway.adapters.databases.journal import Walk
    from shipway.adapters.databases.session import Session

ANSWER_SECONDS, ACCEPT_SECONDS = 1.0, 5.0
"""A tick does not wait longer for a look; for a wish it does, since only a schema that moves forward has one."""
CONNECT_SECONDS = 2
USAGE_SECONDS, USAGE_PART = 5.0, 0.05
"""Between two looks at who needs an old shape, and the part of time that they may take: each reads all rows."""
JOIN_SECONDS = 5.0


class ChangeText(Struct, frozen=True, kw_only=True):
    """A change's file as it was when the release was asked for."""

    file: str
    text: str


class Options(Struct, frozen=True, kw_only=True):
    """Where, by reference, and what."""

    database: str
    directory: str
    changes: Mapping[str, ChangeText]


def build(options: Mapping[str, object], context: Context) -> "SqlDatabase":
    """As `migrating.database_chosen` writes them."""
    read = convert(options, Options)
    references = Credentials({"database": read.database}, directory=Path(read.directory))
    store = f"{socket.gethostname()}:{context.home}/{context.service}"

    def url() -> str:
        return references.read()["database"]

    changes = {name: parse_change(one.text, file=one.file) for name, one in read.changes.items()}
    works = {name: Work(url, change, store) for name, change in changes.items()}
    return SqlDatabase(url, works, store, context.clock)


class SqlDatabase:
    """The changes of one service on one database."""

    def __init__(self, url: Callable[[], str], works: Mapping[str, Work], store: str, clock: Clock) -> None:
        self._url, self._works, self._store, self._clock = url, works, store, clock
        self._session: Session | None = None
        self._asking = Asking()
        self._used: dict[str, tuple[float, tuple[str, ...]]] = {}
        """Until when it counts, and what was found."""

    async def observe(self) -> SchemaState:
        """The phases that are fully reached. Raises `PortError`."""
        return await self._asking.in_time("look", self._observe, seconds=ANSWER_SECONDS)

    async def advance(self, change: str, phase: Phase, *, generation: int) -> None:
        """Have it reached by a job. Raises `StaleGeneration`, `PortError`."""
        work = self._work(change)
        await self._asking.in_time(f"ask {change}", lambda: work.ask(phase, generation), seconds=ACCEPT_SECONDS)

    async def revert(self, change: str, *, generation: int) -> None:
        """By a person's wish only, after new code is gone. Raises `PortError`."""
        await asyncio.to_thread(self._revert, self._work(change), generation)

    async def usage(self, change: str) -> tuple[str, ...]:
        """What its proofs say, as it was found a while ago. Raises `PortError`."""
        seen, work = self._used.get(change), self._work(change)
        if seen is None or time.monotonic() >= seen[0]:
            with contextlib.suppress(DatabaseError):  # a large table takes longer; what is found is kept
                await self._asking.in_time(f"usage {change}", lambda: self._use(work), seconds=ANSWER_SECONDS)
        return self._used.get(change, (0.0, (f"who needs the old shape of {change} is being looked at",)))[1]

    def hold(self, why: str) -> None:
        """No backfill writes a row while there is a reason."""
        for work in self._works.values():
            work.held = why

    def rest(self) -> None:
        """No job goes on beyond its next step or batch."""
        self._used.clear()
        for work in self._works.values():
            work.rest()

    async def close(self) -> None:
        """End the jobs; who asks again has them go on."""
        self.rest()
        for work in self._works.values():
            await asyncio.to_thread(work.join, JOIN_SECONDS)
        if self._session is not None:
            self._session.close()

    def _work(self, change: str) -> Work:
        if change in self._works:
            return self._works[change]
        raise PortError(f"The release file does not name the change {change}.", fix="Deploy with it once more.")

    def _observe(self) -> SchemaState:
        from shipway.adapters.databases import journal, pauses, wishes

        session = self._looking()
        with _told():
            records = {name: journal.record(session, name) for name in self._works}
            walks = {name: journal.walks(session, name) for name, record in records.items() if record}
            waits = {name: pauses.waits(session, name) for name in walks}
            generations = wishes.newest(session, self._store)
        said = {name: work.said for name, work in self._works.items() if work.said}
        return SchemaState(
            at=self._clock.now(),
            phases={name: record.phase for name, record in records.items() if record},
            generations={f"schema:{name}": generation for name, generation in generations.items()},
            filling={name: _filling(found) for name, found in walks.items() if not all(w.is_done for w in found)},
            paused={name: wait for name, wait in waits.items() if wait is not None},
            said=said,
        )

    def _looking(self) -> "Session":
        """One connection for all looks, made anew when it broke."""
        if self._session is None or self._session.is_broken:
            self._session = dial(
                self._url(), purpose="schema watch", where="schema.database", seconds=CONNECT_SECONDS
            )
            self._session.limit(CONNECT_SECONDS)
        return self._session

    def _use(self, work: Work) -> None:
        began = time.monotonic()
        found, ended = self._usage(work), time.monotonic()
        self._used[work.change.name] = (ended + max(USAGE_SECONDS, (ended - began) / USAGE_PART), found)

    def _usage(self, work: Work) -> tuple[str, ...]:
        from shipway.adapters.databases import journal, proofs
        from shipway.adapters.databases.runner import Runner

        with _told(), opened(self._url(), purpose="schema usage", where="schema.database") as session:
            change = work.change
            record = journal.record(session, change.name)
            over = record.phase_at + change.hold_seconds if record else 0.0
            if record and record.phase == Phase.SWITCHED and record.age_seconds < change.hold_seconds:
                return (f"the hold of {change.name} lasts until {_utc(over)}",)
            evidence = Runner(session, change, told=lambda what: None).evidence()
        return proofs.missing(evidence)

    def _revert(self, work: Work, generation: int) -> None:
        from shipway.adapters.databases import wishes
        from shipway.adapters.databases.runner import Runner

        work.rest()
        work.join(JOIN_SECONDS)
        with _told(), opened(self._url(), purpose="schema revert", where="schema.database") as session:
            wishes.accept(session, work.change.name, self._store, Phase.ABSENT, generation)
            Runner(session, work.change, told=lambda what: None).revert()


def _filling(walks: "list[Walk]") -> Filling:
    return Filling(
        walked=sum(walk.rows_walked for walk in walks),
        total=sum(max(walk.rows_total, walk.rows_walked) for walk in walks),
        seconds=sum(walk.seconds for walk in walks),
    )


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


@contextlib.contextmanager
def _told() -> "Iterator[None]":
    """Whatever is wrong is a `PortError`, as ports have it."""
    try:
        yield
    except PortError:
        raise
    except ShipwayError as error:
        raise PortError(error.what, where=error.where, why=error.why, fix=error.fix) from error
