"""What each pod was told, in one annotation of its deployment."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.platforms.kubernetes import told

PODS = ("a", "b", "c", "d")
Object = dict[str, Any]


def fresh(replicas: int = 0) -> Object:
    return {"metadata": {"name": "checkout"}, "spec": {"replicas": replicas}}


def grown(count: int) -> Object:
    return told.scaled(fresh(), (), count, generation=2)


def test_a_first_scale_asks_for_as_many_pods_and_says_for_which_intent() -> None:
    deployment = grown(3)
    assert deployment["spec"]["replicas"] == 3 == told.told_replicas(deployment)
    assert told.generation(deployment) == 2
    assert told.told_of(deployment, "a").generation == 2


def test_pods_of_a_later_growth_are_told_from_those_before() -> None:
    deployment = told.scaled(grown(2), ("a", "b"), 3, generation=7)
    assert [told.told_of(deployment, pod).generation for pod in ("a", "b", "c")] == [2, 2, 7]


def test_scaling_down_stops_none() -> None:
    assert told.scaled(grown(3), ("a", "b", "c"), 1, generation=3)["spec"]["replicas"] == 3


def test_draining_pods_are_taken_back_before_new_ones_come() -> None:
    there = ("a", "b", "c")
    drained = told.drained(grown(3), there, frozenset({"a", "b"}), 10.0, generation=3)
    back = told.scaled(drained, there, 2, generation=4)
    assert back["spec"]["replicas"] == 3
    assert [told.told_of(back, pod).stays for pod in there] == [True, False, True]


def test_a_pod_that_was_told_to_stop_is_not_taken_back_and_fills_no_number() -> None:
    """Another one that was not ready may have ended in its place, and then nothing else would come."""
    drained = told.drained(grown(1), ("a",), frozenset({"a"}), 10.0, generation=3)
    stopped = told.stopped(drained, ("a",), frozenset({"a"}), 11.0, generation=4)
    assert stopped["spec"]["replicas"] == 0
    back = told.scaled(stopped, ("a",), 1, generation=5)
    assert back["spec"]["replicas"] == 2 and told.told_of(back, "a").stopping == 11.0
    again = told.stopped(back, ("a", "b"), frozenset({"a"}), 12.0, generation=6)
    assert again["spec"]["replicas"] == 1 and told.told_of(again, "b").stays


def test_what_pods_that_are_gone_were_told_is_forgotten() -> None:
    drained = told.drained(grown(2), ("a", "b"), frozenset({"a"}), 10.0, generation=3)
    assert set(told.told(told.scaled(drained, ("b",), 1, generation=4))) == {"b"}


@given(
    st.lists(
        st.tuples(st.sampled_from(("scale", "drain", "stop")), st.integers(0, 5), st.sets(st.sampled_from(PODS))),
        max_size=12,
    )
)
def test_a_deployment_never_wants_fewer_pods_than_were_not_told_to_stop(steps: list[Any]) -> None:
    """Whatever is asked in whatever order: only a pod that drained and was stopped is given up."""
    deployment, there = fresh(), ()
    for generation, (step, count, named) in enumerate(steps, start=1):
        known = told.all_told(deployment, there)
        if step == "scale":
            deployment = told.scaled(deployment, there, count, generation=generation)
            staying = sum(each.stays for each in told.all_told(deployment, there).values())
            assert deployment["spec"]["replicas"] >= max(count, staying)
        elif step == "drain":
            deployment = told.drained(deployment, there, frozenset(named), 1.0, generation=generation)
        elif all(pod not in known or not known[pod].stays for pod in named):
            deployment = told.stopped(deployment, there, frozenset(named), 1.0, generation=generation)
        after = told.all_told(deployment, there)
        assert deployment["spec"]["replicas"] >= sum(each.stopping is None for each in after.values())
        there = PODS[: min(len(PODS), max(len(there), int(deployment["spec"]["replicas"])))]
