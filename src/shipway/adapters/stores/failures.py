"""What can go wrong with a store file, in a user's words."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from shipway.errors import Exit, PortError

BACKUP = "stop Shipway, move the file and its -wal and -shm away, and put back a backup of all that you have"

OURS = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE)
"""Codes that only a wrong statement of ours gives; the low byte of each code (sqlite.org/rescode.html)."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
SMALLEST_ROOM = 128 * 1024
"""Bytes below which the files beside a store cannot be made."""


class StoreFailed(PortError):
    """The store did not do what it was asked; nothing of the call was written."""

    code = "store-failed"


class StoreLocked(StoreFailed):
    """Another process held the write lock for longer than we wait."""

    code = "store-locked"


class DiskFull(StoreFailed):
    """No space for another entry. What was stored before stays readable."""

    code = "disk-full"


class StoreSilent(PortError):
    """The disk did not answer in time; the call may be written all the same."""

    code = "store-silent"


class StoreUnwritable(StoreFailed):
    """The file or its directory cannot be made or written."""

    code = "store-unwritable"
    exit_code = Exit.INPUT


class StoreCorrupt(StoreFailed):
    """The file is not a store, or is damaged."""

    code = "store-corrupt"

    @classmethod
    def foreign(cls, path: Path) -> Self:
        """A sound database that is not ours."""
        return cls(
            "this is not a Shipway store",
            where=str(path),
            why="the database holds another program's tables, and Shipway's own are missing",
            fix="set SHIPWAY_HOME to another directory, or move the file away",
        )

    @classmethod
    def unreadable(cls, place: str, why: str) -> Self:
        """A value that does not have the shape of what should be there."""
        return cls(
            "the store holds something that this Shipway cannot read",
            where=place,
            why=f"it was written by a newer Shipway, or is damaged: {why}",
            fix="use the newest Shipway that ever ran here; if that does not read it either, " + BACKUP,
        )


class StoreNewer(StoreFailed):
    """The file was written by a Shipway newer than this one; nothing was changed."""

    code = "store-newer"
    exit_code = Exit.INPUT

    @classmethod
    def at(cls, path: Path, *, version: str, known: str) -> Self:
        """`known` is the newest version that this Shipway understands."""
        return cls(
            "the store was written by a newer Shipway",
            where=str(path),
            why=f"its schema is {version}; this Shipway knows {known} and older ones, and changed nothing",
            fix="upgrade with `pip install --upgrade shipway`, or set SHIPWAY_HOME to another directory",
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what the disk and SQLite say into the errors above; anything else is a bug and passes."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if failure := failure_of(error, path):
            raise failure from error
        raise
    except OSError as error:
        raise (full if error.errno in NO_ROOM else unwritable)(path, str(error)) from error


def failure_of(error: BaseException | None, path: Path) -> StoreFailed | None:
    """None where the mistake is ours: a wrong statement, a broken constraint."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or (primary := code & 0xFF) in OURS:
        return None
    return _by_code(primary, path, str(error))


def _by_code(code: int, path: Path, why: str) -> StoreFailed:
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _free_bytes(path) < SMALLEST_ROOM:
        return full(path, why)
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return locked(path, why)
        case sqlite3.SQLITE_FULL:
            return full(path, why)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return corrupt(path, why)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return unwritable(path, why)
        case _:
            return failed(path, why)


def _free_bytes(path: Path) -> int:
    """SQLite has a code for a full disk, but gives it only where it writes data, not where it makes its files."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def locked(path: Path, why: str) -> StoreLocked:
    """Somebody else writes and does not stop."""
    return StoreLocked(
        "the store is locked by another process",
        where=str(path),
        why=f"its write lock was not free in time ({why})",
        fix=f"end what holds it (`fuser {path}` names it), then try again; nothing was written",
    )


def full(path: Path, why: str) -> DiskFull:
    """No room."""
    return DiskFull(
        "the disk is full",
        where=str(path),
        why=f"nothing of this call was written; what was stored before is safe ({why})",
        fix=f"free some space on the file system of {path.parent}, then try again",
    )


def corrupt(path: Path, why: str) -> StoreCorrupt:
    """Not a database, or one with damaged pages."""
    return StoreCorrupt(
        "the store is damaged or is not a database",
        where=str(path),
        why=f"SQLite reports: {why}",
        fix=BACKUP,
    )


def unwritable(path: Path, why: str) -> StoreUnwritable:
    """Rights, a read-only file system, a file where a directory should be."""
    return StoreUnwritable(
        "the store cannot be opened for writing",
        where=str(path),
        why=why,
        fix="make the directory and its files writable for you, or set SHIPWAY_HOME to one that is",
    )


def failed(path: Path, why: str) -> StoreFailed:
    """What has no better name, such as an input or output error."""
    return StoreFailed(
        "the store could not be read or written",
        where=str(path),
        why=f"SQLite reports: {why}",
        fix="look at the disk and the system's log; nothing of this call was written",
    )


def silent(path: Path, seconds: float) -> StoreSilent:
    """The disk hangs."""
    return StoreSilent(
        "the store does not answer",
        where=str(path),
        why=f"a call took longer than {seconds:g} s; it may be written all the same",
        fix="look at the disk, or at what stopped this process; Shipway reads the store again before it goes on",
    )
