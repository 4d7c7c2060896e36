"""What goes from a cluster with a revision that no release needs, and what never does."""

import asyncio
import copy
from typing import Any

from contract.memory_cluster import MemoryCluster
from shipway.adapters.clock import WallClock
from shipway.adapters.platforms.kubernetes import deriving
from shipway.adapters.platforms.kubernetes.in_place.deployments import Deployments
from shipway.adapters.platforms.kubernetes.in_place.platform import PlatformInPlace
from shipway.adapters.platforms.kubernetes.kinds import CONFIG_MAP, DEPLOYMENT, POD, SECRET
from shipway.adapters.platforms.kubernetes.platform import KubernetesPlatform
from shipway.adapters.platforms.kubernetes.secrets import digests
from shipway.model.fleet import Preparation
from shipway.model.revision import Revision, RevisionId

KEPT_EVER = {("configmaps", "shipway-checkout"), ("secrets", "card"), ("secrets", "others")}


def key() -> bytes:
    return b"key"


def manifest() -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "shop:1",
        "envFrom": [{"secretRef": {"name": "card"}}, {"secretRef": {"name": "others"}}],
        "volumeMounts": [],
    }
    labels = {"app": "checkout"}
    volumes = [{"name": "rules", "configMap": {"name": "rules"}}]
    pod = {"containers": [container], "volumes": volumes}
    return {
        "kind": "Deployment",
        "metadata": {"name": "checkout"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


async def revision(cluster: MemoryCluster, version: str) -> Revision:
    """One that reads a Secret which is copied for it, another one that is not, and a ConfigMap."""
    platform = {
        "workload": manifest(),
        "container": "app",
        "port": 8000,
        "configs": [{"metadata": {"name": "rules"}, "data": {"a": "b"}}],
        "secrets": await digests(cluster, {"card": True}, key),
    }
    return Revision(id=RevisionId(f"{version}-aaaa"), service="checkout", version=version, platform=platform)


async def ready(cluster: MemoryCluster, platform: KubernetesPlatform) -> list[Revision]:
    """Three that are prepared."""
    for name in "card", "others":
        cluster.put(SECRET, {"metadata": {"name": name}, "data": {"key": "aHVzaA=="}})
    made = [await revision(cluster, version) for version in ("1.0", "2.0", "3.0")]
    for generation, each in enumerate(made, 1):
        await platform.prepare(each, generation=generation)
    return made


def names(cluster: MemoryCluster) -> set[tuple[str, str]]:
    return set(cluster.there) - KEPT_EVER


def pod(cluster: MemoryCluster, of: Revision) -> None:
    metadata = {"name": "pod", "labels": deriving.labels(of), "creationTimestamp": "2026-01-01T00:00:00Z"}
    cluster.put(POD, {"metadata": metadata, "spec": {}, "status": {}})


def made_for(one: Revision) -> set[tuple[str, str]]:
    return {
        ("deployments", deriving.name(one)),
        ("configmaps", f"rules-{one.id.replace('.', '-')}"),
        ("secrets", f"card-{one.id.replace('.', '-')}"),
    }


def test_all_that_was_made_for_it_goes_and_nothing_else() -> None:
    async def story() -> None:
        cluster = MemoryCluster()
        platform = KubernetesPlatform("checkout", cluster, WallClock(), key)
        gone, kept, other = await ready(cluster, platform)
        before = names(cluster)
        assert made_for(gone) <= before
        await platform.forget_others([kept, other])
        assert names(cluster) == before - made_for(gone)
        assert set(cluster.there) >= KEPT_EVER
        assert (await platform.observe()).prepared.keys() == {kept.id, other.id}
        await platform.prepare(gone, generation=9)
        assert names(cluster) == before, "it comes again"

    asyncio.run(story())


def test_one_that_has_pods_or_is_to_have_some_or_is_being_prepared_stays() -> None:
    async def story() -> None:
        cluster = MemoryCluster()
        platform = KubernetesPlatform("checkout", cluster, WallClock(), key)
        first, second, third = await ready(cluster, platform)
        pod(cluster, first)
        await platform.scale(second, 2, generation=5)
        book = copy.deepcopy(cluster.found(CONFIG_MAP, "shipway-checkout"))
        book["data"][third.id] = book["data"][third.id].replace(Preparation.DONE, Preparation.RUNNING)
        cluster.put(CONFIG_MAP, book)
        before = names(cluster)
        await platform.forget_others([])
        assert names(cluster) == before

    asyncio.run(story())


def test_a_deployment_that_somebody_writes_meanwhile_is_left_to_them() -> None:
    async def story() -> None:
        cluster = MemoryCluster()
        platform = KubernetesPlatform("checkout", cluster, WallClock(), key)
        first, *others = await ready(cluster, platform)

        async def write(plural: str, name: str) -> None:
            if (plural, name) == (CONFIG_MAP.plural, "shipway-checkout"):
                cluster.put(DEPLOYMENT, cluster.found(DEPLOYMENT, deriving.name(first)))

        cluster.before_write = write
        await platform.forget_others(others)
        assert made_for(first) <= names(cluster)

    asyncio.run(story())


def test_in_place_its_template_goes_and_the_workload_stays() -> None:
    async def story() -> None:
        cluster = MemoryCluster()
        platform = PlatformInPlace("checkout", cluster, WallClock(), key, Deployments())
        gone, kept, other = await ready(cluster, platform)
        await platform.scale(kept, 1, generation=5)
        before = names(cluster)
        await platform.forget_others([kept, other])
        template = ("configmaps", "checkout-template-1-0-aaaa")
        assert template in before
        assert names(cluster) == before - (made_for(gone) - {("deployments", deriving.name(gone))}) - {template}

    asyncio.run(story())
