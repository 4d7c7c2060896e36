"""What a change needs of a database, whatever dialect it speaks. A dialect is a module beside its session."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from shipway.schema.change import Written
from shipway.schema.costs import Cost, Pace
from shipway.schema.operations import Operation
from shipway.schema.operations.built import Backfill, Batch, Built
from shipway.schema.table import Table

if TYPE_CHECKING:
    from shipway.adapters.databases.proving import Proving
    from shipway.adapters.databases.surroundings import Around

Value = object
Row = tuple[Value, ...]
Statement = tuple[str, tuple[Value, ...]]
Done = TypeVar("Done")


@dataclass(frozen=True)
class Ran:
    """What one statement of a batch came to: its rows, or how many it wrote."""

    rows: list[Row]
    count: int


def escaped(text: str) -> str:
    """Percent signs of names and expressions, where a driver looks for its own."""
    return text.replace("%", "%%")


Execute = Callable[[str, tuple[Value, ...]], Ran]


class Statements(Struct, frozen=True, kw_only=True):
    """The SQL by which `journal` and `wishes` keep what has happened, with `%s` for values in the order given."""

    tables: tuple[str, ...]
    exists: str
    take: str
    """(change) Answers true where the change is this session's alone from now on."""
    change: str
    """(change) See `journal.record`."""
    names: str
    begin: str
    """(name, file, digest, tables)"""
    reach: str
    """(phase, name, phase)"""
    verify: str
    """(name)"""
    forget: str
    """(name)"""
    done: str
    """(change, step)"""
    steps: str
    """(change)"""
    walks: str
    """(change, step as LIKE has it)"""
    walk_begin: str
    """(change, step, upper, rows_total, is_done)"""
    walk_move: str
    """(last, rows_walked, written now, seconds, is_done, change, step)"""
    wish_tables: tuple[str, ...]
    wish_exists: str
    wish_accept: str
    """(change, store, phase, generation) Leaves a newer generation as it is."""
    wish_newest: str
    """(store)"""
    pause_tables: tuple[str, ...]
    pause_exists: str
    pause_note: str
    """(change, step, why, seconds after which an older note says nothing of since when)"""
    pause_over: str
    """(change, step)"""
    pauses: str
    """(change, seconds) Why and since when, the oldest first, without notes older than that."""
    speed: str
    """(rows) Rows and seconds of all backfills that walked more than so many."""
    pressure: str
    """Answers how many seconds replicas are behind, and how many sessions wait for locks."""


class Walking(Protocol):
    """How the rows of a table are walked by their key."""

    @property
    def reads(self) -> str:
        """The key, as values that JSON has."""
        ...

    @property
    def ascending(self) -> str:
        """To ORDER BY."""
        ...

    @property
    def descending(self) -> str:
        """The same, the last row first."""
        ...

    def after(self, key: list[Value]) -> Statement:
        """A condition: behind this key."""
        ...

    def until(self, key: list[Value]) -> Statement:
        """A condition: up to this key."""
        ...


class Session(Protocol):
    """One connection. It runs what is written, so that nobody waits long for it, and decides nothing."""

    heard: Callable[[str], None]
    """Gets each statement before it is sent."""

    @property
    def dialect(self) -> "Dialect":
        """What it speaks."""
        ...

    @property
    def is_broken(self) -> bool:
        """Whether it has to be opened anew."""
        ...

    def rows(self, query: str, values: tuple[Value, ...] = ()) -> list[Row]:
        """What a query answers. Raises `DatabaseError`."""
        ...

    def together(self, statements: Iterable[Statement], *, is_long: bool = False) -> None:
        """All or nothing. Raises `LockBusy`, `DatabaseError`."""
        ...

    def step(self, batch: Batch, done: Statement) -> None:
        """A batch of DDL, and that it is done: known after a crash, or harmless to repeat."""
        ...

    def undo(self, batch: Batch) -> None:
        """A batch of a revert, each statement harmless to repeat."""
        ...

    def batch(self, act: Callable[[Execute], Done]) -> Done:
        """One short transaction that waits for hardly any lock. Raises `Busy`, `DatabaseError`."""
        ...

    def limit(self, seconds: float) -> None:
        """No query of this session takes longer from now on."""
        ...

    def cancel(self, seconds: float) -> None:
        """From another thread: end what runs now. Takes this long at most, and fails silently: it ends anyway."""
        ...

    def close(self) -> None:
        """Harmless twice."""
        ...


class Dialect(Protocol):
    """How one kind of database is spoken to."""

    STATEMENTS: Statements
    LOCK_MS: int
    """How long a lock that stops others is waited for, before that is given up and tried again."""

    def quoted(self, name: str) -> str:
        """An identifier in SQL."""
        ...

    def operation(self, name: str) -> Operation:
        """One of `operations.NAMES`. Raises `Unfit` where this database has no such thing."""
        ...

    def read_table(self, session: Session, schema: str, name: str, *, where: str) -> Table:
        """As the catalog has it. Raises `NoTable`, `DatabaseError`."""
        ...

    def new_table(self, session: Session, schema: str, name: str, *, where: str) -> Table:
        """One that is not there yet. Raises `Unfit` where it is, `DatabaseError`."""
        ...

    def dependents(self, session: Session, table: str, column: str) -> list[str]:
        """What else in the database names a column; without one, what names the table by its text alone."""
        ...

    def used(self, session: Session, *, table: str, old: str, new: str) -> list[str] | None:
        """Statements that name the old column and not the new one; none where nothing is counted."""
        ...

    def proving(self, session: Session, change: str, built: Sequence[Built], /) -> "Proving":
        """Who uses an old shape, and its freeze; `proving.unproven` where neither can be had."""
        ...

    def measuring(self, session: Session, table: Table, rows: int, /) -> tuple[int, str]:
        """Its bytes with its indexes, and a query that reads so many rows; empty where nothing is estimated."""
        ...

    def cost(self, batch: Batch, pace: Pace, /) -> Cost:
        """What it costs others."""
        ...

    def around(self, session: Session, step: Written, table: Table, /) -> "tuple[Around, ...]":
        """What else is about its columns, or about the whole table. Raises `DatabaseError`."""
        ...

    def walking(self, what: Backfill, types: Mapping[str, str]) -> Walking:
        """`types` by column, in SQL."""
        ...
