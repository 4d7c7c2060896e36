"""Rows of a change, counted instead of estimated."""

from msgspec import Struct

from shipway.adapters.databases.runner import Runner
from shipway.schema.operations.built import Built
from shipway.schema.table import Table


class Exact(Struct, frozen=True, kw_only=True):
    """One table, as it is now."""

    table: str
    """In SQL."""
    total: int
    left: int
    """Rows that are not in the new shape, or say something else in it."""

    @property
    def migrated(self) -> int:
        """Rows that are right in both shapes."""
        return max(0, self.total - self.left)


def exact(runner: Runner) -> tuple[Exact, ...]:
    """For each operation that fills rows. Reads every row, and stops nobody. Raises `ShipwayError`."""
    tables = runner.tables()
    built = zip(runner.build(tables), tables, strict=True)
    return tuple(_counted(runner, one, table) for one, table in built if one.backfill is not None)


def _counted(runner: Runner, one: Built, table: Table) -> Exact:
    def count(query: str) -> int:
        return int(str(runner.session.rows(query)[0][0]))

    return Exact(
        table=table.sql,
        total=count(f"SELECT count(*) FROM {table.sql}"),
        left=sum(count(check.query) for check in one.verify),
    )
