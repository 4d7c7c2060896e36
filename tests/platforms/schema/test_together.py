"""Several tables are filled at once, each on a connection of its own, while both are written."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from platforms.schema.traffic import Shape, Writer, writing
from postgres import database, postgres_server, rows, run  # noqa: F401 - fixtures
from shipway.adapters.databases.backfill import Filling
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.journal import Walk
from shipway.adapters.databases.opening import opened
from shipway.adapters.databases.runner import Runner
from shipway.model.phase import Phase
from shipway.schema.change_file import parse_change

ROWS = 6000
FILE = """change: both
steps:
  - change_type: {table: users, column: n, to: bigint, as: wide}
  - change_type: {table: orders, column: n, to: bigint, as: wide}
hold: 0s
freeze: 0s
"""
WRONG = """SELECT (SELECT count(*) FROM users WHERE wide IS DISTINCT FROM n)
    + (SELECT count(*) FROM orders WHERE wide IS DISTINCT FROM n)"""
WALKS = "SELECT step, rows_walked, is_done FROM shipway.backfills ORDER BY step"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of a hundred rows."""
    monkeypatch.setattr(Filling, "_resize", lambda filling, seconds: setattr(filling, "batch_rows", 100))


@pytest.fixture
def uri(database: str) -> str:  # noqa: F811
    for table in ("users", "orders"):
        run(
            database,
            f"CREATE TABLE {table} (id bigserial PRIMARY KEY, n int)",
            f"INSERT INTO {table} (n) SELECT n FROM generate_series(1, {ROWS}) n",
        )
    run(database, "ANALYZE")
    return database


@contextmanager
def runner(uri: str) -> Iterator[Runner]:
    with opened(uri, purpose="test") as session:
        change = parse_change(FILE, file="both.yaml")
        yield Runner(session, change, told=lambda what: None, opened=lambda: opened(uri, purpose="test both"))


def filled(uri: str, walked: Callable[[Walk], None]) -> Phase:
    with runner(uri) as one:
        one.expand()
        return one.backfill(walked)


def test_both_are_under_way_at_one_moment_and_no_row_is_wrong(uri: str) -> None:
    seen: list[Walk] = []
    together: list[bool] = []

    def walked(walk: Walk) -> None:
        seen.append(walk)
        found = rows(uri, WALKS)
        together.append(len(found) == 2 and all(int(str(done)) > 0 and not is_done for _, done, is_done in found))

    writers = [Writer(uri=uri, table=name, shape=Shape("n", "%(n)s"), seed=1) for name in ("users", "orders")]
    with writing(*writers):
        assert filled(uri, walked) == Phase.BACKFILLED
    assert any(together), "one waited for the other"
    assert [error for one in writers for error in one.errors] == []
    assert rows(uri, WRONG) == [(0,)]
    assert seen[-1].is_done and seen[-1].rows_walked >= 2 * ROWS
    assert all(after.rows_walked >= before.rows_walked for before, after in itertools.pairwise(seen))


def test_what_is_not_wanted_any_more_ends_both_and_goes_on_from_there(uri: str) -> None:
    class Unwanted(Exception):
        pass

    def unwanted(walk: Walk) -> None:
        raise Unwanted

    with pytest.raises(Unwanted):
        filled(uri, unwanted)
    here = rows(uri, WALKS)
    assert all(int(str(done)) < ROWS and not is_done for _, done, is_done in here)
    assert filled(uri, lambda walk: None) == Phase.BACKFILLED
    assert rows(uri, "SELECT sum(rows_written) FROM shipway.backfills") == [(2 * ROWS,)], (
        "no row was written twice"
    )


def test_one_that_fails_ends_the_other_and_says_why(uri: str) -> None:
    run(uri, "ALTER TABLE orders ADD CHECK (n < 4000 OR n > 5900) NOT VALID")
    run(uri, "UPDATE pg_constraint SET convalidated = true WHERE conrelid = 'orders'::regclass AND contype = 'c'")
    with pytest.raises(DatabaseError, match="refused") as error:
        filled(uri, lambda walk: None)
    assert "orders_n_check" in error.value.why
    run(uri, "UPDATE orders SET n = 1 WHERE n BETWEEN 4000 AND 5900")
    assert filled(uri, lambda walk: None) == Phase.BACKFILLED
    assert rows(uri, WRONG) == [(0,)]
