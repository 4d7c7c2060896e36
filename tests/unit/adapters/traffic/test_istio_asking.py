"""What a VirtualService cannot do is found before a release, and not in the middle of one."""

from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from shipway.adapters.platforms.kubernetes.kinds import SERVICE, VIRTUAL_SERVICE
from shipway.adapters.traffic.istio import asking
from shipway.adapters.traffic.istio.refusing import NotByIstio
from unit.adapters.traffic.istio_objects import ROUTE, meshed, virtual_service

OPTIONS = {"virtual_service": "checkout", "destination_rule": "checkout", "url": "http://127.0.0.1:9"}
OTHER = {"host": "shadow"}
POSTS = {**ROUTE, "match": [{"method": {"exact": "POST"}}]}


class Shop(MemoryCluster):
    async def where(self) -> str:
        return "shop"


def shop(monkeypatch: pytest.MonkeyPatch, *http: dict[str, Any], **spec: Any) -> MemoryCluster:
    cluster = Shop(meshed().there)
    cluster.put(SERVICE, {"metadata": {"name": "checkout"}, "spec": {}})
    cluster.put(VIRTUAL_SERVICE, virtual_service(*http, **spec))
    monkeypatch.setattr(asking, "cluster_of", lambda _: cluster)
    return cluster


@pytest.mark.parametrize(
    ("route", "asked", "refused"),
    [
        ({**ROUTE, "mirror": OTHER}, {"mirror": 10_000}, "copies requests already"),
        ({**ROUTE, "mirror": OTHER}, {}, ""),
        ({**ROUTE, "mirrors": [{"destination": OTHER}]}, {"mirror": 10_000}, ""),
        (POSTS, {"mirror": 10_000}, "of other methods"),
        (POSTS, {"mirror": 10_000, "mirror_methods": "all"}, ""),
    ],
)
@in_loop
async def test_copies_are_tried(
    monkeypatch: pytest.MonkeyPatch, route: dict[str, Any], asked: dict[str, Any], refused: str
) -> None:
    shop(monkeypatch, route)
    if refused:
        with pytest.raises(NotByIstio, match=refused):
            await asking.tried({**OPTIONS, **asked}, "checkout")
    else:
        assert "http route pages" in await asking.tried({**OPTIONS, **asked}, "checkout")


@in_loop
async def test_users_that_cannot_be_told_apart_are_found_before_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    shop(monkeypatch, {**ROUTE, "match": [{"headers": {"x-team": {"exact": "shop"}}}]})
    with pytest.raises(NotByIstio, match="the http route looks at the header x-team already"):
        await asking.tried({**OPTIONS, "users": [("header", "x-team", "beta")]}, "checkout")
    assert "http route pages" in await asking.tried(
        {**OPTIONS, "users": [("header", "x-canary", "true")]}, "checkout"
    )


@in_loop
async def test_a_virtual_service_without_http_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = shop(monkeypatch)
    there = virtual_service()
    del there["spec"]["http"]
    cluster.put(VIRTUAL_SERVICE, {**there, "spec": {**there["spec"], "tcp": []}})
    with pytest.raises(NotByIstio, match="it is not said which http route"):
        await asking.tried(OPTIONS, "checkout")
