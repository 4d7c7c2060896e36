"""What happens to releases of pods when the cluster, or a person, does something else."""

import asyncio
from pathlib import Path

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop, told
from shipway.adapters.platforms.kubernetes.cluster import Cluster as Asked
from shipway.adapters.platforms.kubernetes.cluster import ManifestRefused
from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.cli.shell import in_cluster
from shipway.errors import ShipwayError
from shipway.model.command import Accept
from shipway.model.event import DriftAdopted
from shipway.wishing import wished

pytestmark = pytest.mark.real


def test_a_deployment_that_somebody_scales_holds_the_release_until_it_is_accepted(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = await made.deployment_of("1.8.2")
        await asyncio.to_thread(made.kubectl, "scale", f"deployment/{name}", "--replicas=3")
        state = await stand.until(lambda state: bool(state.run and state.run.hold), "it is held")
        assert state.run is not None and state.run.hold is not None
        assert f"kubectl scaled deployment {name} from 2 to 3" in state.run.hold.reason
        await stand.ask(Accept())
        assert (await stand.ended()).outcome == "finished"
        await nothing_was_lost(load)

    told(cluster, tmp_path, story, canary={"stages": ["50%", "100%"], "bake": "10s"}, rollback={"window": "0s"})


def test_a_deployment_that_somebody_scales_is_adopted_where_the_file_says_so(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        name = await made.deployment_of("1.8.2")
        await asyncio.to_thread(made.kubectl, "scale", f"deployment/{name}", "--replicas=3")
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "three of the new version are left")
        (adopted,) = await stand.events(DriftAdopted)
        assert (adopted.by, adopted.replicas) == ("kubectl", 3)
        await nothing_was_lost(load)

    options = {"canary": {"stages": ["50%", "100%"], "bake": "3s"}, "rollback": {"window": "0s"}}
    told(cluster, tmp_path, story, drift="adopt", **options)


def test_an_api_server_that_is_away_in_a_release_delays_it(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        await asyncio.to_thread(cluster.stop, "apiserver")
        await asyncio.sleep(3.0)
        await asyncio.to_thread(cluster.serve)
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(load)

    told(cluster, tmp_path, story, deadline="3m")


def test_pods_that_somebody_deletes_come_back_elsewhere(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        ports = await stand.shipway.assemble(stand.service)
        before = {replica.id for replica in (await ports.platform.observe()).replicas}
        victim = sorted(before)[0]
        await asyncio.to_thread(made.kubectl, "delete", "pod", victim, "--wait=false")

        async def is_replaced() -> bool:
            fleet = await ports.platform.observe()
            return victim not in {replica.id for replica in fleet.replicas} and await stand.is_whole()

        await stand.eventually(is_replaced, "another pod took its place")

    told(cluster, tmp_path, story)


def test_an_image_that_is_nowhere_takes_the_release_back(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        stand.wish["platform"]["kubernetes"]["image"] = "shipway.test/nowhere:1"  # type: ignore[index]
        past = await stand.deploy("1.9.0")
        assert past.outcome == "rolled-back"
        assert "ErrImageNeverPull" in past.reason
        await nothing_was_lost(load)

    told(cluster, tmp_path, story, deadline="15s")


def test_a_manifest_that_the_api_server_refuses_is_found_before_anything_begins(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        path = made.stand.folder / "deployment.yaml"
        written = yaml.safe_load(path.read_text())
        written["spec"]["template"]["spec"]["restartPolicy"] = "Never"
        path.write_text(yaml.safe_dump(written))
        (finding,) = await asyncio.to_thread(looked, made)
        assert finding.is_fine is False and "restartPolicy" in finding.why
        assert made.kubectl("get", "deployments", "--output", "name") == ""

    told(cluster, tmp_path, story)


def test_rights_that_lack_are_named(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        made.stand.wish["platform"]["kubernetes"]["kubeconfig"] = str(made.as_somebody(tmp_path))  # type: ignore[index]
        (finding,) = await asyncio.to_thread(looked, made)
        assert finding.is_fine is False
        assert "may not" in finding.said and 'resource "deployments"' in finding.why and "Role" in finding.fix

    told(cluster, tmp_path, story)


def looked(made: Shop) -> list[in_cluster.Finding]:
    """As `shipway check` looks."""
    stand = made.stand
    revision, _ = wished(stand.home, stand.loaded, "1.9.0", strategy=None)
    return list(in_cluster.required(stand.home, stand.loaded, revision))


def test_a_folder_without_a_deployment_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        (made.stand.folder / "deployment.yaml").write_text("kind: Service\nmetadata: {name: checkout}\n")
        with pytest.raises(ShipwayError, match="not said which Deployment"):
            await made.stand.submit("1.9.0")

    told(cluster, tmp_path, story)


def test_a_kind_that_the_cluster_does_not_know_is_not_one_that_is_missing(cluster: Cluster) -> None:
    asked = Asked(kubeconfig=str(cluster.kubeconfig), namespace="default")
    with pytest.raises(ManifestRefused, match="knows no gateways of networking"):
        asyncio.run(asked.read(Kind("networking.istio.io/v9", "gateways"), "checkout"))
