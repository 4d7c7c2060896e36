"""Keeps columns that a contract destroys, in files, and puts them back.

pg_dump takes whole tables only. A column is kept by COPY of its table's key, the column itself, and what takes its
place; all columns of one change at one moment. A snapshot is a folder, and is there whole or not at all.
"""

import gzip
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from msgspec import DecodeError, Struct, ValidationError, json
from msgspec.structs import replace

from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.postgres.telling import explained
from shipway.errors import ShipwayError
from shipway.schema.sql.names import quoted
from shipway.schema.table import Table

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import TupleRow

PROBE_ROWS = 10_000
MANIFEST = "snapshot.json"
BLOCK_BYTES = 1 << 20


class SnapshotUnfit(ShipwayError):
    """A snapshot cannot be made here, or is none, or does not fit the database."""

    code = "snapshot-unfit"


class Kept(Struct, frozen=True, kw_only=True):
    """One column of a snapshot."""

    table: str
    """In SQL."""
    column: str
    type: str
    following: str = ""
    """The column that takes its place, kept beside it: it tells which rows were written afterwards."""
    following_type: str = ""
    key: tuple[str, ...]
    key_types: tuple[str, ...]
    rows: int = 0
    file: str = ""
    sha256: str = ""

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names and types in the order of the file."""
        follows = ((self.following, self.following_type),) if self.following else ()
        return (*zip(self.key, self.key_types, strict=True), (self.column, self.type), *follows)

    @property
    def query(self) -> str:
        """What is copied."""
        return f"SELECT {', '.join(quoted(name) for name, _ in self.columns)} FROM {self.table}"


class Snapshot(Struct, frozen=True, kw_only=True):
    """What a folder holds."""

    change: str
    database: str
    at: float
    """On the database's clock."""
    kept: tuple[Kept, ...]


class Size(Struct, frozen=True, kw_only=True):
    """What a snapshot would be, by a sample of each table."""

    rows: int
    bytes: int
    """Before it is packed."""
    seconds: float


def destroyed(old: Sequence[tuple[str, str, str]], tables: Sequence[Table]) -> tuple[Kept, ...]:
    """The columns that a contract drops. Raises `SnapshotUnfit` where rows could not be found again."""
    found = []
    for name, column, new in old:
        if not column and not new:
            raise SnapshotUnfit(
                f"{name} goes as a whole",
                where=name,
                why="A snapshot puts columns back to rows that are still there.",
                fix=f"Make a backup of it by `pg_dump --table={name}`.",
            )
        table = next((one for one in tables if one.sql == name), None)
        if table is None or not column or (was := table.column(column)) is None:
            continue
        if not table.key:
            raise SnapshotUnfit(
                f"{name} has no key",
                where=f"{name}.{column}",
                why="Its values could not be put back to their rows.",
                fix="Make a backup of the whole table by `pg_dump --table`.",
            )
        keys = [one for word in table.key if (one := table.column(word)) is not None]
        found.append(
            Kept(
                table=name,
                column=column,
                type=was.type,
                following=new if new != column else "",
                key=table.key,
                key_types=tuple(one.type for one in keys),
            )
        )
    return tuple(found)


def with_following(session: Session, kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """With the type of what takes their place, where that is there already."""
    found = []
    for one in kept:
        kind = type_of(session, one.table, one.following) if one.following else ""
        found.append(replace(one, following=one.following if kind else "", following_type=kind))
    return tuple(found)


def type_of(session: Session, table: str, column: str) -> str:
    """As PostgreSQL prints it; empty where there is no such column."""
    rows = session.rows(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attname = %s AND NOT attisdropped",
        (table, column),
    )
    return str(rows[0][0]) if rows else ""


def size(session: Session, kept: Sequence[Kept]) -> Size:
    """From the first rows of each table, and how many the catalog counts."""
    rows, total, seconds = 0, 0, 0.0
    for one in kept:
        count = int(
            str(
                session.rows(
                    "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)", (one.table,)
                )[0][0]
            )
        )
        began, read, lines = time.monotonic(), 0, 0
        with session.connection.cursor() as cursor:
            for block in _copied(cursor, f"{one.query} LIMIT {PROBE_ROWS}"):
                read, lines = read + len(block), lines + block.count(b"\n")
        scale = max(1.0, count / lines) if lines else 0.0
        rows += max(count, lines)
        total, seconds = total + round(read * scale), seconds + (time.monotonic() - began) * scale
    return Size(rows=rows, bytes=total, seconds=seconds)


def take(
    session: Session, change: str, kept: Sequence[Kept], folder: Path, told: Callable[[str], None]
) -> Snapshot:
    """All of them as of one moment. Raises `SnapshotUnfit` where the folder is there, `DatabaseError`."""
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
        with session.connection.transaction(), session.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT current_database(), extract(epoch FROM now())::float8")
            database, at = cursor.fetchone() or ("", 0.0)
            written = tuple(_written(cursor, one, partial, told) for one in kept)
    except psycopg.Error as error:
        raise explained(error, where="snapshot") from error
    made = Snapshot(change=change, database=str(database), at=float(at), kept=written)
    (partial / MANIFEST).write_bytes(json.format(json.encode(made)))
    partial.rename(folder)
    return made


def _written(cursor: "Cursor[TupleRow]", one: Kept, folder: Path, told: Callable[[str], None]) -> Kept:
    name = f"{len(list(folder.iterdir()))}.copy.gz"
    told(f"keep {one.table}.{one.column}")
    digest, rows = hashlib.sha256(), 0
    with gzip.open(folder / name, "wb", compresslevel=3) as file:
        for block in _copied(cursor, one.query):
            digest.update(block)
            rows += block.count(b"\n")
            file.write(block)
    return replace(one, rows=rows, file=name, sha256=digest.hexdigest())


def _copied(cursor: "Cursor[TupleRow]", query: str) -> Iterator[bytes]:
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for block in copy:
            yield bytes(block)


def read(folder: Path) -> Snapshot:
    """What is kept there, each file compared with what was written. Raises `SnapshotUnfit`."""
    try:
        found = json.decode((folder / MANIFEST).read_bytes(), type=Snapshot)
        for one in found.kept:
            if _digest(folder / one.file) != one.sha256:
                raise SnapshotUnfit(
                    f"{one.file} is damaged",
                    where=str(folder / one.file),
                    why="It is not what was written.",
                    fix="Take another copy of the snapshot.",
                )
    except (OSError, EOFError, DecodeError, ValidationError) as error:
        raise SnapshotUnfit(
            f"{folder} is no snapshot",
            where=str(folder),
            why=f"{error}".rstrip(".") + ".",
            fix="Name the folder that `shipway schema snapshot` has written.",
        ) from error
    return found


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with gzip.open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
