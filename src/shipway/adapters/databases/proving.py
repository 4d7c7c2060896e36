"""What proves that an old shape is not needed any more: who is known to use it, and a freeze."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.schema.operations.built import Built

Going = tuple[str, str, str]
"""Table in SQL, column that goes, and what takes its place, as plain names; no column where the table goes."""


class FreezeBroken(ChangeRefused):
    """Somebody uses the old shape: it is back, and stays."""

    code = "freeze-broken"


class StillFrozen(DatabaseError):
    """A freeze could not be taken back."""

    code = "still-frozen"


@dataclass(frozen=True, kw_only=True)
class Use:
    """What was found of one old column."""

    table: str
    """In SQL."""
    column: str
    following: str
    """What takes its place; empty where nothing does."""
    statements: tuple[str, ...] | None
    """None where nothing is counted."""
    stars: int
    """Calls of statements that read every column."""
    objects: tuple[str, ...]
    """Views, functions, policies and triggers that name it."""


@dataclass(frozen=True, kw_only=True)
class Connected:
    """Sessions of one application and role."""

    application: str
    role: str
    count: int
    oldest_seconds: float | None = None
    """Since the first of them connected, where the database knows."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Of one change."""

    change: str
    uses: tuple[Use, ...]
    counted_seconds: float | None = None
    """Since when statements are counted; none where that is not known."""
    forgotten: int = 0
    """How often the counts of rare statements were thrown away since then."""
    sessions: tuple[Connected, ...] = ()

    @property
    def is_used(self) -> bool:
        """Whether anything was found that names an old column."""
        return any(one.statements or one.objects for one in self.uses)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a freeze shows, and what it cannot."""

    roles: tuple[str, ...] = ()
    """They lose the old shape meanwhile."""
    beyond: tuple[str, ...] = ()
    """Connected roles that keep it: superusers, the table's owner."""
    owners: tuple[str, ...] = ()
    counts_writes: bool = False
    """Whether writes of the old shape are seen, whoever writes."""
    reads_log: bool = False

    @property
    def is_proof(self) -> bool:
        """Whether it can show anything at all."""
        return bool(self.roles) or self.counts_writes


class Proving(Protocol):
    """Of one change on one database. Only columns whose name goes count: under a name that stays, code goes on."""

    @property
    def old(self) -> Mapping[str, Sequence[str]]:
        """Columns by their table, in SQL."""
        ...

    def usage(self) -> Usage:
        """Everything that the database knows. Raises `DatabaseError`."""
        ...

    def bodies(self) -> tuple[str, ...]:
        """Functions whose text names an old column: the catalog keeps no dependency of them."""
        ...

    def reach(self) -> Reach:
        """What a freeze would show now."""
        ...

    def run(self, seconds: float, waited: Callable[[float], None]) -> None:
        """Freeze, look, thaw. Raises `FreezeBroken` when somebody fails; whatever ends it thaws it.

        `waited` gets the seconds that are left, several times a second, and may raise to end it.
        """
        ...

    def thaw(self, *, broken: str = "") -> bool:
        """Give back what is frozen; false where nothing is. `broken` says by what it was ended before its time."""
        ...

    def broken(self) -> str:
        """By what the last freeze was ended before its time; empty where it was not."""
        ...


class Unproven:
    """Where the database can show neither who uses a column nor take it from anybody."""

    def __init__(self, change: str, built: Sequence[Built]) -> None:
        self.change, self.going = change, going(built)
        self.old = by_table(self.going)

    def usage(self) -> Usage:
        """Nothing is known of any."""
        uses = tuple(
            Use(table=table, column=column, following=new, statements=None, stars=0, objects=())
            for table, column, new in self.going
        )
        return Usage(change=self.change, uses=uses)

    def bodies(self) -> tuple[str, ...]:
        """None are known."""
        return ()

    def reach(self) -> Reach:
        """Nothing."""
        return Reach()

    def run(self, seconds: float, waited: Callable[[float], None]) -> None:
        """There is nothing to take."""

    def thaw(self, *, broken: str = "") -> bool:
        """Nothing is frozen."""
        return False

    def broken(self) -> str:
        """Never."""
        return ""


def unproven(session: object, change: str, built: Sequence[Built]) -> Proving:
    """As a dialect's `proving`."""
    return Unproven(change, built)


def going(built: Iterable[Built]) -> tuple[Going, ...]:
    """What code must stop to name."""
    return tuple(entry for one in built for entry in one.old if entry[1] != entry[2])


def by_table(columns: Iterable[Going]) -> dict[str, list[str]]:
    """Names of columns alone; none of a table whose own name goes."""
    found: dict[str, list[str]] = {}
    for table, column, _ in columns:
        found.setdefault(table, []).extend([column] if column else [])
    return found
