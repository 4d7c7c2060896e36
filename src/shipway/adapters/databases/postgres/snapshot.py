"""Keeps what a contract destroys, in a file of pg_dump: the tables whose columns go, and those that go themselves.

All tables of one change are as of one moment. A snapshot is a folder, and is there whole or not at all.
"""

import hashlib
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from msgspec import DecodeError, Struct, ValidationError, json
from msgspec.structs import replace

from shipway.adapters.databases.postgres import programs
from shipway.adapters.databases.postgres.programs import Program
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.postgres.telling import explained
from shipway.errors import ShipwayError
from shipway.schema.sql.names import divided
from shipway.schema.table import Table

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import TupleRow

PROBE_ROWS = 10_000
MANIFEST = "snapshot.json"
COMPRESSION = 3
"""Of gzip: a third of the time of its usual 6, for some percent more room."""
LOCK_WAIT_MS = 60_000
"""Readers wait for nobody but who rebuilds the table; pg_dump gives up then."""
PARTS = """
    WITH RECURSIVE part AS (
        SELECT to_regclass(%s)::oid AS oid UNION
        SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.oid)
    SELECT format('%%I.%%I', n.nspname, c.relname), greatest(c.reltuples, 0)::bigint
    FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
"""


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
    """Of the pg_dump that wrote it."""
    kept: tuple[Kept, ...]


class Size(Struct, frozen=True, kw_only=True):
    """What a snapshot would be, by a sample of each table."""

    rows: int
    bytes: int
    """As it is kept, packed."""
    seconds: float


def destroyed(old: Sequence[tuple[str, str, str]], tables: Sequence[Table]) -> tuple[Kept, ...]:
    """What a contract drops. Raises `SnapshotUnfit` where rows could not be found again."""
    return tuple(one for part in old if (one := _destroyed(part, tables)) is not None)


def _destroyed(part: tuple[str, str, str], tables: Sequence[Table]) -> Kept | None:
    name, column, new = part
    if not column:
        return None if new else Kept(table=name)
    table = next((one for one in tables if one.sql == name), None)
    if table is None or (was := table.column(column)) is None:
        return None
    if not table.key:
        raise SnapshotUnfit(
            f"{name} has no key",
            where=f"{name}.{column}",
            why="Its values could not be put back to their rows.",
            fix="Make a backup of the whole table by `pg_dump --table`.",
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


def as_it_is(session: Session, kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """With partitions and children, and the type of what takes a column's place, where that is there already."""
    found = []
    for one in kept:
        kind = type_of(session, one.table, one.following) if one.following else ""
        parts = tuple(str(name) for name, _ in session.rows(PARTS, (one.table,)))
        found.append(replace(one, following=one.following if kind else "", following_type=kind, parts=parts))
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
    """From the first rows of each table, read and packed as they will be, and how many the catalog counts."""
    rows, total, seconds = 0, 0, 0.0
    for table in dict.fromkeys(one.table for one in kept):
        count = sum(int(str(number)) for _, number in session.rows(PARTS, (table,)))
        began, packed, lines, packing = time.monotonic(), 0, 0, zlib.compressobj(COMPRESSION)
        with session.connection.cursor() as cursor:
            for block in _copied(cursor, f"SELECT * FROM {table} LIMIT {PROBE_ROWS}"):
                packed, lines = packed + len(packing.compress(block)), lines + block.count(b"\n")
        packed += len(packing.flush())
        scale = max(1.0, count / lines) if lines else 0.0
        rows += max(count, lines)
        total, seconds = total + round(packed * scale), seconds + (time.monotonic() - began) * scale
    return Size(rows=rows, bytes=total, seconds=seconds)


def _copied(cursor: "Cursor[TupleRow]", query: str) -> Iterator[bytes]:
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for block in copy:
            yield bytes(block)


def take(
    session: Session, change: str, kept: Sequence[Kept], folder: Path, told: Callable[[str], None]
) -> Snapshot:
    """All of them as of one moment.

    Raises `SnapshotUnfit` where the folder is there, `NoPgDump`, `PgDumpFailed`, `DatabaseError`.
    """
    if folder.exists():
        raise SnapshotUnfit(
            f"{folder} is there already",
            where=str(folder),
            why="Nothing is written over.",
            fix="Name another folder with --to.",
        )
    program = programs.found(session, "pg_dump")
    partial = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        made = _taken(session, program, kept, partial, told)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    made = replace(made, change=change)
    (partial / MANIFEST).write_bytes(json.format(json.encode(made)))
    partial.rename(folder)
    return made


def _taken(
    session: Session, program: Program, kept: Sequence[Kept], folder: Path, told: Callable[[str], None]
) -> Snapshot:
    """pg_dump reads what this session's transaction sees, and the rows are counted in that meanwhile."""
    try:
        with session.connection.transaction(), session.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT current_database(), extract(epoch FROM now())::float8, pg_export_snapshot()")
            database, at, moment = cursor.fetchone() or ("", 0.0, "")
            counted: dict[str, Kept] = {}
            for one in kept:
                if one.table not in counted:
                    file = folder / f"{len(counted)}.dump"
                    told(f"pg_dump {one.table}")
                    with programs.running(program, _arguments(one, file, str(moment)), session=session):
                        rows = _count(cursor, one.table)
                    counted[one.table] = replace(one, rows=rows, file=file.name, sha256=_digest(file))
    except psycopg.Error as error:
        raise explained(error, where="snapshot") from error
    written = tuple(_beside(one, counted[one.table]) for one in kept)
    return Snapshot(change="", database=str(database), at=float(at), version=program.version, kept=written)


def _beside(one: Kept, table: Kept) -> Kept:
    return replace(one, rows=table.rows, file=table.file, sha256=table.sha256)


def _count(cursor: "Cursor[TupleRow]", table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return int((cursor.fetchone() or (0,))[0])


def _arguments(one: Kept, file: Path, moment: str) -> list[str]:
    return [
        "--format=custom",
        f"--compress={COMPRESSION}",
        f"--file={file}",
        f"--snapshot={moment}",
        f"--lock-wait-timeout={LOCK_WAIT_MS}",
        "--load-via-partition-root",
        "--no-password",
        *(f"--table={_as_pattern(part)}" for part in one.parts),
    ]


def _as_pattern(name: str) -> str:
    """Each part in quotation marks: without them pg_dump looks for lower case, and takes * for anything."""
    parts = (part.replace('"', '""') for part in divided(name, "."))
    return ".".join(f'"{part}"' for part in parts)


def read(folder: Path) -> Snapshot:
    """What is kept there, compared with what was written. Raises `SnapshotUnfit`."""
    try:
        found = json.decode((folder / MANIFEST).read_bytes(), type=Snapshot)
        damaged = [one.file for one in found.kept if _digest(folder / one.file) != one.sha256]
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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
