"""VirtualServices and DestinationRules, checked by the API server and carried by an Envoy, keep the contract."""

import asyncio
import tempfile
import uuid
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.traffic import TrafficContract
from platforms.kubernetes import mesh, mesh_config, way_stand
from platforms.kubernetes.carrying import Carrying
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.ways import service
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.platforms.kubernetes.cluster import NotAllowed
from shipway.adapters.traffic.istio import build
from shipway.adapters.traffic.istio.asking import tried
from shipway.errors import PortError
from shipway.ports.traffic import Traffic

pytestmark = pytest.mark.real
HOST = "shop.example"
OPTIONS = {"virtual_service": "checkout", "destination_rule": "checkout"}


class OverAMesh:
    @pytest.fixture
    def opened(self, meshed: Cluster, tmp_path: Path):
        def built(namespace: str, url: str) -> Traffic:
            options = {
                **OPTIONS,
                "url": url,
                "preview": f"preview.{HOST}",
                "kubeconfig": str(meshed.kubeconfig),
                "namespace": namespace,
            }
            return build(options, Context(service="checkout", home=tmp_path, clock=WallClock(), health={}))

        def running(namespace: str) -> AbstractContextManager[Carrying]:
            return mesh.running(meshed, namespace, Path(tempfile.mkdtemp(dir=tmp_path)))

        objects = (service(), mesh.virtual_service(HOST), mesh.destination_rule())
        return way_stand.carried(meshed, built, running, *objects)


class TestTraffic(OverAMesh, TrafficContract):
    keeps_users = False
    endpoint = staticmethod(way_stand.endpoint)


# What the API server says before anything is changed


@pytest.fixture
def namespace(meshed: Cluster):
    made = f"check-{uuid.uuid4().hex[:6]}"
    meshed.kubectl("create", "namespace", made)
    yield made
    meshed.kubectl("delete", "namespace", made, "--wait=false")


def asked(cluster: Cluster, namespace: str, *objects: dict[str, Any], kubeconfig: str = "") -> str:
    for one in objects:
        one["metadata"]["namespace"] = namespace
    if objects:
        cluster.apply(*objects)
    where = {"kubeconfig": kubeconfig or str(cluster.kubeconfig), "namespace": namespace}
    options = {**OPTIONS, "url": "http://gateway", "preview": f"preview.{HOST}", **where}
    return asyncio.run(tried(options, "checkout"))


def test_a_trial_changes_nothing(meshed: Cluster, namespace: str) -> None:
    said = asked(meshed, namespace, service(), mesh.virtual_service(HOST), mesh.destination_rule())
    assert said == "VirtualService checkout, http route 0, at http://gateway"
    for kind in ("virtualservice", "destinationrule"):
        found = meshed.read(kind, "checkout", "--namespace", namespace)
        assert "shipway" not in str({**found, "metadata": {**found["metadata"], "annotations": {}}})


def test_each_thing_that_is_missing_is_told(meshed: Cluster, namespace: str) -> None:
    with pytest.raises(PortError, match="there is no VirtualService checkout"):
        asked(meshed, namespace)
    with pytest.raises(PortError, match="there is no DestinationRule checkout"):
        asked(meshed, namespace, mesh.virtual_service(HOST))
    bare = mesh.destination_rule()
    del bare["spec"]["subsets"]
    with pytest.raises(PortError, match="DestinationRule checkout has no subset v1"):
        asked(meshed, namespace, bare)
    with pytest.raises(PortError, match="there is no Service checkout"):
        asked(meshed, namespace, mesh.destination_rule())


def test_a_right_that_lacks_is_named(meshed: Cluster, namespace: str, tmp_path: Path) -> None:
    kubeconfig = str(meshed.as_nobody(namespace, tmp_path))
    with pytest.raises(NotAllowed, match="may not get virtualservices checkout"):
        asked(meshed, namespace, kubeconfig=kubeconfig)


def test_a_form_that_the_definition_does_not_have_is_refused(meshed: Cluster, namespace: str) -> None:
    wrong = mesh.virtual_service(HOST)
    wrong["spec"]["http"][0]["retries"] = {"backoff": "soon"}
    found = meshed.kubectl("apply", "--namespace", namespace, "-f", "-", stdin=yaml.safe_dump(wrong), check=False)
    assert found.returncode != 0 and "spec.http[0].retries.backoff" in found.stderr


def test_the_plane_of_these_tests_refuses_what_it_does_not_know() -> None:
    service = mesh.virtual_service(HOST)
    service["spec"]["http"][0]["fault"] = {"abort": {"httpStatus": 500}}
    with pytest.raises(mesh_config.NotKnown, match="fault"):
        mesh_config.virtual_hosts(mesh_config.Seen([service], (), (), ()))
