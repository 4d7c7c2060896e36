"""What is told of a statement's cost on MariaDB, without a database."""

import pytest

from shipway.schema.costs import Pace
from shipway.schema.dialects.mariadb.costs import INDEX_SCANS, REBUILD_SCANS, Way, cost
from shipway.schema.lock import Duration
from shipway.schema.operations.built import Batch

PACE = Pace(table="t", rows=1000, size_bytes=1, scan_seconds=2.0, rows_per_second=100.0, is_measured=True)
BESIDE = "ALTER TABLE `t` {}, ALGORITHM={}, LOCK=NONE"
SAID = {
    BESIDE.format("ADD COLUMN `a` int", "INSTANT"): (Way.INSTANT, Duration.INSTANT, 0.0),
    BESIDE.format("ADD INDEX `i` (`a`)", "NOCOPY"): (Way.NOCOPY, Duration.SCAN, 2.0 * INDEX_SCANS),
    BESIDE.format("DROP INDEX `ADD`, RENAME INDEX `i` TO `j`", "NOCOPY"): (Way.NOCOPY, Duration.INSTANT, 0.0),
    BESIDE.format("MODIFY `a` int NOT NULL", "INPLACE"): (Way.INPLACE, Duration.REWRITE, 2.0 * REBUILD_SCANS),
    "SET STATEMENT foreign_key_checks = 0 FOR "
    + BESIDE.format("ADD CONSTRAINT `c` FOREIGN KEY (`a`) REFERENCES `b` (`FOR`)", "NOCOPY"): (
        Way.NOCOPY,
        Duration.SCAN,
        2.0 * INDEX_SCANS,
    ),
    "CREATE TRIGGER `g` BEFORE UPDATE ON `t` FOR EACH ROW SET NEW.a = 1": (Way.METADATA, Duration.INSTANT, 0.0),
    "DROP TRIGGER IF EXISTS `g`": (Way.METADATA, Duration.INSTANT, 0.0),
    "UPDATE `t` SET `a` = 1": (Way.ROWS, Duration.SCAN, 2.0),
    "DO 0": (None, Duration.INSTANT, 0.0),
}


@pytest.mark.parametrize("text", SAID)
def test_each_statement_has_its_algorithm_and_its_time(text: str) -> None:
    found = cost(Batch(statements=(text,), what="x"), PACE)
    assert (found.lock, found.duration, found.seconds) == SAID[text]


def test_a_batch_has_the_hardest_of_its_statements_for_the_longest_time() -> None:
    texts = (BESIDE.format("ADD INDEX (`a`)", "NOCOPY"), BESIDE.format("FORCE", "INPLACE"), "DROP TRIGGER `g`")
    found = cost(Batch(statements=texts, what="x"), PACE)
    assert (found.lock, found.duration) == (Way.INPLACE, Duration.REWRITE)
    assert found.seconds == 2.0 * (INDEX_SCANS + REBUILD_SCANS)
