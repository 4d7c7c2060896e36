"""The journal, the inbox and the checkpoints, in SQL."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, Row, Text, bindparam, delete, func, select, update

from shipway.adapters.stores import rows
from shipway.adapters.stores.dialect import insert, store_now, upsert
from shipway.adapters.stores.lanes import Lanes
from shipway.adapters.stores.tables import CHECKPOINTS, ENTRIES, LEASES, REQUESTS, SERVICES
from shipway.errors import JournalConflict, LeaseLost
from shipway.model.command import Command, Request
from shipway.model.event import Entry, Event

NAMED = bindparam("service", type_=Text)
_length = select(SERVICES.c.length).where(SERVICES.c.name == NAMED).scalar_subquery()
_token = select(LEASES.c.token).where(LEASES.c.service == NAMED).scalar_subquery()

STANDING = select(
    store_now().label("now"),
    func.coalesce(_length, 0).label("length"),
    func.coalesce(_token, 0).label("token"),
)
TOKEN = select(func.coalesce(_token, 0))
READ = (
    select(ENTRIES.c.position, ENTRIES.c.at, ENTRIES.c.event)
    .where(ENTRIES.c.service == NAMED, ENTRIES.c.position > bindparam("after"))
    .order_by(ENTRIES.c.position)
)
INBOX = (
    select(REQUESTS.c.id, REQUESTS.c.service, REQUESTS.c.at, REQUESTS.c.by, REQUESTS.c.command)
    .where(REQUESTS.c.id > bindparam("after"))
    .order_by(REQUESTS.c.id)
)
INBOX_OF_ONE = INBOX.where(REQUESTS.c.service == NAMED)
NEWEST = select(func.coalesce(func.max(REQUESTS.c.id), 0))
STAND_FOR = (
    update(ENTRIES)
    .where(ENTRIES.c.service == bindparam("of_service"), ENTRIES.c.position == bindparam("at_position"))
    .values(event=bindparam("by_event"))
)
DROP = delete(ENTRIES).where(ENTRIES.c.service == NAMED, ENTRIES.c.position < bindparam("before"))
FORGET = delete(REQUESTS).where(
    REQUESTS.c.service == NAMED,
    REQUESTS.c.id <= bindparam("read"),
    REQUESTS.c.id < select(func.max(REQUESTS.c.id)).scalar_subquery(),
)
"""The newest stays: its number is what a controller that starts listens from."""
ALL_SERVICES = select(SERVICES.c.name).order_by(SERVICES.c.name)
KEPT = select(CHECKPOINTS.c.name, CHECKPOINTS.c.value).where(CHECKPOINTS.c.service == NAMED)


class SqlJournal:
    """`ports.journal.Journal` over any SQL store."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def services(self) -> tuple[str, ...]:
        """See `ports.journal`."""
        return await self._lanes.read(_services)

    async def read(self, service: str, *, after: int = 0) -> tuple[Entry, ...]:
        """See `ports.journal`."""
        return await self._lanes.read(partial(_read, service=service, after=after))

    async def append(self, service: str, events: Sequence[Event], *, length: int, token: int) -> tuple[Entry, ...]:
        """See `ports.journal`."""
        texts = [rows.event_text(event) for event in events]
        return await self._lanes.write(partial(_append, service=service, texts=texts, length=length, token=token))

    async def compact(self, service: str, entry: Entry, *, read: int, token: int) -> None:
        """See `ports.journal`."""
        await self._lanes.write(partial(_compact, service=service, entry=entry, read=read, token=token))

    async def submit(self, service: str, command: Command, *, by: str) -> int:
        """See `ports.journal`."""
        text = rows.command_text(command)
        return await self._lanes.write(partial(_submit, service=service, text=text, by=by))

    async def inbox(self, *, after: int, service: str | None = None) -> tuple[Request, ...]:
        """See `ports.journal`."""
        return await self._lanes.read(partial(_inbox, after=after, service=service))

    async def newest(self) -> int:
        """See `ports.journal`."""
        return await self._lanes.read(_newest)

    async def keep(self, service: str, name: str, value: bytes, *, token: int | None = None) -> None:
        """See `ports.journal`."""
        await self._lanes.write_lightly(partial(_keep, service=service, name=name, value=value, token=token))

    async def kept(self, service: str) -> Mapping[str, bytes]:
        """See `ports.journal`."""
        return await self._lanes.read(partial(_kept, service=service))


