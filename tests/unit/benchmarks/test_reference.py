"""Absolute times as ratios."""

import pytest

from benchmarks import reference
from benchmarks.reference import NOMINAL_SECONDS, timed


def test_work_as_long_as_the_reference_operation_takes_its_nominal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr(reference.time, "process_time", lambda: float(next(clock)))
    found = timed(lambda: None, rounds=3)
    assert (found.seconds, found.reference, found.ratio, found.nominal) == (1.0, 1.0, 1.0, NOMINAL_SECONDS)


def test_the_first_round_only_warms_up() -> None:
    calls: list[int] = []
    timed(lambda: calls.append(len(calls)), rounds=2)
    assert len(calls) == 3
