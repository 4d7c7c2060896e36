"""The one autoscaler of a workload that is updated in place: whose it is, and what it may do."""

from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes.in_place import ejecting, making
from shipway.adapters.platforms.kubernetes.in_place.autoscaling import bounds
from shipway.adapters.platforms.kubernetes.in_place.deployments import Deployments
from shipway.adapters.platforms.kubernetes.in_place.platform import PlatformInPlace
from shipway.adapters.platforms.kubernetes.in_place.rolled import Rolled
from shipway.adapters.platforms.kubernetes.in_place.stateful_sets import StatefulSets
from shipway.adapters.platforms.kubernetes.kinds import AUTOSCALER, DEPLOYMENT
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.errors import PortError
from shipway.model.revision import Revision, RevisionId
from unit.adapters.platforms.kubernetes.in_place.test_platform import manifest, pod, workload
from unit.adapters.platforms.kubernetes.test_autoscaling import SCALER

LEAST, MOST = 2, 8
OTHER = {**SCALER, "spec": {**SCALER["spec"], "minReplicas": 3, "maxReplicas": 12}}  # type: ignore[dict-item]
A, B = RevisionId("a"), RevisionId("b")


def revision(version: str, scaler: Any = SCALER) -> Revision:
    platform = {"workload": manifest(f"shop:{version}"), "container": "app", "port": 8000, "autoscaler": scaler}
    return Revision(id=RevisionId(f"{version}-aaaa"), service="checkout", version=version, platform=platform)


OLD, NEW = revision("1.0"), revision("2.0", OTHER)


@pytest.mark.parametrize(
    ("state", "adding", "still"),
    [
        (Rolled(revision=A, counts={A: 4}, replicas=4), (LEAST, MOST), (LEAST, MOST)),
        (Rolled(revision=B, counts={A: 3, B: 1}, replicas=4), (4, MOST), (4, 4)),
        (Rolled(revision=B, counts={A: 9, B: 1}, replicas=9), (9, 9), (9, 9)),
        (Rolled(revision=A, counts={A: 4}, replicas=4, pods={"one": Told(draining=1.0)}), (4, 4), (4, 4)),
        (Rolled(revision=A, counts={A: 4}, replicas=4, leaving=1), (4, 4), (4, 4)),
        (
            Rolled(revision=A, counts={A: 3}, replicas=3, pods={"one": Told(draining=1.0, stopping=2.0)}),
            (LEAST, MOST),
            (LEAST, MOST),
        ),
        (Rolled(), (LEAST, MOST), (LEAST, MOST)),
    ],
    ids=["alone", "beside", "large", "draining", "leaving", "stopping", "down"],
)
def test_between_what_it_may_scale(state: Rolled, adding: Any, still: Any) -> None:
    assert bounds(state, (LEAST, MOST), grows=True) == adding
    assert bounds(state, (LEAST, MOST), grows=False) == still


class Shop:
    """A workload of three pods with an autoscaler, in a cluster."""

    def __init__(self, form: Any = None) -> None:
        self.cluster = MemoryCluster()
        self.platform = PlatformInPlace(
            "checkout", self.cluster, WallClock(), lambda: b"key", form or Deployments()
        )

    async def serves(self) -> "Shop":
        await self.platform.prepare(OLD, generation=1)
        await self.platform.scale(OLD, 3, generation=2)
        for number in range(3):
            pod(self.cluster, f"old-{number}", OLD)
        await self.platform.prepare(NEW, generation=3)
        return self

    @property
    def bounds(self) -> tuple[int, int]:
        spec = self.scaler["spec"]
        return spec["minReplicas"], spec["maxReplicas"]

    @property
    def scaler(self) -> Any:
        return self.cluster.found(AUTOSCALER, "checkout")

    def scaled(self, replicas: int) -> None:
        workload(self.cluster)["spec"]["replicas"] = replicas


@in_loop
async def test_it_keeps_its_name_and_is_that_of_the_version_that_grew_last() -> None:
    shop = await Shop().serves()
    assert shop.bounds == (LEAST, MOST) and shop.scaler["metadata"]["labels"]["team"] == "shop"
    await shop.platform.scale(NEW, 1, generation=4)
    assert shop.bounds == (3, 12)
    await shop.platform.scale(OLD, 3, generation=5)
    pod(shop.cluster, "new-0", NEW)
    await shop.platform.drain(NEW.id, ["new-0"], generation=6)
    await shop.platform.stop(NEW.id, ["new-0"], generation=7)
    assert shop.bounds == (LEAST, MOST)


@in_loop
async def test_of_a_version_without_one_there_is_none() -> None:
    shop = await Shop().serves()
    plain = revision("3.0", {})
    await shop.platform.prepare(plain, generation=8)
    await shop.platform.scale(plain, 1, generation=9)
    assert await shop.cluster.read(AUTOSCALER, "checkout") is None
    shop.scaled(7)
    assert (await shop.platform.observe()).foreign == ("somebody scaled Deployment checkout from 3 to 7",)


