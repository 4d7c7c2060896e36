"""The backfill waits for replicas and for others, and goes on when all is calm. No database is needed."""

from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from shipway.adapters.databases import backfill, pausing
from shipway.adapters.databases.backfill import TARGET_SECONDS, Filling
from shipway.adapters.databases.errors import Busy, DatabaseError
from shipway.adapters.databases.pausing import PATIENCE_SECONDS, Pausing, Terms
from shipway.adapters.databases.postgres import dialect
from shipway.adapters.databases.session import Session, Statement
from shipway.schema.operations.built import Backfill

FINE, LATE, CROWDED = (0.0, 0), (9.0, 0), (0.0, 40)
WHAT = Backfill(table="t", key=("id",), assignment="b = a", missing="b IS DISTINCT FROM a", rows=9)


class Pressure:
    """A session that answers how the database is, the last answer for ever."""

    def __init__(self, answers: Sequence[tuple[float, int]]) -> None:
        self.answers, self.looks = list(answers), 0
        self.dialect = dialect
        self.noted: list[str] = []
        """What the database knows of pauses: why, or that one is over."""

    def together(self, statements: Sequence[Statement]) -> None:
        for text, values in statements:
            if text == dialect.STATEMENTS.pause_note:
                self.noted.append(str(values[2]))
            elif text == dialect.STATEMENTS.pause_over:
                self.noted.append("over")

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        if query == dialect.STATEMENTS.pause_exists:
            return [(True,)]
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
    monkeypatch.setattr(pausing, "time", made)
    monkeypatch.setattr(backfill, "time", made)
    yield made


def pauses_of(pressure: Pressure, **terms: object) -> Pausing:
    return Pausing(cast(Session, pressure), "change", "backfill.0", Terms(**terms))  # type: ignore[arg-type]


def filling(pressure: Pressure) -> Filling:
    return Filling(cast(Session, pressure), WHAT, {"id": "bigint"}, pauses_of(pressure))


@pytest.mark.parametrize(
    ("trouble", "said"), [(LATE, "replicas are 9 s behind"), (CROWDED, "40 sessions wait for locks")]
)
def test_it_pauses_until_the_trouble_is_over_and_notes_it(
    trouble: tuple[float, int], said: str, clock: Clock
) -> None:
    pressure = Pressure([trouble, trouble, FINE])
    one = pauses_of(pressure)
    one.wait()
    assert (clock.now, pressure.noted) == (1002.0, [said] * 2)
    one.over()
    one.over()
    assert pressure.noted == [said, said, "over"]


def test_somebody_else_may_have_it_wait_at_once(clock: Clock) -> None:
    reasons = ["users suffer", "users suffer", ""]
    pressure = Pressure([FINE])
    pauses_of(pressure, held=lambda: reasons.pop(0)).wait()
    assert (clock.now, pressure.noted) == (1002.0, ["users suffer"] * 2)


class Asked(Pressure):
    """Fine, but for what the file's `pause` asks."""

    def __init__(self, answers: Sequence[object]) -> None:
        super().__init__([FINE])
        self.pauses = list(answers)

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        return [(self.pauses.pop(0),)] if query == "SELECT busy" else super().rows(query, values)


@pytest.mark.parametrize(("yes", "no"), [(True, False), (7, 0), ("checkout is slow", None)])
def test_it_pauses_while_the_file_says_so_and_tells_why(yes: object, no: object, clock: Clock) -> None:
    one = pauses_of(Asked([yes, yes, no]), asks="SELECT busy")
    told: list[str] = []
    one.told = told.append
    one.wait()
    assert (clock.now, told) == (1002.0, [f"`pause` answers {yes}"] * 2)


def test_a_pause_ends_when_nobody_wants_the_backfill_any_more(clock: Clock) -> None:
    class Unwanted(Exception):
        pass

    def unwanted(why: str) -> None:
        raise Unwanted

    one = pauses_of(Pressure([LATE]))
    one.told = unwanted
    with pytest.raises(Unwanted):
        one.wait()


@pytest.mark.parametrize(("took", "rests"), [(0.05, 0.0), (0.25, 0.0), (1.0, 2.0), (60.0, 5.0)])
def test_after_a_batch_that_was_slow_it_rests(took: float, rests: float, clock: Clock) -> None:
    before = clock.now
    pauses_of(Pressure([FINE])).rest_after(took)
    assert clock.now - before == rests


def test_it_looks_once_a_second_only(clock: Clock) -> None:
    pressure = Pressure([FINE])
    one = pauses_of(pressure)
    for _ in range(5):
        one.wait()
    assert pressure.looks == 1


def test_rows_that_others_lock_are_a_pause_after_a_while(clock: Clock) -> None:
    pressure = Pressure([FINE])
    one = filling(pressure)
    for _ in range(backfill.REFUSED_MAX + 1):
        one._wait_for_locks(Busy(DatabaseError("Lock is busy")))
    assert pressure.noted == ["others hold locks on its rows (Lock is busy)"]
    one._got_through(0.05)
    assert pressure.noted[-1] == "over"


def test_it_gives_up_after_an_hour_of_one_pause_and_not_of_many(clock: Clock) -> None:
    pressure = Pressure([LATE])
    one = pauses_of(pressure)
    for _ in range(3):
        pressure.answers = [LATE] * 3000 + [FINE]
        clock.now += pausing.LOOK_SECONDS
        one.wait()
        one.over()
    assert clock.now - 1000.0 > 2 * PATIENCE_SECONDS
    pressure.answers = [LATE]
    clock.now += pausing.LOOK_SECONDS
    with pytest.raises(DatabaseError, match="gave up"):
        one.wait()
    assert pressure.noted[-1] == "over"


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
