"""The template says which version comes next, and a pod that ends makes room; a pod tells of its node."""

from typing import Any

import pytest
from msgspec.structs import replace

from shipway.adapters.platforms.kubernetes import nowhere
from shipway.adapters.platforms.kubernetes.in_place import nodes
from shipway.adapters.platforms.kubernetes.in_place.daemon_sets import BY_HAND, DaemonSets
from shipway.adapters.platforms.kubernetes.in_place.form import awaited
from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, There
from shipway.adapters.platforms.kubernetes.seeing import template_hash
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

A, B = RevisionId("a"), RevisionId("b")
FORM = DaemonSets()
USERS: dict[str, Any] = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
SPEC: dict[str, Any] = {"template": {"spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}, **USERS}


def order(revision: RevisionId, replicas: int = 0, *named: str) -> Order:
    return Order(revision=revision, generation=7, at=10.0, replicas=replicas, named=frozenset(named))


def there(**whose: RevisionId) -> There:
    return whose


def whole(count: int) -> tuple[Rolled, There]:
    pods = {f"p{number}": A for number in range(count)}
    return Rolled(revision=A, counts={A: count}, replicas=count, before=USERS), pods


def leaving(state: Rolled) -> list[str]:
    return sorted(pod for pod, each in state.pods.items() if not each.stays)


def test_a_batch_is_asked_for_and_as_many_of_the_others_leave_the_youngest_first() -> None:
    state, pods = whole(4)
    state = FORM.scaled(state, pods, order(B, 2))
    assert state.revision == B and leaving(state) == ["p2", "p3"]
    assert FORM.spec(SPEC, state)["updateStrategy"] == BY_HAND["updateStrategy"]
    assert FORM.scaled(state, pods, order(B, 2)).pods == state.pods, "asked again, no more leave"


def test_nodes_that_are_free_need_nobody_to_leave() -> None:
    state, pods = whole(3)
    assert leaving(FORM.scaled(replace(state, replicas=5), pods, order(B, 2))) == []


def test_the_only_pod_ends_at_once_and_one_of_two_is_drained() -> None:
    assert FORM.scaled(*whole(1), order(B, 1)).pods["p0"].stopping == 10.0
    assert FORM.scaled(*whole(2), order(B, 1)).pods["p1"].stopping is None


def test_the_write_that_ends_the_last_one_has_the_user_s_own_words_again() -> None:
    state, pods = whole(1)
    state = FORM.stopped(FORM.scaled(state, pods, order(B, 1)), pods, order(A, 0, "p0"))
    assert state.others == 0 and FORM.spec(SPEC, state)["updateStrategy"] == USERS["updateStrategy"]


def test_of_the_present_template_all_go_or_none() -> None:
    """Another one would come in its place; whoever was told to stop could not be taken back."""
    state, pods = whole(2)
    some = FORM.stopped(FORM.drained(state, pods, order(A, 0, "p0")), pods, order(A, 0, "p0"))
    assert some.pods["p0"] == Told(draining=10.0) and some.counts == {A: 2}
    every = FORM.stopped(FORM.drained(some, pods, order(A, 0, "p1")), pods, order(A, 0, "p0", "p1"))
    assert every.counts == {} and all(each.stopping for each in every.pods.values())
    template = FORM.spec(SPEC, every)["template"]
    assert template["spec"]["nodeSelector"] == {"disk": "ssd", "shipway.dev/nowhere": "yes"}
    assert nowhere.called_back(template) == SPEC["template"]
    assert template_hash({"spec": {"template": template}}) == template_hash({"spec": SPEC})


def test_a_version_without_a_place_is_given_up_like_any_other() -> None:
    state, pods = whole(3)
    state = FORM.scaled(state, pods, order(B, 1))
    assert FORM.coming(state, {A}) == {B: Told(generation=7)} and FORM.coming(state, {A, B}) == {}
    state = FORM.drained(state, pods, order(B, 0, awaited(B)))
    assert FORM.coming(state, {A})[B].draining == 10.0
    state = FORM.stopped(state, pods, order(B, 0, awaited(B)))
    assert (state.revision, state.counts) == (A, {A: 3}) and FORM.coming(state, {A}) == {}


def test_one_whose_last_pod_went_with_its_node_leaves_at_once() -> None:
    """Only the present template makes pods, so what is counted of others has to be said anew."""
    state = Rolled(revision=A, counts={A: 2, B: 1}, replicas=2, since=5.0)
    assert FORM.coming(state, {A})[B].draining == 5.0
    assert FORM.stopped(state, there(p0=A, p1=A), order(B, 0, awaited(B))).counts == {A: 2}


def condition(kind: str, status: str, **more: str) -> dict[str, str]:
    return {"type": kind, "status": status, **more}


SCHEDULED, CREATED = condition("PodScheduled", "True"), "2026-01-01T00:00:00Z"
AT = 1767225600.0


@pytest.mark.parametrize(
    ("status", "after", "lost"),
    [
        ({"conditions": [SCHEDULED]}, 20.0, False),
        ({"conditions": [SCHEDULED]}, 40.0, True),
        ({"conditions": [SCHEDULED], "startTime": CREATED}, 40.0, False),
        ({"conditions": [condition("PodScheduled", "False", reason="Unschedulable")]}, 40.0, False),
        ({"conditions": [condition("Ready", "True"), condition("ContainersReady", "True")]}, 0.0, False),
        ({"conditions": [condition("Ready", "False"), condition("ContainersReady", "True")]}, 0.0, True),
        (
            {
                "conditions": [
                    condition("Ready", "False", reason="ReadinessGatesNotReady"),
                    condition("ContainersReady", "True"),
                ]
            },
            0.0,
            False,
        ),
        (
            {
                "conditions": [
                    condition("Ready", "False", reason="ContainersNotReady"),
                    condition("ContainersReady", "False", reason="ContainersNotReady"),
                ]
            },
            0.0,
            False,
        ),
    ],
)
def test_a_pod_tells_that_its_node_is_away(status: dict[str, Any], after: float, lost: bool) -> None:
    pod = {"metadata": {"name": "p", "creationTimestamp": CREATED}, "status": status}
    assert nodes.is_lost(pod, AT + after) is lost


@pytest.mark.parametrize(("after", "lost"), [(20.0, False), (40.0, True)])
def test_one_that_should_have_ended_long_ago_waits_for_its_node(after: float, lost: bool) -> None:
    pod = {"metadata": {"name": "p", "creationTimestamp": CREATED, "deletionTimestamp": CREATED}, "status": {}}
    assert nodes.is_lost(pod, AT + after) is lost


def test_one_that_its_controller_ends_on_a_node_that_is_away_is_as_lost_as_before() -> None:
    status = {"conditions": [condition("Ready", "False"), condition("ContainersReady", "True")]}
    metadata = {"name": "p", "creationTimestamp": CREATED, "deletionTimestamp": CREATED}
    assert nodes.is_lost({"metadata": metadata, "status": status}, AT + 1.0)


def on(node: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": f"p-{node}", "creationTimestamp": CREATED, **more}, "spec": {"nodeName": node}}


AWAY = {"conditions": [condition("Ready", "False"), condition("ContainersReady", "True")]}


@pytest.mark.parametrize(
    ("said", "misplaced", "nodes_there"),
    [(3, 0, 2), (2, 1, 2), (2, 0, 2), (1, 0, 2), (5, 0, 4)],
    ids=["its taint is tolerated", "it is left out", "it has gone", "what is said is old", "more are to come"],
)
def test_a_node_that_is_away_is_no_node(said: int, misplaced: int, nodes_there: int) -> None:
    found = [on("one"), on("two"), {**on("three"), "status": AWAY}]
    status = {"desiredNumberScheduled": said, "numberMisscheduled": misplaced}
    assert nodes.count({"status": status}, found, AT) == nodes_there


def ending(name: str, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "deletionTimestamp": CREATED}, "status": status}


def test_of_pods_that_end_only_what_nobody_explains_is_somebody_else_s() -> None:
    state = Rolled(replicas=4, pods={"ours": Told(draining=1.0, stopping=2.0), "drained": Told(draining=1.0)})
    evicted = ending("evicted", conditions=[condition("DisruptionTarget", "True")])
    found = [ending("ours"), ending("drained"), evicted, ending("strange")]
    assert list(nodes.ended_by_others(state, found, 4)) == ["drained", "strange"]
    assert list(nodes.ended_by_others(state, found, 3)) == ["strange"], "a node has gone"
