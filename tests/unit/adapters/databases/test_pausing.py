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


class Asked(Pressure):
    """Fine, but for what the file's `pause` asks."""

    def __init__(self, answers: Sequence[object]) -> None:
        super().__init__([FINE])
        self.pauses = list(answers)

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        return [(self.pauses.pop(0),)] if query == "SELECT busy" else super().rows(query, values)


@pytest.mark.parametrize(("yes", "no"), [(True, False), (7, 0), ("checkout is slow", None)])
def test_it_pauses_while_the_file_says_so_and_tells_why(yes: object, no: object, clock: Clock) -> None:
    session = cast(Session, Asked([yes, yes, no]))
    one = Filling(session, "change", "backfill.0", WHAT, {"id": "bigint"}, pause="SELECT busy")
    told: list[str] = []
    one._waits = told.append
    one._wait_for_others()
    assert (one.paused_seconds, told) == (2, [f"`pause` answers {yes}"] * 2)


def test_a_pause_ends_when_nobody_wants_the_backfill_any_more(clock: Clock) -> None:
    class Unwanted(Exception):
        pass

    def unwanted(why: str) -> None:
        raise Unwanted

    one = filling(Pressure([LATE]))
    one._waits = unwanted
    with pytest.raises(Unwanted):
        one._wait_for_others()
    assert one.paused_seconds == 1


@pytest.mark.parametrize(("took", "rests"), [(0.05, 0.0), (0.25, 0.0), (1.0, 2.0), (60.0, 5.0)])
def test_after_a_batch_that_was_slow_it_rests(took: float, rests: float, clock: Clock) -> None:
    before = clock.now
    filling(Pressure([FINE]))._rest_after(took)
    assert clock.now - before == rests


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
