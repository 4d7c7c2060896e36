"""An API server that is busy, away, slow or strange, and objects that vanish: nothing is half done, or twice."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.faulty import (
    AWAY,
    BUSY,
    CONFLICT,
    LOST,
    PAGE,
    SLOW,
    STRANGE,
    WRITES,
    faulty,
    now_and_then,
)
from platforms.kubernetes.kubernetes_stand import KubernetesStand
from platforms.kubernetes.shop import Shop, told
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.kubernetes import build
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.errors import PortError
from shipway.model.fleet import Preparation
from shipway.model.revision import Revision

pytestmark = pytest.mark.real
SECONDS_MAX = 90.0
FAULTS = {
    "busy": now_and_then(BUSY),
    "away": now_and_then(AWAY, PAGE),
    "conflicts": now_and_then(CONFLICT, share=0.5, of=("PUT",)),
    "lost answers": now_and_then(LOST, of=WRITES),
    "slow": now_and_then(SLOW, share=1.0),
}


def through(stand: KubernetesStand, kubeconfig: Path) -> KubernetesPlatform:
    context = Context(service=stand.service, home=stand.home, clock=WallClock(), health={})
    return build({"kubeconfig": str(kubeconfig), "namespace": stand.namespace}, context)


async def insisted(act: Callable[[], Awaitable[Any]]) -> Any:
    """As the engine does: what failed is asked for again, and what needs a person is not."""
    deadline = asyncio.get_running_loop().time() + SECONDS_MAX
    while True:
        try:
            return await act()
        except PortError as error:
            assert not error.needs_person, error
            assert asyncio.get_running_loop().time() < deadline, error
            assert len(str(error).splitlines()) == 4, error
            await asyncio.sleep(0.2)


async def shipped(platform: KubernetesPlatform, revision: Revision) -> None:
    """Prepared, two replicas, and one of them ended."""

    async def is_prepared() -> bool:
        await insisted(lambda: platform.prepare(revision, generation=1))
        fleet = await insisted(platform.observe)
        return bool(fleet.prepared.get(revision.id) is Preparation.DONE)

    await came(is_prepared)
    await insisted(lambda: platform.scale(revision, 2, generation=2))

    async def are_ready(count: int) -> bool:
        fleet = await insisted(platform.observe)
        return sum(replica.ready for replica in fleet.replicas) == count == len(fleet.replicas)

    await came(lambda: are_ready(2))
    first = min((await insisted(platform.observe)).replicas, key=lambda replica: replica.id).id
    await insisted(lambda: platform.drain(revision.id, [first], generation=3))
    await insisted(lambda: platform.stop(revision.id, [first], generation=4))
    await came(lambda: are_ready(1))
    assert first not in {replica.id for replica in (await insisted(platform.observe)).replicas}


async def came(claim: Callable[[], Awaitable[bool]]) -> None:
    deadline = asyncio.get_running_loop().time() + SECONDS_MAX
    while not await claim():
        assert asyncio.get_running_loop().time() < deadline, "it came in time"
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("name", FAULTS)
def test_what_was_asked_is_done_once(stand: KubernetesStand, tmp_path: Path, name: str) -> None:
    with faulty(stand.cluster, tmp_path, FAULTS[name]) as (kubeconfig, way):
        asyncio.run(shipped(through(stand, kubeconfig), stand.revision("1.9.0")))
        assert way.faults > 0, "it did fail"
    (deployment,) = stand.cluster.read("deployments", "--namespace", stand.namespace)["items"]
    assert deployment["spec"]["replicas"] == 1


def test_an_answer_that_no_kubernetes_gives_is_told_in_four_lines(stand: KubernetesStand, tmp_path: Path) -> None:
    with faulty(stand.cluster, tmp_path, lambda method, path, number: STRANGE) as (kubeconfig, _):
        with pytest.raises(PortError) as failure:
            asyncio.run(through(stand, kubeconfig).observe())
        assert failure.value.what and failure.value.where and failure.value.why and failure.value.fix


def test_a_deployment_that_somebody_deletes_is_made_anew(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        name = await made.deployment_of("1.8.2")
        before = await asyncio.to_thread(made.read, "deployment", name)
        await asyncio.to_thread(made.kubectl, "delete", "deployment", name)

        async def is_made_anew() -> bool:
            if await made.deployment_of("1.8.2") != name:
                return False
            found = await asyncio.to_thread(made.read, "deployment", name)
            return bool(found["metadata"]["uid"] != before["metadata"]["uid"]) and await stand.is_whole()

        await stand.eventually(is_made_anew, "it and its replicas are back")

    told(cluster, tmp_path, story)


def test_bookkeeping_that_somebody_deletes_costs_no_replica(stand: KubernetesStand) -> None:
    async def scenario() -> None:
        platform, revision = stand.platform(), stand.revision("1.9.0")
        await shipped(platform, revision)
        before = {replica.id: replica.address for replica in (await platform.observe()).replicas}
        stand.cluster.kubectl("delete", "configmap", f"shipway-{stand.service}", "--namespace", stand.namespace)
        fleet = await platform.observe()
        assert {replica.id: replica.address for replica in fleet.replicas} == before
        assert fleet.prepared == {revision.id: Preparation.DONE}

    stand.run(scenario())


def test_a_quota_that_is_used_up_is_the_reason_that_is_told(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        await asyncio.to_thread(made.kubectl, "create", "quota", "pods", "--hard=pods=2")
        past = await stand.deploy("1.9.0")
        assert past.outcome == "rolled-back"
        assert "exceeded quota" in past.reason, past.reason

    told(cluster, tmp_path, story, deadline="60s")
