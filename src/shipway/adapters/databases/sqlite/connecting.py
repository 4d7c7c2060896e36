"""A file of SQLite: `sqlite:///shop.db` beside the command, `sqlite:////srv/shop.db` anywhere."""

import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.sqlite.session import Session, explained

OLDEST = (3, 35)
"""Before it, SQLite has no DROP COLUMN."""


def dial(url: str, *, purpose: str, where: str, seconds: int) -> Session:
    """See `opening.dial`."""
    path = Path(unquote(urlsplit(url).path.removeprefix("/")))
    problem = ""
    if not path.is_file():
        problem = f"There is no file {path}."
    elif sqlite3.sqlite_version_info < OLDEST:
        problem = f"This Python has SQLite {sqlite3.sqlite_version}, which has no DROP COLUMN."
    if problem:
        raise DatabaseError(
            "This database cannot be changed",
            where=where,
            why=problem,
            fix="Write sqlite:///shop.db, or sqlite:////srv/shop.db with the whole path.",
        )
    try:
        return Session(path, seconds)
    except sqlite3.Error as error:
        raise explained(error, where=where) from error
