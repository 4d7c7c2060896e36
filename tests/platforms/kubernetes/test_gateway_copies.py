"""Copies of users' requests by the rules of the Gateway API, made by a real Envoy for a version without users."""

import asyncio
import uuid
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from platforms.kubernetes import envoy_gateway
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.gateway import NAME, PARENT, Gateway, http_route
from platforms.kubernetes.shop import Shop
from platforms.kubernetes.ways import behind_a_copying_gateway, told
from shipway.adapters.traffic.gateway_api.asking import tried
from shipway.adapters.traffic.gateway_api.rules import NotByGateway
from shipway.demo.app.behaviour import BAD_VERSION
from shipway.model.event import RunStarted, StageEntered

pytestmark = pytest.mark.real
COPIES_MIN = 50


async def copies(made: Shop, version: str) -> list[str]:
    """Methods of requests that pods of a version answered so far."""
    found = await asyncio.to_thread(made.answered)
    return [one.method for answers in found.values() for one in answers if one.version == version]


def test_a_version_answers_copies_before_it_has_users_and_no_request_is_lost(
    routed: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        await stand.submit("1.9.0", strategy="canary")
        await stand.reached(1)

        async def are_many() -> bool:
            return len(await copies(made, "1.9.0")) > COPIES_MIN

        await stand.eventually(are_many, "copies arrive")
        assert set(load.counts.answered) == {"1.8.2"}, "and no user is answered by it"
        assert set(await copies(made, "1.9.0")) == {"GET"}, "what writes is not copied"
        assert (await stand.state()).run is not None and made.backends() == [("checkout-1-8-2", 1)]
        assert (await stand.ended()).outcome == "finished"
        await stand.eventually(stand.is_at_rest, "only the new version is left")
        assert set((await nothing_was_lost(load)).answered) == {"1.8.2", "1.9.0"}

    told(behind_a_copying_gateway(routed, tmp_path, mirror="100%", mirror_for="20s"), story)


def test_a_version_that_fails_on_copies_is_taken_back_and_no_user_met_it(routed: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        await stand.ship_first("1.8.2")
        load = stand.users()
        past = await stand.deploy(BAD_VERSION, strategy="canary")
        assert past.outcome == "rolled-back" and "copied requests: candidate errors" in past.reason, past
        entered = await stand.events((RunStarted, StageEntered))
        assert isinstance(entered[-1], RunStarted), "the run left its first row backwards only"
        assert set((await nothing_was_lost(load)).answered) == {"1.8.2"}

    told(behind_a_copying_gateway(routed, tmp_path, mirror="100%", mirror_for="90s"), story)


def test_copies_are_refused_by_what_the_class_declares(cluster: Cluster, gateway: Gateway, tmp_path: Path) -> None:
    """Traefik declares none; a class that does is taken, and the API server takes the rule."""
    namespace = f"copies-{uuid.uuid4().hex[:6]}"
    cluster.kubectl("create", "namespace", namespace)
    options = {"url": gateway.url, "kubeconfig": str(cluster.kubeconfig), "namespace": namespace}
    try:
        with envoy_gateway.running(cluster, namespace, tmp_path):
            for name, parent in (("plain", PARENT), ("copied", envoy_gateway.PARENT)):
                there = http_route(name=name, parent=parent)
                there["metadata"]["namespace"] = namespace
                cluster.apply(there)
            with pytest.raises(NotByGateway) as refused:
                asyncio.run(tried({**options, "route": "plain", "mirror": 10_000}, "checkout"))
            assert f"Gateway {NAME} copies no requests" in refused.value.what
            assert "HTTPRouteRequestMirror" in refused.value.why
            taken = asyncio.run(tried({**options, "route": "copied", "mirror": 12_345}, "checkout"))
            assert "HTTPRoute copied" in taken
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")
