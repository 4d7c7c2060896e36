"""A controller that slept and woke changes nothing of what a newer one wrote, whatever it was about to write."""

import asyncio
from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from contract.traffic import A, B
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes.kinds import DEPLOYMENT, HTTP_ROUTE, SERVICE
from shipway.adapters.traffic.gateway_api.adapter import GatewayTraffic
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.adapters.traffic.service.adapter import ServiceTraffic
from shipway.adapters.traffic.service.options import ServiceOptions
from shipway.errors import StaleGeneration
from shipway.model.route import Route, UserRule
from shipway.model.share import TOTAL

USERS = "user's"
OWN, PREVIEW = "checkout-shipway", "checkout-shipway-preview"


def service() -> dict[str, Any]:
    spec = {"selector": {"app": USERS}, "ports": [{"port": 80}], "type": "ClusterIP"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "checkout"}, "spec": spec}


def http_route() -> dict[str, Any]:
    rule = {"backendRefs": [{"name": USERS, "port": 80}]}
    spec = {"parentRefs": [{"name": "web"}], "hostnames": ["shop.example"], "rules": [rule]}
    return {"metadata": {"name": "checkout"}, "spec": spec}


def deployed(cluster: MemoryCluster) -> MemoryCluster:
    for revision in (A, B):
        labels = {"shipway.dev/service": "checkout", "shipway.dev/revision": revision}
        notes = {"shipway.dev/id": revision, "shipway.dev/port": "8000"}
        metadata = {"name": f"checkout-{revision}", "labels": labels, "annotations": notes}
        cluster.put(DEPLOYMENT, {"metadata": metadata, "spec": {}})
    return cluster


def behind_a_service(cluster: MemoryCluster) -> ServiceTraffic:
    options = ServiceOptions(name="checkout", preview="checkout-preview")
    return ServiceTraffic(options, service="checkout", cluster=cluster, clock=WallClock())


def behind_a_gateway(cluster: MemoryCluster) -> GatewayTraffic:
    options = GatewayOptions(route="checkout", url="http://127.0.0.1:9", preview="preview.shop.example")
    return GatewayTraffic(options, service="checkout", cluster=cluster, clock=WallClock())


BAD = Route(
    shares={A: TOTAL},
    users=(UserRule(kind="header", name="canary", value="true", revision=B),),
    preview=B,
)
BACK = Route(shares={A: TOTAL}, preview=A)


async def wakes_late(made: Any, there: Any, name: str, *, is_first: bool, bad: Route) -> MemoryCluster:
    """A sleeps before it writes the object of this name, and B takes back meanwhile."""
    late, newer = deployed(MemoryCluster()), MemoryCluster()
    newer.there = late.there
    late.put(*there)
    if not is_first:
        await made(newer).route(bad, generation=4)
    wakes, sleeps = asyncio.Event(), asyncio.Event()

    async def sleep(_: str, written: str) -> None:
        if written == name and not wakes.is_set():
            sleeps.set()
            await wakes.wait()

    late.before_write = sleep
    asking = asyncio.create_task(made(late).route(bad, generation=5))
    await sleeps.wait()
    await made(newer).route(BACK, generation=6)
    wakes.set()
    with pytest.raises(StaleGeneration):
        await asking
    return newer


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", ["checkout", OWN, PREVIEW])
@in_loop
async def test_no_chosen_user_comes_back_to_a_version_that_was_taken_back(name: str, is_first: bool) -> None:
    found = await wakes_late(behind_a_gateway, (HTTP_ROUTE, http_route()), name, is_first=is_first, bad=BAD)
    backends = [
        backend["name"]
        for route in (OWN, PREVIEW)
        for rule in found.found(HTTP_ROUTE, route)["spec"]["rules"]
        for backend in rule.get("backendRefs", ())
    ]
    assert backends and set(backends) == {"checkout-1-8-2-0a1b2c3d"}


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", ["checkout", "checkout-preview"])
@in_loop
async def test_a_preview_service_stays_as_the_newest_intent_has_it(name: str, is_first: bool) -> None:
    bad = Route(shares={B: TOTAL}, preview=B)
    found = await wakes_late(behind_a_service, (SERVICE, service()), name, is_first=is_first, bad=bad)
    for one in ("checkout", "checkout-preview"):
        assert found.found(SERVICE, one)["spec"]["selector"]["shipway.dev/revision"] == A


@pytest.mark.parametrize(
    ("made", "there"), [(behind_a_service, (SERVICE, service())), (behind_a_gateway, (HTTP_ROUTE, http_route()))]
)
@in_loop
async def test_what_was_deleted_is_made_again_with_the_intent_and_by_no_late_one(made: Any, there: Any) -> None:
    cluster, kind = deployed(MemoryCluster()), there[0]
    cluster.put(*there)
    await made(cluster).route(Route(shares={A: TOTAL}), generation=5)
    del cluster.there[kind.plural, "checkout"]
    with pytest.raises(StaleGeneration):
        await made(cluster).route(Route(shares={B: TOTAL}), generation=4)
    assert (kind.plural, "checkout") not in cluster.there
    forms = []

    async def keep(*_: str) -> None:
        forms.append(str(cluster.there.get((kind.plural, "checkout"), "")))

    cluster.before_write = keep
    await made(cluster).route(Route(shares={A: TOTAL}), generation=6)
    forms.append(str(cluster.found(kind, "checkout")))
    assert cluster.found(kind, "checkout")["metadata"]["annotations"]["shipway.dev/generation"] == "6"
    assert not any(USERS in form for form in forms)
