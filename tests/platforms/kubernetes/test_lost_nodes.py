"""A node that goes away in the middle of a release, with pods of both versions on it, and comes back."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from acceptance.counting import Death, nothing_was_lost, taken_down, told
from platforms.kubernetes import shop
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.node import Node
from platforms.kubernetes.settings import TWO
from platforms.kubernetes.shop import Shop, manifest
from shipway.demo.load import Load
from shipway.model.fleet import Fleet, Replica

pytestmark = pytest.mark.real

REPLICAS = 4
MISSED_AFTER = "--node-monitor-grace-period=10s"
"""In place of fifty seconds."""
PAUSED = {"rolling": {"batches": 2, "pause": "15s"}, "rollback": {"window": "0s", "within": "5m"}}


@pytest.fixture
def node(cluster: Cluster) -> Iterator[Node]:
    """A second one, which is missed soon."""
    cluster.stop("manager")
    cluster.manager(MISSED_AFTER)
    with cluster.joined(TWO) as node:
        yield node
    cluster.stop("manager")
    cluster.manager()


def spread(made: Shop, *, tolerated_seconds: int | None) -> None:
    """Each version's pods lie on both nodes; so long a lost one is waited for, or as long as usual."""
    found = manifest({})
    pod = found["spec"]["template"]["spec"]
    pod["terminationGracePeriodSeconds"] = 5
    evenly = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
    each = {"labelSelector": {"matchLabels": {"app": "checkout"}}, "matchLabelKeys": ["pod-template-hash"]}
    pod["topologySpreadConstraints"] = [{**evenly, **each}]
    if tolerated_seconds is not None:
        unreachable = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}
        pod["tolerations"] = [{**unreachable, "tolerationSeconds": tolerated_seconds}]
    (made.stand.folder / "deployment.yaml").write_text(yaml.safe_dump(found))
    made.stand.change(platform={"kubernetes": {"replicas": REPLICAS}})


async def seen(made: Shop) -> Fleet:
    return await (await made.stand.shipway.assemble(made.stand.service)).platform.observe()


async def there(made: Shop) -> dict[str, str]:
    """By the names of pods: their node."""
    found = await asyncio.to_thread(made.read, "pods")
    return {pod["metadata"]["name"]: pod["spec"].get("nodeName", "") for pod in found["items"]}


async def on(made: Shop, name: str) -> list[Replica]:
    """Replicas on a node."""
    places = await there(made)
    return [replica for replica in (await seen(made)).replicas if places.get(replica.id) == name]


async def cut_off(made: Shop, node: Node) -> Death:
    """Until no proxy sends anything there any more, nor to a version that has pods there alone.

    What was lost until then is by the node.
    """
    addresses = {replica.address for replica in await on(made, node.machine.name)}
    assert addresses
    cut_at = time.time()
    await asyncio.to_thread(node.cut_off)
    ports = await made.stand.shipway.assemble(made.stand.service)
    assert ports.traffic is not None

    async def is_passed_by() -> bool:
        routing = await ports.traffic.observe()  # type: ignore[union-attr]
        sent = [
            one for one in routing.endpoints or () if not one.draining and one.address not in routing.unhealthy
        ]
        has_share = {name for name, share in routing.highest.items() if share}
        return not addresses & {one.address for one in sent} and has_share <= {one.revision for one in sent}

    await made.stand.eventually(is_passed_by, "no proxy sends to a pod of the lost node")
    return Death(cut_at, time.time())


async def is_missed(made: Shop) -> bool:
    """Whether the cluster misses the node, and Shipway says so."""
    lost = [replica for replica in (await seen(made)).replicas if replica.lost_since is not None]
    assert not any(replica.ready for replica in lost)
    return bool(lost) and all("node two has not answered since " in replica.detail for replica in lost)


async def only_the_node_lost_some(load: Load, by_node: Death) -> None:
    counts = await load.stop()
    others = counts.lost_total - len(taken_down(counts.losses, by_node))
    assert not others, f"{others} of {told(counts)}"
    assert not counts.failed
    print(f"lost by the node: {told(counts) or 0} of {counts.sent}")


def test_a_release_goes_on_without_a_lost_node_and_waits_for_no_pod_of_it(
    cluster: Cluster, node: Node, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        spread(made, tolerated_seconds=3)
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0")
        await stand.reached(1)
        assert {replica.revision[:5] for replica in await on(made, "two")} == {"1.8.2", "1.9.0"}
        by_node = await cut_off(made, node)
        await stand.eventually(lambda: is_missed(made), "the node is missed, and named")
        assert (await stand.ended()).outcome == "finished"
        given_up = [replica for replica in await on(made, "two") if replica.is_ending]
        assert given_up, "pods of it still terminate"
        later = stand.users()
        await asyncio.to_thread(node.join_again)
        await stand.eventually(stand.is_at_rest, "what it still had has ended")
        await nothing_was_lost(later)
        await only_the_node_lost_some(load, by_node)

    shop.told(cluster, tmp_path, story, **PAUSED, deadline="90s")


def test_a_node_whose_kubelet_alone_is_away_costs_nothing(cluster: Cluster, node: Node, tmp_path: Path) -> None:
    """Its pods work and are reached, though nobody vouches for them."""

    async def story(made: Shop) -> None:
        stand = made.stand
        spread(made, tolerated_seconds=3)
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0")
        await stand.reached(1)
        await asyncio.to_thread(node.kill, "kubelet")
        await stand.eventually(lambda: is_missed(made), "the node is missed, and named")
        assert (await stand.ended()).outcome == "finished"
        await asyncio.to_thread(node.kubelet)
        await stand.eventually(stand.is_at_rest, "what it still had has ended")
        assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}

    shop.told(cluster, tmp_path, story, **PAUSED, deadline="90s")


def test_a_release_that_lacks_a_node_is_taken_back_and_ends_once_it_is_there_again(
    cluster: Cluster, node: Node, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        spread(made, tolerated_seconds=None)
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0")
        await stand.reached(1)
        by_node = await cut_off(made, node)
        state = await stand.until(lambda state: bool(state.run and state.run.back), "it is taken back")
        assert state.run is not None and state.run.back is not None
        assert "node two has not answered since " in state.run.back.reason
        later = stand.users()
        await asyncio.to_thread(node.join_again)
        assert (await stand.ended()).outcome == "rolled-back"
        await stand.eventually(stand.is_at_rest, "the former version is whole")
        await nothing_was_lost(later)
        await only_the_node_lost_some(load, by_node)

    shop.told(cluster, tmp_path, story, **PAUSED, deadline="30s")


def test_a_node_that_is_lost_while_nothing_is_released_costs_requests_too(
    cluster: Cluster, node: Node, tmp_path: Path
) -> None:
    """The control: the count sees what a node takes with it."""

    async def story(made: Shop) -> None:
        spread(made, tolerated_seconds=None)
        await made.stand.ship_first("1.8.2")
        load = made.stand.users()
        await asyncio.sleep(2.0)
        by_node = await cut_off(made, node)

        async def are_lost() -> bool:
            return bool(taken_down(load.counts.losses, by_node))

        await made.stand.eventually(are_lost, "users give up requests that were under way there")
        await asyncio.to_thread(node.join_again)
        await made.stand.eventually(made.stand.is_whole, "its pods are ready again")
        await only_the_node_lost_some(load, by_node)

    shop.told(cluster, tmp_path, story, **PAUSED)