@in_loop
async def test_what_it_makes_of_the_number_is_no_drift_and_followed() -> None:
    shop = await Shop().serves()
    shop.scaled(5)
    fleet = await shop.platform.observe()
    (scaled,) = fleet.scaled
    assert (fleet.foreign, scaled.now, scaled.told, scaled.revision) == ((), 5, 3, OLD.id)
    assert scaled.is_automatic and scaled.by == "the autoscaler of checkout"
    pod(shop.cluster, "old-3", OLD)
    await shop.platform.scale(OLD, 5, generation=5)
    assert workload(shop.cluster)["spec"]["replicas"] == 5 and (await shop.platform.observe()).scaled == ()


@in_loop
async def test_pods_that_it_gave_up_are_not_made_anew() -> None:
    shop = await Shop().serves()
    shop.scaled(2)  # and three pods are still there
    await shop.platform.scale(OLD, 2, generation=5)
    assert workload(shop.cluster)["spec"]["replicas"] == 2


@in_loop
async def test_what_it_adds_beside_another_version_is_the_number_of_both() -> None:
    shop = await Shop().serves()
    await shop.platform.scale(NEW, 1, generation=4)
    pod(shop.cluster, "new-0", NEW)
    assert shop.bounds == (3, 12)
    shop.scaled(5)
    (scaled,) = (await shop.platform.observe()).scaled
    assert (scaled.revision, scaled.now) == (None, 5)
    pod(shop.cluster, "new-1", NEW)
    pod(shop.cluster, "old-3", OLD)
    await shop.platform.scale(NEW, 3, generation=5)
    spec = workload(shop.cluster)["spec"]
    how = spec["strategy"]["rollingUpdate"]
    assert (spec["replicas"], spec["replicas"] - how["maxUnavailable"]) == (5, 4), "no former pod ends"
    assert spec["replicas"] + how["maxSurge"] == 7 and shop.bounds == (5, 12)


@in_loop
async def test_a_stateful_set_has_as_many_as_it_had() -> None:
    assert not StatefulSets.grows
    state = Rolled(revision=NEW.id, counts={OLD.id: 2, NEW.id: 1}, replicas=3)
    assert bounds(state, (LEAST, MOST), grows=StatefulSets.grows) == (3, 3)


@in_loop
async def test_it_is_handed_back_as_it_was_written() -> None:
    shop = await Shop().serves()
    await shop.platform.scale(NEW, 1, generation=4)
    assert shop.scaler["metadata"]["annotations"]
    kinds = {one["kind"]: one for one in await shop.platform.exported(NEW.id)}
    handed = kinds["HorizontalPodAutoscaler"]
    assert handed["spec"] == OTHER["spec"] and handed["metadata"]["name"] == "checkout"
    await ejecting.freed(shop.cluster, "checkout", Deployments())
    assert not any("shipway.dev" in key for key in shop.scaler["metadata"]["annotations"])
    assert "shipway.dev/update" not in shop.scaler["metadata"]["labels"]


@in_loop
async def test_a_first_deployment_ends_no_pods_that_are_there() -> None:
    cluster = MemoryCluster()
    cluster.put(DEPLOYMENT, manifest())
    await making.require_as_many(cluster, OLD, Deployments(), 3)
    with pytest.raises(PortError, match="Deployment checkout has 3 pods, and the release file asks for 2"):
        await making.require_as_many(cluster, OLD, Deployments(), 2)


@in_loop
async def test_without_one_none_is_asked_for() -> None:
    shop = Shop()
    asked = []
    before = shop.cluster.list

    async def noting(kind: Any, selector: str) -> Any:
        asked.append(kind)
        return await before(kind, selector)

    shop.cluster.list = noting  # type: ignore[method-assign]
    plain = revision("1.0", {})
    await shop.platform.prepare(plain, generation=1)
    await shop.platform.scale(plain, 3, generation=2)
    await shop.platform.exported(plain.id)
    assert AUTOSCALER not in asked, "an account may lack the right"


@in_loop
async def test_a_release_that_begins_before_it_is_followed_ends_no_pod() -> None:
    """Nobody looked since: a release is under way only now and then."""
    shop = await Shop().serves()
    shop.scaled(5)
    for number in (3, 4):
        pod(shop.cluster, f"old-{number}", OLD)
    seen = []

    async def look(plural: str, name: str) -> None:
        if (plural, name) == (DEPLOYMENT.plural, "checkout"):
            seen.append(workload(shop.cluster)["spec"]["replicas"])

    shop.cluster.before_write = look
    await shop.platform.scale(NEW, 1, generation=4)
    spec = workload(shop.cluster)["spec"]
    assert {*seen, spec["replicas"]} == {5}
    assert spec["replicas"] - spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 5
