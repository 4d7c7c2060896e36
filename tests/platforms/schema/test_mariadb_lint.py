"""What the linter says that a statement costs is what a real MariaDB says."""

import pymysql
import pytest

from mariadb import mariadb, mariadb_server, run  # noqa: F401 - fixtures
from shipway.adapters.databases.mariadb.facts import read_server
from shipway.schema.dialects.mysql.altering import altered
from shipway.schema.dialects.mysql.costs import Place, Way, costs
from shipway.schema.dialects.mysql.words import said
from shipway.schema.sql.parse import Source

TABLE = """CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(50) CHARACTER SET utf8mb4, n INT, k INT,
    d DECIMAL(12, 2), e ENUM('x', 'y'), s VARCHAR(63) CHARACTER SET utf8mb4, KEY k (k)) ENGINE=InnoDB"""
ALTERS = (
    "ADD COLUMN z INT",
    "ADD COLUMN z INT NOT NULL DEFAULT 3 FIRST",
    "ADD COLUMN z CHAR(36) DEFAULT UUID()",
    "ADD COLUMN z BIGINT DEFAULT (a + 1)",
    "ADD COLUMN z TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
    "ADD COLUMN z INT GENERATED ALWAYS AS (a + 1) STORED",
    "ADD COLUMN z INT GENERATED ALWAYS AS (a + 1) VIRTUAL",
    "DROP COLUMN b",
    "RENAME COLUMN b TO bb",
    "MODIFY a BIGINT NOT NULL",
    "MODIFY n INT NOT NULL",
    "MODIFY a INT NOT NULL COMMENT 'x'",
    "MODIFY a INT",
    "MODIFY b VARCHAR(63) CHARACTER SET utf8mb4",
    "MODIFY b VARCHAR(40) CHARACTER SET utf8mb4",
    "MODIFY s VARCHAR(64) CHARACTER SET utf8mb4",
    "MODIFY d DECIMAL(14, 2)",
    "MODIFY e ENUM('x', 'y', 'z')",
    "MODIFY e ENUM('z', 'x', 'y')",
    "ALTER a SET DEFAULT 5",
    "ADD INDEX i (a)",
    "ADD UNIQUE INDEX i (a)",
    "ADD FULLTEXT INDEX i (b)",
    "ADD CONSTRAINT ck CHECK (a > 0)",
    "ADD FOREIGN KEY (k) REFERENCES t (id)",
    "RENAME INDEX k TO kk",
    "DROP PRIMARY KEY",
    "DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)",
    "ENGINE=InnoDB",
    "CONVERT TO CHARACTER SET latin1",
    "ROW_FORMAT=COMPRESSED",
)
HOW = (
    (Way.INSTANT, "INSTANT", "NONE"),
    (Way.BUILT, "NOCOPY", "NONE"),
    (Way.REBUILT, "INPLACE", "NONE"),
    (Way.SHARED, "INPLACE", "SHARED"),
    (Way.COPIED, "COPY", "SHARED"),
)


def takes(uri: str, alter: str) -> Way:
    """The least that the server agrees to."""
    for way, algorithm, lock in HOW:
        run(uri, "DROP TABLE IF EXISTS t", TABLE)
        try:
            run(uri, f"ALTER TABLE t {alter}, ALGORITHM={algorithm}, LOCK={lock}")
        except pymysql.MySQLError:
            continue
        return way
    raise AssertionError(f"the server does not know: {alter}")


@pytest.mark.parametrize("alter", ALTERS)
def test_the_linter_says_what_the_server_does(alter: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, TABLE)
    server = read_server(mariadb)
    assert server.dialect == "mariadb"
    table = server.tables["t"]
    place = Place(dialect=server.dialect, release=server.release, types=dict(table.types), required=table.required)
    (one,) = said(Source(f"ALTER TABLE t {alter}", "m.sql"))
    change = altered(one)
    assert change is not None
    assert max(found.way for _, found in costs(change.parts, place)) == takes(mariadb, alter)
