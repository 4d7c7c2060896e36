"""Leases in SQL. A lease that ended keeps its row, so its token is never given out twice."""

from functools import cache, partial

from sqlalchemy import Connection, Double, Executable, bindparam, case, or_, select, update

from shipway.adapters.stores import rows
from shipway.adapters.stores.dialect import insert, store_now
from shipway.adapters.stores.lanes import Lanes
from shipway.adapters.stores.tables import LEASES
from shipway.ports.leases import Lease

RAN_OUT = 0.0
"""Any clock is past it, even one that was set back."""

_live = LEASES.c.expires_at > store_now()
_columns = select(LEASES.c.service, LEASES.c.owner, LEASES.c.token, LEASES.c.expires_at)

HOLDER = _columns.where(LEASES.c.service == bindparam("service"), _live)
OWNED = _columns.where(LEASES.c.owner == bindparam("owner"), _live).order_by(LEASES.c.service)
RENEW_ALL = (
    update(LEASES)
    .where(LEASES.c.owner == bindparam("holder"), _live)
    .values(expires_at=store_now() + bindparam("seconds", type_=Double))
)
RELEASE = (
    update(LEASES)
    .where(
        LEASES.c.service == bindparam("of_service"),
        LEASES.c.owner == bindparam("of_owner"),
        LEASES.c.token == bindparam("of_token"),
    )
    .values(expires_at=RAN_OUT)
)
RELEASE_ALL = update(LEASES).where(LEASES.c.owner == bindparam("of_owner")).values(expires_at=RAN_OUT)


class SqlLeases:
    """`ports.leases.Leases` over any SQL store.

    Nothing here needs to survive a power cut: it ends every process on the machine that could hold a token.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def acquire(self, service: str, owner: str, *, seconds: float) -> Lease | None:
        """See `ports.leases`."""
        return await self._lanes.write_lightly(partial(_acquire, service=service, owner=owner, seconds=seconds))

    async def renew_all(self, owner: str, *, seconds: float) -> tuple[Lease, ...]:
        """See `ports.leases`."""
        return await self._lanes.write_lightly(partial(_renew_all, owner=owner, seconds=seconds))

    async def release(self, lease: Lease) -> None:
        """See `ports.leases`."""
        await self._lanes.write_lightly(partial(_release, lease=lease))

    async def release_all(self, owner: str) -> None:
        """See `ports.leases`."""
        await self._lanes.write_lightly(partial(_release_all, owner=owner))

    async def holder(self, service: str) -> Lease | None:
        """See `ports.leases`."""
        return await self._lanes.read(partial(_holder, service=service))


def _acquire(connection: Connection, *, service: str, owner: str, seconds: float) -> Lease | None:
    statement = _acquisition(connection.dialect.name)
    connection.execute(statement, {"service": service, "owner": owner, "seconds": seconds})
    holder = _holder(connection, service=service)
    return holder if holder and holder.owner == owner else None


@cache
def _acquisition(dialect: str) -> Executable:
    """Takes a new lease, one that ran out, or our own; does nothing while another owner's is live."""
    statement = insert(LEASES, dialect=dialect).values(
        service=bindparam("service"),
        owner=bindparam("owner"),
        token=1,
        expires_at=store_now() + bindparam("seconds", type_=Double),
    )
    given = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["service"],
        set_={
            "owner": given.owner,
            "token": case((_live, LEASES.c.token), else_=LEASES.c.token + 1),
            "expires_at": given.expires_at,
        },
        where=or_(LEASES.c.owner == given.owner, ~_live),
    )


def _renew_all(connection: Connection, *, owner: str, seconds: float) -> tuple[Lease, ...]:
    connection.execute(RENEW_ALL, {"holder": owner, "seconds": seconds})
    return tuple(rows.lease(*row) for row in connection.execute(OWNED, {"owner": owner}))


def _release(connection: Connection, *, lease: Lease) -> None:
    ours = {"of_service": lease.service, "of_owner": lease.owner, "of_token": lease.token}
    connection.execute(RELEASE, ours)


def _holder(connection: Connection, *, service: str) -> Lease | None:
    row = connection.execute(HOLDER, {"service": service}).one_or_none()
    return rows.lease(*row) if row else None


def _release_all(connection: Connection, *, owner: str) -> None:
    connection.execute(RELEASE_ALL, {"of_owner": owner})
