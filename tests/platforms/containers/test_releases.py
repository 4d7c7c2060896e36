"""Releases of containers behind Envoy, under load: by each strategy, taken back, and handed back."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec
import psutil
import pytest
import yaml

from acceptance.asking import version_at
from acceptance.counting import nothing_was_lost
from acceptance.long import LongRequests
from acceptance.stand import Stand
from platforms.containers.sides import HALVES, Side, taken_back
from shipway.cli.render.ejection import Ejection
from shipway.cli.shell.ejecting import NotEjectable, ejected
from shipway.demo.app.behaviour import BAD_VERSION
from shipway.errors import PortError
from shipway.model.command import Rollback, SetReplicas
from shipway.model.release import Release

pytestmark = pytest.mark.real


def test_a_release_by_each_strategy_loses_no_request(side: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.0.0")
        for number, strategy in enumerate(side.strategies, start=1):
            load, long = stand.users(), LongRequests(stand.port)
            await stand.ship(f"1.{number}.0", strategy=strategy)
            counts = await nothing_was_lost(load, long)
            assert set(counts.answered) == {f"1.{number - 1}.0", f"1.{number}.0"}
        await stand.eventually(stand.is_at_rest, "only the newest version is left")
        assert side.count(stand) == 2

    side.told(tmp_path, story)


def test_a_version_that_fails_is_taken_back(side: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, options = stand.users(), side.options(stand)
        options["env"] = {**options["env"], "CHECKOUT_FAIL_SHARE": "50%"}
        taken_back(await stand.deploy(BAD_VERSION, strategy=side.strategy))
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        counts = await load.stop()
        assert counts.answered["1.8.2"] > counts.answered.get(BAD_VERSION, 0)

    slow = {"canary": {"stages": ["50%", "100%"], "bake": "1m"}, "rolling": {"batches": 2, "pause": "10m"}}
    side.told(tmp_path, story, **slow)


def test_more_and_fewer_replicas_lose_no_request(side: Side, tmp_path: Path) -> None:
    """As `docker service scale` does."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        for count in (4, 1):
            await stand.ask(SetReplicas(replicas=count))
            await stand.eventually(stand.is_at_rest, f"there are {count}")
            assert side.count(stand) == count
        await nothing_was_lost(load)

    side.told(tmp_path, story)


def test_a_rollback_afterwards_loses_no_request(side: Side, tmp_path: Path) -> None:
    """As `docker service rollback` does."""

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.ship("1.9.0", strategy=side.strategies[0])
        load, long = stand.users(), LongRequests(stand.port)
        first = (await stand.shipway.store.revisions.all(stand.service))[0]
        release = msgspec.structs.replace(msgspec.json.decode(first.release, type=Release), strategy="back")
        await stand.ask(Rollback(release=release))
        assert (await stand.ended()).outcome == "finished"
        await nothing_was_lost(load, long)
        assert await version_at(stand.port) == "1.8.2"
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        assert side.count(stand) == 2

    side.told(tmp_path, story)


def test_replicas_that_are_ended_without_a_drain_lose_requests(choosing: Side, tmp_path: Path) -> None:
    """The control: as a script would do it."""
    words = {
        "docker": ("restart", "--time", "0"),
        "swarm": ("service", "update", "--force", "--stop-grace-period", "1s"),
    }[choosing.name]

    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(rate=200.0), LongRequests(stand.port)
        for name in choosing.replicas(stand):
            await asyncio.to_thread(choosing.engine.ask, *words, name)
        assert (await load.stop()).lost_total + sum(went is not None for went in await long.ended()) > 0

    choosing.told(tmp_path, story)


async def handed_back(stand: Stand) -> Ejection:
    """The controller of this process ends first, as that of the supervisor would."""
    await stand.uncontrolled()
    return await ejected(stand.home, stand.service, stand.folder / "ejected", does_it=True)


def test_a_service_that_is_handed_back_serves_on_and_loses_no_request(side: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        load, long = stand.users(), LongRequests(stand.port)
        before = side.replicas(stand)
        found = await handed_back(stand)
        assert found.is_done and found.proxy_process
        try:
            assert not await stand.supervisor.is_running()
            await nothing_was_lost(load, long)
            later = stand.users()
            await asyncio.sleep(1.0)
            await nothing_was_lost(later)
            assert await version_at(stand.port) == "1.8.2"
            assert side.replicas(stand) == before
            with pytest.raises(PortError, match="handed back"):
                await stand.supervisor.ensure()
            assert names_in(stand.folder / "ejected", side) == set(before)
        finally:
            os.kill(found.proxy_process, signal.SIGKILL)
            psutil.Process(found.proxy_process).wait(10)

    side.told(tmp_path, story)


def names_in(folder: Path, side: Side) -> set[str]:
    """Of what the files would make anew."""
    file = folder / ("compose.yaml" if side.key == "docker" else "stack.yaml")
    services = yaml.safe_load(file.read_text())["services"]
    return {one["container_name"] for one in services.values()} if side.key == "docker" else set(services)


def test_a_release_under_way_is_not_handed_back(side: Side, tmp_path: Path) -> None:
    async def story(stand: Stand) -> None:
        await stand.ship_first("1.8.2")
        await stand.submit("1.9.0", strategy=side.strategy)
        await stand.reached(1)
        with pytest.raises(NotEjectable) as caught:
            await handed_back(stand)
        assert caught.value.why == "A release is under way."
        assert not (stand.folder / "ejected").exists() and await stand.supervisor.is_running()

    long = {"canary": {"stages": ["50%", "100%"], "bake": "10m"}, "rolling": {"batches": 2, "pause": "10m"}}
    side.told(tmp_path, story, **{**HALVES, **long})
