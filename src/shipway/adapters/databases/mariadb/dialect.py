"""MariaDB's dialect. What is kept stands in tables `shipway_…` beside the others: it has no schemas."""

from collections.abc import Mapping
from dataclasses import dataclass

from shipway.adapters.databases.mariadb.catalog import dependents, new_table, read_table
from shipway.adapters.databases.mariadb.surroundings import around
from shipway.adapters.databases.mariadb.usage import proving, used
from shipway.adapters.databases.mariadb.watching import WAIT_SECONDS
from shipway.adapters.databases.session import Session, Statement, Statements, Value, escaped
from shipway.schema.dialects import operation as of_dialect
from shipway.schema.dialects.mariadb.costs import cost
from shipway.schema.dialects.mariadb.fitting import family
from shipway.schema.dialects.mariadb.names import quoted, table_name
from shipway.schema.operations import Operation
from shipway.schema.operations.built import Backfill
from shipway.schema.table import Table

__all__ = [
    "LOCK_MS",
    "STATEMENTS",
    "around",
    "cost",
    "dependents",
    "measuring",
    "new_table",
    "operation",
    "proving",
    "quoted",
    "read_table",
    "used",
    "walking",
]
LOCK_MS = round(WAIT_SECONDS * 1000)
SIZE = """
    SELECT COALESCE(DATA_LENGTH + INDEX_LENGTH, 0) FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s
"""
_NAMED = "VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
_TIME = "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"
_OWNED = "FOREIGN KEY (`change`) REFERENCES shipway_changes (name) ON DELETE CASCADE"
_EXISTS = (
    "SELECT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{}')"
)
STATEMENTS = Statements(
    tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_changes (
            name {_NAMED} PRIMARY KEY, file TEXT NOT NULL, digest TEXT NOT NULL, phase SMALLINT NOT NULL,
            tables LONGTEXT CHARACTER SET utf8mb4 NOT NULL, begun_at {_TIME}, phase_at {_TIME},
            verified_at TIMESTAMP(6) NULL) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS shipway_steps (
            `change` {_NAMED}, step {_NAMED}, at {_TIME}, PRIMARY KEY (`change`, step), {_OWNED}) ENGINE=InnoDB""",
        f"""CREATE TABLE IF NOT EXISTS shipway_backfills (
            `change` {_NAMED}, step {_NAMED}, last LONGTEXT CHARACTER SET utf8mb4,
            upper LONGTEXT CHARACTER SET utf8mb4,
            rows_walked BIGINT NOT NULL DEFAULT 0, rows_written BIGINT NOT NULL DEFAULT 0,
            rows_total BIGINT NOT NULL, seconds DOUBLE NOT NULL DEFAULT 0, is_done BOOLEAN NOT NULL DEFAULT FALSE,
            PRIMARY KEY (`change`, step), {_OWNED}) ENGINE=InnoDB""",
    ),
    exists=_EXISTS.format("shipway_backfills"),
    take="SELECT GET_LOCK(CONCAT('shipway:', SHA1(CONCAT(DATABASE(), '/', %s))), 0) = 1",
    change="""SELECT file, digest, phase, tables, UNIX_TIMESTAMP(phase_at),
        UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(phase_at), UNIX_TIMESTAMP(verified_at)
        FROM shipway_changes WHERE name = %s""",
    names="SELECT name FROM shipway_changes ORDER BY begun_at, name",
    begin="INSERT INTO shipway_changes (name, file, digest, phase, tables) VALUES (%s, %s, %s, 0, %s)",
    reach="UPDATE shipway_changes SET phase_at = NOW(6), phase = %s WHERE name = %s AND phase < %s",
    verify="UPDATE shipway_changes SET verified_at = NOW(6) WHERE name = %s",
    forget="DELETE FROM shipway_changes WHERE name = %s",
    done="INSERT IGNORE INTO shipway_steps (`change`, step) VALUES (%s, %s)",
    steps="SELECT step FROM shipway_steps WHERE `change` = %s",
    walks="""SELECT last, upper, rows_walked, rows_written, rows_total, seconds, is_done
        FROM shipway_backfills WHERE `change` = %s AND step LIKE %s ORDER BY step""",
    walk_begin="""INSERT INTO shipway_backfills (`change`, step, upper, rows_total, is_done)
        VALUES (%s, %s, %s, %s, %s)
        ON DUPLICATE KEY UPDATE last = NULL, upper = VALUES(upper), rows_walked = 0,
        rows_total = VALUES(rows_total), seconds = 0, is_done = VALUES(is_done)""",
    walk_move="""UPDATE shipway_backfills SET last = %s, rows_walked = %s,
        rows_written = rows_written + %s, seconds = %s, is_done = %s WHERE `change` = %s AND step = %s""",
    wish_tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_wishes (
            `change` {_NAMED}, store VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            phase SMALLINT NOT NULL, generation BIGINT NOT NULL, at {_TIME}, PRIMARY KEY (`change`, store))
            ENGINE=InnoDB""",
    ),
    wish_exists=_EXISTS.format("shipway_wishes"),
    wish_accept="""INSERT INTO shipway_wishes (`change`, store, phase, generation) VALUES (%s, %s, %s, %s)
        ON DUPLICATE KEY UPDATE phase = IF(generation <= VALUES(generation), VALUES(phase), phase),
        at = IF(generation <= VALUES(generation), NOW(6), at),
        generation = GREATEST(generation, VALUES(generation))""",
    wish_newest="SELECT `change`, generation FROM shipway_wishes WHERE store = %s",
    pause_tables=(
        f"""CREATE TABLE IF NOT EXISTS shipway_pauses (
            `change` {_NAMED}, step {_NAMED}, why TEXT CHARACTER SET utf8mb4 NOT NULL, since {_TIME}, at {_TIME},
            PRIMARY KEY (`change`, step), {_OWNED}) ENGINE=InnoDB""",
    ),
    pause_exists=_EXISTS.format("shipway_pauses"),
    pause_note="""INSERT INTO shipway_pauses (`change`, step, why) VALUES (%s, %s, %s)
        ON DUPLICATE KEY UPDATE why = VALUES(why),
        since = IF(UNIX_TIMESTAMP(at) < UNIX_TIMESTAMP(NOW(6)) - %s, NOW(6), since), at = NOW(6)""",
    pause_over="DELETE FROM shipway_pauses WHERE `change` = %s AND step = %s",
    pauses="""SELECT why, UNIX_TIMESTAMP(since) FROM shipway_pauses
        WHERE `change` = %s AND UNIX_TIMESTAMP(at) >= UNIX_TIMESTAMP(NOW(6)) - %s ORDER BY since""",
    speed="""SELECT CAST(SUM(rows_walked) AS INT), SUM(seconds) FROM shipway_backfills
        WHERE rows_walked > %s AND seconds > 0""",
    pressure="""SELECT 0, CAST(VARIABLE_VALUE AS INT) FROM information_schema.GLOBAL_STATUS
        WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'""",
)
INTEGERS, BYTES = ("tinyint", "smallint", "mediumint", "int", "bigint"), ("binary", "varbinary")


