"""Operations of MariaDB that exchange no column: there and back, and there to the end, while code writes."""

import pymysql
import pytest
from msgspec import Struct

from mariadb import dumped, mariadb, mariadb_server, rows, run  # noqa: F401 - fixtures
from platforms.schema.mariadb_traffic import Writer, writing
from platforms.schema.test_mariadb_changes import Killed, runner, taken_back, walked
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.model.phase import Phase
from shipway.schema.operations.built import Unfit

SETUP = (
    "CREATE TABLE teams (id BIGINT PRIMARY KEY) ENGINE=InnoDB",
    "INSERT INTO teams SELECT seq FROM seq_0_to_9",
    "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, `E-mail` VARCHAR(80) DEFAULT 'none',"
    " team BIGINT DEFAULT 1, age INT NOT NULL DEFAULT 30, KEY old_age (age)) ENGINE=InnoDB",
    "INSERT INTO users (`E-mail`, team) SELECT CONCAT('u', seq), seq MOD 10 FROM seq_1_to_5000",
)


class Case(Struct, frozen=True, kw_only=True):
    """A step, and a query that answers true once it is there."""

    step: str
    proof: str
    before: str = "DO 0"
    is_same_after_revert: bool = True


COLUMN = (
    "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = '{}' AND {}"
)
INDEX = (
    "SELECT COUNT(*) > 0 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = '{}'"
)
CASES = {
    "add_column": Case(
        step="add_column: {table: users, column: token, type: uuid, default: uuid(), required: true}",
        proof=COLUMN.format("token", "IS_NULLABLE = 'NO'"),
    ),
    "add_column, constant": Case(
        step="add_column: {table: users, column: Größe, type: int, default: '-7', required: true}",
        proof="SELECT MIN(`Größe`) = -7 AND MAX(`Größe`) = -7 FROM users",
    ),
    "drop_column": Case(
        step="drop_column: {table: users, column: age}", proof=f"SELECT NOT ({COLUMN.format('age', 'TRUE')})"
    ),
    "set_not_null": Case(
        step="set_not_null: {table: users, column: E-mail, backfill: 'concat(''none-'', team)'}",
        before="UPDATE users SET `E-mail` = NULL WHERE id MOD 3 = 0",
        proof=COLUMN.format("E-mail", "IS_NULLABLE = 'NO' AND COLUMN_DEFAULT = '\\'none\\''"),
        is_same_after_revert=False,
    ),
    "drop_not_null": Case(
        step="drop_not_null: {table: users, column: age}", proof=COLUMN.format("age", "IS_NULLABLE = 'YES'")
    ),
    "add_index": Case(
        step="add_index: {table: users, on: '`E-mail`(20) desc, id', name: by mail}", proof=INDEX.format("by mail")
    ),
    "add_unique": Case(
        step="add_unique: {table: users, columns: 'id, team'}", proof=INDEX.format("users_id_team_key")
    ),
    "set_default": Case(
        step="set_default: {table: users, column: E-mail, default: lower('X')}",
        proof=COLUMN.format("E-mail", "COLUMN_DEFAULT LIKE '%lcase%' OR COLUMN_DEFAULT LIKE '%lower%'"),
    ),
    "add_check": Case(
        step="add_check: {table: users, check: age > 3 and team < 100, name: grown}",
        proof=COLUMN.format("grown", "GENERATION_EXPRESSION LIKE '%`age` > 3%'"),
    ),
    "add_foreign_key": Case(
        step="add_foreign_key: {table: users, columns: team, references: teams, to: id}",
        proof=INDEX.format("users_team_fkey"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_there_and_back_and_to_the_end(name: str, mariadb: str) -> None:  # noqa: F811
    case = CASES[name]
    run(mariadb, *SETUP, case.before)
    before = dumped(mariadb)
    writer = Writer(uri=mariadb, column="team", value="%(n)s MOD 10", seed=1)
    with runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.revert()
    assert (dumped(mariadb) == before) == case.is_same_after_revert
    with writing(writer), runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        assert one.contract() == Phase.CONTRACTED
    assert writer.errors == []
    assert [bool(row[0]) for row in rows(mariadb, case.proof)] == [True]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", CASES)
def test_killed_before_any_statement_it_goes_on_or_back(name: str, mariadb: str) -> None:  # noqa: F811
    case = CASES[name]
    run(mariadb, *SETUP, "DELETE FROM users WHERE id > 40", case.before)
    before = dumped(mariadb)
    at, is_over = 1, False
    while not is_over:
        try:
            walked(mariadb, case.step, die_at=at)
            is_over = True
        except Killed:
            at += 1
        if not is_over and at % 3 == 0:
            walked(mariadb, case.step, die_at=None)
        taken_back(mariadb, case.step)
        assert dumped(mariadb) == before or not case.is_same_after_revert
    at, is_over = 1, False
    while not is_over:
        try:
            walked(mariadb, case.step, die_at=at, to_the_end=True)
            is_over = True
        except Killed:
            at += 1
    assert [bool(row[0]) for row in rows(mariadb, case.proof)] == [True]


def test_old_code_may_write_nulls_until_the_end(mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP)
    with runner(mariadb, CASES["set_not_null"].step) as one:
        one.expand()
        run(mariadb, "INSERT INTO users (`E-mail`) VALUES (NULL)", "UPDATE users SET `E-mail` = NULL WHERE id = 7")
        one.backfill(lambda walk: None)
        one.switch()
        one.contract()
    assert rows(mariadb, "SELECT `E-mail` FROM users WHERE id = 7") == [("none-7",)]
    with pytest.raises(pymysql.MySQLError):
        run(mariadb, "UPDATE users SET `E-mail` = NULL WHERE id = 7")


@pytest.mark.parametrize("name", ["add_check", "add_foreign_key"])
def test_rows_that_break_a_constraint_are_counted_and_new_ones_refused(name: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP, "UPDATE users SET age = 1, team = 77 WHERE id < 4")
    with runner(mariadb, CASES[name].step) as one:
        one.expand()
        with pytest.raises(pymysql.MySQLError):
            run(mariadb, "INSERT INTO users (age, team) VALUES (1, 77)")
        with pytest.raises(ChangeRefused, match="3 rows are not right"):
            one.backfill(lambda walk: None)
        run(mariadb, "UPDATE users SET age = 9, team = 1 WHERE id < 4")
        assert one.backfill(lambda walk: None) == Phase.BACKFILLED


def test_a_unique_index_that_cannot_be_is_built_again_when_it_can(mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP, "INSERT INTO users (`E-mail`) VALUES ('u1')")
    with runner(mariadb, "add_unique: {table: users, columns: E-mail}") as one:
        with pytest.raises(DatabaseError, match="refused"):
            one.expand()
        run(mariadb, "DELETE FROM users WHERE id > 5000")
        one.expand()
        assert one.backfill(lambda walk: None) == Phase.BACKFILLED


REFUSED = {
    "change_type: {table: users, column: id, to: bigint unsigned}": "numbers the rows",
    "change_type: {table: users, column: age, to: varchar(20)}": "without a word",
    "rename_column: {table: users, from: age, to: team}": "It is there",
    "add_index: {table: users, on: lower(team)}": "not over expressions",
    "add_index: {table: users, on: team, where: team > 1}": "over some rows",
    "add_check: {table: users, check: '1) or (1'}": "does not read it",
    "add_check: {table: users, check: 'age > 0 -- x'}": "does not read it",
    "add_column: {table: users, column: x, type: 'int, drop column age'}": "does not read it",
    "add_primary_key: {table: users, columns: id}": "no form there",
    "rename_column: {table: logs, from: line, to: text}": "only by being copied",
}


@pytest.mark.parametrize("step", REFUSED)
def test_what_would_copy_a_table_is_refused_before_anything_happens(step: str, mariadb: str) -> None:  # noqa: F811
    run(mariadb, *SETUP, "CREATE TABLE logs (id INT PRIMARY KEY, line TEXT) ENGINE=MyISAM")
    before = dumped(mariadb)
    with runner(mariadb, step) as one, pytest.raises(Unfit) as found:
        one.expand()
    assert REFUSED[step] in found.value.why
    assert dumped(mariadb) == before


def test_steps_that_know_nothing_of_each_other_change_one_table(mariadb: str) -> None:  # noqa: F811
    run(
        mariadb,
        "CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(40) NOT NULL, plan VARCHAR(9),"
        " n INT) ENGINE=InnoDB",
        "INSERT INTO users (email, n) SELECT CONCAT('u', seq), seq FROM seq_1_to_500",
    )
    before = dumped(mariadb)
    steps = (
        "rename_column: {table: users, from: email, to: address}\n"
        "  - change_type: {table: users, column: n, to: bigint}"
    )
    for end in (before, ""):
        with runner(mariadb, steps) as one:
            one.reach(Phase.SWITCHED, lambda walk: None)
            run(mariadb, "UPDATE users SET email = 'x' WHERE id = 7", "UPDATE users SET email = 'u7' WHERE id = 7")
            assert rows(mariadb, "SELECT COUNT(*) FROM users WHERE NOT email <=> address") == [(0,)]
            if end:
                one.revert()
                assert dumped(mariadb) == end
    with runner(mariadb, steps) as one:
        one.contract()
    found = rows(mariadb, "SELECT address, n, plan FROM users WHERE id = 7")
    assert found == [("u7", 7, None)] and "shipway" not in dumped(mariadb)
