"""What a look at a cluster makes of deployments and pods that other hands touched."""

from typing import Any

from msgspec import structs

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.kinds import DEPLOYMENT
from shipway.adapters.platforms.kubernetes.preparations import Preparations, Prepared, noted
from shipway.adapters.platforms.kubernetes.seeing import Look
from shipway.model.fleet import Preparation, Scaled
from shipway.model.revision import RevisionId

ID = RevisionId("1.9.0+a-7f3a91c2")


def deployment(**status: Any) -> dict[str, Any]:
    annotations = {marks.ID: ID, marks.PORT: "8000"}
    labels = {marks.SERVICE: "checkout", marks.REVISION: marks.label_of(ID)}
    return {
        "metadata": {"name": "checkout-1-9-0", "labels": labels, "annotations": annotations},
        "spec": {"replicas": 1, "template": {}},
        "status": status,
    }


def pod(name: str, digest: str) -> dict[str, Any]:
    labels = deployment()["metadata"]["labels"]
    status = {
        "name": "app",
        "imageID": f"registry.example/shop@sha256:{digest}",
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-05-09T14:03:00Z"}},
    }
    return {
        "metadata": {"name": name, "labels": labels, "creationTimestamp": f"2026-05-09T14:0{name[-1]}:00Z"},
        "spec": {"containers": [{"name": "app", "image": "registry.example/shop:1.9.0"}]},
        "status": {"podIP": "10.0.0.7", "containerStatuses": [status]},
    }


NOTED = noted([deployment()])


@in_loop
async def test_bookkeeping_that_somebody_deleted_comes_back_from_the_deployments() -> None:
    cluster = MemoryCluster()
    cluster.put(DEPLOYMENT, deployment())
    preparations, next_one = Preparations(cluster, "checkout"), RevisionId("2.0.0-1")
    wanted = Prepared(revision=next_one, generation=4, state=Preparation.RUNNING, begun_at=0.0, port=9000)
    assert await preparations.begun(next_one, wanted)
    ports = {id: each.port for id, each in (await preparations.all()).items()}
    assert ports == {ID: 8000, next_one: 9000}


@in_loop
async def test_what_was_begun_and_whose_answer_was_lost_is_begun_again_by_who_began_it() -> None:
    preparations, id = Preparations(MemoryCluster(), "checkout"), RevisionId("2.0.0-1")
    wanted = Prepared(revision=id, generation=4, state=Preparation.RUNNING, begun_at=0.0, by="one", port=9000)
    assert await preparations.begun(id, wanted)
    assert await preparations.begun(id, wanted), "who asks again is not doing it"
    assert not await preparations.begun(id, structs.replace(wanted, by="other"))


def test_without_bookkeeping_the_deployments_say_which_versions_there_are() -> None:
    fleet = Look([deployment()], [pod("a-1", "1")], NOTED).fleet(0.0, {})
    assert fleet.prepared == {ID: Preparation.DONE}
    assert [(replica.revision, replica.address) for replica in fleet.replicas] == [(ID, "10.0.0.7:8000")]


def test_why_no_pod_may_be_made_is_told() -> None:
    said = "pods is forbidden: exceeded quota: pods"
    barred = {"type": "ReplicaFailure", "status": "True", "message": said}
    assert Look([deployment(conditions=[barred])], [], NOTED).fleet(0.0, {}).details == {ID: said}


def test_a_tag_that_meant_one_image_and_means_another_is_drift() -> None:
    same = Look([deployment()], [pod("a-1", "1"), pod("a-2", "1")], NOTED).fleet(0.0, {})
    assert same.foreign == ()
    (said,) = Look([deployment()], [pod("a-1", "1"), pod("a-2", "2")], NOTED).fleet(0.0, {}).foreign
    assert said.startswith("tag registry.example/shop:1.9.0 was moved: a-2")


def test_a_number_of_pods_that_shipway_did_not_write_is_told_with_who_did() -> None:
    found = deployment()
    found["metadata"]["annotations"][marks.REPLICAS] = "1"
    assert Look([found], [], NOTED).fleet(0.0, {}).scaled == ()
    found["spec"]["replicas"] = 3
    found["metadata"]["managedFields"] = [{"manager": "kubectl", "time": "2026-05-09T14:03:00Z"}]
    fleet = Look([found], [], NOTED).fleet(0.0, {})
    what = "kubectl scaled deployment checkout-1-9-0 from 1 to 3"
    assert fleet.foreign == (what,)
    assert fleet.scaled == (Scaled(what=what, now=3, by="kubectl", revision=ID, told=1),)
