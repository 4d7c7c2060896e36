"""Puts a snapshot back: first what would be lost by it, then the values, in batches that are short in time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from shipway.adapters.databases.keeping import SAMPLE_MAX, Kept, Newer, in_batches, other_key
from shipway.adapters.databases.postgres import programs, unpacking
from shipway.adapters.databases.postgres.programs import Program
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.postgres.snapshot import type_of
from shipway.adapters.databases.postgres.telling import explained
from shipway.adapters.databases.session import Execute
from shipway.schema.sql.names import quoted

STAGING = "shipway_snapshot"
"""A temporary table, gone with the session."""


@contextmanager
def loaded(session: Session, program: Program, one: Kept, folder: Path) -> Iterator[None]:
    """The kept rows in a temporary table, with a number each.

    Raises `SnapshotUnfit`, `PgDumpFailed`, `DatabaseError`.
    """
    for name, kind in zip(one.key, one.key_types, strict=True):
        if type_of(session, one.table, name) != kind:
            raise other_key(one, name, kind, "pg_restore")
    columns = ", ".join(f"k{at} {kind}" for at, (_, kind) in enumerate(one.columns))
    names = ", ".join(f"k{at}" for at in range(len(one.columns)))
    keys = ", ".join(f"k{at}" for at in range(len(one.key)))
    try:
        session.connection.execute(f"CREATE TEMPORARY TABLE {STAGING} (n bigserial PRIMARY KEY, {columns})")
        with (
            session.connection.cursor() as cursor,
            cursor.copy(f"COPY {STAGING} ({names}) FROM STDIN") as copy,
        ):
            for block in unpacking.rows(program, folder / one.file, one.parts, [name for name, _ in one.columns]):
                copy.write(block)
        session.connection.execute(f"CREATE INDEX ON {STAGING} ({keys})")
        session.connection.execute(f"ANALYZE {STAGING}")
    except psycopg.Error as error:
        raise explained(error, where=f"{one.table}.{one.column}") from error
    try:
        yield
    finally:
        session.connection.execute(f"DROP TABLE IF EXISTS {STAGING}")


def newer(session: Session, one: Kept) -> Newer:
    """Compares every row, while it is `loaded`. What stands in the column now, or in what followed it, decides."""
    at, match = len(one.key), _match(one)
    if type_of(session, one.table, one.column):
        differs = f"(t.{quoted(one.column)})::text IS DISTINCT FROM (s.k{at})::text"
    elif one.following and type_of(session, one.table, one.following):
        differs = f"(t.{quoted(one.following)})::text IS DISTINCT FROM (s.k{at + 1})::text"
    else:
        differs = "false"
    joined = f"FROM {one.table} t FULL JOIN {STAGING} s ON {match}"
    first = f"t.{quoted(one.key[0])}"
    written, added, gone, restored = session.rows(
        f"SELECT count(*) FILTER (WHERE s.n IS NOT NULL AND {first} IS NOT NULL AND {differs}),"
        f" count(*) FILTER (WHERE s.n IS NULL), count(*) FILTER (WHERE {first} IS NULL),"
        f" count(*) FILTER (WHERE s.n IS NOT NULL AND {first} IS NOT NULL) {joined}"
    )[0]
    keys = ", ".join(f"t.{quoted(name)}" for name in one.key)
    sample = session.rows(
        f"SELECT {keys} {joined} WHERE {first} IS NOT NULL AND (s.n IS NULL OR {differs})"
        f" ORDER BY {keys} LIMIT {SAMPLE_MAX}"
    )
    return Newer(
        table=one.table,
        column=one.column,
        written=int(str(written)),
        added=int(str(added)),
        gone=int(str(gone)),
        samples=tuple(", ".join(str(part) for part in row) for row in sample),
        restored=int(str(restored)),
    )


def put_back(session: Session, one: Kept, walked: Callable[[int, int], None]) -> int:
    """The column, if it is gone, and its values, while it is `loaded`; how many rows were written."""
    if not type_of(session, one.table, one.column):
        session.together([(f"ALTER TABLE {one.table} ADD COLUMN {quoted(one.column)} {one.type}", ())])
    total = int(str(session.rows(f"SELECT count(*) FROM {STAGING}")[0][0]))
    column, kept = quoted(one.column), f"s.k{len(one.key)}"
    text = (
        f"UPDATE {one.table} t SET {column} = {kept} FROM {STAGING} s WHERE {_match(one)}"
        f" AND s.n > %s AND s.n <= %s AND (t.{column})::text IS DISTINCT FROM ({kept})::text"
    )

    def put(after: int, until: int) -> int:
        def act(execute: Execute) -> int:
            return execute(text, (after, until)).count

        return session.batch(act)

    return in_batches(total, put, walked)


def is_there(session: Session, table: str) -> bool:
    """Whether a table that went as a whole is there again, or still."""
    return session.rows("SELECT to_regclass(%s) IS NOT NULL", (table,))[0][0] is True


def whole(session: Session, program: Program, one: Kept, folder: Path) -> None:
    """A table that is gone, with its rows, indexes and rights, in one transaction. Raises `PgDumpFailed`."""
    arguments = ["--single-transaction", "--exit-on-error", "--no-password", str(folder / one.file)]
    with programs.running(program, arguments, session=session):
        pass


def _match(one: Kept) -> str:
    return " AND ".join(f"t.{quoted(name)} = s.k{at}" for at, name in enumerate(one.key))