def operation(name: str) -> Operation:
    """See `session.Dialect`."""
    return of_dialect("mariadb", name)


@dataclass(frozen=True)
class Rows:
    """Keys column by column: MariaDB finds no range of an index by a comparison of rows."""

    key: tuple[str, ...]
    reads: str
    places: tuple[str, ...]
    ascending: str
    descending: str

    def after(self, key: list[Value]) -> Statement:
        """Behind this key."""
        return self._beyond(key, ">", ">")

    def until(self, key: list[Value]) -> Statement:
        """Up to this key."""
        return self._beyond(key, "<", "<=")

    def _beyond(self, key: list[Value], way: str, last_way: str) -> Statement:
        """Any column beyond its value where those before it are equal; the first one bounds the range."""
        parts, values = [], []
        for at, column in enumerate(self.key):
            sign = last_way if at == len(self.key) - 1 else way
            equal = [f"{one} = {self.places[before]}" for before, one in enumerate(self.key[:at])]
            parts.append(" AND ".join((*equal, f"{column} {sign} {self.places[at]}")))
            values += key[: at + 1]
        whole = " OR ".join(f"({part})" for part in parts)
        return f"{self.key[0]} {way}= {self.places[0]} AND ({whole})", (key[0], *values)


def measuring(session: Session, table: Table, rows: int) -> tuple[int, str]:
    """See `session.Dialect`. The table's own order is read, not that of its smallest index."""
    size = session.rows(SIZE, (table.schema, table.name))[0][0]
    index = " FORCE INDEX (PRIMARY)" if any(one.name == "PRIMARY" for one in table.indexes) else ""
    return int(str(size)), f"SELECT COUNT(*) FROM (SELECT 1 FROM {table_name(table)}{index} LIMIT {rows}) p"


def walking(what: Backfill, types: Mapping[str, str]) -> Rows:
    """See `session.Dialect`."""
    kinds = [family(types[one]) for one in what.key]
    reads = {**dict.fromkeys(INTEGERS, "{}"), **dict.fromkeys(BYTES, "HEX({})")}
    places = {**dict.fromkeys(BYTES, "UNHEX(%s)"), "decimal": "CAST(%s AS DECIMAL(65, 30))"}
    return Rows(
        key=tuple(escaped(one) for one in what.key),
        reads=", ".join(
            reads.get(kind, "CAST({} AS CHAR)").format(one) for kind, one in zip(kinds, what.key, strict=True)
        ),
        places=tuple(places.get(kind, "%s") for kind in kinds),
        ascending=", ".join(what.key),
        descending=", ".join(f"{one} DESC" for one in what.key),
    )
