"""What is recorded of a service at rest: whole windows, in bins, of replicas divided into equal arms."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from kernel import NOW, V1, V2, replica, replicas, seen
from shipway.engine import resting
from shipway.engine.resting import BIN_SECONDS, BINS, UnderWay, finished, is_at_rest, is_due, noted
from shipway.engine.state import Pending, ServiceState
from shipway.model.aa_window import HALF, ONE, REST, AAWindow
from shipway.model.action import Publish
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample

NAMES = ("a", "b", "c", "d")
REST_STATE = ServiceState(service="checkout", proven=V1, replicas=2)


def counts(requests: int, errors: int = 0, names: tuple[str, ...] = NAMES) -> dict[str, Counts]:
    return {name: Counts(requests=requests, errors=errors) for name in names}


def sample(counts: Mapping[str, Counts], revision: RevisionId = V1, bounds: tuple[float, ...] = ()) -> Sample:
    return Sample(revision=revision, at=0.0, series=counts, bounds_seconds=bounds)


def recorded(looks: Mapping[float, Mapping[str, Counts]]) -> UnderWay | None:
    found: UnderWay | None = None
    for at, each in looks.items():
        found = noted(found, sample(each), at)
    return found


def whole(*, start: float = 0.0, each: int = 10) -> AAWindow:
    window = finished(
        recorded({start + number * BIN_SECONDS: counts(number * each, number) for number in range(BINS + 1)})
    )
    assert window is not None
    return window


def test_a_whole_window_has_each_groups_counts_by_bin() -> None:
    window = whole()
    assert [sum(bins) for bins in window.requests] == [10 * BINS, 10 * BINS, 20 * BINS]
    assert [sum(bins) for bins in window.errors] == [BINS, BINS, 2 * BINS]
    assert {len(bins) for bins in window.requests} == {BINS}


def test_the_arm_of_one_replica_changes_from_window_to_window() -> None:
    arms = {
        next(name for name, group in found.groups.items() if group == ONE)
        for number in range(len(NAMES))
        if (found := resting.begun(sample(counts(0)), number * resting.WINDOW_SECONDS))
    }
    assert arms == set(NAMES)


def test_a_single_replica_has_nothing_to_be_compared_with() -> None:
    assert resting.begun(sample(counts(0, names=("a",))), 0.0) is None


def test_a_counter_that_fell_has_begun_anew() -> None:
    found = recorded({0.0: counts(1000, 50), 10.0: counts(30, 2)})
    assert found is not None and sum(found.bins[0]) == 4 * 32


def test_a_look_that_is_late_fills_one_bin_and_leaves_those_that_it_missed_empty() -> None:
    found = recorded({0.0: counts(0), 20.0: counts(40)})
    assert found is not None and [sum(row) for row in found.bins] == [160, 0]


@pytest.mark.parametrize("at", (100.0, -5.0))
def test_a_time_without_a_controller_breaks_the_window_off(at: float) -> None:
    found = recorded({0.0: counts(0), 10.0: counts(5), at: counts(50)})
    assert found is not None and found.start == at and found.rows == b""


def test_who_is_new_joins_the_smaller_half_and_counts_from_when_it_is_seen() -> None:
    """One that a scrape missed comes back with all that it ever counted."""
    found = recorded({0.0: counts(7), 10.0: counts(9, names=("a", "b", "c", "d", "e", "f"))})
    assert found is not None and {found.groups["e"], found.groups["f"]} == {HALF, REST}
    assert sum(found.bins[0]) == 4 * 2
    missed = ("a", "b", "c")
    back = recorded({0.0: counts(7), 10.0: counts(9, names=missed), 20.0: counts(12)})
    assert back is not None and [sum(row) for row in back.bins] == [3 * 2, 3 * 3]


def test_a_window_without_one_of_its_arms_is_broken_off() -> None:
    found = recorded({0.0: counts(0), 10.0: counts(5), 20.0: counts(9, names=("b", "c", "d"))})
    assert found is not None and found.start == 20.0 and found.rows == b""


def test_another_revision_begins_another_window() -> None:
    found = noted(recorded({0.0: counts(0), 10.0: counts(5)}), sample(counts(9), V2), 20.0)
    assert found is not None and (found.revision, found.start) == (V2, 20.0)


def test_a_window_in_which_hardly_anything_was_asked_is_not_kept() -> None:
    idle = recorded({number * BIN_SECONDS: counts(0) for number in range(BINS + 1)})
    assert finished(idle) is None


def test_a_bin_is_not_looked_at_before_it_is_over() -> None:
    found = recorded({0.0: counts(0)})
    assert not is_due(found, 5.0)
    assert is_due(found, 10.0)
    assert is_due(None, 0.0)


def test_only_a_whole_service_alone_is_at_rest() -> None:
    usual = seen(replicas(V1, 2), {V1: 100})
    assert is_at_rest(REST_STATE, usual, NOW)
    pending = Pending(key="endpoints", action=Publish(()), generation=1, at=NOW)
    assert not is_at_rest(replace(REST_STATE, pending=(pending,)), usual, NOW)
    assert not is_at_rest(replace(REST_STATE, is_down=True), usual, NOW)
    assert not is_at_rest(REST_STATE, seen(replicas(V1, 1), {V1: 100}), NOW)
    assert not is_at_rest(REST_STATE, seen((*replicas(V1, 2), replica(V2, 1)), {V1: 100}), NOW)
    assert not is_at_rest(REST_STATE, seen(replicas(V1, 2, ready=False), {V1: 100}), NOW)
    assert not is_at_rest(REST_STATE, seen(replicas(V1, 2, ready_since=NOW - 5.0), {V1: 100}), NOW)


def test_what_is_kept_can_be_read_again_and_nothing_else_is() -> None:
    day = whole(start=8.5 * 86_400.0)
    kept = {
        "000": resting.encoded(day),
        "001": resting.encoded(day)[:-7],
        "002": b"",
        "003": resting.encoded(replace(day, requests=day.requests[:2])),
        "004": resting.encoded(whole(start=0.0)),
    }
    assert resting.decoded(kept, now=9.0 * 86_400.0) == (day,)


def test_a_week_of_windows_is_kept_and_no_more() -> None:
    slots = {resting.slot_of(replace(whole(), start=number * resting.WINDOW_SECONDS)) for number in range(1000)}
    assert len(slots) == resting.WINDOWS_MAX
