"""Flags in SQL: what holds, and every change of it."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from shipway.adapters.flag_store.tables import CHANGES, ENTRIES, ENVIRONMENTS
from shipway.adapters.flag_store.values import Author, Changed, Environment, Loaded, Superseded
from shipway.adapters.stores.lanes import Lanes
from shipway.flags.state import KINDS, Change, state_of

TRAIL_MAX = 1_000


class SqlEntries:
    """Environments, their entries and their audit trail."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def environments(self) -> tuple[Environment, ...]:
        """All of them, by name."""
        return await self._lanes.read(_environments)

    async def add(self, environment: Environment) -> None:
        """Another environment, or another rule for one that is there; flags stay as they are."""
        await self._lanes.write(partial(_add, environment=environment))

    async def load(self, environment: str) -> Loaded | None:
        """Everything of one environment; none where there is none."""
        return await self._lanes.read(partial(_load, name=environment))

    async def append(self, before: Loaded, changes: Sequence[Change], author: Author) -> int:
        """Write changes as the next revision, which is returned.

        Raises `Superseded` where the environment is not at the revision of `before` any more.
        """
        return await self._lanes.write(partial(_append, before=before, changes=tuple(changes), author=author))

    async def trail(self, environment: str, *, name: str | None, before: int | None, limit: int) -> list[Changed]:
        """The audit trail, newest first: of one entry or of all, before a revision."""
        rows = select(CHANGES).where(CHANGES.c.environment == environment)
        if name is not None:
            rows = rows.where(CHANGES.c.name == name)
        if before is not None:
            rows = rows.where(CHANGES.c.revision < before)
        rows = rows.order_by(CHANGES.c.revision.desc(), CHANGES.c.kind, CHANGES.c.name).limit(
            min(limit, TRAIL_MAX)
        )
        return await self._lanes.read(
            lambda connection: [_changed(dict(row)) for row in connection.execute(rows).mappings()]
        )


def _environments(connection: Connection) -> tuple[Environment, ...]:
    rows = connection.execute(select(ENVIRONMENTS).order_by(ENVIRONMENTS.c.name)).mappings()
    return tuple(Environment(**row) for row in rows)


def _add(connection: Connection, *, environment: Environment) -> None:
    rule = {"needs_approval": environment.needs_approval}
    known = update(ENVIRONMENTS).where(ENVIRONMENTS.c.name == environment.name).values(rule)
    if connection.execute(known).rowcount == 0:
        connection.execute(insert(ENVIRONMENTS), {"name": environment.name, "revision": 0, **rule})


def _load(connection: Connection, *, name: str) -> Loaded | None:
    found = next((one for one in _environments(connection) if one.name == name), None)
    if found is None:
        return None
    rows = connection.execute(select(ENTRIES).where(ENTRIES.c.environment == name)).all()
    document: dict[str, dict[str, object]] = {kind: {} for kind in KINDS}
    for row in rows:
        document[row.kind][row.name] = msgspec.json.decode(row.body)
    versions = {(row.kind, row.name): row.version for row in rows}
    return Loaded(environment=found, state=state_of(document), versions=versions)


def _append(connection: Connection, *, before: Loaded, changes: tuple[Change, ...], author: Author) -> int:
    environment, revision = before.environment.name, before.environment.revision + 1
    at_this = (ENVIRONMENTS.c.name == environment, ENVIRONMENTS.c.revision == revision - 1)
    moved = connection.execute(update(ENVIRONMENTS).where(*at_this).values(revision=revision))
    if moved.rowcount != 1:
        raise Superseded(
            "somebody else has changed these flags meanwhile",
            where=environment,
            why="Their change is newer than what this one was made from; nothing was written.",
            fix="Read the flag again, then repeat the change.",
        )
    for change in changes:
        _write(connection, change, environment=environment, revision=revision)
    connection.execute(insert(CHANGES), list(_lines(before, changes, author)))
    return revision


def _write(connection: Connection, change: Change, *, environment: str, revision: int) -> None:
    key = {"environment": environment, "kind": change.kind, "name": change.name}
    connection.execute(delete(ENTRIES).where(*(ENTRIES.c[column] == value for column, value in key.items())))
    if change.body is not None:
        body = msgspec.json.encode(change.body).decode()
        connection.execute(insert(ENTRIES), {**key, "version": revision, "body": body})


def _lines(before: Loaded, changes: Iterable[Change], author: Author) -> Iterable[dict[str, object]]:
    for change in changes:
        former = before.state.document[change.kind].get(change.name)
        yield {
            "environment": before.environment.name,
            "revision": before.environment.revision + 1,
            "kind": change.kind,
            "name": change.name,
            "at": author.at,
            "by": author.by,
            "why": author.why,
            "before": _text(former),
            "after": _text(change.body),
        }


def _text(body: object) -> str | None:
    return None if body is None else msgspec.json.encode(body).decode()


def _changed(fields: dict[str, Any]) -> Changed:
    for side in ("before", "after"):
        fields[side] = None if fields[side] is None else msgspec.json.decode(fields[side])
    return Changed(**fields)
