"""What a statement of a plan costs others on MariaDB: by which algorithm it runs, and how long that takes.

Every ALTER of ours says its ALGORITHM and LOCK, which the server holds to, or refuses. How much longer than
reading a table it takes to build an index of it, or to write it anew, was measured on 10.11 with 600,000 rows.
"""

from collections.abc import Iterator
from enum import Enum

from shipway.schema.costs import Cost, Pace
from shipway.schema.dialects.mysql.altering import altered
from shipway.schema.dialects.mysql.words import Said, said
from shipway.schema.lock import Duration
from shipway.schema.operations.built import Batch
from shipway.schema.sql.parse import Source

INDEX_SCANS, REBUILD_SCANS = 11.0, 13.0
"""Of plain scans of the table."""


class Way(Enum):
    """How it is done, and what waits meanwhile; the mildest first."""

    ROWS = "row locks", "writers of these rows"
    METADATA = "metadata lock", "reads and writes"
    INSTANT = "ALGORITHM=INSTANT, LOCK=NONE", "reads and writes"
    NOCOPY = "ALGORITHM=NOCOPY, LOCK=NONE", "nobody but at its two ends"
    INPLACE = "ALGORITHM=INPLACE, LOCK=NONE", "nobody but at its two ends"

    @property
    def label(self) -> str:
        """As the statement says it."""
        return self.value[0]

    @property
    def stops(self) -> str:
        """What waits for it."""
        return self.value[1]


STRENGTH = {way: at for at, way in enumerate(Way)}
Weight = tuple[Way, Duration, float]
QUICKLY = {
    "INSTANT": (Way.INSTANT, Duration.INSTANT, 0.0),
    "NOCOPY": (Way.NOCOPY, Duration.SCAN, INDEX_SCANS),
    "INPLACE": (Way.INPLACE, Duration.REWRITE, REBUILD_SCANS),
}
LOCKING = (("CREATE", "TRIGGER"), ("DROP", "TRIGGER"), ("RENAME", "TABLE"), ("DROP", "TABLE"))
ROWS = ("UPDATE", "INSERT", "DELETE", "REPLACE")
BUILDING = ("ADD",)
"""Of an ALTER by NOCOPY: what drops or renames indexes alone reads no row."""


def cost(batch: Batch, pace: Pace) -> Cost:
    """Of its statements together. Raises `NoMariadb` without the parser."""
    found = [weight for text in batch.statements for one in said(Source(text, "plan")) for weight in _weights(one)]
    return Cost(
        lock=max((way for way, _, _ in found), key=STRENGTH.__getitem__, default=None),
        duration=max((length for _, length, _ in found), key=[*Duration].index, default=Duration.INSTANT),
        seconds=pace.scan_seconds * sum(scans for _, _, scans in found),
    )


def _weights(one: Said) -> Iterator[Weight]:
    keys = [word.key for word in one.words]
    if keys[:2] == ["SET", "STATEMENT"] and "FOR" in keys:
        after = one.words[keys.index("FOR") + 1 :]
        yield from _weights(Said(one.statement, after, one.text))
        return
    if keys[:1] and keys[0] in ROWS:
        yield Way.ROWS, Duration.SCAN, 1.0
    elif tuple(keys[:2]) in LOCKING:
        yield Way.METADATA, Duration.INSTANT, 0.0
    elif (change := altered(one)) is not None:
        way, length, scans = QUICKLY.get(change.algorithm, QUICKLY["INPLACE"])
        is_built = way != Way.NOCOPY or any(part.begins(*BUILDING) for part in change.parts)
        yield (way, length, scans) if is_built else (way, Duration.INSTANT, 0.0)
