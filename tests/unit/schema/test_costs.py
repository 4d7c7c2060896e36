"""What is told of a statement's cost, without a database."""

import pytest

from shipway.schema.costs import Pace, backfill_seconds, cost
from shipway.schema.lock import Duration, Lock
from shipway.schema.operations.built import Backfill, Batch

PACE = Pace(table="t", rows=1000, size_bytes=1, scan_seconds=2.0, rows_per_second=100.0, is_measured=True)
SAID = {
    "CREATE INDEX i ON t (a)": (Lock.SHARE, Duration.SCAN, 14.0),
    "CREATE INDEX CONCURRENTLY i ON t (a)": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.SCAN, 14.0),
    "ALTER TABLE t ALTER a TYPE bigint": (Lock.ACCESS_EXCLUSIVE, Duration.REWRITE, 14.0),
    "ALTER TABLE t ADD CHECK (a > 0)": (Lock.ACCESS_EXCLUSIVE, Duration.SCAN, 2.0),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID": (Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0),
    "ALTER TABLE t ADD CONSTRAINT c NOT NULL a": (Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0),
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i": (Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0),
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES r": (Lock.SHARE_ROW_EXCLUSIVE, Duration.SCAN, 14.0),
    "ALTER TABLE t VALIDATE CONSTRAINT c": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.SCAN, 2.0),
    "ALTER TABLE t DETACH PARTITION p CONCURRENTLY": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.INSTANT, 0.0),
    "ALTER TABLE t DETACH PARTITION p": (Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0),
    "DROP INDEX CONCURRENTLY i": (Lock.SHARE_UPDATE_EXCLUSIVE, Duration.INSTANT, 0.0),
    "DROP FUNCTION f()": (None, Duration.INSTANT, 0.0),
    "GRANT SELECT ON t TO PUBLIC": (None, Duration.INSTANT, 0.0),
    "CREATE TABLE n (id int PRIMARY KEY)": (None, Duration.INSTANT, 0.0),
    "CREATE TABLE n (id int REFERENCES t)": (Lock.SHARE_ROW_EXCLUSIVE, Duration.INSTANT, 0.0),
    "DO $$ BEGIN DROP TABLE n; END $$": (Lock.ACCESS_EXCLUSIVE, Duration.INSTANT, 0.0),
    "UPDATE t SET a = 1": (Lock.ROW_EXCLUSIVE, Duration.SCAN, 2.0),
}


@pytest.mark.parametrize("text", SAID)
def test_each_statement_has_its_lock_and_its_time(text: str) -> None:
    found = cost(Batch(statements=(text,), what="x"), PACE)
    assert (found.lock, found.duration, found.seconds) == SAID[text]


def test_a_batch_has_the_strongest_lock_of_its_statements_for_the_longest_time() -> None:
    texts = ("ALTER TABLE t ADD COLUMN b int", "ALTER TABLE t VALIDATE CONSTRAINT c", "ALTER INDEX i RENAME TO j")
    found = cost(Batch(statements=texts, what="x"), PACE)
    assert (found.lock, found.duration, found.seconds) == (Lock.ACCESS_EXCLUSIVE, Duration.SCAN, 2.0)


def test_a_backfill_takes_as_long_as_its_rows() -> None:
    assert backfill_seconds(Backfill(table="t", key=("id",), assignment="", missing="", rows=1000), PACE) == 10.0
