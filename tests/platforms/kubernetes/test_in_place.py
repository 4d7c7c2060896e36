"""The user's own workload, updated in place behind the user's own Service, by batches and under the guard."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.in_place import OF_THE_USER, REPLICAS, played, pods, written
from platforms.kubernetes.shop import Shop
from platforms.kubernetes.test_faults import looked
from shipway.cli.shell.ejecting import ejected
from shipway.demo.app.behaviour import BAD_VERSION
from shipway.errors import ShipwayError
from shipway.model.command import Accept, Rollback, SetReplicas
from shipway.model.event import DriftSeen
from shipway.model.release import Release

pytestmark = pytest.mark.real


def deployment(made: Shop) -> dict[str, Any]:
    """It is the only one, and has the name that its user gave it."""
    (found,) = made.read("deployments")["items"]
    assert found["metadata"]["name"] == "checkout"
    return dict(found)


def test_a_release_keeps_the_deployment_and_loses_no_request_though_its_controller_is_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand, before = made.stand, deployment(made)
        with pytest.raises(ShipwayError, match="A Deployment's own update cannot do canary") as caught:
            await stand.submit("1.9.0", strategy="canary")
        assert len(str(caught.value).splitlines()) == 4
        (finding,) = await asyncio.to_thread(looked, made)
        assert finding.is_fine and "Deployment checkout in place" in finding.said
        await stand.uncontrolled()
        controller, load = await stand.serve(), stand.users()
        await stand.submit("1.9.0")
        await stand.reached(1)
        controller.kill()
        await controller.wait()
        await asyncio.sleep(2.0)
        assert (len(pods(made, "1.9.0")), len(pods(made, "1.8.2"))) == (1, 2), "it stands still"
        others = stand.users()
        stand.control()
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(others)
        assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}
        after = deployment(made)
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        assert after["spec"]["strategy"] == OF_THE_USER and after["spec"]["progressDeadlineSeconds"] == 600
        made.kubectl("rollout", "status", "deployment/checkout", "--timeout=20s")
        assert made.read("service", "checkout")["spec"]["selector"] == {"app": "checkout"}

    played(cluster, tmp_path, story)


def test_it_is_rolled_back_made_smaller_and_handed_back(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        await made.stand.ship("1.9.0")
        await made.stand.eventually(made.stand.is_at_rest, "only the new version is left")
        await returned_and_smaller(made)
        await handed_back(made, tmp_path / "ejected")

    played(cluster, tmp_path, story, rolling={"batches": 1})


async def returned_and_smaller(made: Shop) -> None:
    """`shipway rollback`, which is `kubectl rollout undo`, and `shipway scale`."""
    stand = made.stand
    load = stand.users()
    first = (await stand.shipway.store.revisions.all(stand.service))[0]
    release = structs.replace(msgspec.json.decode(first.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    await stand.ask(SetReplicas(replicas=2))
    await stand.eventually(stand.is_at_rest, "only two pods of the former version are left")
    assert deployment(made)["spec"]["replicas"] == 2 == len(pods(made, "1.8.2"))
    await nothing_was_lost(load)


async def handed_back(made: Shop, folder: Path) -> None:
    """As it was, but for the version, with the same pods."""
    there = pods(made, "1.8.2")
    await made.stand.uncontrolled()
    found = await ejected(made.stand.home, made.stand.service, folder, does_it=True)
    assert found.is_done and "it was never changed" in found.way_in
    after = deployment(made)
    assert "shipway.dev/" not in str({key: after["metadata"].get(key) for key in ("labels", "annotations")})
    assert pods(made, "1.8.2") == there
    made.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(folder / "manifests.yaml"))
    assert deployment(made)["metadata"]["generation"] == after["metadata"]["generation"]
    assert "shipway" not in made.kubectl("get", "configmaps", "--output", "name")


def test_a_bad_version_is_taken_back_and_proven_pods_stay(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand, proven = made.stand, pods(made, "1.8.2")
        load = stand.users()
        written(made, CHECKOUT_FAIL_SHARE="50%")
        past = await stand.deploy(BAD_VERSION)
        assert past.outcome == "rolled-back", past
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0) and not counts.lost
        assert proven & pods(made, "1.8.2"), "none that was left was made anew"
        assert deployment(made)["spec"]["strategy"] == OF_THE_USER

    played(cluster, tmp_path, story, rolling={"batches": 3, "pause": "20s"})


def test_what_somebody_does_natively_holds_the_release_until_it_is_accepted(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        load = stand.users()
        await stand.submit("1.9.0")
        await stand.reached(1)
        await held(made, "changed the pods of Deployment checkout", "rollout", "undo", "deployment/checkout")
        assert (len(pods(made, "1.9.0")), len(pods(made, "1.8.2"))) == (1, 2), "it stands still"
        await stand.ask(Accept())
        await stand.reached(2)
        await held(made, "scaled Deployment checkout from 3 to 5", "scale", "deployment/checkout", "--replicas=5")
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert len(pods(made, "1.9.0")) == REPLICAS and len(await stand.events(DriftSeen)) == 2
        await nothing_was_lost(load)

    played(cluster, tmp_path, story, rolling={"batches": 3, "pause": "8s"})


async def held(made: Shop, said: str, *words: str) -> None:
    await asyncio.to_thread(made.kubectl, *words)
    state = await made.stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
    assert state.run is not None and state.run.hold is not None
    assert said in state.run.hold.reason
