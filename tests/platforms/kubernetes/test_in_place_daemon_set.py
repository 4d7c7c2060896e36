"""A DaemonSet, updated node by node: of one node, and of two once another joins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.in_place import BY_NODES, played, pods
from platforms.kubernetes.node import Node
from platforms.kubernetes.settings import TWO
from platforms.kubernetes.shop import Shop, shop
from platforms.kubernetes.test_faults import looked
from platforms.kubernetes.test_in_place import held
from shipway.cli.shell.ejecting import ejected
from shipway.errors import ShipwayError
from shipway.model.command import Accept, Promote, SetReplicas
from shipway.model.event import DriftSeen

pytestmark = pytest.mark.real
NODE_SECONDS = 200.0
"""The cluster itself waits for the better part of a minute before it calls a node away."""
KIND = "DaemonSet"
BATCHES = {"batches": 2, "pause": "6s"}


def daemon_set(made: Shop) -> dict[str, Any]:
    """The only one, as its user named it."""
    (found,) = made.read("daemonsets")["items"]
    assert found["metadata"]["name"] == "checkout"
    return dict(found)


def hashes(made: Shop) -> dict[str, str]:
    """By the pod's uid: which template it was made from."""
    there = made.read("pods", "--field-selector=status.phase=Running")["items"]
    return {one["metadata"]["uid"]: one["metadata"]["labels"]["controller-revision-hash"] for one in there}


@asynccontextmanager
async def another_node(made: Shop) -> AsyncIterator[Node]:
    """It joins at rest: the service has one pod more, and one fewer when it has left."""
    stand = made.stand
    with ExitStack() as stack:
        node = await asyncio.to_thread(stack.enter_context, made.cluster.joined(TWO))
        await stand.until(lambda state: state.replicas == 2, "the node is counted")
        await stand.eventually(stand.is_at_rest, "its pod serves")
        yield node
        await asyncio.to_thread(stack.close)
    await stand.until(lambda state: state.replicas == 1, "the node is not counted any more")
    await stand.eventually(stand.is_at_rest, "one pod is left")


def test_the_only_pod_is_replaced_and_its_node_has_a_gap(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand, before = made.stand, await asyncio.to_thread(daemon_set, made)
        for strategy in ("blue-green", "canary", "experiment"):
            with pytest.raises(ShipwayError, match=f"A DaemonSet's own update cannot do {strategy}") as caught:
                await stand.submit("1.9.0", strategy=strategy)
            assert len(str(caught.value).splitlines()) == 4
        (finding,) = await asyncio.to_thread(looked, made)
        assert finding.is_fine and "DaemonSet checkout in place" in finding.said
        load = stand.users()
        await stand.ship("1.9.0")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        counts = await load.stop()
        assert set(counts.answered) == {"1.8.2", "1.9.0"} and counts.lost, "the gap is seen"
        after = await asyncio.to_thread(daemon_set, made)
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        assert after["spec"]["updateStrategy"] == BY_NODES
        await asyncio.to_thread(made.kubectl, "rollout", "status", "daemonset/checkout", "--timeout=20s")
        await taken_back_to_the_same_template(made)
        with pytest.raises(ShipwayError, match="one replica on each node"):
            await stand.ask(SetReplicas(replicas=3))
        await handed_back(made, tmp_path / "ejected")

    played(cluster, tmp_path, story, kind=KIND, deadline="40s")


async def taken_back_to_the_same_template(made: Shop) -> None:
    stand, before = made.stand, await asyncio.to_thread(hashes, made)
    image = stand.wish["platform"]["kubernetes"]["image"]  # type: ignore[index]
    stand.wish["platform"]["kubernetes"]["image"] = "shipway.test/nowhere:1"  # type: ignore[index]
    past = await stand.deploy("1.9.1")
    assert past.outcome == "rolled-back" and "ErrImageNeverPull" in past.reason
    await stand.eventually(stand.is_at_rest, "only the former version is left")
    after = await asyncio.to_thread(hashes, made)
    assert set(after.values()) == set(before.values()), "word by word"
    assert (await asyncio.to_thread(daemon_set, made))["spec"]["updateStrategy"] == BY_NODES
    stand.wish["platform"]["kubernetes"]["image"] = image  # type: ignore[index]


async def handed_back(made: Shop, folder: Path) -> None:
    """As it was, but for the version, with the same pods."""
    there = await asyncio.to_thread(hashes, made)
    await made.stand.uncontrolled()
    found = await ejected(made.stand.home, made.stand.service, folder, does_it=True)
    assert found.is_done and "it was never changed" in found.way_in
    after = await asyncio.to_thread(daemon_set, made)
    assert "shipway.dev/" not in str({key: after["metadata"].get(key) for key in ("labels", "annotations")})
    made.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(folder / "manifests.yaml"))
    assert (await asyncio.to_thread(daemon_set, made))["metadata"]["generation"] == after["metadata"]["generation"]
    assert await asyncio.to_thread(hashes, made) == there
    assert "shipway" not in made.kubectl("get", "configmaps", "--output", "name")


