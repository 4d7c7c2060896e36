"""A compacted journal folds to the same state, wherever it is cut, and nothing about a release changes."""

from collections.abc import Sequence

import msgspec
import pytest
from msgspec import Raw
from pytest import MonkeyPatch

from properties.races import race_of
from shipway.engine import compact
from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.model.event import Compacted, Entry
from shipway.simulation.ending import first_line, violations_of
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.simulate import simulate

SEEDS = range(60)
EMPTY = ServiceState(service="checkout")


def cut(entries: Sequence[Entry], at: int) -> tuple[Entry, ...]:
    """With the first `at` entries as one."""
    last = entries[at - 1]
    state = msgspec.json.encode(fold(EMPTY, entries[:at]))
    return (Entry(last.position, last.at, Compacted(state=Raw(state))), *entries[at:])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_journal_that_is_cut_anywhere_folds_to_the_same_state(seed: int) -> None:
    entries = simulate(scenario_of(seed)).entries
    whole = fold(EMPTY, entries)
    for at in {1, 2, *range(1, len(entries) + 1, 7), len(entries)}:
        assert fold(EMPTY, cut(entries, at)) == whole, f"seed {seed}, cut after {at}"


def test_one_that_is_cut_again_and_again_does_too() -> None:
    entries = simulate(race_of(3)).entries
    compacted: tuple[Entry, ...] = ()
    for entry in entries:
        compacted = cut((*compacted, entry), min(2, len(compacted) + 1))
    assert len(compacted) == 1 and fold(EMPTY, compacted) == fold(EMPTY, entries)


def test_a_reader_that_is_behind_the_cut_catches_up_with_what_is_left() -> None:
    entries = simulate(scenario_of(5)).entries
    behind = fold(EMPTY, entries[:4])
    assert fold(behind, cut(entries, len(entries) - 3)) == fold(EMPTY, entries)


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_releases_whose_journals_are_compacted_all_the_time_break_no_safety_rule(
    first: int, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "ENTRIES_MAX", 6)
    monkeypatch.setattr(compact, "ENTRIES_KEPT", 2)
    for seed in range(first, first + 20):
        for scenario in (scenario_of(seed), race_of(seed)) if seed % 10 == 0 else (scenario_of(seed),):
            _, found = violations_of(scenario)
            assert not found, f"seed {seed}: {first_line(found)}"
