"""The one autoscaler of a workload that is updated in place, by the cluster's real controller.

With no metrics it keeps to its bounds, so that whoever moves those has the number moved.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec import structs

from acceptance.counting import nothing_was_lost
from platforms.kubernetes.cluster import Cluster
from platforms.kubernetes.in_place import REPLICAS, played, pods
from platforms.kubernetes.shop import Shop
from platforms.kubernetes.test_autoscaling import autoscaler, bounds
from platforms.kubernetes.test_in_place import deployment
from shipway.model.command import Promote, Rollback
from shipway.model.event import DriftSeen
from shipway.model.release import Release

pytestmark = pytest.mark.real
MOST, AT_REST, MEANWHILE = 8, REPLICAS + 1, REPLICAS + 2
WAITS = {"rolling": {"batches": 2, "pause": "10m"}, "rollback": {"window": "0s"}}


async def grown(made: Shop, least: int) -> None:
    """Its autoscaler wants so many."""
    change = json.dumps({"spec": {"minReplicas": least}})
    await asyncio.to_thread(made.kubectl, "patch", "horizontalpodautoscaler", "checkout", "--patch", change)


def scaler(kind: str, least: int, most: int) -> dict[str, Any]:
    found = autoscaler()
    found["spec"] |= {"minReplicas": least, "maxReplicas": most}
    found["spec"]["scaleTargetRef"]["kind"] = kind
    return found


def with_autoscaler(made: Shop, least: int, most: int) -> None:
    file = made.stand.folder / "deployment.yaml"
    workload = next(iter(yaml.safe_load_all(file.read_text())))
    file.write_text(yaml.safe_dump_all([workload, scaler(workload["kind"], least, most)]))


async def half(made: Shop, version: str, replicas: int) -> None:
    """A release waits with half of the pods replaced."""
    await made.stand.submit(version)
    await made.stand.reached(1)

    async def is_there() -> bool:
        return len(await asyncio.to_thread(pods, made, version)) == (replicas + 1) // 2

    await made.stand.eventually(is_there, f"half of the pods are {version}'s")


async def shipped(made: Shop, version: str) -> None:
    await made.stand.ask(Promote())
    await made.stand.reached(2)
    await made.stand.ask(Promote())
    assert (await made.stand.ended()).outcome == "finished"
    await made.stand.eventually(made.stand.is_at_rest, f"only {version} is left")


async def returned(made: Shop, version: str) -> None:
    """By `shipway rollback`."""
    stand = made.stand
    every = await stand.shipway.store.revisions.all(stand.service)
    former = next(each for each in every if each.revision.version == version)
    release = structs.replace(msgspec.json.decode(former.release, type=Release), strategy="back")
    await stand.ask(Rollback(release=release))
    assert (await stand.ended()).outcome == "finished"
    await stand.eventually(stand.is_at_rest, f"only {version} is left")


def test_what_it_adds_at_rest_and_in_a_release_stays_and_its_bounds_are_those_of_the_version(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        with_autoscaler(made, REPLICAS, MOST)
        await half(made, "1.9.0", REPLICAS)
        await shipped(made, "1.9.0")
        assert await asyncio.to_thread(bounds, made, "checkout") == (REPLICAS, MOST)
        await grown(made, AT_REST)
        await stand.until(lambda state: state.replicas == AT_REST, "the service follows it")

        load = stand.users()
        with_autoscaler(made, REPLICAS, MOST + 1)
        await half(made, "2.0.0", AT_REST)
        assert await asyncio.to_thread(bounds, made, "checkout") == (AT_REST, MOST + 1)
        await grown(made, MEANWHILE)
        await stand.until(lambda state: state.limits.replicas == MEANWHILE, "the release has more")
        await shipped(made, "2.0.0")
        assert deployment(made)["spec"]["replicas"] == len(pods(made, "2.0.0")) == MEANWHILE
        assert await asyncio.to_thread(bounds, made, "checkout") == (REPLICAS, MOST + 1)

        await returned(made, "1.9.0")
        assert len(pods(made, "1.9.0")) == MEANWHILE
        assert await asyncio.to_thread(bounds, made, "checkout") == (REPLICAS, MOST)
        assert not await stand.events(DriftSeen)
        await nothing_was_lost(load)

    played(cluster, tmp_path, story, **WAITS)


def test_of_a_stateful_set_it_says_how_many_while_there_is_one_version(cluster: Cluster, tmp_path: Path) -> None:
    async def story(made: Shop) -> None:
        stand = made.stand
        with_autoscaler(made, REPLICAS, MOST)
        await half(made, "1.9.0", REPLICAS)
        assert await asyncio.to_thread(bounds, made, "checkout") == (REPLICAS, REPLICAS)
        await shipped(made, "1.9.0")
        assert await asyncio.to_thread(bounds, made, "checkout") == (REPLICAS, MOST)
        await grown(made, AT_REST)
        await stand.until(lambda state: state.replicas == AT_REST, "the service follows it")
        await half(made, "2.0.0", AT_REST)
        assert await asyncio.to_thread(bounds, made, "checkout") == (AT_REST, AT_REST)
        assert not await stand.events(DriftSeen)

    played(cluster, tmp_path, story, kind="StatefulSet", **WAITS)
