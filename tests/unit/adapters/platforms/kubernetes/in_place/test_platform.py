"""What is written into the user's own workload, and what is not; who is too late changes nothing."""

import asyncio
import copy
from typing import Any

import pytest
from msgspec.structs import replace

from contract.memory_cluster import MemoryCluster
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes import asking, marks
from shipway.adapters.platforms.kubernetes.cluster import ManifestRefused, NotAllowed
from shipway.adapters.platforms.kubernetes.in_place.deployments import Deployments
from shipway.adapters.platforms.kubernetes.in_place.platform import PlatformInPlace
from shipway.adapters.platforms.kubernetes.in_place.rolled import encoded, rolled
from shipway.adapters.platforms.kubernetes.in_place.stateful_sets import StatefulSets
from shipway.adapters.platforms.kubernetes.in_place.states import digest
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DEPLOYMENT, POD, STATEFUL_SET, Kind
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.traffic._kubernetes.membership import Membership
from shipway.errors import Refused, StaleGeneration
from shipway.model.fleet import Preparation
from shipway.model.revision import Revision, RevisionId

STRATEGY = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}


def manifest(image: str = "shop:old") -> dict[str, Any]:
    labels = {"app": "checkout"}
    container = {"name": "app", "image": image, "ports": [{"containerPort": 8000}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout", "labels": {"team": "shop"}},
        "spec": {
            "replicas": 3,
            "strategy": STRATEGY,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def revision(version: str) -> Revision:
    platform = {"workload": manifest(f"shop:{version}"), "container": "app", "port": 8000}
    return Revision(id=RevisionId(f"{version}-aaaa"), service="checkout", version=version, platform=platform)


OLD, NEW = revision("1.0"), revision("2.0")


def platform(cluster: MemoryCluster) -> PlatformInPlace:
    return PlatformInPlace("checkout", cluster, WallClock(), lambda: b"key", Deployments())


def workload(cluster: MemoryCluster) -> dict[str, Any]:
    return cluster.found(DEPLOYMENT, "checkout")


def image(cluster: MemoryCluster) -> str:
    (container,) = workload(cluster)["spec"]["template"]["spec"]["containers"]
    return str(container["image"])


def pod(cluster: MemoryCluster, name: str, of: Revision) -> None:
    template = workload(cluster)["spec"]["template"]
    labels = {**template["metadata"]["labels"], "shipway.dev/revision": of.id}
    metadata = {"name": name, "uid": name, "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"}
    cluster.put(POD, {"metadata": metadata, "spec": copy.deepcopy(template["spec"]), "status": {}})


async def serving(cluster: MemoryCluster, count: int = 3) -> PlatformInPlace:
    """The old one, whole, and the new one prepared."""
    made = platform(cluster)
    await made.prepare(OLD, generation=1)
    await made.scale(OLD, count, generation=2)
    for number in range(count):
        pod(cluster, f"old-{number}", OLD)
    await made.prepare(NEW, generation=3)
    return made


def played(story: Any) -> MemoryCluster:
    cluster = MemoryCluster()
    asyncio.run(story(cluster))
    return cluster


def test_one_that_is_there_keeps_its_name_its_labels_and_its_own_update() -> None:
    async def story(cluster: MemoryCluster) -> None:
        cluster.put(DEPLOYMENT, manifest())
        made = platform(cluster)
        await made.prepare(OLD, generation=1)
        assert image(cluster) == "shop:old", "to prepare changes no pod"
        await made.scale(OLD, 3, generation=2)

    found = workload(played(story))
    labels = found["metadata"]["labels"]
    assert labels.pop("shipway.dev/updated") and labels == {"team": "shop", "shipway.dev/update": "checkout"}
    assert found["spec"]["strategy"] == STRATEGY and found["spec"]["selector"] == {
        "matchLabels": {"app": "checkout"}
    }
    (container,) = found["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "shop:1.0"


def test_one_that_is_nowhere_is_made_without_pods() -> None:
    async def story(cluster: MemoryCluster) -> None:
        await platform(cluster).prepare(OLD, generation=1)

    assert workload(played(story))["spec"]["replicas"] == 0


def test_a_take_back_is_the_former_template_word_by_word() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        before = copy.deepcopy(workload(cluster)["spec"])
        await made.scale(NEW, 1, generation=4)
        assert image(cluster) == "shop:2.0" and workload(cluster)["spec"]["strategy"] != STRATEGY
        pod(cluster, "new-0", NEW)
        await made.drain(NEW.id, ["new-0"], generation=5)
        await made.stop(NEW.id, ["new-0"], generation=6)
        assert workload(cluster)["spec"] == before
        assert cluster.found(POD, "new-0")["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"]

    played(story)


def test_who_comes_late_changes_nothing() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        await made.scale(NEW, 1, generation=5)
        with pytest.raises(StaleGeneration):
            await platform(cluster).scale(NEW, 3, generation=4)

        async def meanwhile(kind: str, name: str) -> None:
            if (kind, name) == ("deployments", "checkout"):
                cluster.before_write = None
                await platform(cluster).scale(NEW, 1, generation=9)

        cluster.before_write = meanwhile
        with pytest.raises(StaleGeneration):
            await made.scale(NEW, 3, generation=8)
        assert (await made.observe()).generations[f"capacity:{NEW.id}"] == 9

    played(story)


def test_who_comes_late_with_a_version_that_is_forgotten_changes_nothing() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        await made.scale(NEW, 1, generation=5)
        there = workload(cluster)
        state = replace(rolled(there), generations={NEW.id: 60}, forgotten=50)
        there["metadata"]["annotations"][marks.UPDATE] = encoded(state)
        there["metadata"]["labels"][marks.UPDATED] = digest(encoded(state))
        with pytest.raises(StaleGeneration):
            await made.scale(OLD, 3, generation=49)
        await made.scale(OLD, 3, generation=61)

    played(story)


def test_what_was_never_drained_is_not_stopped() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        with pytest.raises(Refused, match="old-0 is not stopped"):
            await made.stop(OLD.id, ["old-0"], generation=4)

    played(story)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"replicas": 5}, "scaled Deployment checkout from 3 to 5"),
        ({"paused": True}, "paused Deployment checkout"),
        ({"minReadySeconds": 1}, "changed how Deployment checkout is updated"),
        ({"template": manifest("other")["spec"]["template"]}, "changed the pods of Deployment checkout"),
    ],
)
def test_other_hands_are_told_and_put_back_by_whatever_is_written_next(change: dict[str, Any], said: str) -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        await made.scale(NEW, 1, generation=4)
        assert (await made.observe()).foreign == ()
        found = copy.deepcopy(workload(cluster))
        found["metadata"]["managedFields"] = [{"manager": "kubectl", "time": "2026-01-01T00:00:00Z"}]
        cluster.put(DEPLOYMENT, {**found, "spec": {**found["spec"], **change}})
        assert (await made.observe()).foreign == (f"kubectl {said}",)
        await made.scale(NEW, 2, generation=5)
        assert (await made.observe()).foreign == ()

    played(story)


