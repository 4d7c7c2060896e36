"""The partition says how many pods of each version there are; the workload itself chooses which."""

from typing import Any

import pytest

from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled
from shipway.adapters.platforms.kubernetes.in_place.stateful_sets import StatefulSets
from shipway.model.revision import RevisionId

A, B, C = RevisionId("a"), RevisionId("b"), RevisionId("c")
FORM = StatefulSets()
USERS: dict[str, Any] = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}


def order(revision: RevisionId, replicas: int = 0, *named: str) -> Order:
    return Order(revision=revision, generation=1, at=10.0, replicas=replicas, named=frozenset(named))


def whole(count: int = 4) -> Rolled:
    return FORM.scaled(Rolled(before=USERS), {}, order(A, count))


def partition(state: Rolled) -> int:
    found: int = FORM.spec({"serviceName": "x"}, state)["updateStrategy"]["rollingUpdate"]["partition"]
    return found


def draining(state: Rolled, whose: dict[str, RevisionId]) -> list[str]:
    return [pod for pod, revision in whose.items() if not FORM.said(state, pod, revision).stays]


def pods(*whose: RevisionId) -> dict[str, RevisionId]:
    return {f"db-{place}": revision for place, revision in enumerate(whose)}


def test_a_batch_is_a_partition_and_its_pods_leave_the_proxy_at_once() -> None:
    state = FORM.scaled(whole(), {}, order(B, 1))
    assert (state.counts, state.replicas, partition(state)) == ({"a": 3, "b": 1}, 4, 3)
    assert draining(state, pods(A, A, A, A)) == ["db-3"]
    assert draining(state, pods(A, A, A, B)) == []
    later = FORM.scaled(state, {}, order(B, 4))
    assert later.counts == {"b": 4} and FORM.spec({}, later) == {"replicas": 4, **USERS}


def test_a_take_back_gives_the_former_version_all_places() -> None:
    state = FORM.scaled(FORM.scaled(whole(8), {}, order(B, 6)), {}, order(A, 4))
    assert state.counts == {"a": 8} and state.revision == A
    assert draining(state, pods(A, A, B, B, B, B, B, B)) == [f"db-{place}" for place in range(2, 8)]


def test_what_is_asked_again_changes_no_direction() -> None:
    """A pod of the former version that is made anew in its place is missed for a moment."""
    state = FORM.scaled(whole(), {}, order(B, 1))
    assert FORM.scaled(state, {}, order(A, 3)).revision == B
    assert FORM.scaled(state, {}, order(B, 0)).counts == state.counts


def test_a_third_version_comes_in_place_of_both() -> None:
    state = FORM.scaled(FORM.scaled(whole(), {}, order(B, 1)), {}, order(C, 4))
    assert state.counts == {"c": 4} and state.revision == C


def test_at_rest_the_last_ones_go() -> None:
    there = pods(A, A, A, A)
    state = FORM.drained(whole(), there, order(A, 0, "db-0", "db-1"))
    assert draining(state, there) == ["db-2", "db-3"], "whoever was named"
    assert FORM.stopped(state, there, order(A, 0, "db-2", "db-3")).replicas == 2
    assert draining(FORM.scaled(state, there, order(A, 4)), there) == []


def test_what_is_ended_while_another_version_comes_is_the_workload_s_own_affair() -> None:
    there = pods(A, A, A, A)
    state = FORM.scaled(whole(), there, order(B, 1))
    stopped = FORM.stopped(FORM.drained(state, there, order(A, 0, "db-0")), there, order(A, 0, "db-3"))
    assert (stopped.counts, stopped.replicas, stopped.generations) == (state.counts, 4, {"a": 1, "b": 1})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"replicas": 9}, "scaled {} from 4 to 9"),
        (
            {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
            "changed how {} is updated",
        ),
    ],
)
def test_other_hands_are_told(change: dict[str, Any], said: str) -> None:
    state = FORM.scaled(whole(), {}, order(B, 1))
    spec = FORM.spec({}, state)
    assert list(FORM.changed(spec, state)) == [] and list(FORM.changed({**spec, **change}, state)) == [said]