@pytest.mark.timeout(480)
def test_of_two_nodes_one_serves_while_the_other_changes_though_the_controller_is_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        async with another_node(made):
            load = stand.users()
            await stand.uncontrolled()
            controller = await stand.serve()
            await stand.submit("1.9.0")
            await stand.reached(1)
            controller.kill()
            await controller.wait()
            await asyncio.sleep(2.0)
            assert [len(pods(made, version)) for version in ("1.8.2", "1.9.0")] == [1, 1], "it stands still"
            stand.control()
            assert (await stand.ended()).outcome == "finished"
            await stand.eventually(stand.is_at_rest, "only the new version is left")
            assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}
            await proven_ones_stay(made)
            await others_are_noticed(made)

    played(cluster, tmp_path, story, kind=KIND, deadline="40s", rolling=BATCHES)


async def proven_ones_stay(made: Shop) -> None:
    stand, before = made.stand, await asyncio.to_thread(hashes, made)
    load = stand.users()
    image = stand.wish["platform"]["kubernetes"]["image"]  # type: ignore[index]
    stand.wish["platform"]["kubernetes"]["image"] = "shipway.test/nowhere:1"  # type: ignore[index]
    past = await stand.deploy("1.9.1")
    assert past.outcome == "rolled-back"
    assert "ErrImageNeverPull" in past.reason and ", on node " in past.reason
    await stand.eventually(stand.is_at_rest, "only the former version is left")
    after = await asyncio.to_thread(hashes, made)
    assert len(before.keys() & after.keys()) == 1 and set(after.values()) == set(before.values())
    await nothing_was_lost(load)
    stand.wish["platform"]["kubernetes"]["image"] = image  # type: ignore[index]


async def others_are_noticed(made: Shop) -> None:
    """`kubectl delete pod` and `kubectl rollout undo` in the middle of a release."""
    stand = made.stand
    stand.change(rolling={"batches": 2, "pause": "40s"})
    await stand.submit("1.9.2")
    await stand.reached(1)
    (former,) = await asyncio.to_thread(pods, made, "1.9.0")
    await asyncio.to_thread(made.kubectl, "delete", former, "--wait=false")
    await stand.eventually(lambda: seen(made, f"deleted {former.replace('/', ' ')}"), "it is noticed")
    await stand.until(lambda state: bool(state.run and not state.run.hold), "the pod has ended")
    await stand.reached(1)
    assert len(await asyncio.to_thread(pods, made, "1.9.0")) == 1, "its node has the former version again"
    await held(made, "changed the pods of DaemonSet checkout", "rollout", "undo", "daemonset/checkout")
    await stand.ask(Accept())
    await stand.ask(Promote(all=True))
    await stand.reached(2)
    await stand.ask(Promote())
    assert (await stand.ended()).outcome == "finished"
    await stand.eventually(stand.is_at_rest, "only the newest version is left")
    assert len(await asyncio.to_thread(pods, made, "1.9.2")) == 2


async def seen(made: Shop, what: str) -> bool:
    return any(what in str(each) for each in await made.stand.events(DriftSeen))


@pytest.mark.timeout(480)
def test_behind_envoy_a_pod_is_drained_before_it_ends_and_a_node_that_is_away_is_left_out(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        async with another_node(made) as node:
            load = stand.users()
            await stand.ship("1.9.0")
            await stand.eventually(stand.is_at_rest, "only the new version is left")
            assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}
            node.kill("kubelet")
            left_out = "the node is not counted any more"
            await stand.until(lambda state: state.replicas == 1, left_out, seconds=NODE_SECONDS)
            await stand.ship("1.9.1")
            assert await asyncio.to_thread(pods, made, "1.9.1") and not (await stand.events(DriftSeen))

    played(cluster, tmp_path, story, kind=KIND, way=shop, rolling=BATCHES)
