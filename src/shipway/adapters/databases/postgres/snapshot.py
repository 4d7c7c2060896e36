"""Keeps what a contract destroys, in a file of pg_dump: the tables whose columns go, and those that go themselves.

All tables of one change are as of one moment. A snapshot is a folder, and is there whole or not at all.
"""

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from msgspec.structs import replace

from shipway.adapters.databases import keeping
from shipway.adapters.databases.keeping import Kept, Size, Snapshot, digest
from shipway.adapters.databases.postgres import programs
from shipway.adapters.databases.postgres.programs import Program
from shipway.adapters.databases.postgres.rows import ABOUT
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.postgres.telling import explained
from shipway.schema.sql.names import divided
from shipway.schema.table import Table

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import TupleRow

PROBE_ROWS = 10_000
COMPRESSION = 3
"""Of gzip: a third of the time of its usual 6, for some percent more room."""
LOCK_WAIT_MS = 60_000
"""Readers wait for nobody but who rebuilds the table; pg_dump gives up then."""
PARTS = f"""
    WITH RECURSIVE part AS (
        SELECT to_regclass(%s)::oid AS oid UNION
        SELECT inhrelid FROM pg_inherits JOIN part ON inhparent = part.oid)
    SELECT format('%%I.%%I', n.nspname, c.relname), {ABOUT}
    FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
"""


def destroyed(old: Sequence[tuple[str, str, str]], tables: Sequence[Table]) -> tuple[Kept, ...]:
    """What a contract drops. Raises `SnapshotUnfit` where rows could not be found again."""
    return keeping.destroyed(old, {one.sql: one for one in tables})


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
    program = programs.found(session, "pg_dump")
    with keeping.beside(folder) as partial:
        made = replace(_taken(session, program, kept, partial, told), change=change)
        keeping.write(made, partial)
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
                    counted[one.table] = replace(one, rows=rows, file=file.name, sha256=digest(file))
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
