"""What a contract destroys, kept in a folder and put back: what is the same whichever program dumps it.

A snapshot is a folder, and is there whole or not at all.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError, json

from shipway.adapters.databases.errors import Busy
from shipway.errors import ShipwayError
from shipway.schema.table import Table

MANIFEST = "snapshot.json"
SAMPLE_MAX = 5
"""Keys that are shown of what is newer than a snapshot."""
BATCH_ROWS, ROWS_MIN, ROWS_MAX, TARGET_SECONDS = 1000, 100, 50_000, 0.075
PATIENCE_SECONDS = 900.0


class SnapshotUnfit(ShipwayError):
    """A snapshot cannot be made here, or is none, or does not fit the database."""

    code = "snapshot-unfit"


class Kept(Struct, frozen=True, kw_only=True):
    """One column of a snapshot, or a whole table."""

    table: str
    """In SQL."""
    column: str = ""
    """Empty where the table goes as a whole."""
    type: str = ""
    following: str = ""
    """The column that takes its place: it tells which rows were written afterwards."""
    following_type: str = ""
    key: tuple[str, ...] = ()
    key_types: tuple[str, ...] = ()
    rows: int = 0
    parts: tuple[str, ...] = ()
    """The table with its partitions and children, in SQL."""
    file: str = ""
    sha256: str = ""

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names and types of what is compared and put back."""
        follows = ((self.following, self.following_type),) if self.following else ()
        return (*zip(self.key, self.key_types, strict=True), (self.column, self.type), *follows)

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.table}.{self.column}" if self.column else self.table


class Snapshot(Struct, frozen=True, kw_only=True):
    """What a folder holds."""

    change: str
    database: str
    at: float
    """On the database's clock."""
    version: int
    """Of the pg_dump that wrote it; of MariaDB the server's."""
    kept: tuple[Kept, ...]
    dialect: str = "postgres"


class Size(Struct, frozen=True, kw_only=True):
    """What a snapshot would be, by a sample of each table."""

    rows: int
    bytes: int
    """As it is kept, packed."""
    seconds: float


class Newer(Struct, frozen=True, kw_only=True):
    """Rows of one column that are not what they were at the snapshot."""

    table: str
    column: str
    written: int
    """Written since: what they say now would not be in the column."""
    added: int
    """New since: they get no value."""
    gone: int
    """Deleted since: they stay deleted."""
    samples: tuple[str, ...]
    """Keys of a few that were written or added."""
    restored: int
    """Rows that get a value back."""

    @property
    def is_loss(self) -> bool:
        """Whether anything newer than the snapshot is lost."""
        return bool(self.written or self.added)


def destroyed(old: Sequence[tuple[str, str, str]], tables: Mapping[str, Table]) -> tuple[Kept, ...]:
    """What a contract drops; tables are by their names in SQL.

    Raises `SnapshotUnfit` where rows could not be found again.
    """
    return tuple(one for part in old if (one := _destroyed(part, tables)) is not None)


def _destroyed(part: tuple[str, str, str], tables: Mapping[str, Table]) -> Kept | None:
    name, column, new = part
    if not column:
        return None if new else Kept(table=name)
    table = tables.get(name)
    if table is None or (was := table.column(column)) is None:
        return None
    if not table.key:
        raise SnapshotUnfit(
            f"{name} has no key",
            where=f"{name}.{column}",
            why="Its values could not be put back to their rows.",
            fix="Make a backup of the whole table by the database's own program.",
        )
    keys = [one for word in table.key if (one := table.column(word)) is not None]
    return Kept(
        table=name,
        column=column,
        type=was.type,
        following=new if new != column else "",
        key=table.key,
        key_types=tuple(one.type for one in keys),
    )


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A folder to write into; it takes its name at the end, or is gone. Raises `SnapshotUnfit`."""
    if folder.exists():
        raise SnapshotUnfit(
            f"{folder} is there already",
            where=str(folder),
            why="Nothing is written over.",
            fix="Name another folder with --to.",
        )
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write(found: Snapshot, folder: Path) -> None:
    """What it holds."""
    (folder / MANIFEST).write_bytes(json.format(json.encode(found)))


def read(folder: Path) -> Snapshot:
    """What is kept there, compared with what was written. Raises `SnapshotUnfit`."""
    try:
        found = json.decode((folder / MANIFEST).read_bytes(), type=Snapshot)
        damaged = [one.file for one in found.kept if digest(folder / one.file) != one.sha256]
    except (OSError, DecodeError, ValidationError) as error:
        raise SnapshotUnfit(
            f"{folder} is no snapshot",
            where=str(folder),
            why=f"{error}".rstrip(".") + ".",
            fix="Name the folder that `shipway schema snapshot` has written.",
        ) from error
    if damaged:
        raise SnapshotUnfit(
            f"{damaged[0]} is damaged",
            where=str(folder / damaged[0]),
            why="It is not what was written.",
            fix="Take another copy of the snapshot.",
        )
    return found


def digest(path: Path) -> str:
    """Of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def other_key(one: Kept, name: str, kind: str, how: str) -> SnapshotUnfit:
    """A table whose rows cannot be found by the key that they had."""
    return SnapshotUnfit(
        f"{one.table} has no column {name} of the type {kind} any more",
        where=one.table,
        why="Its rows are found by that key.",
        fix=f"Restore it by hand: `{how}` reads the file.",
    )


def in_batches(total: int, put: Callable[[int, int], int], walked: Callable[[int, int], None]) -> int:
    """Numbers up to a total, in ranges that are short in time. `put` answers how many rows it wrote.

    What meets locks is repeated, smaller. Raises `DatabaseError` after `PATIENCE_SECONDS` without any.
    """
    done, written, rows, moved = 0, 0, BATCH_ROWS, time.monotonic()
    while done < total:
        began = time.monotonic()
        try:
            written += put(done, done + rows)
        except Busy as busy:
            if began - moved > PATIENCE_SECONDS:
                raise busy.why from busy
            rows = max(1, rows // 2)
            time.sleep(TARGET_SECONDS)
            continue
        done, moved = done + rows, time.monotonic()
        factor = min(2.0, TARGET_SECONDS / max(moved - began, 1e-4))
        rows = max(ROWS_MIN, min(ROWS_MAX, round(rows * (0.5 + 0.5 * factor))))
        walked(min(done, total), total)
    return written