def test_what_a_native_undo_does_to_our_annotation_is_not_believed() -> None:
    """It puts annotations back as they were when the former version was the present one."""

    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        before = copy.deepcopy(workload(cluster))
        await made.scale(NEW, 1, generation=4)
        found = copy.deepcopy(workload(cluster))
        found["metadata"]["annotations"] = before["metadata"]["annotations"]
        found["spec"]["template"] = before["spec"]["template"]
        cluster.put(DEPLOYMENT, found)
        fleet = await made.observe()
        assert fleet.generations[f"capacity:{NEW.id}"] == 4
        assert fleet.foreign == ("somebody changed the pods of Deployment checkout",)
        with pytest.raises(StaleGeneration):
            await made.scale(NEW, 1, generation=3)
        await made.scale(NEW, 1, generation=5)
        assert image(cluster) == "shop:2.0" and (await made.observe()).foreign == ()

    played(story)


def test_a_deleted_note_of_preparations_is_read_from_the_workload() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        await cluster.delete(CONFIG_MAP, "shipway-checkout")
        fleet = await made.observe()
        assert fleet.prepared == {OLD.id: Preparation.DONE} and len(fleet.replicas) == 3

    played(story)


def test_without_that_note_pods_are_drained_and_stopped_all_the_same() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        await cluster.delete(CONFIG_MAP, "shipway-checkout")
        await made.drain(OLD.id, ["old-2"], generation=4)
        assert [one.id for one in (await made.observe()).replicas if one.draining_since is not None] == ["old-2"]
        await made.prepare(NEW, generation=5)
        await made.scale(NEW, 1, generation=6)
        await made.stop(OLD.id, ["old-2"], generation=7)
        assert (await made.observe()).prepared == {OLD.id: Preparation.DONE, NEW.id: Preparation.DONE}

    played(story)


def test_a_service_has_one_form_at_a_time() -> None:
    async def story(cluster: MemoryCluster) -> None:
        await serving(cluster)
        plain = KubernetesPlatform("checkout", cluster, WallClock(), lambda: b"key")
        other = revision("3.0")
        await plain.prepare(other, generation=9)
        fleet = await plain.observe()
        assert fleet.prepared[other.id] is Preparation.FAILED and "updated in place" in fleet.details[other.id]

    played(story)


def test_that_it_has_another_form_is_found_before_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(MemoryCluster):
        async def version(self) -> str:
            return "1.34.4"

        async def where(self) -> str:
            return "shop"

    cluster = Asked()
    monkeypatch.setattr(asking, "cluster_of", lambda options: cluster)
    asyncio.run(serving(cluster))
    assert asking.tried({"update": {}}, NEW).endswith("Deployment checkout in place")
    with pytest.raises(ManifestRefused, match="Deployment checkout serves, and is updated in place"):
        asking.tried({}, NEW)