def _services(connection: Connection) -> tuple[str, ...]:
    return tuple(connection.execute(ALL_SERVICES).scalars())


def _read(connection: Connection, *, service: str, after: int) -> tuple[Entry, ...]:
    found = connection.execute(READ, {"service": service, "after": after})
    return tuple(rows.entry(service, position, at, text) for position, at, text in found)


def _append(
    connection: Connection, *, service: str, texts: Sequence[str], length: int, token: int
) -> tuple[Entry, ...]:
    standing = connection.execute(STANDING, {"service": service}).one()
    _refuse_stale(standing, service=service, length=length, token=token)
    if not texts:
        return ()
    written = [
        {"service": service, "position": position, "at": standing.now, "event": text}
        for position, text in enumerate(texts, start=length + 1)
    ]
    _set_length(connection, service=service, length=length + len(texts))
    connection.execute(ENTRIES.insert(), written)
    return tuple(rows.entry(service, row["position"], row["at"], row["event"]) for row in written)


def _refuse_stale(standing: Row[float, int, int], *, service: str, length: int, token: int) -> None:
    _refuse_former(standing.token, service=service, token=token)
    if standing.length != length:
        raise JournalConflict(
            f"the journal of {service} is not as long as was believed",
            where=f"the journal of {service}",
            why=f"it holds {standing.length} entries and not {length}; nothing was written",
            fix="read it again, then decide again",
        )


def _refuse_former(newest: int, *, service: str, token: int) -> None:
    if newest > token:
        raise LeaseLost(
            f"another controller owns {service} now",
            where=f"the journal of {service}",
            why=f"token {newest} was given out after ours, {token}; nothing was written",
            fix="none is needed: the new owner goes on from the journal",
        )


def _compact(connection: Connection, *, service: str, entry: Entry, read: int, token: int) -> None:
    newest = connection.execute(TOKEN, {"service": service}).scalar_one()
    _refuse_former(newest, service=service, token=token)
    text = rows.event_text(entry.event)
    standing = {"of_service": service, "at_position": entry.position, "by_event": text}
    if connection.execute(STAND_FOR, standing).rowcount != 1:
        raise JournalConflict(
            f"the journal of {service} has no entry {entry.position}",
            where=f"the journal of {service}",
            why="another controller has compacted it further; nothing was written",
            fix="read it again, then decide again",
        )
    connection.execute(DROP, {"service": service, "before": entry.position})
    connection.execute(FORGET, {"service": service, "read": read})


def _set_length(connection: Connection, *, service: str, length: int) -> None:
    statement = upsert(SERVICES, dialect=connection.dialect.name)
    connection.execute(statement, {"name": service, "length": length})


def _submit(connection: Connection, *, service: str, text: str, by: str) -> int:
    known = insert(SERVICES, dialect=connection.dialect.name).on_conflict_do_nothing()
    connection.execute(known, {"name": service, "length": 0})
    at = connection.execute(select(store_now())).scalar_one()
    added = connection.execute(REQUESTS.insert(), {"service": service, "at": at, "by": by, "command": text})
    assert added.inserted_primary_key is not None
    return int(added.inserted_primary_key[0])


def _inbox(connection: Connection, *, after: int, service: str | None) -> tuple[Request, ...]:
    statement = INBOX if service is None else INBOX_OF_ONE
    found = connection.execute(statement, {"after": after, "service": service})
    return tuple(rows.request(*row) for row in found)


def _newest(connection: Connection) -> int:
    return int(connection.execute(NEWEST).scalar_one())


def _keep(connection: Connection, *, service: str, name: str, value: bytes, token: int | None) -> None:
    if token is not None:
        newest = connection.execute(TOKEN, {"service": service}).scalar_one()
        _refuse_former(newest, service=service, token=token)
    statement = upsert(CHECKPOINTS, dialect=connection.dialect.name)
    connection.execute(statement, {"service": service, "name": name, "value": value})


def _kept(connection: Connection, *, service: str) -> dict[str, bytes]:
    return {row.name: row.value for row in connection.execute(KEPT, {"service": service})}
