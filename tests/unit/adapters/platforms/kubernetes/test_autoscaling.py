"""A version's own autoscaler: what it may do while versions come and go."""

from collections.abc import Sequence
from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from platforms.kubernetes.kubernetes_stand import deployment
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.autoscaling import autoscaler
from shipway.adapters.platforms.kubernetes.ejecting import exported, freed
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, DEPLOYMENT, POD, POD_METRICS, Kind
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.model.revision import Revision, RevisionId

SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "checkout", "labels": {"team": "shop"}},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"},
        "minReplicas": 2,
        "maxReplicas": 8,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu"}}],
    },
}


def revision(version: str, scaler: Any = SCALER) -> Revision:
    platform = {"workload": deployment("well"), "container": "app", "port": 8000, "autoscaler": scaler or {}}
    return Revision(id=RevisionId(f"{version}-7f3a91c2"), service="checkout", version=version, platform=platform)


A, B = revision("1.0.0"), revision("1.1.0")


class Cluster(MemoryCluster):
    """In which each deployment has its pods at once."""

    def settle(self, each: Revision) -> list[str]:
        found = self.found(DEPLOYMENT, name(each))
        wanted = {f"{name(each)}-{number}" for number in range(found["spec"]["replicas"])}
        for key in [key for key in self.there if key[0] == POD.plural and key[1].startswith(name(each))]:
            del self.there[key]
        for pod in sorted(wanted):
            metadata = {
                "name": pod,
                "labels": found["metadata"]["labels"],
                "creationTimestamp": "2026-01-01T00:00:00Z",
            }
            self.put(POD, {"metadata": metadata, "spec": found["spec"]["template"]["spec"]})
        return sorted(wanted)

    async def list(self, kind: Kind, selector: str) -> Sequence[dict[str, Any]]:
        return () if kind == POD_METRICS else await super().list(kind, selector)

    def bounds(self, each: Revision) -> tuple[int, int]:
        spec = self.found(AUTOSCALER, name(each))["spec"]
        return spec["minReplicas"], spec["maxReplicas"]


def name(each: Revision) -> str:
    return marks.name_of("checkout", each.id)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def platform(cluster: Cluster) -> KubernetesPlatform:
    return KubernetesPlatform("checkout", cluster, WallClock(), key=b"key")


async def running(
    platform: KubernetesPlatform, cluster: Cluster, each: Revision, count: int, at: int
) -> list[str]:
    await platform.prepare(each, generation=at)
    await platform.scale(each, count, generation=at + 1)
    return cluster.settle(each)


def test_it_is_the_users_but_for_its_name_and_what_it_scales() -> None:
    made = autoscaler(A)
    assert made is not None
    assert made["metadata"]["name"] == made["spec"]["scaleTargetRef"]["name"] == name(A)
    assert made["metadata"]["labels"]["team"] == "shop"
    assert made["spec"]["metrics"] == SCALER["spec"]["metrics"]  # type: ignore[index]
    assert autoscaler(revision("1.0.0", None)) is None


@in_loop
async def test_a_version_alone_is_scaled_as_the_user_wrote(platform: KubernetesPlatform, cluster: Cluster) -> None:
    await running(platform, cluster, A, 5, 1)
    assert cluster.bounds(A) == (2, 8)


@in_loop
async def test_beside_another_none_goes_below_what_its_share_was_given(
    platform: KubernetesPlatform, cluster: Cluster
) -> None:
    await running(platform, cluster, A, 5, 1)
    await running(platform, cluster, B, 1, 3)
    assert (cluster.bounds(A), cluster.bounds(B)) == ((5, 8), (1, 8))
    await platform.scale(B, 10, generation=6)
    assert cluster.bounds(B) == (10, 10), "more than the user's most is wanted"


@in_loop
async def test_of_one_that_leaves_the_number_is_shipways(platform: KubernetesPlatform, cluster: Cluster) -> None:
    pods = await running(platform, cluster, A, 3, 1)
    await running(platform, cluster, B, 3, 3)
    await platform.drain(A.id, pods, generation=6)
    assert cluster.bounds(A) == (3, 3)
    seen = []

    async def look(plural: str, named: str) -> None:
        if (plural, named) == (DEPLOYMENT.plural, name(A)):
            seen.append(cluster.bounds(A))

    cluster.before_write = look
    await platform.stop(A.id, pods[:1], generation=7)
    assert seen == [(2, 2)], "before the deployment has fewer, nobody may make them anew"
    cluster.settle(A)
    await platform.stop(A.id, pods, generation=8)
    assert cluster.found(DEPLOYMENT, name(A))["spec"]["replicas"] == 0
    assert cluster.bounds(B) == (2, 8), "which is alone"


@in_loop
async def test_one_that_was_made_smaller_is_scaled_again(platform: KubernetesPlatform, cluster: Cluster) -> None:
    """`shipway scale` at rest, or a batch: nothing is written of it afterwards."""
    pods = await running(platform, cluster, A, 4, 1)
    await platform.drain(A.id, pods[2:], generation=3)
    assert cluster.bounds(A) == (4, 4)
    await platform.stop(A.id, pods[2:], generation=4)
    assert cluster.bounds(A) == (2, 8)
    cluster.settle(A)
    cluster.found(DEPLOYMENT, name(A))["spec"]["replicas"] = 5
    (scaled,) = (await platform.observe()).scaled
    assert (scaled.told, scaled.now) == (2, 5), "which the service follows"


@in_loop
async def test_what_it_makes_of_the_number_is_no_drift(platform: KubernetesPlatform, cluster: Cluster) -> None:
    await running(platform, cluster, A, 3, 1)
    cluster.found(DEPLOYMENT, name(A))["spec"]["replicas"] = 6
    fleet = await platform.observe()
    assert fleet.foreign == ()
    (scaled,) = fleet.scaled
    assert (scaled.is_automatic, scaled.told, scaled.now, scaled.by) == (True, 3, 6, f"autoscaler {name(A)}")
    await platform.drain(A.id, [f"{name(A)}-0"], generation=5)
    assert (await platform.observe()).scaled == ()


@in_loop
async def test_pods_that_it_gave_up_are_not_made_anew(platform: KubernetesPlatform, cluster: Cluster) -> None:
    await running(platform, cluster, A, 6, 1)
    cluster.found(DEPLOYMENT, name(A))["spec"]["replicas"] = 3  # and three pods still end
    await platform.scale(A, 3, generation=5)
    assert cluster.found(DEPLOYMENT, name(A))["spec"]["replicas"] == 3


@in_loop
async def test_it_is_handed_back_as_it_was_written(platform: KubernetesPlatform, cluster: Cluster) -> None:
    await running(platform, cluster, A, 5, 1)
    await running(platform, cluster, B, 1, 3)
    kinds = {one["kind"]: one for one in await exported(cluster, "checkout", A.id)}
    assert kinds["HorizontalPodAutoscaler"]["spec"]["minReplicas"] == 2
    assert "ownerReferences" not in kinds["HorizontalPodAutoscaler"]["metadata"]
    await freed(cluster, "checkout", A.id)
    assert cluster.bounds(A) == (2, 8)


@in_loop
async def test_without_one_none_is_asked_for(platform: KubernetesPlatform, cluster: Cluster) -> None:
    asked = []
    before = cluster.list

    async def noting(kind: Any, selector: str) -> Any:
        asked.append(kind)
        return await before(kind, selector)

    cluster.list = noting  # type: ignore[method-assign]
    await running(platform, cluster, revision("1.0.0", None), 2, 1)
    assert AUTOSCALER not in asked, "an account may lack the right"
