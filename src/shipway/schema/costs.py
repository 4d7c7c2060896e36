"""What a statement costs others on PostgreSQL: its lock, how long that is held, and an estimate of its time.

Levels are those of `AlterTableGetLockLevel` in PostgreSQL's source and of its manual, 13.3.1. How much longer than
reading a table it takes to build an index of it, or to check a foreign key, was measured on 2,000,000 rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from shipway.schema.lock import Duration, Lock
from shipway.schema.operations.built import Backfill, Batch
from shipway.schema.sql.node import Node
from shipway.schema.sql.parse import Source, statements

INDEX_SCANS = FOREIGN_KEY_SCANS = 7.0
"""Of plain scans of the table."""
STRENGTH = {lock: at for at, lock in enumerate(Lock)}
LENGTH = (Duration.INSTANT, Duration.TRANSACTION, Duration.SCAN, Duration.REWRITE)
NOTHING: "Weight" = (None, Duration.INSTANT, 0.0)
"""No lock on a table that is in use."""
QUICKLY = {
    "AT_ValidateConstraint": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.SCAN, 1.0),
    "AT_AlterColumnType": (Lock.ACCESS_EXCLUSIVE, Duration.REWRITE, INDEX_SCANS),
    "AT_SetStatistics": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.INSTANT, 0.0),
    "AT_AttachPartition": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.INSTANT, 0.0),
}
TRIGGERS = ("AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_DisableTrig")
UNLOCKED_DROPS = ("OBJECT_FUNCTION", "OBJECT_SEQUENCE", "OBJECT_PROCEDURE", "OBJECT_TYPE", "OBJECT_SCHEMA")
ROWS = ("UpdateStmt", "InsertStmt", "DeleteStmt", "MergeStmt")
Weight = tuple[Lock | None, Duration, float]
"""The lock, how long it is held, and how many scans of the table that takes."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How quick a database is with one table."""

    table: str
    rows: int
    size_bytes: int
    scan_seconds: float
    """Of reading every row."""
    rows_per_second: float
    """Of a backfill."""
    is_measured: bool
    """Whether a backfill of this database said so; else it is a guess."""


class Held(Protocol):
    """A lock, or a way to run that has its locks, as a dialect has them."""

    @property
    def label(self) -> str:
        """As the database writes it."""
        ...

    @property
    def stops(self) -> str:
        """What waits for it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one batch."""

    lock: Held | None
    """The strongest of its statements; none where it locks no table that is in use."""
    duration: Duration
    seconds: float
    """An estimate; 0 for an instant."""


def cost(batch: Batch, pace: Pace) -> Cost:
    """Of its statements together, since they are one transaction. Raises `NoPostgres` without the parser."""
    found = [one for text in batch.statements for one in _weights(text)]
    locks = [lock for lock, _, _ in found if lock is not None]
    return Cost(
        lock=max(locks, key=STRENGTH.__getitem__, default=None),
        duration=max((length for _, length, _ in found), key=LENGTH.index, default=Duration.INSTANT),
        seconds=pace.scan_seconds * sum(scans for _, _, scans in found),
    )


def backfill_seconds(backfill: Backfill, pace: Pace) -> float:
    """Without pauses."""
    return backfill.rows / pace.rows_per_second


def _weights(text: str) -> Iterator[Weight]:
    for one in statements(Source(text, "plan")):
        match one.node.kind:
            case "AlterTableStmt":
                yield from (_altered(command) for command in one.node.nodes("cmds"))
            case "IndexStmt":
                is_concurrent = one.node.flag("concurrent")
                lock = Lock.SHARE_UPDATE_EXCLUSIVE if is_concurrent else Lock.SHARE
                yield lock, Duration.SCAN, INDEX_SCANS
            case "DropStmt":
                yield _dropped(one.node)
            case "RenameStmt":
                is_index = one.node.text("rename_type") == "OBJECT_INDEX"
                lock = Lock.SHARE_UPDATE_EXCLUSIVE if is_index else Lock.ACCESS_EXCLUSIVE
                yield lock, Duration.INSTANT, 0.0
            case "CreateTrigStmt":
                yield Lock.SHARE_ROW_EXCLUSIVE, Duration.INSTANT, 0.0
            case "CreateStmt" if any(part.text("contype") == "CONSTR_FOREIGN" for part in one.node.walk()):
                yield Lock.SHARE_ROW_EXCLUSIVE, Duration.INSTANT, 0.0
            case "DoStmt":  # of ours: it drops a table while it is empty
                yield Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0
            case "CommentStmt":
                yield Lock.SHARE_UPDATE_EXCLUSIVE, Duration.INSTANT, 0.0
            case kind if kind in ROWS:
                yield Lock.ROW_EXCLUSIVE, Duration.SCAN, 1.0
            case _:
                yield NOTHING


def _altered(command: Node) -> Weight:
    kind = command.text("subtype")
    if kind in QUICKLY:
        return QUICKLY[kind]
    if kind in TRIGGERS:
        return Lock.SHARE_ROW_EXCLUSIVE, Duration.INSTANT, 0.0
    if kind == "AT_DetachPartition":
        is_concurrent = command.node("def").flag("concurrent")
        return (Lock.SHARE_UPDATE_EXCLUSIVE if is_concurrent else Lock.ACCESS_EXCLUSIVE), Duration.INSTANT, 0.0
    if kind != "AT_AddConstraint":
        return Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0
    made = command.node("def")
    is_key = made.text("contype") == "CONSTR_FOREIGN"
    is_proven = made.text("contype") == "CONSTR_NOTNULL"  # by a check, in every operation
    is_instant = is_proven or made.flag("skip_validation") or bool(made.text("indexname"))
    scans = FOREIGN_KEY_SCANS if is_key else INDEX_SCANS if "UNIQUE" in made.text("contype") else 1.0
    lock = Lock.SHARE_ROW_EXCLUSIVE if is_key else Lock.ACCESS_EXCLUSIVE
    return (lock, Duration.INSTANT, 0.0) if is_instant else (lock, Duration.SCAN, scans)


def _dropped(node: Node) -> Weight:
    kind = node.text("remove_type")
    if kind in UNLOCKED_DROPS:
        return NOTHING
    is_quiet = kind == "OBJECT_INDEX" and node.flag("concurrent")
    return (Lock.SHARE_UPDATE_EXCLUSIVE if is_quiet else Lock.ACCESS_EXCLUSIVE), Duration.INSTANT, 0.0
