"""SQL of MySQL and MariaDB that has a hazard, and SQL that has not."""

import pytest

from shipway.schema.dialects.mysql.check import check, hinted
from shipway.schema.dialects.mysql.hazards import NAMES
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import Server, Table
from shipway.schema.sql.parse import Source

TIMED = "SET SESSION lock_wait_timeout = 1;\n"
OLD = {"mariadb": (10, 2), "mysql": (5, 7)}


def found(text: str, dialect: str = "mariadb", release: tuple[int, ...] = ()) -> list[Finding]:
    return check(Source(text, "m.sql"), Server(dialect=dialect, release=release))


def names(text: str, dialect: str = "mariadb", release: tuple[int, ...] = ()) -> set[str]:
    return {one.hazard.name for one in found(TIMED + text, dialect, release)} - {"algorithm-unsaid"}


BOTH = {
    "ALTER TABLE t MODIFY a BIGINT": {"copies-table"},
    "ALTER TABLE t CHANGE a b INT": {"copies-table", "rename-column"},
    "ALTER TABLE t RENAME COLUMN a TO b": {"rename-column"},
    "ALTER TABLE t RENAME INDEX a TO b": set(),
    "ALTER TABLE t RENAME TO u": {"rename-table"},
    "RENAME TABLE t TO u": {"rename-table"},
    "ALTER TABLE t ADD COLUMN a INT": set(),
    "ALTER TABLE t ADD a INT DEFAULT 5": set(),
    "ALTER TABLE t ADD COLUMN a TIMESTAMP DEFAULT CURRENT_TIMESTAMP()": set(),
    "ALTER TABLE t ADD COLUMN a INT NOT NULL": {"required-column"},
    "ALTER TABLE t ADD COLUMN a CHAR(36) DEFAULT (uuid())": {"copies-table"},
    "ALTER TABLE t ADD COLUMN a CHAR(36) DEFAULT uuid()": {"copies-table"},
    "ALTER TABLE t ADD COLUMN a INT AS (b + 1) STORED": {"copies-table"},
    "ALTER TABLE t ADD COLUMN a INT AS (b + 1) VIRTUAL": set(),
    "ALTER TABLE t ADD COLUMN a INT UNIQUE": {"rebuilds-table"},
    "ALTER TABLE t DROP COLUMN a": {"drop-column"},
    "ALTER TABLE t DROP INDEX a": set(),
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 5": set(),
    "ALTER TABLE t ADD INDEX i (a), ADD UNIQUE u (b)": set(),
    "CREATE INDEX i ON t (a)": set(),
    "CREATE UNIQUE INDEX i ON d.t (a) ALGORITHM=INPLACE": set(),
    "CREATE FULLTEXT INDEX i ON t (a)": {"stops-writers"},
    "ALTER TABLE t ADD SPATIAL INDEX (a)": {"stops-writers"},
    "ALTER TABLE t ADD PRIMARY KEY (a)": {"rebuilds-table"},
    "ALTER TABLE t DROP PRIMARY KEY": {"copies-table"},
    "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)": {"rebuilds-table"},
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id)": {"copies-table"},
    "SET foreign_key_checks = 0; ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)": set(),
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": {"copies-table"},
    "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4": {"copies-table"},
    "ALTER TABLE t ENGINE=InnoDB": {"rebuilds-table"},
    "ALTER TABLE t ENGINE=MyISAM": {"copies-table"},
    "ALTER TABLE t PARTITION BY HASH (a) PARTITIONS 4": {"copies-table"},
    "DROP TABLE IF EXISTS t": {"drop-table"},
    "DROP SCHEMA d": {"drop-database"},
    "TRUNCATE t": {"truncate"},
    "/*!50003 TRUNCATE t */": {"truncate"},
    "UPDATE t SET a = 1": {"whole-table-write"},
    "DELETE FROM t": {"whole-table-write"},
    "DELETE FROM t WHERE id < 100": set(),
    "CALL p()": {"dynamic-sql"},
    "PREPARE s FROM 'DROP TABLE t'": {"dynamic-sql"},
    "SELECT 'DROP TABLE t'; -- DROP TABLE t": set(),
    "SELECT 'never ended": {"not-read"},
    "CREATE TABLE t (a INT); ALTER TABLE t MODIFY a BIGINT; DROP TABLE t; TRUNCATE t": set(),
    "DELIMITER //\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; SET NEW.b = 2; END//\n"
    "DELIMITER ;\nDROP TABLE t;": {"drop-table"},
    "# a comment\nDROP TABLE `t;u`": {"drop-table"},
}


@pytest.mark.parametrize("text", BOTH)
@pytest.mark.parametrize("dialect", ["mariadb", "mysql"])
def test_what_is_dangerous_on_both(text: str, dialect: str) -> None:
    assert names(text, dialect) == BOTH[text]


