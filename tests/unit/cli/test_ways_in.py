"""What a cluster's own way in cannot do for a release is told before one begins."""

from pathlib import Path
from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from shipway.adapters.platforms.kubernetes.kinds import SERVICE, VIRTUAL_SERVICE
from shipway.adapters.traffic.istio import asking
from shipway.cli.shell.ways_in import way_in
from shipway.home import Home
from shipway.model.revision import Revision, RevisionId
from shipway.spec.load import load
from unit.adapters.traffic.istio_objects import ROUTE, meshed, virtual_service

RELEASE = """
service: checkout
platform: {kubernetes: {manifests: [deployment.yaml], image: "shop:1.9.0"}}
traffic: {istio: {virtual_service: checkout, destination_rule: checkout, url: "http://gateway"}}
metrics: {prometheus: {url: "http://a", requests: "r{version='{version}'}", errors: "e{version='{version}'}"}}
canary: {sticky: null, users: USERS}
"""
REVISION = Revision(id=RevisionId("1.9.0-7f3a91c2"), service="checkout", version="1.9.0", platform={})


class Shop(MemoryCluster):
    async def where(self) -> str:
        return "shop"


@pytest.mark.parametrize(
    ("users", "why"),
    [
        ("{header: {x-team: beta}}", "the http route looks at the header x-team already"),
        ("{segment: {name: staff, header: x-team}}", "the http route looks at the header x-team already"),
        ("{header: {x-canary: 'true'}}", ""),
        ("{cookie: {beta: 'yes'}}", ""),
    ],
)
def test_chosen_users_are_tried_with_the_way_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users: str, why: str
) -> None:
    cluster = Shop(meshed().there)
    cluster.put(SERVICE, {"metadata": {"name": "checkout"}, "spec": {}})
    route: dict[str, Any] = {**ROUTE, "match": [{"headers": {"x-team": {"exact": "shop"}}}]}
    cluster.put(VIRTUAL_SERVICE, virtual_service(route))
    monkeypatch.setattr(asking, "cluster_of", lambda _: cluster)
    path = tmp_path / "shipway.yaml"
    path.write_text(RELEASE.replace("USERS", users))
    (finding,) = way_in(Home(tmp_path), load(path), REVISION)
    assert (finding.is_fine, finding.said if why else "") == (not why, why)
