"""Kept revisions in SQL."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection, bindparam, delete, func, select, update

from shipway.adapters.stores import rows
from shipway.adapters.stores.dialect import store_now
from shipway.adapters.stores.lanes import Lanes
from shipway.adapters.stores.tables import REVISIONS
from shipway.model.revision import Revision, RevisionId
from shipway.ports.revisions import Kept

NAMED = REVISIONS.c.service == bindparam("service")
_columns = select(REVISIONS.c.number, REVISIONS.c.at, REVISIONS.c.revision, REVISIONS.c.release)

ALL = _columns.where(NAMED).order_by(REVISIONS.c.number)
BY_ID = _columns.where(NAMED, REVISIONS.c.id == bindparam("id"))
NEXT = select(store_now(), func.coalesce(func.max(REVISIONS.c.number), 0) + 1).where(NAMED)
RESHIP = (
    update(REVISIONS)
    .where(REVISIONS.c.service == bindparam("of_service"), REVISIONS.c.id == bindparam("of_id"))
    .values(release=bindparam("with_release"))
)


class SqlRevisions:
    """`ports.revisions.Revisions` over any SQL store."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def put(self, revision: Revision, release: bytes) -> Kept:
        """See `ports.revisions`."""
        text = rows.revision_text(revision)
        return await self._lanes.write(partial(_put, revision=revision, text=text, release=release))

    async def get(self, service: str, revision: RevisionId) -> Kept | None:
        """See `ports.revisions`."""
        return await self._lanes.read(partial(_get, service=service, id=revision))

    async def all(self, service: str) -> tuple[Kept, ...]:
        """See `ports.revisions`."""
        return await self._lanes.read(partial(_all, service=service))

    async def forget(self, service: str, revisions: Sequence[RevisionId]) -> None:
        """See `ports.revisions`."""
        await self._lanes.write(partial(_forget, service=service, ids=tuple(revisions)))


def _put(connection: Connection, *, revision: Revision, text: str, release: bytes) -> Kept:
    service, id = revision.service, revision.id
    if _get(connection, service=service, id=id):
        connection.execute(RESHIP, {"of_service": service, "of_id": id, "with_release": release})
    else:
        at, number = connection.execute(NEXT, {"service": service}).one()
        row = {"service": service, "number": number, "id": id, "at": at, "revision": text, "release": release}
        connection.execute(REVISIONS.insert(), row)
    kept = _get(connection, service=service, id=id)
    assert kept is not None
    return kept


def _get(connection: Connection, *, service: str, id: RevisionId) -> Kept | None:
    row = connection.execute(BY_ID, {"service": service, "id": id}).one_or_none()
    return rows.kept(service, *row) if row else None


def _all(connection: Connection, *, service: str) -> tuple[Kept, ...]:
    return tuple(rows.kept(service, *row) for row in connection.execute(ALL, {"service": service}))


def _forget(connection: Connection, *, service: str, ids: Sequence[RevisionId]) -> None:
    """The newest stays, so that the next number is a new one."""
    newest = select(func.max(REVISIONS.c.number)).where(NAMED).scalar_subquery()
    statement = delete(REVISIONS).where(NAMED, REVISIONS.c.id.in_(ids), REVISIONS.c.number < newest)
    connection.execute(statement, {"service": service})
