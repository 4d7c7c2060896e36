"""Puts a snapshot back: first what would be lost by it, then the values, in batches that are short in time.

The dump is loaded into a database of its own beside the others, and what is not needed of it is dropped again.
"""

import gzip
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shipway.adapters.databases.keeping import SAMPLE_MAX, Kept, Newer, in_batches, other_key
from shipway.adapters.databases.mariadb import programs
from shipway.adapters.databases.mariadb.session import Session
from shipway.adapters.databases.mariadb.snapshot import PACKET, parts_of, type_of
from shipway.adapters.databases.session import Execute, escaped
from shipway.schema.dialects.mariadb.altering import INSTANT
from shipway.schema.dialects.mariadb.fitting import family
from shipway.schema.dialects.mariadb.names import quoted
from shipway.schema.dialects.mariadb.pair import TEXTS
from shipway.schema.operations.built import Batch

OWN = "shipway_restore_"
"""How the names of these databases begin."""
KEPT = "shipway_kept"
TOUCHED = """
    SELECT COLUMN_NAME FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND EXTRA LIKE '%%on update%%'
"""


@contextmanager
def loaded(session: Session, program: str, one: Kept, folder: Path) -> Iterator[None]:
    """The kept rows in a table beside the others, with a number each.

    Raises `SnapshotUnfit`, `MariadbDumpFailed`, `DatabaseError`.
    """
    for name, kind in zip(one.key, one.key_types, strict=True):
        if type_of(session, one.table, name) != kind:
            raise other_key(one, name, kind, "mariadb")
    own, (_, table) = _own(session), parts_of(one.table)
    columns = ", ".join(f"{quoted(name)} AS k{at}" for at, (name, _) in enumerate(one.columns))
    keys = ", ".join(f"k{at}" for at in range(len(one.key)))
    order = ", ".join(quoted(name) for name in one.key)
    session.limit(0)
    try:
        _run(session, f"DROP DATABASE IF EXISTS {own}", f"CREATE DATABASE {own}")
        _load(session, program, own, folder / one.file)
        _run(
            session,
            f"CREATE TABLE {own}.{KEPT} (n BIGINT AUTO_INCREMENT PRIMARY KEY, UNIQUE KEY ({keys})) ENGINE=InnoDB"
            f" SELECT {columns} FROM {own}.{quoted(table)} ORDER BY {order}",
        )
        yield
    finally:
        session.limit(0)
        _run(session, f"DROP DATABASE IF EXISTS {own}")


def _own(session: Session) -> str:
    return f"{OWN}{session.connection.thread_id()}"  # type: ignore[no-untyped-call]


def _run(session: Session, *statements: str) -> None:
    for text in statements:
        session.together([(text, ())])


def _load(session: Session, program: str, database: str, file: Path) -> None:
    with (
        programs.running(program, session.url, [PACKET, f"--database={database}"], is_fed=True) as process,
        gzip.open(file) as packed,
    ):
        assert process.stdin is not None
        shutil.copyfileobj(packed, process.stdin)


def newer(session: Session, one: Kept) -> Newer:
    """Compares every row, while it is `loaded`. What stands in the column now, or in what followed it, decides."""
    at = len(one.key)
    if kind := type_of(session, one.table, one.column):
        differs = _differs(f"t.{quoted(one.column)}", f"s.k{at}", kind)
    elif one.following and (kind := type_of(session, one.table, one.following)):
        differs = _differs(f"t.{quoted(one.following)}", f"s.k{at + 1}", kind)
    else:
        differs = "FALSE"
    joined = f"FROM {one.table} t LEFT JOIN {_own(session)}.{KEPT} s ON {_match(one)}"
    written, added, restored, kept = session.rows(
        f"SELECT COALESCE(SUM(s.n IS NOT NULL AND {differs}), 0), COALESCE(SUM(s.n IS NULL), 0),"
        f" COALESCE(SUM(s.n IS NOT NULL), 0), (SELECT COUNT(*) FROM {_own(session)}.{KEPT}) {joined}"
    )[0]
    keys = ", ".join(f"t.{quoted(name)}" for name in one.key)
    sample = session.rows(
        f"SELECT {keys} {joined} WHERE s.n IS NULL OR {differs} ORDER BY {keys} LIMIT {SAMPLE_MAX}"
    )
    return Newer(
        table=one.table,
        column=one.column,
        written=int(str(written)),
        added=int(str(added)),
        gone=int(str(kept)) - int(str(restored)),
        samples=tuple(", ".join(str(part) for part in row) for row in sample),
        restored=int(str(restored)),
    )


def put_back(session: Session, one: Kept, walked: Callable[[int, int], None]) -> int:
    """The column, if it is gone, and its values, while it is `loaded`; how many rows were written."""
    column, kept = quoted(one.column), f"s.k{len(one.key)}"
    if not type_of(session, one.table, one.column):
        text = f"ALTER TABLE {one.table} ADD COLUMN {column} {one.type} NULL, ALGORITHM={INSTANT}, LOCK=NONE"
        session.undo(Batch(statements=(text,), what=f"add {one.name}"))
    # A server numbers in steps of `auto_increment_increment`, so the last number may be more than the rows.
    last = int(str(session.rows(f"SELECT COALESCE(MAX(n), 0) FROM {_own(session)}.{KEPT}")[0][0]))
    written = escaped(
        f"UPDATE {one.table} t JOIN {_own(session)}.{KEPT} s ON {_match(one)}"
        f" SET t.{column} = {kept}{_untouched(session, one)} WHERE {_differs(f't.{column}', kept, one.type)}"
    )

    def put(after: int, until: int) -> int:
        def act(execute: Execute) -> int:
            return execute(f"{written} AND s.n > %s AND s.n <= %s", (after, until)).count

        return session.batch(act)

    return in_batches(last, put, walked)


def _untouched(session: Session, one: Kept) -> str:
    """Columns that each UPDATE sets keep what they say."""
    rows = session.rows(TOUCHED, parts_of(one.table))
    touched = [quoted(str(row[0])) for row in rows if row[0] != one.column]
    return "".join(f", t.{column} = t.{column}" for column in touched)


def _differs(left: str, right: str, kind: str) -> str:
    """Texts by their bytes, since most collations call `A` and `a` equal."""
    if family(kind) in TEXTS:
        return f"NOT (BINARY CONVERT({left} USING utf8mb4) <=> BINARY CONVERT({right} USING utf8mb4))"
    return f"NOT ({left} <=> {right})"


def _match(one: Kept) -> str:
    return " AND ".join(f"t.{quoted(name)} = s.k{at}" for at, name in enumerate(one.key))
