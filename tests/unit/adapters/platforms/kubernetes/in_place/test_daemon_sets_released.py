"""A DaemonSet is released by the real engine, node by node, while nodes come and go."""

import random

import pytest

from contract.daemon_set_controller import BROKEN, HASH
from contract.daemon_set_stand import USERS, DaemonSetStand, manifest
from shipway.adapters.platforms.kubernetes.kinds import DAEMON_SET
from shipway.model.command import Accept, Down, Rollback, SetReplicas
from shipway.model.event import DriftSeen, Resized
from shipway.model.release import Rolling


def served(nodes: int, **changes: int) -> DaemonSetStand:
    stand = DaemonSetStand(nodes, **changes)
    stand.serve_first()
    return stand


def at_rest(stand: DaemonSetStand, version: str) -> None:
    """Each node has a pod of it, and the DaemonSet says what its user says."""
    stand.looks(60)
    assert stand.cluster.images() == [f"shop:{version}"] * len(stand.cluster.nodes)
    spec = stand.cluster.daemon_set["spec"]
    assert spec["updateStrategy"] == USERS and "nodeSelector" not in spec["template"]["spec"]
    assert stand.service.state.replicas == len(stand.cluster.nodes)
    assert len({pod["metadata"]["labels"][HASH] for pod in stand.cluster.pods}) == 1


def node_of(stand: DaemonSetStand, version: str) -> str:
    there = (pod["spec"] for pod in stand.cluster.pods)
    return str(next(spec["nodeName"] for spec in there if spec["containers"][0]["image"] == f"shop:{version}"))


