"""Ten thousand waiting runs, with three."""

import asyncio
from pathlib import Path

import pytest

from benchmarks import waiting
from benchmarks.controller_scale import Cost, Watched, bare
from benchmarks.simulator import TWO_HOURS, canary_seconds, scenario
from shipway.home import Home
from shipway.simulation.simulate import simulate


def test_a_controller_takes_waiting_runs_over_and_asks_their_ports_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "TAKE_OVER_SECONDS", 0.5)
    monkeypatch.setattr(waiting, "SCRAPE_SECONDS", 1.0)
    seen = waiting.seen()
    asyncio.run(waiting.write(Home(tmp_path).store, seen, ["a", "b", "c"]))
    found = asyncio.run(watched(tmp_path, seen))
    assert found.owned == 3 and found.samples >= 1 and found.cores > 0


async def watched(home: Path, seen: waiting.Seen) -> Cost:
    return await Watched(home, 3, seen=seen).measured(2.0)


def test_bare_timers_cost_something() -> None:
    assert asyncio.run(bare(100, seconds=0.2)).cores > 0


def test_the_simulated_canary_takes_two_hours_and_ends_with_its_candidate_proven() -> None:
    assert canary_seconds(simulate(scenario(scrape_seconds=60.0))) >= TWO_HOURS
