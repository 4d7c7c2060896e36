"""Partitions that come and go while code reads and writes through their table."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from platforms.schema.dumping import dumped
from platforms.schema.test_changes import runner
from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.errors import TooLong
from shipway.adapters.databases.postgres.connecting import connected
from shipway.adapters.databases.postgres.session import Session
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change
from shipway.schema.operations.built import Unfit

PARENTS = {
    "range": ("RANGE (team)", "FROM (0) TO (100)", "FROM (100) TO (200)"),
    "range without an end": ("RANGE (team)", "FROM (0) TO (100)", "FROM (100) TO (MAXVALUE)"),
    "list": ("LIST (team)", "IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)", "IN (100, 101, NULL)"),
}
ATTACH = "attach_partition: {{table: new part, to: Orders, bound: '{}'}}"
DETACH = "detach_partition: {table: new part, from: Orders}"
PART = "SELECT count(*)::int FROM pg_inherits WHERE inhrelid = '\"new part\"'::regclass"
ROWS = 5000
HELD_SECONDS = 1.0


def prepared(uri: str, kind: str, *, is_attached: bool, default: bool = False) -> str:
    """The step, on tables that are there now."""
    statements, step = setup(kind, is_attached=is_attached, default=default)
    run(uri, *statements)
    return step


def setup(kind: str, *, is_attached: bool, default: bool = False) -> tuple[tuple[str, ...], str]:
    """A parent with a part that is written, and another table which is one or becomes one; and the step."""
    by, first, second = PARENTS[kind]
    statements = (
        f'CREATE TABLE "Orders" (id bigserial, team bigint, note text) PARTITION BY {by}',
        'CREATE INDEX by_note ON "Orders" (note)',
        f'CREATE TABLE "first part" PARTITION OF "Orders" FOR VALUES {first}',
        'CREATE TABLE "new part" (id bigint NOT NULL, team bigint, note text)',
        """INSERT INTO "new part" SELECT 1000000 + n, 100 + n % 2, 'old' FROM generate_series(1, 5000) n""",
        'CREATE INDEX "new by note" ON "new part" (note)',
        *(('CREATE TABLE rest PARTITION OF "Orders" DEFAULT',) if default else ()),
        *((f'ALTER TABLE "Orders" ATTACH PARTITION "new part" FOR VALUES {second}',) if is_attached else ()),
        'ANALYZE "new part"',
    )
    return statements, DETACH if is_attached else ATTACH.format(second)


@pytest.mark.parametrize("default", [False, True])
@pytest.mark.parametrize("kind", PARENTS)
@pytest.mark.parametrize("is_attached", [False, True])
def test_there_and_back_and_to_the_end(kind: str, is_attached: bool, default: bool, database: str) -> None:  # noqa: F811
    step = prepared(database, kind, is_attached=is_attached, default=default)
    before = dumped(database)
    writer = Writer(uri=database, table='"Orders"', shape=Shape("team", "mod(%(n)s, 10)"), seed=1)
    with runner(database, step) as one:
        one.expand()
        one.revert()
        assert dumped(database) == before
        one.expand()
        one.backfill(lambda walk: None)
        assert rows(database, PART) == [(0 if is_attached else 1,)]
        one.revert()
        assert dumped(database) == before
        with writing(writer):
            one.expand()
            one.backfill(lambda walk: None)
            one.switch()
            assert one.contract() == Phase.CONTRACTED
    assert writer.errors == []
    assert rows(database, PART) == [(0 if is_attached else 1,)]
    assert rows(database, "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%shipway%'") == [(0,)]
    assert rows(database, 'SELECT count(*) FROM "new part"') == [(ROWS,)]


@pytest.mark.parametrize("kind", PARENTS)
@pytest.mark.parametrize("is_attached", [False, True])
def test_no_row_is_looked_at_under_a_lock(kind: str, is_attached: bool, database: str) -> None:  # noqa: F811
    """PostgreSQL says so: the proof has the form that it looks for."""
    step, said = prepared(database, kind, is_attached=is_attached), list[str]()
    with connected(database, purpose="test") as connection:
        connection.execute("SET client_min_messages = debug1")
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        one = Runner(Session(connection), parse_change(f"change: m\nsteps:\n  - {step}\n", file="m"), told=print)
        one.expand()
        one.backfill(lambda walk: None)
        if is_attached:
            one.revert()
    assert any('"new part" is implied by existing constraints' in text for text in said), said


def test_a_detach_that_waits_for_a_reader_is_killed_and_finalized(database: str) -> None:  # noqa: F811
    step = prepared(database, "range", is_attached=True)
    before = dumped(database)
    for goes_on in (True, False):
        with runner(database, step) as one:
            one.expand()
        with reading(database), runner(database, step) as one:
            ends = threading.Timer(HELD_SECONDS, _end_other_backends, args=(database, "shipway%"))
            ends.start()
            with pytest.raises(Exception, match=r"terminating|closed|lost"):
                one.backfill(lambda walk: None)
            ends.join()
        assert rows(database, "SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == [(1,)]
        with runner(database, step) as one:
            if goes_on:
                one.backfill(lambda walk: None)
                assert rows(database, PART) == [(0,)]
            one.revert()
        assert dumped(database) == before


@contextmanager
def reading(uri: str) -> Iterator[None]:
    """Somebody who looked into the table and has not ended the transaction."""
    with psycopg.connect(uri, application_name="reader") as connection:
        connection.execute('SELECT count(*) FROM "Orders"')
        yield


def _end_other_backends(uri: str, name: str) -> None:
    rows(uri, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '{name}'")


def test_a_default_partition_that_is_too_large_to_look_through_stops_nobody(database: str) -> None:  # noqa: F811
    step = prepared(database, "range", is_attached=False, default=True)
    run(database, "INSERT INTO rest SELECT n, 1000 + n FROM generate_series(1, 2000000) n")
    with runner(database, step) as one:
        one.expand()
        with pytest.raises(TooLong):
            one.backfill(lambda walk: None)
        one.revert()


def test_what_would_be_built_under_a_lock_is_refused(database: str) -> None:  # noqa: F811
    step = prepared(database, "range", is_attached=False)
    run(database, 'CREATE INDEX by_team ON "Orders" (lower(note))')
    with runner(database, step) as one, pytest.raises(Unfit, match="no index like by_team"):
        one.expand()


def test_a_bound_that_cannot_be_proven_is_refused(database: str) -> None:  # noqa: F811
    run(
        database,
        "CREATE TABLE a (x int, y int) PARTITION BY RANGE (x, y)",
        "CREATE TABLE b (x int, y int)",
        "CREATE TABLE h (x int) PARTITION BY HASH (x)",
    )
    for parent, bound in (("a", "FROM (1, 1) TO (2, 2)"), ("h", "WITH (MODULUS 2, REMAINDER 0)")):
        step = f"attach_partition: {{table: b, to: {parent}, bound: '{bound}'}}"
        with runner(database, step) as one, pytest.raises(Unfit, match="none that can be proven"):
            one.expand()
