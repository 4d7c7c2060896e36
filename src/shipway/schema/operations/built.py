"""What an operation is made of: SQL for each phase, as text that nothing has run yet."""

from dataclasses import dataclass

from shipway.errors import ShipwayError


class Unfit(ShipwayError):
    """The table is not one that this operation can change."""

    code = "change-unfit"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Statements of one transaction."""

    statements: tuple[str, ...]
    what: str
    """In a few words."""
    is_long: bool = False
    """It reads all rows, and stops nobody: no timeout ends it."""
    is_alone: bool = False
    """Its only statement runs outside of a transaction, and is harmless to repeat."""
    builds: str = ""
    """The index, in SQL, that its only statement builds concurrently: outside of a transaction."""


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """Rows that are brought into the new shape."""

    table: str
    key: tuple[str, ...]
    """Columns in SQL, in the order in which rows are walked."""
    assignment: str
    """`b = a`."""
    missing: str
    """A condition that holds for rows that are not right yet."""
    rows: int
    """An estimate."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query that counts what is wrong."""

    what: str
    query: str
    sample: str = ""
    """Shows the keys of a few of them."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """One operation on one table."""

    expand: tuple[Batch, ...] = ()
    """The new shape beside the old one."""
    dual_write: tuple[Batch, ...] = ()
    """From here on both shapes stay true, whoever writes."""
    backfill: Backfill | None = None
    finish: tuple[Batch, ...] = ()
    """What needs every row in the new shape: indexes, constraints."""
    verify: tuple[Check, ...] = ()
    contract: tuple[Batch, ...] = ()
    """No way back."""
    revert: tuple[Batch, ...] = ()
    """Back to the old shape, from any phase before contract; harmless where something is not there."""
    old: tuple[tuple[str, str, str], ...] = ()
    """Table in SQL, column that goes at the end, and what takes its place, as plain names."""
