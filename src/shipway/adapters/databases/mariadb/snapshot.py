"""Keeps what a contract destroys, in a file of mariadb-dump: the tables whose columns go, all as of one moment."""

import gzip
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.databases import keeping
from shipway.adapters.databases.keeping import Kept, Size, Snapshot, SnapshotUnfit, digest
from shipway.adapters.databases.mariadb import programs
from shipway.adapters.databases.mariadb.session import Session
from shipway.adapters.databases.mariadb.versions import version_of
from shipway.schema.dialects.mariadb.columns import collated
from shipway.schema.dialects.mariadb.fitting import family
from shipway.schema.dialects.mariadb.names import quoted, table_name
from shipway.schema.table import Table

PROBE_ROWS = 10_000
STATEMENT_BYTES = 10_000
"""Around a row, at most: the names of its columns."""
COMPRESSION = 3
"""As for PostgreSQL: a third of the time of gzip's usual 6, for some percent more room."""
FILE = "0.sql.gz"
TYPE = """
    SELECT COLUMN_TYPE FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND COLUMN_NAME = %s
"""
ROWS = "SELECT COALESCE(TABLE_ROWS, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s"
INSERT, ROW = b"INSERT INTO ", b"("
"""How mariadb-dump begins a line of rows: each row has a line of its own."""
PACKET = "--max-allowed-packet=1G"
"""Of the programs themselves; the server's is looked at."""
HOW = (
    PACKET,
    "--single-transaction",
    "--quick",
    "--hex-blob",
    "--skip-triggers",
    "--skip-add-drop-table",
    "--skip-add-locks",
    "--skip-comments",
)


def destroyed(old: Sequence[tuple[str, str, str]], tables: Sequence[Table]) -> tuple[Kept, ...]:
    """What a contract drops. Raises `SnapshotUnfit` where rows could not be found again, or not as they were."""
    by_name = {table_name(one): one for one in tables}
    found = keeping.destroyed(old, by_name)
    for one in found:
        _require_whole(one)
    return tuple(replace(one, type=_whole_type(by_name[one.table], one)) for one in found)


def _require_whole(one: Kept) -> None:
    """Raises `SnapshotUnfit` for numbers of which a dump has less than the table."""
    if family(one.type) == "float":
        raise SnapshotUnfit(
            f"{one.name} is a FLOAT",
            where=one.name,
            why="mariadb-dump writes six digits of it, and the table has more.",
            fix="Change it to DOUBLE first, or make a backup of the whole table by mariadb-backup.",
        )


def _whole_type(table: Table, one: Kept) -> str:
    column = table.column(one.column)
    return f"{one.type}{collated(column)}" if column else one.type


def as_it_is(session: Session, kept: Sequence[Kept]) -> tuple[Kept, ...]:
    """With the type of what takes a column's place, where that is there already."""
    found = []
    for one in kept:
        kind = type_of(session, one.table, one.following) if one.following else ""
        found.append(replace(one, following=one.following if kind else "", following_type=kind))
    return tuple(found)


def type_of(session: Session, table: str, column: str) -> str:
    """As MariaDB prints it; empty where there is no such column."""
    rows = session.rows(TYPE, (*parts_of(table), column))
    return str(rows[0][0]) if rows else ""


def parts_of(table: str) -> tuple[str, str]:
    """Database and name of a table in SQL."""
    schema, _, name = table[1:-1].partition("`.`")
    return schema.replace("``", "`"), name.replace("``", "`")


def size(session: Session, kept: Sequence[Kept]) -> Size:
    """From the first rows of each table, read and packed, and how many the catalog counts."""
    rows, total, seconds = 0, 0, 0.0
    for table in dict.fromkeys(one.table for one in kept):
        ((count,),) = session.rows(ROWS, parts_of(table))
        began = time.monotonic()
        found = session.rows(f"SELECT * FROM {table} LIMIT {PROBE_ROWS}")
        packed = len(zlib.compress("\n".join(map(str, found)).encode(), COMPRESSION)) if found else 0
        scale = max(1.0, int(str(count)) / len(found)) if found else 0.0
        rows += max(int(str(count)), len(found))
        total, seconds = total + round(packed * scale), seconds + (time.monotonic() - began) * scale
    return Size(rows=rows, bytes=total, seconds=seconds)


def take(
    session: Session, change: str, kept: Sequence[Kept], folder: Path, told: Callable[[str], None]
) -> Snapshot:
    """All of them as of one moment.

    Raises `SnapshotUnfit` where the folder is there, or tables are in several databases, `NoMariadbDump`,
    `MariadbDumpFailed`, `DatabaseError`.
    """
    path, names = programs.found("mariadb-dump"), {one.table: parts_of(one.table) for one in kept}
    databases = sorted({schema for schema, _ in names.values()})
    if len(databases) > 1:
        raise SnapshotUnfit(
            "The tables are in several databases",
            where=", ".join(databases),
            why="mariadb-dump reads one database as of one moment.",
            fix="Write a change for each of them.",
        )
    with keeping.beside(folder) as partial:
        ((at, version),) = session.rows("SELECT UNIX_TIMESTAMP(NOW(6)), VERSION()")
        told(f"mariadb-dump {', '.join(names)}")
        counted = _dumped(session, path, databases[0], names, partial / FILE)
        major, minor, *_ = version_of(str(version))
        sum_of_file = digest(partial / FILE)
        made = Snapshot(
            change=change,
            database=databases[0],
            at=float(str(at)),
            version=major * 100 + minor,
            kept=tuple(replace(one, rows=counted[one.table], file=FILE, sha256=sum_of_file) for one in kept),
            dialect="mariadb",
        )
        keeping.write(made, partial)
    return made


def _dumped(
    session: Session, path: str, database: str, names: Mapping[str, tuple[str, str]], file: Path
) -> dict[str, int]:
    """How many rows of each table are in it."""
    heads = {INSERT + quoted(name).encode(): table for table, (_, name) in names.items()}
    counted, table, longest = dict.fromkeys(names, 0), "", 0
    arguments = [*HOW, "--", database, *(name for _, name in names.values())]
    with programs.running(path, session.url, arguments) as process, gzip.open(file, "wb", COMPRESSION) as packed:
        assert process.stdout is not None
        for line in process.stdout:
            packed.write(line)
            if line.startswith(INSERT):
                table = next((of for head, of in heads.items() if line.startswith(head + b" ")), "")
            elif table and line.startswith(ROW):
                counted[table] += 1
                longest = max(longest, len(line))
            else:
                table = ""
    _require_packet(session, longest)
    return counted


def _require_packet(session: Session, longest: int) -> None:
    """Raises `SnapshotUnfit` where the server would not take the longest row back: bytes become hex digits."""
    ((most,),) = session.rows("SELECT @@max_allowed_packet")
    if longest >= int(str(most)) - STATEMENT_BYTES:
        raise SnapshotUnfit(
            f"a row takes {longest:,} bytes in the dump",
            where="max_allowed_packet",
            why=f"The server takes statements of at most {int(str(most)):,} bytes, so it could not be put back.",
            fix=f"`SET GLOBAL max_allowed_packet = {2 * longest}`, then take the snapshot again.",
        )
