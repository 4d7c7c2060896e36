"""Late controllers and other hands at a VirtualService and a DestinationRule."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from contract.traffic import A, B
from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DESTINATION_RULE, POD, VIRTUAL_SERVICE, Kind
from shipway.adapters.platforms.kubernetes.preparations import Prepared
from shipway.adapters.traffic.istio import ejecting, introducing
from shipway.adapters.traffic.istio.adapter import IstioTraffic
from shipway.adapters.traffic.istio.introducing import NotReached
from shipway.adapters.traffic.istio.refusing import NotByIstio
from shipway.errors import StaleGeneration
from shipway.model.fleet import Preparation
from shipway.model.revision import RevisionId
from shipway.model.route import Route, UserRule
from shipway.model.share import TOTAL
from unit.adapters.traffic.istio_objects import (
    ROUTE,
    behind_istio,
    destination_rule,
    meshed,
    virtual_service,
)

BAD = Route(
    shares={A: TOTAL},
    users=(UserRule(kind="header", name="canary", value="true", revision=B),),
    preview=B,
)
BACK = Route(shares={A: TOTAL}, preview=A)
TO_A, TO_B = "checkout-1-8-2-0a1b2c3d", "checkout-1-9-0-7f3a91c2"
KINDS = [(VIRTUAL_SERVICE, virtual_service), (DESTINATION_RULE, destination_rule)]


def sent_to(cluster: MemoryCluster, name: str = "checkout") -> set[str]:
    """Subsets that users get."""
    return {
        target["destination"]["subset"]
        for one in cluster.found(VIRTUAL_SERVICE, name)["spec"]["http"]
        if not one.get("name", "").startswith("shipway.dev/probe")
        for target in one.get("route", ())
    }


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (DESTINATION_RULE, "checkout"),
        (VIRTUAL_SERVICE, "checkout-shipway-preview"),
        (VIRTUAL_SERVICE, "checkout"),
    ],
)
@in_loop
async def test_no_user_comes_back_to_a_version_that_was_taken_back(kind: Kind, name: str, is_first: bool) -> None:
    late, newer = meshed(), MemoryCluster()
    newer.there = late.there
    if not is_first:
        await behind_istio(newer).route(BAD, generation=4)
    wakes, sleeps = asyncio.Event(), asyncio.Event()

    async def sleep(plural: str, written: str) -> None:
        if (plural, written) == (kind.plural, name) and not wakes.is_set():
            sleeps.set()
            await wakes.wait()

    late.before_write = sleep
    asking = asyncio.create_task(behind_istio(late).route(BAD, generation=5))
    await sleeps.wait()
    await behind_istio(newer).route(BACK, generation=6)
    wakes.set()
    with pytest.raises(StaleGeneration):
        await asking
    assert sent_to(newer) == {TO_A} and sent_to(newer, "checkout-shipway-preview") == {TO_A}


@pytest.mark.parametrize(("kind", "there"), KINDS, ids=["service", "rule"])
@in_loop
async def test_what_was_deleted_is_told_and_made_again_with_the_intent(
    kind: Kind, there: Callable[[], dict[str, Any]]
) -> None:
    cluster = meshed()
    way = behind_istio(cluster)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    del cluster.there[kind.plural, "checkout"]
    (told,) = (await way.observe()).foreign
    assert told.startswith("somebody deleted") and told.endswith(" checkout")
    with pytest.raises(StaleGeneration):
        await way.route(Route(shares={B: TOTAL}), generation=4)
    assert (kind.plural, "checkout") not in cluster.there
    await way.route(Route(shares={A: TOTAL}), generation=6)
    made = cluster.found(kind, "checkout")
    assert made["metadata"].get("labels") == there()["metadata"].get("labels")
    assert (await way.observe()).foreign == () and sent_to(cluster) == {TO_A}


@pytest.mark.parametrize(
    ("kind", "there", "what"),
    [(*KINDS[0], "http routes of VirtualService"), (*KINDS[1], "subsets of DestinationRule")],
    ids=["service", "rule"],
)
@in_loop
async def test_who_replaces_an_object_is_told(kind: Kind, there: Any, what: str) -> None:
    cluster = meshed()
    way = behind_istio(cluster)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    assert (await way.observe()).foreign == ()
    cluster.put(kind, there())
    assert (await way.observe()).foreign == (f"somebody changed the {what} checkout",)
    await way.route(Route(shares={A: TOTAL}), generation=6)
    assert (await way.observe()).foreign == ()
    del cluster.found(kind, "checkout")["metadata"]["annotations"]
    (told,) = (await way.observe()).foreign
    assert "took the mark of Shipway off" in told


@pytest.mark.parametrize("name", ["pages", ""])
@in_loop
async def test_another_http_route_that_the_user_adds_stays_where_it_is(name: str) -> None:
    cluster = meshed()
    way = behind_istio(cluster, route=name)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    more = {"name": "more", "match": [{"uri": {"prefix": "/more"}}], "redirect": {"uri": "/"}}
    found = cluster.found(VIRTUAL_SERVICE, "checkout")["spec"]["http"]
    found.insert(len(found) - 1, more)
    await way.route(Route(shares={B: TOTAL}), generation=6)
    assert (await way.observe()).foreign == () and sent_to(cluster) == {TO_B}
    assert cluster.found(VIRTUAL_SERVICE, "checkout")["spec"]["http"][-2] == more


# A version that is new to the mesh


def with_pods(cluster: MemoryCluster, *revisions: RevisionId) -> None:
    kept = {
        id: Prepared(revision=id, generation=1, state=Preparation.DONE, begun_at=0.0, port=8000)
        for id in revisions
    }
    data = {marks.label_of(id): msgspec.json.encode(one).decode() for id, one in kept.items()}
    cluster.put(CONFIG_MAP, {"metadata": {"name": "shipway-checkout"}, "data": data})
    for place, revision in enumerate(revisions):
        labels = {"shipway.dev/service": "checkout", "shipway.dev/revision": revision}
        metadata = {"name": f"pod-{place}", "labels": {**labels, "shipway.dev/requests": "yes"}}
        metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"  # type: ignore[assignment]
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        status = {"phase": "Running", "podIP": f"10.0.0.{place}", "conditions": [ready]}
        cluster.put(POD, {"metadata": metadata, "spec": {}, "status": status})


def answering(way: Any, answer: Callable[[str], Awaitable[str]]) -> list[str]:
    asked: list[str] = []

    async def reached(_: Any, __: str, revision: str) -> str:
        asked.append(revision)
        return await answer(revision)

    way._introducing.probing.reached = reached
    return asked


async def only_a(revision: str) -> str:
    return "" if revision == A else "it does not answer"


@in_loop
async def test_users_come_only_after_the_mesh_answered_by_the_subset() -> None:
    cluster = meshed()
    with_pods(cluster, A, B)
    way, seen = behind_istio(cluster), []

    async def answer(_: str) -> str:
        seen.append(sent_to(cluster))
        return "" if len(seen) > 2 else "it does not answer"

    asked = answering(way, answer)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    assert set(asked) == {A} and all(found == {"v1"} for found in seen), "the user's own until it is known"
    assert sent_to(cluster) == {TO_A}


@in_loop
async def test_a_version_that_the_mesh_does_not_reach_gets_nobody_and_is_no_foreign_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(introducing, "SECONDS", 0.0)
    cluster = meshed()
    with_pods(cluster, A, B)
    way = behind_istio(cluster)
    answering(way, only_a)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    with pytest.raises(NotReached):
        await way.route(Route(shares={B: TOTAL}), generation=6)
    assert sent_to(cluster) == {TO_A}
    assert (await way.observe()).foreign == ()


@in_loop
async def test_a_version_that_was_asked_for_and_never_reached_is_introduced_when_it_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(introducing, "SECONDS", 0.0)
    cluster = meshed()
    with_pods(cluster, A, B)
    way = behind_istio(cluster)
    answering(way, only_a)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    for number in (6, 8):
        with pytest.raises(NotReached):
            await way.route(Route(shares={B: TOTAL}), generation=number)
        assert sent_to(cluster) == {TO_A}
        await way.route(Route(shares={A: TOTAL}), generation=number + 1)


@in_loop
async def test_the_way_back_waits_for_nobody() -> None:
    cluster = meshed()
    with_pods(cluster, A, B)
    way = behind_istio(cluster)

    async def well(_: str) -> str:
        return ""

    asked = answering(way, well)
    await way.route(Route(shares={A: TOTAL}), generation=5)
    await way.route(Route(shares={B: TOTAL}), generation=6)
    asked.clear()
    await way.route(Route(shares={A: TOTAL}), generation=7)
    assert asked == [] and sent_to(cluster) == {TO_A}


@in_loop
async def test_a_subset_that_nobody_defines_is_refused_before_anything_is_written() -> None:
    cluster = meshed()
    cluster.put(DESTINATION_RULE, destination_rule(subsets=[]))
    with pytest.raises(NotByIstio, match="has no subset v1"):
        await behind_istio(cluster).route(Route(shares={A: TOTAL}), generation=5)
    assert cluster.writes == [] and cluster.found(VIRTUAL_SERVICE, "checkout")["spec"]["http"] == [ROUTE]


# A first version that the mesh never reached


async def never_reached(monkeypatch: pytest.MonkeyPatch, cluster: MemoryCluster) -> IstioTraffic:
    monkeypatch.setattr(introducing, "SECONDS", 0.0)
    with_pods(cluster, A)
    way = behind_istio(cluster)

    async def nobody(_: str) -> str:
        return "it does not answer"

    answering(way, nobody)
    await way.route(Route(), generation=4)
    with pytest.raises(NotReached):
        await way.route(Route(shares={A: TOTAL}), generation=5)
    return way


@in_loop
async def test_users_stay_with_the_user_s_own_pods_where_the_first_version_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = meshed()
    way = await never_reached(monkeypatch, cluster)
    await way.route(Route(), generation=6)
    assert sent_to(cluster) == {"v1"} and (await way.observe()).foreign == ()


@in_loop
async def test_eject_leaves_nothing_of_a_version_that_was_never_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ejecting, "SIDECARS_SECONDS", 0.0)
    cluster = meshed()
    with_pods(cluster, A)
    way = await never_reached(monkeypatch, cluster)
    assert await way.hand_back() == "VirtualService checkout and DestinationRule checkout: as they were"
    for kind, there in KINDS:
        found = cluster.found(kind, "checkout")
        assert found["spec"] == there()["spec"] and not found["metadata"].get("annotations")
    assert not any("preview" in name or name == "shipway-traffic-checkout" for _, name in cluster.there)
