"""Lets go what is older than anybody wants to know, a little at a time, so that a kill never waits for it."""

from functools import partial

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select

from shipway.adapters.flag_store.tables import CHANGES, EXPOSURES, PROPOSALS, TOKENS, USERS
from shipway.adapters.flag_store.values import Retention
from shipway.adapters.stores.lanes import Lanes

ROWS_AT_ONCE = 2_000
"""What one transaction takes away, about."""
ROUNDS_MAX = 1_000
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400


class SqlRoom:
    """What a store keeps for a time only."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def make(self, environment: str, keeps: Retention, now: float) -> int:
        """Let go what is over in one environment; how many rows went."""
        total = 0
        for table, end in ((CHANGES, "revision"), (EXPOSURES, "hour"), (USERS, "day")):
            for _ in range(ROUNDS_MAX):
                over = partial(_over, table=table, environment=environment, keeps=keeps, now=now)
                gone = await self._lanes.write(partial(_go, table=table, end=end, over=over))
                total += gone
                if not gone:
                    break
        return total

    async def closed(self, keeps: Retention, now: float) -> int:
        """Let go proposals that were decided on and tokens that were revoked; how many went."""
        return await self._lanes.write(partial(_closed, before=now - keeps.changes_seconds))


def _over(
    connection: Connection, *, table: Table, environment: str, keeps: Retention, now: float
) -> ColumnElement[bool]:
    """Which rows are over."""
    here = table.c.environment == environment
    if table is EXPOSURES:
        return and_(here, table.c.hour < int((now - keeps.exposures_seconds) // HOUR_SECONDS))
    if table is USERS:
        return and_(here, table.c.day < int((now - keeps.exposures_seconds) // DAY_SECONDS))
    newest = select(table.c.revision).where(here).order_by(table.c.revision.desc())
    first, last = (connection.scalar(newest.offset(many).limit(1)) for many in (0, keeps.changes_max))
    too_many = and_(table.c.revision <= (last or 0), table.c.revision < (first or 0))
    return and_(here, too_many | (table.c.at < now - keeps.changes_seconds))


def _go(connection: Connection, *, table: Table, end: str, over: "partial[ColumnElement[bool]]") -> int:
    """The oldest of those that are over; rows of one revision, hour or day go together."""
    which, column = over(connection), table.c[end]
    oldest = select(column).where(which).order_by(column)
    bound = connection.scalar(oldest.offset(ROWS_AT_ONCE).limit(1))
    if bound is None:
        bound = connection.scalar(select(func.max(column)).where(which))
    if bound is None:
        return 0
    return connection.execute(delete(table).where(which, column <= bound)).rowcount


def _closed(connection: Connection, *, before: float) -> int:
    proposals = delete(PROPOSALS).where(PROPOSALS.c.state != "open", PROPOSALS.c.decided_at < before)
    tokens = delete(TOKENS).where(TOKENS.c.revoked_at < before)
    return connection.execute(proposals).rowcount + connection.execute(tokens).rowcount
