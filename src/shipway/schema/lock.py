"""Locks of PostgreSQL on tables, and what they stop.

Source: PostgreSQL's manual, 13.3.1 "Table-Level Locks"; the levels of `ALTER TABLE` are those of
`AlterTableGetLockLevel` in its source.
"""

from enum import Enum


class Lock(Enum):
    """A level, in the manual's words, and what waits while it is held."""

    ACCESS_SHARE = "ACCESS SHARE", "nothing but DROP and ALTER"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE", "building indexes and ALTER"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE", "only other DDL and VACUUM"
    SHARE = "SHARE", "writes"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE", "writes"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE", "reads and writes"

    @property
    def label(self) -> str:
        """As the manual writes it."""
        return self.value[0]

    @property
    def stops(self) -> str:
        """What waits for it."""
        return self.value[1]


class Duration(Enum):
    """How long a lock is held, by what the statement does meanwhile."""

    INSTANT = "an instant", "once the lock is there"
    SCAN = "a scan", "while every row is read"
    REWRITE = "a rewrite", "while the table and its indexes are written anew"
    TRANSACTION = "a transaction", "until the transaction ends"

    @property
    def label(self) -> str:
        """Its class."""
        return self.value[0]

    @property
    def held(self) -> str:
        """In words."""
        return self.value[1]
