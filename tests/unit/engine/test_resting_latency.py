"""What is recorded of a service's slow requests at rest: beside its errors, where each replica is timed."""

import asyncio
from collections.abc import Iterable

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.latencies import BOUNDS, below
from crash.rollouts import ROLLOUTS
from kernel import V1
from shipway.engine import calibrate, resting, resting_latency
from shipway.engine.resting import BIN_SECONDS, BINS, UnderWay, finished_latency, noted
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.slow_window import SlowWindow
from shipway.simulation.replica_counts import SimulatedReplicaCounts
from shipway.simulation.simulate import Simulation

NAMES = ("a", "b", "c", "d")
EACH = 1000
"""Requests of a replica in a bin."""


def shares(times: float = 1.0, bounds: tuple[float, ...] = BOUNDS) -> np.ndarray:
    return np.array(below(bounds, times, 0.0))


def sample(bins: int, *, slow: Iterable[str] = (), bounds: tuple[float, ...] = BOUNDS) -> Sample:
    """After so many bins, of which the slow replicas took twice as long in all."""
    series = {}
    for name in NAMES:
        found = np.round(EACH * bins * shares(2.0 if name in slow else 1.0, bounds))
        series[name] = Counts(requests=EACH * bins, buckets=tuple(int(one) for one in found), timed=EACH * bins)
    return Sample(revision=V1, at=BIN_SECONDS * bins, series=series, bounds_seconds=bounds)


def recorded(samples: Iterable[Sample]) -> UnderWay | None:
    found: UnderWay | None = None
    for number, each in enumerate(samples):
        found = noted(found, each, BIN_SECONDS * number)
    return found


def whole(*, slow: Iterable[str] = ()) -> SlowWindow:
    window = finished_latency(recorded(sample(number + 1, slow=slow) for number in range(BINS + 1)))
    assert window is not None
    return window


def test_a_window_has_each_groups_timed_and_slow_requests_by_bin() -> None:
    window = whole()
    assert [sum(bins) for bins in window.timed] == [EACH * BINS, EACH * BINS, 2 * EACH * BINS]
    for level in window.levels:
        over = 1.0 - shares()[BOUNDS.index(window.bounds_seconds[level.stable])]
        assert level.target / 2 <= over <= level.target * 2
        seen = [sum(bins) / EACH / BINS for bins in window.slow[level.stable]]
        assert seen == pytest.approx([over, over, 2 * over], rel=0.02)


def test_the_bounds_beside_a_level_are_those_that_are_compared() -> None:
    window = whole()
    for level in window.levels:
        stable = window.bounds_seconds[level.stable]
        found = [window.bounds_seconds[place] for place in level.worse if place is not None]
        assert found[0] == stable
        assert all(
            bound >= times * stable * (1 - 1e-9) for bound, times in zip(found, (1.0, 1.25, 1.5), strict=True)
        )


def test_a_slow_replica_shows_in_its_own_group_alone() -> None:
    one = next(name for name, group in resting.begun(sample(1), 0.0).groups.items() if group == 0)  # type: ignore[union-attr]
    window = whole(slow=(one,))
    level = window.levels[-1]
    slow, half, _ = (sum(bins) for bins in window.slow[level.stable])
    assert slow > 5 * half


def test_replicas_that_are_not_timed_leave_the_window_of_errors_as_it_is() -> None:
    bare = {name: Counts(requests=EACH) for name in NAMES}
    under_way = recorded(
        Sample(
            revision=V1,
            at=0.0,
            series={name: replace(counts, requests=EACH * number) for name, counts in bare.items()},
        )
        for number in range(BINS + 1)
    )
    assert resting.finished(under_way) is not None
    assert finished_latency(under_way) is None


def test_buckets_that_change_end_the_recording_of_latency_but_not_of_errors() -> None:
    other = (0.1234, 0.5678)
    changed = [sample(number + 1, bounds=BOUNDS if number < 90 else other) for number in range(BINS + 1)]
    under_way = recorded(changed)
    assert resting.finished(under_way) is not None
    assert finished_latency(under_way) is None


def test_more_buckets_beside_those_that_are_used_change_nothing() -> None:
    more = tuple(sorted({*BOUNDS, 0.1234}))
    changed = [sample(number + 1, bounds=BOUNDS if number < 90 else more) for number in range(BINS + 1)]
    window = finished_latency(recorded(changed))
    assert window is not None and window.slow == whole().slow


def test_a_replica_that_begins_anew_counts_from_zero() -> None:
    before, after = sample(5), sample(1)
    timing = resting_latency.begun(before)
    groups = dict.fromkeys(NAMES, 0)
    noted_row = resting_latency.noted(timing, before, after, groups, bins=1)
    assert noted_row is not None
    window = resting_latency.finished(noted_row, 0.0, V1, bins=1, bin_seconds=BIN_SECONDS)
    assert window.timed[0] == (len(NAMES) * EACH,)


def test_what_is_kept_can_be_read_again_and_nothing_else_is() -> None:
    window = whole()
    torn = resting_latency.encoded(window)[:-9]
    wrong = resting_latency.encoded(replace(window, slow=window.slow[:1]))
    kept = {"000": resting_latency.encoded(window), "001": torn, "002": b"", "003": wrong}
    assert resting_latency.decoded(kept, now=10.0, age_seconds=100.0) == (window,)
    assert resting_latency.decoded(kept, now=1000.0, age_seconds=100.0) == ()


def test_three_days_are_kept_and_no_more() -> None:
    seconds = resting.WINDOW_SECONDS
    windows = (replace(whole_window, start=number * seconds) for number in range(500))
    slots = {resting_latency.slot_of(window, window_seconds=seconds) for window in windows}
    assert len(slots) == resting_latency.WINDOWS_MAX


whole_window = SlowWindow(
    start=0.0, revision=V1, bin_seconds=BIN_SECONDS, bounds_seconds=(), levels=(), timed=(), slow=()
)


def test_a_source_that_tells_no_replicas_apart_is_asked_again_after_a_while() -> None:
    assert not resting.is_due(None, 100.0, told_nothing_at=90.0)
    assert resting.is_due(None, 100.0 + resting.RETRY_SECONDS, told_nothing_at=90.0)


def test_a_service_at_rest_is_recorded_by_the_controller_and_its_next_release_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_replica = SimulatedReplicaCounts.by_replica

    async def timed(self: SimulatedReplicaCounts, revision: RevisionId) -> Sample:
        seen = await by_replica(self, revision)
        series = {
            name: replace(one, buckets=tuple(int(one.requests * share) for share in shares()), timed=one.requests)
            for name, one in seen.series.items()
        }
        return replace(seen, series=series, bounds_seconds=BOUNDS)

    monkeypatch.setattr(SimulatedReplicaCounts, "by_replica", timed)
    scenario = replace(ROLLOUTS["first"], horizon=3 * 3600.0, quiet=0.0, watch=0.0, until_end=False)
    simulation = Simulation(scenario)
    simulation.play()
    kept = asyncio.run(calibrate.kept_of(simulation.journal, "checkout"))
    assert len(kept.latency) == len(kept.errors) >= 4
    knowledge = calibrate.known_of(kept, (), now=simulation.timeline.now())
    assert knowledge.latency.windows == knowledge.errors.windows
