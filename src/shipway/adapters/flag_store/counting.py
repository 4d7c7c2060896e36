"""What programs have counted, in SQL: answers by the hour, users by the day."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, RowMapping, insert, select, update

from shipway.adapters.flag_store.tables import EXPOSURES, USERS
from shipway.adapters.flag_store.values import Exposure, Told
from shipway.adapters.stores.lanes import Lanes
from shipway.flags import distinct

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
Key = Mapping[str, str | int]
Line = tuple[str, str]


class SqlCounts:
    """How often flags were answered how, and to how many users."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def count(self, environment: str, told: Sequence[Told], at: float) -> None:
        """Add to the counts of this hour and to the users of this day; a power cut may lose the last ones."""
        await self._lanes.write_lightly(partial(_count, environment=environment, told=tuple(told), at=at))

    async def exposures(self, environment: str, *, since: float) -> list[Exposure]:
        """What was counted from an hour on, summed; users from that hour's day on."""
        return await self._lanes.read(partial(_exposures, environment=environment, since=since))


def _count(connection: Connection, *, environment: str, told: tuple[Told, ...], at: float) -> None:
    for one in told:
        line = {"environment": environment, "flag": one.flag, "variant": one.variant}
        _add(connection, {**line, "hour": int(at // HOUR_SECONDS)}, one.count)
        if one.registers is not None:
            _join(connection, {**line, "day": int(at // DAY_SECONDS)}, one.registers)


def _add(connection: Connection, key: Key, count: int) -> None:
    more = update(EXPOSURES).where(*(EXPOSURES.c[name] == value for name, value in key.items()))
    if connection.execute(more.values(count=EXPOSURES.c["count"] + count)).rowcount == 0:
        connection.execute(insert(EXPOSURES), {**key, "count": count})


def _join(connection: Connection, key: Key, registers: bytes) -> None:
    here = [USERS.c[name] == value for name, value in key.items()]
    before = connection.scalar(select(USERS.c.registers).where(*here).with_for_update())
    if before is None:
        connection.execute(insert(USERS), {**key, "registers": distinct.packed(registers)})
        return
    after = distinct.joined(distinct.unpacked(before), registers)
    connection.execute(update(USERS).where(*here).values(registers=distinct.packed(after)))


def _exposures(connection: Connection, *, environment: str, since: float) -> list[Exposure]:
    hours = select(EXPOSURES).where(
        EXPOSURES.c.environment == environment, EXPOSURES.c.hour >= int(since // HOUR_SECONDS)
    )
    days = select(USERS).where(USERS.c.environment == environment, USERS.c.day >= int(since // DAY_SECONDS))
    users = _users(connection.execute(days).mappings())
    sums: dict[Line, int] = {}
    for row in connection.execute(hours).mappings():
        line = (row["flag"], row["variant"])
        sums[line] = sums.get(line, 0) + row["count"]
    return [
        Exposure(flag=line[0], variant=line[1], count=count, users=users.get(line))
        for line, count in sorted(sums.items())
    ]


def _users(rows: Iterable[RowMapping]) -> dict[Line, int]:
    joined: dict[Line, bytes] = {}
    for row in rows:
        line = (row["flag"], row["variant"])
        joined[line] = distinct.joined(joined.get(line, distinct.NOBODY), distinct.unpacked(row["registers"]))
    return {line: distinct.estimate(registers) for line, registers in joined.items()}