def test_after_eject_the_other_form_may_begin() -> None:
    """What was ejected goes on as its user's own."""

    async def story(cluster: MemoryCluster) -> None:
        plain = KubernetesPlatform("checkout", cluster, WallClock(), lambda: b"key")
        await plain.prepare(OLD, generation=1)
        await plain.scale(OLD, 3, generation=2)
        made = platform(cluster)
        await made.prepare(NEW, generation=3)
        assert "of a version serves" in (await made.observe()).details[NEW.id]
        await plain.freed(OLD.id)
        await made.prepare(NEW, generation=4)
        assert (await made.observe()).prepared == {NEW.id: Preparation.DONE}
        assert cluster.found(DEPLOYMENT, "checkout-1-0-aaaa")["spec"]["replicas"] == 3
        await made.prepare(OLD, generation=5)
        assert "serves this very version" in (await made.observe()).details[OLD.id]

    played(story)


@pytest.mark.parametrize("is_down", [False, True])
def test_a_service_has_one_workload(is_down: bool) -> None:
    """One that got another name in the manifests would stand beside the former one, which nobody would end."""

    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster, 0 if is_down else 3)
        workload(cluster)["spec"]["replicas"] = 0 if is_down else 3
        renamed = manifest("shop:3.0")
        renamed["metadata"]["name"] = "shop"
        platform = {"workload": renamed, "container": "app", "port": 8000}
        other = Revision(id=RevisionId("3.0-bbbb"), service="checkout", version="3.0", platform=platform)
        await made.prepare(other, generation=9)
        assert "Deployment checkout" in (await made.observe()).details[other.id]
        assert ("deployments", "shop") not in cluster.there

    played(story)


def test_the_other_kind_is_another_workload() -> None:
    async def story(cluster: MemoryCluster) -> None:
        await serving(cluster)
        written = {**manifest("shop:3.0"), "kind": "StatefulSet"}
        platform = {"workload": written, "container": "app", "port": 8000}
        other = Revision(id=RevisionId("3.0-cccc"), service="checkout", version="3.0", platform=platform)
        made = PlatformInPlace("checkout", cluster, WallClock(), lambda: b"key", StatefulSets())
        await made.prepare(other, generation=9)
        assert "Deployment checkout serves" in (await made.observe()).details[other.id]

    played(story)


def test_who_may_not_look_at_stateful_sets_has_none() -> None:
    class Narrow(MemoryCluster):
        async def list(self, kind: Kind, selector: str) -> Any:
            if kind == STATEFUL_SET:
                raise NotAllowed("the kubeconfig may not get statefulsets")
            return await super().list(kind, selector)

    cluster = Narrow()
    asyncio.run(serving(cluster))
    assert workload(cluster)["spec"]["replicas"] == 3


def test_a_workload_of_another_service_is_left_alone() -> None:
    async def story(cluster: MemoryCluster) -> None:
        await serving(cluster)
        stranger = Revision(id=NEW.id, service="cart", version="2.0", platform=NEW.platform)
        made = PlatformInPlace("cart", cluster, WallClock(), lambda: b"key", Deployments())
        await made.prepare(stranger, generation=1)
        assert "is updated by the service checkout" in (await made.observe()).details[NEW.id]
        assert image(cluster) == "shop:1.0"

    played(story)


def test_a_way_in_knows_its_pods_though_somebody_deleted_the_bookkeeping() -> None:
    async def story(cluster: MemoryCluster) -> None:
        await serving(cluster)
        pod(cluster, "a", OLD)
        cluster.found(POD, "a")["metadata"]["labels"] |= {marks.SERVICE: "checkout"}
        cluster.found(POD, "a")["status"] = {"podIP": "10.0.0.7"}
        members = Membership(cluster, "checkout")
        before = await members.found()
        assert [(one.revision, one.address) for one in before] == [(OLD.id, "10.0.0.7:8000")]
        del cluster.there[CONFIG_MAP.plural, "shipway-checkout"]
        assert await members.found() == before

    played(story)


def test_its_own_words_are_given_back_when_it_is_left() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        (found,) = await made.exported(OLD.id)
        assert found["kind"] == "Deployment" and found["metadata"] == {
            "name": "checkout",
            "labels": {"team": "shop"},
        }
        await made.freed(OLD.id)
        assert [name for kind, name in cluster.there if kind == "configmaps"] == []
        assert workload(cluster)["metadata"]["labels"] == {"team": "shop"}
        assert "shipway.dev/update" not in workload(cluster)["metadata"]["annotations"]

    played(story)


def test_one_that_stood_still_for_a_release_that_never_began_is_left_as_the_user_wrote_it() -> None:
    async def story(cluster: MemoryCluster) -> None:
        made = await serving(cluster)
        before = copy.deepcopy(workload(cluster)["spec"])
        await cluster.delete(CONFIG_MAP, "checkout-template-2-0-aaaa")
        with pytest.raises(Refused, match="is not known"):
            await made.scale(NEW, 1, generation=4)
        assert workload(cluster)["spec"] != before
        (found,) = await made.exported(OLD.id)
        assert found["spec"] == before
        await made.freed(OLD.id)
        assert workload(cluster)["spec"] == before

    played(story)
