"""The backfill waits for replicas and for others, and gives up after an hour. No database is needed."""

from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from shipway.adapters.databases import backfill
from shipway.adapters.databases.backfill import PAUSED_SECONDS_MAX, TARGET_SECONDS, Filling
from shipway.adapters.databases.errors import DatabaseError
from shipway.adapters.databases.postgres import dialect
from shipway.adapters.databases.session import Session
from shipway.schema.operations.built import Backfill

FINE, LATE, CROWDED = (0.0, 0), (9.0, 0), (0.0, 40)
WHAT = Backfill(table="t", key=("id",), assignment="b = a", missing="b IS DISTINCT FROM a", rows=9)


class Pressure:
    """A session that answers how the database is, the last answer for ever."""

    def __init__(self, answers: Sequence[tuple[float, int]]) -> None:
        self.answers, self.looks = list(answers), 0
        self.dialect = dialect

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        self.looks += 1
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(backfill, "time", made)
    yield made


def filling(pressure: Pressure) -> Filling:
    return Filling(cast(Session, pressure), "change", "backfill.0", WHAT, {"id": "bigint"})


@pytest.mark.parametrize("trouble", [LATE, CROWDED])
def test_it_pauses_until_the_trouble_is_over(trouble: tuple[float, int], clock: Clock) -> None:
    one = filling(Pressure([trouble, trouble, FINE]))
    one._wait_for_others()
    assert one.paused_seconds == 2


def test_it_looks_once_a_second_only(clock: Clock) -> None:
    pressure = Pressure([FINE])
    one = filling(pressure)
    for _ in range(5):
        one._wait_for_others()
    assert pressure.looks == 1


def test_it_gives_up_after_an_hour(clock: Clock) -> None:
    one = filling(Pressure([LATE]))
    with pytest.raises(DatabaseError, match="gave up"):
        one._wait_for_others()
    assert one.paused_seconds > PAUSED_SECONDS_MAX


def test_batches_grow_and_shrink_towards_the_time_they_may_take(clock: Clock) -> None:
    one = filling(Pressure([FINE]))
    before = one.batch_rows
    one._resize(TARGET_SECONDS / 4)
    assert before < one.batch_rows <= 2 * before
    grown = one.batch_rows
    one._resize(TARGET_SECONDS * 3)
    assert one.batch_rows < grown
    for _ in range(50):
        one._resize(60.0)
    assert one.batch_rows == backfill.ROWS_MIN
