"""What else a table of MariaDB is part of: its catalog knows foreign keys, and of all else the text alone."""

from collections.abc import Iterator

from shipway.adapters.databases.mariadb.catalog import named_in
from shipway.adapters.databases.session import Session
from shipway.adapters.databases.surroundings import Around, about
from shipway.schema.change import Written
from shipway.schema.table import Table


def around(session: Session, step: Written, table: Table) -> tuple[Around, ...]:
    """Of a step: what names one of its columns, or is about the whole table. Raises `DatabaseError`."""
    return about([*_keys(table), *_texts(session, table)], step)


def _keys(table: Table) -> Iterator[Around]:
    for one in table.constraints:
        if one.kind == "f":
            of = one.other if one.is_incoming else table.sql
            yield Around(what=f"foreign key {one.name} of {of}", columns=one.columns)


def _texts(session: Session, table: Table) -> Iterator[Around]:
    names = {one.name for one in table.columns}
    for what, words in named_in(session, table.name):
        yield Around(what=f"{what} by its text", columns=tuple(sorted(names & words)))