@pytest.mark.parametrize("dialect", ["mariadb", "mysql"])
def test_what_was_written_anew_before_is_instant_now(dialect: str) -> None:
    for text in ("ALTER TABLE t ADD COLUMN a INT", "ALTER TABLE t ADD COLUMN a INT FIRST"):
        assert names(text, dialect) == set()
        assert names(text, dialect, OLD[dialect]) == {"rebuilds-table"}
    assert names("ALTER TABLE t DROP COLUMN a", dialect, OLD[dialect]) == {"rebuilds-table", "drop-column"}


def test_every_hazard_has_a_case() -> None:
    assert set().union(*BOTH.values()) | {"algorithm-unsaid", "no-lock-timeout"} == set(NAMES)


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("int(11)", "INT NOT NULL", {"rebuilds-table"}),
        ("int(11)", "INT", set()),
        ("int(11)", "BIGINT", {"copies-table"}),
        ("int(11)", "INT UNSIGNED", {"copies-table"}),
        ("varchar(20)", "VARCHAR(30)", set()),
        ("varchar(30)", "VARCHAR(20)", {"copies-table"}),
        ("varchar(63)", "VARCHAR(64)", {"copies-table"}),
        ("varchar(64)", "VARCHAR(640)", set()),
        ("enum('a','b')", "ENUM('a', 'b', 'c')", set()),
        ("enum('a','b')", "ENUM('b', 'a')", {"copies-table"}),
    ],
)
def test_a_type_that_is_known_decides(kind: str, said: str, expected: set[str]) -> None:
    table = Table(rows=9, size_bytes=9, types={"a": kind})
    server = Server(dialect="mariadb", release=(10, 11), tables={"t": table}, is_asked=True)
    seen = check(Source(f"{TIMED}ALTER TABLE t MODIFY COLUMN a {said}", "m.sql"), server)
    assert {one.hazard.name for one in seen} - {"algorithm-unsaid"} == expected
    assert check(Source(f"{TIMED}ALTER TABLE fresh MODIFY a {said}", "m.sql"), server) == [], "nobody uses it yet"


def test_the_fix_says_algorithm_and_lock_and_has_no_hazard_itself() -> None:
    for text in (
        "ALTER TABLE t ADD COLUMN a INT AFTER b",
        "CREATE INDEX i ON t (a)",
        "ALTER TABLE t ENGINE=InnoDB",
    ):
        for dialect in ("mariadb", "mysql"):
            for one in found(TIMED + text, dialect):
                (fix,) = one.found.fix
                assert "LOCK=NONE" in fix
                again = found(TIMED + fix, dialect)
                assert [two.hazard.name for two in again if two.is_hazard] == []
                assert "algorithm-unsaid" not in {two.hazard.name for two in again}


def test_a_statement_that_says_how_is_not_told_that_it_would_be_copied() -> None:
    assert names("ALTER TABLE t MODIFY a INT NOT NULL, ALGORITHM=INPLACE, LOCK=NONE") == set()
    (one,) = found(TIMED + "ALTER TABLE t DROP PRIMARY KEY, ALGORITHM=INPLACE")
    assert "refuses" in one.found.what


def test_places_and_comments_that_silence() -> None:
    text = f"{TIMED}\n-- Größe\nDROP TABLE a;\n-- shipway: ignore drop-table because it is empty\nDROP TABLE b;"
    (one,) = found(text)
    assert (one.line, one.column, one.statement) == (4, 1, "DROP TABLE a")


def test_no_lock_timeout_is_told_once() -> None:
    seen = found("ALTER TABLE t ADD a INT, ALGORITHM=INSTANT;\nALTER TABLE t ADD b INT, ALGORITHM=INSTANT")
    assert [(one.hazard.name, one.line) for one in seen] == [("no-lock-timeout", 1)]


def test_a_text_shows_whose_it_is() -> None:
    assert hinted("CREATE TABLE t (a INT) ENGINE=InnoDB") == "mysql"
    assert hinted("-- shipway: dialect mariadb\nALTER TABLE t ADD a INT") == "mariadb"
    assert hinted("-- `t` had ENGINE=InnoDB once\nALTER TABLE t ADD a INT") == ""
    assert hinted("ALTER TABLE t ADD a INT GENERATED ALWAYS AS IDENTITY") == ""


@pytest.mark.parametrize(
    ("text", "dialect", "release", "fix"),
    [
        ("ALTER TABLE t MODIFY a BIGINT", "mariadb", (10, 11), "schema new NAME change_type"),
        ("ALTER TABLE t MODIFY a BIGINT", "mysql", (8, 4), "pt-online-schema-change or gh-ost"),
        (
            "ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT",
            "mariadb",
            (10, 11),
            "pt-online-schema-change or gh-ost",
        ),
        ("ALTER TABLE t MODIFY id BIGINT AUTO_INCREMENT", "mariadb", (11, 8), "ALGORITHM=COPY, LOCK=NONE;"),
    ],
)
def test_instead_of_a_copy_there_is_what_the_server_can_do(
    text: str, dialect: str, release: tuple[int, ...], fix: str
) -> None:
    (one,) = (one for one in found(TIMED + text, dialect, release) if one.hazard.name == "copies-table")
    assert fix in one.found.fix[0]
