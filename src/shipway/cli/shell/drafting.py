"""Reads a migration, and the keys of the tables that it changes."""

import os
from pathlib import Path

from shipway.cli.shell.changing import VARIABLE, opened
from shipway.cli.shell.postgres import postgres
from shipway.schema.compensating import Draft, Key, drafts
from shipway.schema.sql.parse import Source
from shipway.spec.problems import FileMissing

KEY = """
    SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = to_regclass(%s) AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""
GUESS = ("id",)


def drafted(file: Path, database: str | None) -> list[Draft]:
    """Raises `ShipwayError`."""
    try:
        source = Source(file.read_text(encoding="utf-8-sig"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "It is not UTF-8"
        raise FileMissing(
            f"{file} cannot be read", where=str(file), why=f"{why}.", fix="Name a file of SQL."
        ) from error
    if not (database or os.environ.get(VARIABLE)):
        return drafts(source, lambda table: GUESS)
    with opened(database, purpose="compensate") as session:
        postgres(session)

        def key(table: str) -> tuple[str, ...]:
            return tuple(str(row[0]) for row in session.rows(KEY, (table,))) or GUESS

        known: Key = key
        return drafts(source, known)
