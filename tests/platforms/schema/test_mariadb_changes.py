"""Columns are exchanged on a real MariaDB while old and new code write: no error, and no row that is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import Struct

from mariadb import Server, dumped, mariadb, mariadb_server, rows, run, running  # noqa: F401 - fixtures
from platforms.schema.mariadb_traffic import Writer, writing
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.mariadb.session import Session
from shipway.adapters.databases.opening import opened
from shipway.adapters.databases.proofs import ChangeRefused
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change

ROWS = 10_000


class Case(Struct, frozen=True, kw_only=True):
    """One operation and how both versions of the code write."""

    table: str
    fill: str
    step: str
    old: tuple[str, str]
    new: tuple[str, str]
    reads: str = "{}"
    """What a column says of a number, as SQL over the column."""


CASES = {
    "rename_column": Case(
        table="id BIGINT AUTO_INCREMENT PRIMARY KEY,"
        " email VARCHAR(100) COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'to ''whom', note TEXT,"
        " changed TIMESTAMP NOT NULL DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP,"
        " UNIQUE KEY by_mail (email), KEY wide (email(20), id DESC),"
        " CONSTRAINT long_enough CHECK (char_length(email) > 2)",
        fill="INSERT INTO users (email) SELECT CONCAT('old', seq) FROM seq_1_to_{}",
        step="rename_column: {table: users, from: email, to: E-Mail Adresse}",
        old=("email", "CONCAT('u', %(n)s, IF(RAND() < 0.5, '-x', '-X'), UUID())"),
        new=("E-Mail Adresse", "CONCAT('u', %(n)s, IF(RAND() < 0.5, '-x', '-X'), UUID())"),
        reads="SUBSTRING(SUBSTRING_INDEX({}, '-', 1), 2)",
    ),
    "change_type": Case(
        table="id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, amount INT NOT NULL DEFAULT 7, KEY (amount)",
        fill="INSERT INTO users (amount) SELECT seq FROM seq_1_to_{}",
        step="change_type: {table: users, column: amount, to: bigint}",
        old=("amount", "%(n)s"),
        new=("amount", "%(n)s"),
    ),
    "change_type with expressions": Case(
        table="id BIGINT AUTO_INCREMENT PRIMARY KEY, price DECIMAL(12, 2) NOT NULL",
        fill="INSERT INTO users (price) SELECT seq / 100 FROM seq_1_to_{}",
        step="change_type: {table: users, column: price, to: bigint, as: cents,"
        " up: price * 100, down: cents / 100}",
        old=("price", "%(n)s / 100"),
        new=("cents", "%(n)s"),
    ),
}


@contextmanager
def runner(uri: str, step: str, *, hold: str = "0s", name: str = "moved") -> Iterator[Runner]:
    change = parse_change(f"change: {name}\nsteps:\n  - {step}\nhold: {hold}\n", file="m.yaml")
    with opened(uri, purpose="test") as session:
        yield Runner(session, change, told=lambda what: None)


def prepared(uri: str, name: str, *, count: int = ROWS) -> Case:
    case = CASES[name]
    run(uri, f"CREATE TABLE users ({case.table}) ENGINE=InnoDB", case.fill.format(count))
    return case


def writer(uri: str, shape: tuple[str, str], seed: int) -> Writer:
    return Writer(uri=uri, column=shape[0], value=shape[1], seed=seed)


def assert_rows(uri: str, case: Case, writers: list[Writer], *, columns: tuple[str, ...]) -> None:
    """Each row says what was written into it last, in every shape."""
    for column in columns:
        number = f"ROUND(`{column}` * 100)" if column == "price" else case.reads.format(f"`{column}`")
        said = dict(rows(uri, f"SELECT id, {number} FROM users"))
        for one in writers:
            assert {row: int(str(said[row])) for row in one.wrote} == one.wrote, column


@pytest.mark.parametrize("name", CASES)
def test_nobody_notices_and_no_row_is_wrong(name: str, mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, name)
    old = [writer(mariadb, case.old, seed) for seed in (1, 2)]
    new = [writer(mariadb, case.new, seed) for seed in (3, 4)]
    with writing(*old):
        with runner(mariadb, case.step) as one:
            assert one.expand() == Phase.DUAL_WRITING
            one.revert()
            assert one.expand() == Phase.DUAL_WRITING
            assert one.backfill(lambda walk: None) == Phase.BACKFILLED
        with writing(*new), runner(mariadb, case.step) as one:
            assert not any(found.wrong for found in one.verify())
            assert one.switch() == Phase.SWITCHED
    assert_rows(mariadb, case, [*old, *new], columns=(case.old[0], case.new[0]))
    if name == "rename_column":
        assert rows(mariadb, "SELECT COUNT(*) FROM users WHERE changed > '2020-01-01' AND email LIKE 'old%'") == [
            (0,)
        ]
    with writing(*new), runner(mariadb, case.step) as one:
        assert one.evidence().wrong == ()
        assert one.contract() == Phase.CONTRACTED
    assert [error for one in (*old, *new) for error in one.errors] == []
    assert_rows(mariadb, case, [*old, *new], columns=(case.new[0],))
    assert rows(mariadb, "SHOW TRIGGERS") == []


@pytest.mark.parametrize("name", CASES)
def test_a_change_that_is_taken_back_leaves_nothing(name: str, mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, name, count=500)
    before = dumped(mariadb)
    with runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        assert dumped(mariadb) != before
        one.revert()
    assert dumped(mariadb) == before


def test_in_the_end_the_table_is_as_if_it_had_been_made_so(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=50)
    with runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        one.contract()
    ((_, text),) = rows(mariadb, "SHOW CREATE TABLE users")
    lines = [line.strip() for line in str(text).splitlines()]
    mail = next(line for line in lines if line.startswith("`E-Mail Adresse`"))
    assert "varchar(100)" in mail and "utf8mb4_unicode_ci" in mail and "NOT NULL COMMENT 'to ''whom'" in mail
    assert mail.endswith("CHECK (char_length(`E-Mail Adresse`) > 2),")
    assert "UNIQUE KEY `by_mail` (`E-Mail Adresse`)," in lines
    assert "KEY `wide` (`E-Mail Adresse`(20),`id` DESC)" in lines


class Killed(Exception):
    """The process died here."""


def walked(uri: str, step: str, *, die_at: int | None, to_the_end: bool = False) -> int:
    """From wherever it is to the switch, or to the end; the number of statements that change something.

    Raises `Killed` before one of them: by turns the process is gone, and its connection is cut.
    """
    count, is_cut = 0, False
    change = parse_change(f"change: moved\nsteps:\n  - {step}\nhold: 0s\n", file="m.yaml")
    with opened(uri, purpose="test") as session:

        def heard(text: str) -> None:
            nonlocal count, is_cut
            count += not text.lstrip().startswith("SELECT")
            if count != die_at or is_cut:
                return
            if die_at % 2:
                raise Killed
            assert isinstance(session, Session)
            is_cut = True
            run(uri, f"KILL CONNECTION {session.connection.thread_id()}")  # type: ignore[no-untyped-call]

        session.heard = heard
        one = Runner(session, change, told=lambda what: None)
        try:
            one.reach(Phase.CONTRACTED if to_the_end else Phase.SWITCHED, lambda walk: None)
        except DatabaseError as error:
            if not is_cut:
                raise
            raise Killed from error
    assert not is_cut, "it went on without its connection"
    return count


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["rename_column", "change_type"])
def test_killed_before_any_statement_it_goes_on(name: str, mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, name, count=300)
    before, old = dumped(mariadb), writer(mariadb, case.old, 1)
    total = walked(mariadb, case.step, die_at=None)
    assert total > 10, "expand, backfill and switch say more than a few statements"
    taken_back(mariadb, case.step)
    assert dumped(mariadb) == before
    with writing(old):
        for at in range(1, total + 1):
            with pytest.raises(Killed):
                walked(mariadb, case.step, die_at=at)
            if at % 2:
                walked(mariadb, case.step, die_at=None)
            taken_back(mariadb, case.step)
    walked(mariadb, case.step, die_at=None, to_the_end=True)
    assert old.errors == []
    assert_rows(mariadb, case, [old], columns=(case.new[0],))
    assert rows(mariadb, "SHOW TRIGGERS") == []


def taken_back(uri: str, step: str) -> None:
    with runner(uri, step) as one:
        one.revert()


@pytest.mark.timeout(600)
def test_contract_is_killed_before_any_statement_and_new_code_works_all_the_time(mariadb: str) -> None:  # noqa: F811
    for name in ("rename_column", "change_type"):
        run(mariadb, "DROP TABLE IF EXISTS users")
        case = prepared(mariadb, name, count=100)
        new = writer(mariadb, case.new, 1)
        walked(mariadb, case.step, die_at=None)
        with writing(new):
            at, is_over = 1, False
            while not is_over:
                try:
                    walked(mariadb, case.step, die_at=at, to_the_end=True)
                    is_over = True
                except Killed:
                    at += 1
        assert at > 5, "a contract says more than a few statements"
        assert new.errors == []
        assert_rows(mariadb, case, [new], columns=(case.new[0],))
        with runner(mariadb, case.step) as one:
            record = one.record()
        assert record is not None and record.phase == Phase.CONTRACTED
        run(mariadb, "DELETE FROM shipway_changes")


def test_revert_is_killed_before_any_statement_and_is_not_gone_on_from(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=100)
    before = dumped(mariadb)
    at, is_over = 1, False
    while not is_over:
        walked(mariadb, case.step, die_at=None)
        count = 0

        def heard(text: str) -> None:
            nonlocal count
            count += not text.lstrip().startswith("SELECT")
            if count == at:  # noqa: B023
                raise Killed

        with runner(mariadb, case.step) as one:
            one.session.heard = heard
            try:
                one.revert()
                is_over = True
            except Killed:
                at += 1
        with runner(mariadb, case.step) as one:
            one.revert()
        assert dumped(mariadb) == before
    assert at > 4


def test_a_revert_that_was_begun_is_not_gone_on_from(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=10)
    walked(mariadb, case.step, die_at=None)
    with runner(mariadb, case.step) as one:

        def heard(text: str) -> None:
            if "DROP COLUMN" in text:
                raise Killed

        one.session.heard = heard
        with pytest.raises(Killed):
            one.revert()
    with runner(mariadb, case.step) as one:
        with pytest.raises(ChangeRefused, match="is being taken back"):
            one.expand()
        with pytest.raises(ChangeRefused, match="is being taken back"):
            one.switch()
        one.revert()
        assert one.expand() == Phase.DUAL_WRITING


@pytest.mark.timeout(300)
def test_a_server_that_is_killed_comes_back_and_the_change_goes_on() -> None:
    with running("--innodb-flush-log-at-trx-commit=1") as server:
        run(server.uri(""), "CREATE DATABASE shop CHARACTER SET utf8mb4")
        uri = server.uri("shop")
        case = prepared(uri, "rename_column", count=300)
        before = dumped(uri)
        for words in (
            "ADD COLUMN",
            "BEFORE UPDATE",
            "UPDATE `shop`",
            "ADD UNIQUE",
            "ADD INDEX",
            "INTO shipway_steps",
        ):

            def heard(text: str) -> None:
                if words in text:  # noqa: B023
                    server.kill()

            change = parse_change(f"change: moved\nsteps:\n  - {case.step}\nhold: 0s\n", file="m.yaml")
            with opened(uri, purpose="test") as session:
                session.heard = heard
                one = Runner(session, change, told=lambda what: None)
                with pytest.raises(DatabaseError):
                    one.reach(Phase.SWITCHED, lambda walk: None)
            server.start()
            uri = server.uri("shop")
            if words == "BEFORE UPDATE":
                taken_back(uri, case.step)
                assert dumped(uri) == before
        walked(uri, case.step, die_at=None, to_the_end=True)
        assert rows(uri, "SELECT COUNT(*) FROM users WHERE `E-Mail Adresse` LIKE 'old%'") == [(300,)]


def test_a_row_that_was_written_around_the_trigger_is_found_and_repaired(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=300)
    with runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        ((text,),) = rows(
            mariadb,
            "SELECT ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_NAME = "
            "'shipway_moved_0_update' AND TRIGGER_SCHEMA = DATABASE()",
        )
        run(
            mariadb,
            "DROP TRIGGER shipway_moved_0_update",
            "UPDATE users SET email = UPPER(email) WHERE id = 9",
            f"CREATE TRIGGER shipway_moved_0_update BEFORE UPDATE ON users FOR EACH ROW {text}",
        )
        assert [found.wrong for found in one.verify()] == [1], "a letter's case is a difference too"
        with pytest.raises(ChangeRefused, match="1 rows are not right"):
            one.switch()
        one.backfill(lambda walk: None)
        assert one.switch() == Phase.SWITCHED


def test_code_of_a_session_that_is_not_strict_is_understood(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=10)
    with runner(mariadb, case.step) as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        run(
            mariadb,
            "SET SESSION sql_mode = ''",
            "INSERT INTO users (email) VALUES ('old code')",
            "INSERT INTO users (`E-Mail Adresse`) VALUES ('new code')",
            "INSERT IGNORE INTO users (email) VALUES ('ignored')",
            "INSERT INTO users (email) VALUES ('old code') ON DUPLICATE KEY UPDATE email = 'twice'",
            "REPLACE INTO users (id, `E-Mail Adresse`) VALUES (3, 'replaced')",
        )
        assert not any(found.wrong for found in one.verify())
    said = [row[0] for row in rows(mariadb, "SELECT email FROM users WHERE id = 3 OR id > 10 ORDER BY id")]
    assert said == ["replaced", "twice", "new code", "ignored"]


def test_contract_is_refused_while_a_view_or_the_hold_needs_the_old_shape(mariadb: str) -> None:  # noqa: F811
    case = prepared(mariadb, "rename_column", count=10)
    with runner(mariadb, case.step, hold="1h") as one:
        one.expand()
        one.backfill(lambda walk: None)
        one.switch()
        run(mariadb, "CREATE VIEW mails AS SELECT email FROM users")
        found = one.evidence()
    assert found.waits_seconds > 3000
    assert found.dependents == ("view mails",)
    assert found.used is None, "performance_schema is off, so nobody knows"


def test_two_commands_at_once_and_two_changes_of_a_table_are_refused(
    mariadb: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shipway.adapters.databases.runner.TAKE_SECONDS_MAX", 0.2)
    case = prepared(mariadb, "change_type", count=10)
    with runner(mariadb, case.step) as one:
        one.expand()
        with runner(mariadb, case.step) as two, pytest.raises(ChangeRefused, match="Another command"):
            two.expand()
        with (
            runner(mariadb, case.step, name="other") as other,
            pytest.raises(ChangeRefused, match="moved is changing"),
        ):
            other.expand()