@pytest.mark.parametrize("nodes", [1, 2, 3, 7])
def test_a_release_goes_by_batches_of_nodes_and_ends_as_the_user_says(nodes: int) -> None:
    stand = served(nodes)
    stand.deploy("2.0")
    assert stand.ended() == "finished"
    at_rest(stand, "2.0")
    assert not stand.events(DriftSeen), "what it ends itself is not somebody else's"
    assert stand.least == nodes - -(-nodes // 4)


def test_a_controller_that_dies_leaves_a_batch_and_no_more() -> None:
    stand = served(6)
    stand.deploy("2.0", rolling=Rolling(batches=3, pause=30.0))
    stand.reached(1)
    for _ in range(50):
        stand.cluster.passed(1)
    assert stand.cluster.images() == ["shop:1.0"] * 4 + ["shop:2.0"] * 2
    stand.service = stand.another()
    assert stand.ended() == "finished"
    at_rest(stand, "2.0")


@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_a_version_that_never_gets_ready_is_taken_back_and_proven_pods_stay(nodes: int) -> None:
    stand = served(nodes)
    proven = {pod["metadata"]["uid"] for pod in stand.cluster.pods}
    digest = stand.cluster.pods[0]["metadata"]["labels"][HASH]
    stand.deploy(BROKEN)
    assert stand.ended() == "rolled-back"
    at_rest(stand, "1.0")
    kept = proven & {pod["metadata"]["uid"] for pod in stand.cluster.pods}
    assert len(kept) == nodes - -(-nodes // 4), "only the batch was replaced"
    assert {pod["metadata"]["labels"][HASH] for pod in stand.cluster.pods} == {digest}, "word by word"


@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_all_nodes_go_back_by_halves_though_none_answers_any_more(nodes: int) -> None:
    stand = served(nodes)
    stand.deploy("2.0", rollback=stand.window)
    stand.reached(-(-nodes // -(-nodes // 4)))
    for pod in stand.cluster.pods:
        pod["spec"]["containers"][0]["image"] = f"shop:{BROKEN}"
        pod["status"]["conditions"] = [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]
    stand.looks(5)
    stand.ask(Rollback())
    assert stand.ended() == "rolled-back"
    at_rest(stand, "1.0")


def test_a_release_that_is_given_up_before_a_pod_came_leaves_no_template_behind() -> None:
    stand = served(3)
    stand.deploy("2.0")
    while "shop:2.0" not in str(stand.cluster.daemon_set["spec"]["template"]):
        stand.look()
    stand.ask(Rollback())
    assert stand.ended() == "rolled-back"
    at_rest(stand, "1.0")
    assert "shop:1.0" in str(stand.cluster.daemon_set["spec"]["template"])


def test_the_only_node_with_the_new_version_goes_and_the_template_with_it() -> None:
    stand = served(3)
    stand.deploy("2.0", rolling=Rolling(batches=3, pause=60.0))
    stand.reached(1)
    (new,) = (pod for pod in stand.cluster.pods if pod["spec"]["containers"][0]["image"] == "shop:2.0")
    stand.ask(Rollback())
    stand.cluster.nodes.remove(new["spec"]["nodeName"])
    assert stand.ended() == "rolled-back"
    at_rest(stand, "1.0")


def test_at_rest_nodes_come_and_go_and_are_no_drift() -> None:
    stand = served(3)
    stand.cluster.nodes += ["new-1", "new-2"]
    at_rest(stand, "1.0")
    del stand.cluster.nodes[:3]
    at_rest(stand, "1.0")
    assert not stand.events(DriftSeen)
    assert [each.by for each in stand.events(Resized)][-1] == "the cluster's nodes"


@pytest.mark.parametrize("seed", range(12))
def test_nodes_that_come_and_go_in_a_release_do_not_hold_it(seed: int) -> None:
    randomly = random.Random(seed)
    stand = served(randomly.randint(1, 6), batches=randomly.randint(2, 5))
    version = randomly.choice(["2.0", "2.0", BROKEN])
    stand.deploy(version)
    for number in range(randomly.randint(1, 6)):
        stand.looks(randomly.randint(1, 12))
        if randomly.random() < 0.5 and len(stand.cluster.nodes) > 1:
            stand.cluster.nodes.remove(randomly.choice(stand.cluster.nodes))
        else:
            stand.cluster.nodes += [f"joined-{number}-{one}" for one in range(randomly.randint(1, 3))]
    outcome = stand.ended() if stand.service.state.run else stand.service.state.past[-1].outcome
    assert outcome == ("rolled-back" if version == BROKEN else "finished")
    at_rest(stand, "1.0" if version == BROKEN else version)


@pytest.mark.parametrize("tolerates", [False, True])
def test_a_node_that_is_away_does_not_hold_a_release_and_is_made_up_for(tolerates: bool) -> None:
    stand = served(3)
    stand.cluster.tolerates = tolerates
    stand.cluster.away.add("node-1")
    stand.looks(3)
    stand.deploy("2.0")
    assert stand.ended() == "finished"
    assert stand.cluster.images() == ["shop:2.0"] * 2 and stand.service.state.replicas == 2
    stand.cluster.away.clear()
    at_rest(stand, "2.0")


@pytest.mark.parametrize("tolerates", [False, True])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_node_that_goes_away_in_a_release_neither(version: str, tolerates: bool) -> None:
    stand = served(4)
    stand.cluster.tolerates = tolerates
    stand.deploy("2.0", rolling=Rolling(batches=4, pause=5.0))
    stand.reached(1)
    stand.cluster.away.add(node_of(stand, version))
    assert stand.ended() == "finished"
    stand.cluster.away.clear()
    at_rest(stand, "2.0")


def test_a_new_pod_on_a_node_that_goes_away_is_a_reason_to_go_back_and_the_node_is_named() -> None:
    """It never answered, and nobody can tell whether it is the version's fault."""
    stand = served(4)
    stand.deploy("2.0")
    while not any(image == "shop:2.0" for image in stand.cluster.images()):
        stand.look()
    stand.look()
    away = node_of(stand, "2.0")
    stand.cluster.away.add(away)
    assert stand.ended() == "rolled-back"
    assert stand.service.state.past[-1].reason.endswith(f"0 of 1 replicas are ready (unknown, on node {away})")
    stand.looks(60)
    assert stand.cluster.images() == ["shop:1.0"] * 3 and stand.service.state.replicas == 3
    stand.cluster.away.clear()
    at_rest(stand, "1.0")


def test_a_node_that_joins_and_never_gets_there_neither() -> None:
    stand = served(3)
    stand.cluster.tolerates = True
    stand.deploy("2.0")
    stand.looks(3)
    stand.cluster.nodes.append("stuck")
    stand.cluster.away.add("stuck")
    assert stand.ended() == "finished"
    assert stand.service.state.replicas == 3


def test_a_pod_that_somebody_deletes_is_drift_and_the_row_is_restored() -> None:
    stand = served(4)
    stand.deploy("2.0", rolling=Rolling(batches=4, pause=60.0))
    stand.reached(1)
    (gone, *_) = (pod for pod in stand.cluster.pods if pod["spec"]["containers"][0]["image"] == "shop:1.0")
    stand.cluster.end(gone["metadata"]["name"])
    stand.look()
    (drift,) = stand.events(DriftSeen)
    assert drift.what == f"somebody deleted pod {gone['metadata']['name']} of DaemonSet checkout"
    stand.looks(30)
    assert stand.cluster.images() == ["shop:1.0"] * 3 + ["shop:2.0"]
    assert stand.ended() == "finished"


def test_a_template_that_somebody_writes_holds_the_release_until_it_is_accepted() -> None:
    """As `kubectl rollout restart` and `undo` do."""
    stand = served(4)
    stand.deploy("2.0", rolling=Rolling(batches=4, pause=10.0))
    stand.reached(1)
    stand.cluster.put(DAEMON_SET, {**stand.cluster.daemon_set, "spec": manifest("1.0")["spec"]})
    stand.look()
    assert [each.what for each in stand.events(DriftSeen)] == [
        "somebody changed how DaemonSet checkout is updated",
        "somebody changed the pods of DaemonSet checkout",
    ]
    stand.looks(30)
    assert stand.service.state.run is not None and stand.service.state.run.hold is not None
    stand.ask(Accept())
    assert stand.ended() == "finished"
    at_rest(stand, "2.0")


def test_a_release_that_follows_another_ends_with_the_third_version_alone() -> None:
    stand = served(5)
    stand.deploy("2.0", rolling=Rolling(batches=5, pause=5.0))
    stand.reached(2)
    stand.deploy("3.0")
    assert stand.ended() == "finished"
    at_rest(stand, "3.0")


def test_a_pod_that_nobody_may_make_is_the_reason_to_go_back() -> None:
    stand = served(3)
    stand.cluster.refusal = "pods is forbidden: exceeded quota: few"
    stand.deploy("2.0")
    while stand.service.state.run is not None and stand.service.state.run.back is None:
        stand.look()
    stand.cluster.refusal = ""
    assert stand.ended() == "rolled-back"
    assert "exceeded quota: few" in stand.service.state.past[-1].reason
    at_rest(stand, "1.0")


def test_how_many_there_are_nobody_says_but_the_nodes() -> None:
    stand = served(3)
    stand.ask(SetReplicas(replicas=5))
    stand.looks(5)
    assert stand.cluster.images() == ["shop:1.0"] * 3 and stand.service.state.replicas == 3


def test_down_leaves_no_pod_and_the_next_deployment_brings_them_back() -> None:
    stand = served(3)
    stand.ask(Down())
    stand.looks(60)
    assert stand.cluster.pods == []
    stand.deploy("2.0")
    assert stand.ended() == "finished"
    at_rest(stand, "2.0")
