"""Releases of pods behind a Service of the user's, under load: its selector moves, and no request is lost."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.shop import Shop
from platforms.kubernetes.ways import SERVICE, behind_a_service, told
from shipway.adapters.platforms.kubernetes.rights import role
from shipway.cli.render.findings import Finding
from shipway.cli.shell.ejecting import ejected
from shipway.cli.shell.ways_in import way_in
from shipway.model.event import DriftSeen
from shipway.model.revision import Revision, RevisionId

pytestmark = pytest.mark.real


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "rolling"])
def test_a_release_loses_no_request(cluster: Cluster, tmp_path: Path, strategy: str) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port, host=stand.host)
        await stand.submit("1.9.0", strategy=strategy)
        await stand.reached(1)
        others = stand.users()  # a Service divides connections: those that are open stay where they are
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        await nothing_was_lost(others)
        counts = await nothing_was_lost(load, long)
        assert set(counts.answered) == {"1.8.2", "1.9.0"}
        selector = made.read("service", SERVICE)["spec"]["selector"]
        assert selector["shipway.dev/revision"].startswith("1.9.0-")

    told(behind_a_service(cluster, tmp_path), story)


def test_a_selector_that_somebody_changes_is_put_back_where_that_is_wanted(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)
        change = '{"spec": {"selector": {"app": "checkout"}}}'
        await asyncio.to_thread(made.kubectl, "patch", "service", SERVICE, f"--patch={change}")
        assert (await stand.ended()).outcome == "finished"
        seen = [event.what for event in await stand.events(DriftSeen)]  # type: ignore[union-attr]
        assert "kubectl-patch changed the selector of Service checkout" in seen
        assert made.read("service", SERVICE)["spec"]["selector"]["shipway.dev/revision"].startswith("1.9.0-")
        await nothing_was_lost(load)

    canary = {"stages": ["50%", "100%"], "bake": "10s", "sticky": None}
    told(behind_a_service(cluster, tmp_path, canary=canary, drift="revert", rollback={"window": "0s"}), story)


def test_a_service_is_handed_back_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        before = made.read("service", SERVICE)
        await stand.ship_first("1.8.2")
        await stand.ship("1.9.0", strategy="blue-green")
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        load = stand.users()
        await stand.uncontrolled()
        found = await ejected(stand.home, stand.service, tmp_path / "ejected", does_it=True)
        assert found.is_done and "its selector is as it was" in found.way_in
        assert _of_the_user(made.read("service", SERVICE)) == _of_the_user(before)
        await asyncio.sleep(2.0)
        counts = await nothing_was_lost(load)
        assert set(counts.answered) == {"1.9.0"}

    told(behind_a_service(cluster, tmp_path, rollback={"window": "0s"}), story)


def _of_the_user(found: dict[str, Any]) -> dict[str, Any]:
    """Everything but what changes with each write."""
    metadata = {
        key: value for key, value in found["metadata"].items() if key not in ("resourceVersion", "managedFields")
    }
    managers = {each["manager"] for each in found["metadata"].get("managedFields", ())}
    return {"metadata": metadata, "spec": found["spec"], "is_shipways": "shipway" in managers}


def looked(stand: Stand) -> Finding:
    """What a deploy finds of the way in."""
    revision = Revision(id=RevisionId("1.0-aaaa"), service=stand.service, version="1.0", platform={})
    (finding,) = way_in(stand.home, stand.loaded, revision)
    return finding


def test_rights_that_lack_are_named_with_the_role(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        made.stand.wish["platform"]["kubernetes"]["kubeconfig"] = str(made.as_somebody(tmp_path))  # type: ignore[index]
        finding = await asyncio.to_thread(looked, made.stand)
        assert finding.is_fine is False and 'resource "services"' in finding.why
        role = yaml.safe_load("\n".join(finding.rewrite))
        assert role["kind"] == "Role" and role["metadata"]["namespace"] == made.namespace

    told(behind_a_service(cluster, tmp_path), story)


def test_the_rights_of_the_role_are_enough(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        kubeconfig = made.as_somebody(tmp_path)
        made.kubectl("apply", "-f", "-", stdin="\n".join(role(made.namespace, "service")))
        words = ["create", "rolebinding", "shipway", "--role=shipway", f"--serviceaccount={made.namespace}:nobody"]
        made.kubectl(*words)
        stand.wish["platform"]["kubernetes"]["kubeconfig"] = str(kubeconfig)  # type: ignore[index]
        assert (await asyncio.to_thread(looked, stand)).is_fine
        await stand.ship_first("1.8.2")
        await stand.ship("1.9.0", strategy="blue-green")

    told(behind_a_service(cluster, tmp_path), story)


def test_check_says_which_service_it_is(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        _ = stand.loaded
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shipway", "check", "1.0.0"),
            cwd=stand.folder,
            env=os.environ | {"SHIPWAY_HOME": str(stand.home.path), "COLUMNS": "80"},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert "\u2713 traffic  Service checkout, port 80" in output.decode()

    told(behind_a_service(cluster, tmp_path), story)
