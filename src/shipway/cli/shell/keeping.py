"""By which programs a database's tables are kept and put back."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from shipway.errors import ShipwayError

if TYPE_CHECKING:
    from shipway.adapters.databases.keeping import Kept, Newer, Size, Snapshot
    from shipway.adapters.databases.session import Session
    from shipway.schema.table import Table

DIALECTS = ("postgres", "mariadb")


class NoSnapshots(ShipwayError):
    """The database is one that is copied as a file."""

    code = "no-snapshots"


class Keeping(Protocol):
    """`snapshot` of a dialect."""

    def destroyed(self, old: Sequence[tuple[str, str, str]], tables: "Sequence[Table]") -> "tuple[Kept, ...]":
        """What a contract drops. Raises `SnapshotUnfit`."""
        ...

    def as_it_is(self, session: Any, kept: "Sequence[Kept]") -> "tuple[Kept, ...]":
        """With what the catalog says of it now."""
        ...

    def size(self, session: Any, kept: "Sequence[Kept]") -> "Size":
        """By a sample."""
        ...

    def take(
        self, session: Any, change: str, kept: "Sequence[Kept]", folder: Path, told: Callable[[str], None]
    ) -> "Snapshot":
        """All of them as of one moment."""
        ...


class Restoring(Protocol):
    """`restoring` of a dialect; a program is what `program` found."""

    def loaded(self, session: Any, program: Any, one: "Kept", folder: Path) -> AbstractContextManager[None]:
        """The kept rows where they can be compared."""
        ...

    def newer(self, session: Any, one: "Kept") -> "Newer":
        """What would be lost."""
        ...

    def put_back(self, session: Any, one: "Kept", walked: Callable[[int, int], None]) -> int:
        """How many rows were written."""
        ...


def keeping(session: "Session") -> Keeping:
    """Raises `NoSnapshots`."""
    return cast(Keeping, _part(session, "snapshot"))


def restoring(session: "Session") -> Restoring:
    """Raises `NoSnapshots`."""
    return cast(Restoring, _part(session, "restoring"))


def program(session: "Session", made: "Snapshot") -> object:
    """That reads it. Raises `SnapshotUnfit` where another kind of database wrote it, and where there is none."""
    from shipway.adapters.databases.keeping import SnapshotUnfit

    if made.dialect != (name := dialect_name(session)):
        raise SnapshotUnfit(
            f"The snapshot is of a {made.dialect}, and this is a {name}",
            where="--database",
            why="Neither reads what the other one's program has written.",
            fix="Name the database that it was taken of.",
        )
    if name == "mariadb":
        from shipway.adapters.databases.mariadb import programs

        return programs.found("mariadb")
    from shipway.adapters.databases.postgres import programs as of_postgres
    from shipway.cli.shell.postgres import postgres

    return of_postgres.found(postgres(session), "pg_restore", least=made.version)


def dialect_name(session: "Session") -> str:
    """Its folder's name."""
    return type(session).__module__.split(".")[-2]


def _part(session: "Session", name: str) -> object:
    dialect = dialect_name(session)
    if dialect not in DIALECTS:
        raise NoSnapshots(
            "There are no snapshots of this database",
            where="--database",
            why="It is a file, which is its own snapshot.",
            fix="Copy the file while nobody writes, or `sqlite3 FILE '.backup COPY'`.",
        )
    return import_module(f"shipway.adapters.databases.{dialect}.{name}")
