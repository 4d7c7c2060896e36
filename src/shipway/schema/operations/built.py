"""What an operation is made of: SQL for each phase, as text that nothing has run yet."""

from dataclasses import dataclass

from shipway.errors import ShipwayError


class Unfit(ShipwayError):
    """The table is not one that this operation can change."""

    code = "change-unfit"


@dataclass(frozen=True, kw_only=True)
class Check:
    """A query that counts what is wrong."""

    what: str
    query: str
    when: str = ""
    """A query that answers whether there is anything to be asked; without one there always is."""
    sample: str = ""
    """Shows the keys of a few of them."""


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
    undoes: tuple[str, int] | None = None
    """Of a revert: the phase and the place in it of the batch that made what this takes away. Where that was not
    done, something of that name is somebody else's, and stays."""
    keeps: Check | None = None
    """Of a revert: it is refused while this counts anything, since that would be lost."""
    builds: str = ""
    """The index, in SQL, that its only statement builds concurrently: outside of a transaction."""
    proof: str = ""
    """A query that answers whether its only statement has happened, where DDL is in no transaction."""
    needed: str = ""
    """A query that answers whether there is anything to do; always where there is none."""
    limit_ms: int = 0
    """What it may take with its locks, waiting for them included; else it is ended and has changed nothing."""


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """Rows that are brought into the new shape."""

    table: str
    key: tuple[str, ...]
    """Columns in SQL, in the order in which rows are walked."""
    assignment: str
    """`b = a`; empty with a head."""
    missing: str
    """A condition that holds for rows that are not right yet."""
    rows: int
    """An estimate."""
    head: str = ""
    """Where no UPDATE of the table does it: a statement up to its WHERE."""
    tail: str = ""
    """What follows its condition."""

    def statement(self, condition: str) -> str:
        """It for the rows of a condition, in SQL."""
        head = self.head or f"UPDATE {self.table} SET {self.assignment}"
        return f"{head} WHERE {condition} AND {self.missing}{self.tail}"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Statements by which writes of the old shape are counted, whoever writes. They take no lock on the table."""

    sequence: str
    """In SQL. A number that was taken from it stays taken, also where the write is rolled back."""
    begin: tuple[str, ...]
    end: tuple[str, ...]
    """The sequence stays: a write that is under way may still count."""


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A view that has a table's new name already."""

    begin: tuple[str, ...]
    """It looks with its owner's rights from now on, as its users' are taken."""
    end: tuple[str, ...]


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
    reversible: tuple[Check, ...] = ()
    """What must not be wrong before it is taken back."""
    revert: tuple[Batch, ...] = ()
    """Back to the old shape, from any phase before contract; harmless where something is not there."""
    old: tuple[tuple[str, str, str], ...] = ()
    """Table in SQL, column that goes at the end, and what takes its place, as plain names.

    Without a column it is the table's own name that goes."""
    leaving: tuple[tuple[str, str], ...] = ()
    """Kind and plain name of what the contract drops besides: that it needs the old shape keeps nothing."""
    counting: Counting | None = None
    """Where a trigger sees who writes the old shape."""
    standing_in: StandIn | None = None
    """What goes on while nobody may use a table by the name that goes."""
