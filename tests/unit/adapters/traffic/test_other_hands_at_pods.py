"""Who writes the user's Service or HTTPRoute anew, without what Shipway wrote into it, is told."""

from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from contract.traffic import A
from shipway.adapters.platforms.kubernetes.kinds import HTTP_ROUTE, SERVICE
from shipway.model.route import Route
from shipway.model.share import TOTAL
from unit.adapters.traffic.test_late_controllers import (
    behind_a_gateway,
    behind_a_service,
    deployed,
    http_route,
    service,
)

WAYS = [
    (behind_a_service, SERVICE, service, "somebody changed the selector of Service checkout"),
    (behind_a_gateway, HTTP_ROUTE, http_route, "somebody changed the backends of HTTPRoute checkout"),
]


@in_loop
@pytest.mark.parametrize(("made", "kind", "there", "sentence"), WAYS, ids=["service", "gateway"])
async def test_kubectl_replace_is_told(made: Any, kind: Any, there: Any, sentence: str) -> None:
    cluster = deployed(MemoryCluster())
    cluster.put(kind, there())
    way = made(cluster)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    assert (await way.observe()).foreign == ()
    cluster.put(kind, there())
    assert (await way.observe()).foreign == (sentence,)
    await way.route(Route(shares={A: TOTAL}), generation=6)
    assert (await way.observe()).foreign == ()


@in_loop
@pytest.mark.parametrize(("made", "kind", "there", "sentence"), WAYS, ids=["service", "gateway"])
async def test_a_mark_that_is_gone_is_told_and_an_intent_under_way_is_not(
    made: Any, kind: Any, there: Any, sentence: str
) -> None:
    cluster = deployed(MemoryCluster())
    cluster.put(kind, there())
    way = made(cluster)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    told = []

    async def look(*written: str) -> None:
        if written == (kind.plural, "checkout"):
            told.append((await way.observe()).foreign)

    cluster.before_write = look
    await way.route(Route(shares={A: TOTAL}), generation=6)
    del cluster.found(kind, "checkout")["metadata"]["annotations"]
    await look(kind.plural, "checkout")
    assert told[0] == () and "took the mark of Shipway off" in told[1][0]


@in_loop
async def test_eject_leaves_nothing_of_a_preview_though_nobody_was_moved() -> None:
    cluster = deployed(MemoryCluster())
    cluster.put(HTTP_ROUTE, http_route())
    before = set(cluster.there)
    way = behind_a_gateway(cluster)
    await way.route(Route(preview=A), generation=1)
    assert len(cluster.there) > len(before)
    assert await way.hand_back() == "HTTPRoute checkout was never moved"
    found = cluster.found(HTTP_ROUTE, "checkout")
    assert set(cluster.there) == before and found["spec"] == http_route()["spec"]
    assert not found["metadata"].get("annotations")
